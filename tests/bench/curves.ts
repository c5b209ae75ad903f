/** Draws how figures grow, as an SVG: a chart each, counts on a logarithmic axis. */

/** One figure at several counts. */
export interface Curve {
  readonly title: string;
  /** What is counted, and in what the figure is. */
  readonly counted: string;
  readonly unit: string;
  readonly points: readonly (readonly [count: number, value: number])[];
}

const WIDTH = 320;
const HEIGHT = 220;
const LEFT = 52;
const RIGHT = 16;
const TOP = 34;
const BOTTOM = 36;

/** Returns a picture with a chart beside the other. */
export function drawCurves(curves: readonly Curve[]): string {
  const width = WIDTH * curves.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${width} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${HEIGHT}" fill="#fff"/>`,
    ...curves.map((curve, index) =>
      `<g transform="translate(${index * WIDTH},0)">${draw(curve)}</g>`
    ),
    "</svg>",
  ].join("\n") + "\n";
}

function draw({ title, counted, unit, points }: Curve): string {
  const counts = points.map(([count]) => count);
  const top = niceAbove(Math.max(...points.map(([, value]) => value)));
  const last = Math.log(Math.max(...counts, 2));
  const x = (count: number) => LEFT + (WIDTH - LEFT - RIGHT) * Math.log(count) / last;
  const y = (value: number) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;
  const places = points.map(([count, value]) => `${x(count).toFixed(1)},${y(value).toFixed(1)}`);
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    return `<path d="M${LEFT},${at}H${WIDTH - RIGHT}" stroke="#ddd"/>` +
      `<text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end" fill="#555">${
        short(share * top)
      }</text>`;
  });
  const ticks = counts.map((count) =>
    `<text x="${x(count).toFixed(1)}" y="${
      HEIGHT - BOTTOM + 16
    }" text-anchor="middle" fill="#555">` +
    `${short(count)}</text>`
  );
  return [
    `<text x="${LEFT}" y="18" font-weight="bold">${title}</text>`,
    ...lines,
    ...ticks,
    `<text x="${WIDTH - RIGHT}" y="${
      HEIGHT - 6
    }" text-anchor="end" fill="#555">${counted}; ${unit}</text>`,
    `<polyline points="${places.join(" ")}" fill="none" stroke="#1668b8" stroke-width="2"/>`,
    ...places.map((place) => {
      const [cx = "", cy = ""] = place.split(",");
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="#1668b8"/>`;
    }),
  ].join("\n");
}

/** The next of 1, 2, 4 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return [1, 2, 4, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

function short(value: number): string {
  if (value >= 1000) return `${Number((value / 1000).toPrecision(3))}k`;
  return `${Number(value.toPrecision(3))}`;
}
