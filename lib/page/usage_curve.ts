/** A small curve of a value over the last hour, as SVG. */

const WIDTH = 300;
const HEIGHT = 60;

/** What a curve is called, and how its values are written. */
export interface CurveShape {
  readonly title: string;
  readonly format: (value: number) => string;
}

/** Draws values at equal distances, the present one last; where there is none, the curve has a gap. */
export function drawCurve(values: readonly number[], { title, format }: CurveShape): string {
  const known = values.filter((value) => !Number.isNaN(value));
  const last = known.at(-1);
  const most = Math.max(0, ...known);
  const text = last === undefined ? "not measured yet" : `${format(last)}, at most ${format(most)}`;
  const step = WIDTH / Math.max(1, values.length - 1);
  const height = (value: number) => most === 0 ? HEIGHT : HEIGHT - value / most * (HEIGHT - 2);
  const path = values.map((value, at) => {
    if (Number.isNaN(value)) return "";
    const isFirst = at === 0 || Number.isNaN(values[at - 1] ?? NaN);
    // A value by itself is a dot.
    return `${isFirst ? "M" : "L"}${round(at * step)} ${round(height(value))}${
      isFirst ? "h.1" : ""
    }`;
  }).join("");
  return `<figure><figcaption>${title} <span>${text}</span></figcaption>` +
    `<svg class="curve" viewBox="0 -1 ${WIDTH} ${
      HEIGHT + 2
    }" role="img" preserveAspectRatio="none">` +
    `<title>${title}: ${text}</title><path d="${path}"/></svg></figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
