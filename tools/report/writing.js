// What comes from the run, and how figures and instants are written. The report's scripts are joined in one scope: this
// one, time_axis.js, charts.js, hover.js, tables.js. They fetch nothing, and put what comes from the run into the page
// as text, never as HTML.
const read = (id) => {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
};
const data = read("chart-data");
const tip = document.getElementById("tip");
const LEFT = 78, RIGHT = 18, AXIS = 34, TITLE = 20, GAP = 14, PRINTED = 720, PAGE = 860;
const SECOND = 1e6, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const grouped = (figure, decimals) => {
  const [whole, rest] = Math.abs(figure).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
  return (figure < 0 && /[1-9]/.test(text) ? "\u2212" : "") + text;
};
const figure = (value) => {
  if (value === null || value === undefined) return "\u2013";
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return value.toExponential(3);
  if (size >= 1000) return grouped(value, 2);
  return grouped(value, size ? clamp(5 - Math.floor(Math.log10(size)), 2, 9) : 0).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
};
const offsetAt = (at) => {
  let offset = data.offsets[0][1];
  for (const [from, seconds] of data.offsets) if (from <= at) offset = seconds;
  return offset * SECOND;
};
// Wall-clock time as microseconds since the epoch; dates are then read off as if it were UTC.
const toWall = (at) => data.base + at + offsetAt(at);
const fromWall = (wall) => {
  const guess = wall - data.base - offsetAt(wall - data.base - data.offsets[0][1] * SECOND);
  return wall - data.base - offsetAt(guess);
};
const pad = (number, width = 2) => String(number).padStart(width, "0");
const parts = (at) => {
  const wall = toWall(at), date = new Date(Math.floor(wall / 1000));
  const micro = ((wall % SECOND) + SECOND) % SECOND;
  return {
    day: `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`,
    clock: `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`,
    seconds: pad(date.getUTCSeconds()),
    fraction: micro ? "." + pad(micro, 6).replace(/0+$/, "") : "",
  };
};
const stamp = (at) => {
  const { day, clock, seconds, fraction } = parts(at);
  return `${day} ${clock}:${seconds}${fraction}`;
};
