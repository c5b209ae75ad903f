/** Makes random cron intervals together with what they mean, without the parser under test. */

/** A field: its text, and the values that it names. */
export interface RandomField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

/** An interval of five fields and its meaning. */
export interface RandomInterval {
  readonly text: string;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: RandomField;
  readonly months: ReadonlySet<number>;
  readonly weekdays: RandomField;
}

/** Returns a generator of numbers below a limit: the same seed gives the same numbers. */
export function dice(seed: number): (limit: number) => number {
  let state = seed | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Makes one interval. Half of its fields are stars, so that hours and days are hit at all. */
export function randomInterval(roll: (limit: number) => number): RandomInterval {
  const minutes = randomField(roll, 0, 59);
  const hours = randomField(roll, 0, 23);
  const days = randomField(roll, 1, 31);
  const months = randomField(roll, 1, 12);
  const weekdays = randomField(roll, 0, 6);
  const fields = [minutes, hours, days, months, weekdays];
  return {
    text: fields.map((field) => field.text).join(" "),
    minutes: minutes.values,
    hours: hours.values,
    days,
    months: months.values,
    weekdays,
  };
}

function randomField(roll: (limit: number) => number, first: number, last: number): RandomField {
  const values = new Set<number>();
  const add = (from: number, to: number, step: number) => {
    for (let value = from; value <= to; value += step) values.add(value);
  };
  if (roll(2) === 0) {
    add(first, last, 1);
    return { text: "*", values };
  }
  const items: string[] = [];
  for (let count = 1 + roll(3); count > 0; count--) {
    const from = first + roll(last - first + 1);
    const to = from + roll(last - from + 1);
    const step = 1 + roll(last - first + 1);
    switch (roll(4)) {
      case 0:
        items.push(`${from}`);
        add(from, from, 1);
        break;
      case 1:
        items.push(`${from}-${to}`);
        add(from, to, 1);
        break;
      case 2:
        items.push(`${from}-${to}/${step}`);
        add(from, to, step);
        break;
      default: {
        // Not 1, which is a star, and not beyond the size, which croner refuses.
        const starStep = 2 + roll(last - first);
        items.push(`*/${starStep}`);
        add(first, last, starStep);
      }
    }
  }
  return { text: items.join(","), values };
}

/** Whether a day, as the UTC date of a wall time, is one of the interval's. */
export function matchesDay(interval: RandomInterval, date: Date): boolean {
  if (!interval.months.has(date.getUTCMonth() + 1)) return false;
  const isDay = interval.days.values.has(date.getUTCDate());
  const isWeekday = interval.weekdays.values.has(date.getUTCDay());
  const restricted = [interval.days, interval.weekdays].filter((field) => field.text !== "*");
  return restricted.length === 2 ? isDay || isWeekday : isDay && isWeekday;
}
