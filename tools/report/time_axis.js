// The time axis: even between knots, so that nights without data are narrow; what of it is in view; its ticks.
const knots = data.length > 0 ? data.knots : [[-SECOND, 0], [SECOND, 1]];
const between = (value, from, to) => {
  let low = 0, high = knots.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (knots[middle][from] <= value) low = middle; else high = middle;
  }
  const [a, b] = [knots[low], knots[high]];
  return a[to] + ((value - a[from]) / (b[from] - a[from] || 1)) * (b[to] - a[to]);
};
const placeOf = (at) => between(at, 0, 1);
const timeOf = (place) => between(place, 1, 0);
const tempo = (index) => (knots[index + 1][1] - knots[index][1]) / (knots[index + 1][0] - knots[index][0] || 1);
const fastest = Math.max(...knots.slice(1).map((_, index) => tempo(index)));
const pauses = knots.slice(1).map((_, index) => index).filter((index) => tempo(index) < fastest / 2)
  .map((index) => [knots[index][0], knots[index + 1][0]]);
const pauseAt = (at) => pauses.findIndex(([from, until]) => from < at && at < until);

const margin = data.length > 0 ? 0.012 : 0;
const WHOLE = [-margin, 1 + margin];
let view = WHOLE;

const monthStart = (wall, months) => {
  const date = new Date(wall / 1000);
  const count = date.getUTCFullYear() * 12 + date.getUTCMonth();
  const next = Math.ceil((count + (date.getUTCDate() > 1 || wall % DAY ? 1 : 0)) / months) * months;
  return { at: (index) => Date.UTC(Math.floor((next + index * months) / 12), (next + index * months) % 12, 1) * 1000 };
};
const EVEN = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5].map((step) => [step, 0])
  .concat([1, 2, 5, 10, 15, 30].map((step) => [step * SECOND, 0]), [1, 2, 5, 10, 15, 30].map((step) => [step * MINUTE, 0]),
    [1, 2, 3, 4, 6, 12].map((step) => [step * HOUR, 0]), [1, 2, 3, 5, 7, 14].map((step) => [step * DAY, 0]),
    [1, 2, 3, 6, 12, 24, 60, 120].map((months) => [months * 30 * DAY, months]));
const timeTicks = (x, width) => {
  const from = Math.max(timeOf(view[0]), knots[0][0]), until = Math.min(timeOf(view[1]), knots[knots.length - 1][0]);
  for (const [step, months] of EVEN) {
    if ((until - from) / step > 4000) continue;
    const first = toWall(from);
    const origin = step === 7 * DAY || step === 14 * DAY ? 4 * DAY : 0; // 1970-01-05 was a Monday
    const wallAt = months ? monthStart(first, months).at
      : (index) => (Math.ceil((first - origin) / step) + index) * step + origin;
    const ticks = [];
    for (let index = 0; ; index += 1) {
      const at = fromWall(wallAt(index));
      if (at > until) break;
      const pause = pauseAt(at);
      if (pause >= 0 && step < DAY) continue;
      const tick = { at: pause >= 0 ? pauses[pause][1] : at, step };
      tick.x = x(tick.at);
      const last = ticks[ticks.length - 1];
      if (last && pause >= 0 && last.x === tick.x) continue;
      ticks.push(tick);
    }
    const room = step >= DAY ? 78 : step >= SECOND ? 62 : 104;
    const closest = ticks.slice(1).reduce((least, tick, index) => Math.min(least, tick.x - ticks[index].x), Infinity);
    if (ticks.length <= width / room && (closest >= room * 0.8 || step >= 28 * DAY)) return ticks;
    if (ticks.length <= width / room && step < DAY) return ticks.filter((tick, index) => {
      tick.kept = index === 0 || tick.x - ticks.slice(0, index).filter((other) => other.kept).pop().x >= room * 0.8;
      return tick.kept;
    });
  }
  return [];
};
const tickLabel = ({ at, step }, before) => {
  const now = parts(at);
  if (step >= DAY) return step >= 360 * DAY ? [now.day.slice(0, 4), ""] : step >= 28 * DAY ? [now.day.slice(0, 7), ""] : [now.day, ""];
  const clock = step >= MINUTE ? now.clock : `${now.clock}:${now.seconds}${step >= SECOND ? "" : now.fraction}`;
  return [clock, !before || parts(before.at).day !== now.day ? now.day : ""];
};
const valueTicks = (low, high, count) => {
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999) || 10 * power;
  const decimals = clamp(-Math.floor(Math.log10(step) + 1e-9) + (Math.abs(step / power - 2.5) < 1e-9 ? 1 : 0), 0, 12);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) ticks.push(index * step);
  return { ticks, decimals };
};
