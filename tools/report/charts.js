// The charts, drawn as SVG: equity with its drawdown, and each symbol's prices with fills and open breakers.
const SVG = "http://www.w3.org/2000/svg";
const add = (parent, name, attributes = {}, text = "") => {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== "") element.textContent = text;
  parent.appendChild(element);
  return element;
};
const px = (number) => Math.round(number * 10) / 10;
// The position of the last time that is not after one; -1 before the first.
const lastUpTo = (times, at) => {
  let low = -1, high = times.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= at) low = middle; else high = middle;
  }
  return low;
};
const visible = (starts, ends) => {
  const from = timeOf(view[0]), until = timeOf(view[1]);
  return [Math.max(lastUpTo(ends, from), 0), Math.min(lastUpTo(starts, until) + 1, starts.length - 1)];
};
const extent = (values) => {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
};
const padded = ([low, high]) => {
  const room = (high - low) * 0.07 || Math.abs(high) * 0.01 || 1;
  return [low - room, high + room];
};
const inView = (marks) => {
  const from = timeOf(view[0]), until = timeOf(view[1]);
  return marks.filter(([at]) => at >= from && at <= until);
};

const equityPanel = {
  height: 190,
  title: () => [`Equity, ${data.currency}`, ""],
  range() {
    const [first, last] = visible(data.equity.t, data.equity.t);
    return padded(extent(data.equity.v.slice(first, last + 1)) || [0, 1]);
  },
  label: (value, decimals) => grouped(value, decimals),
  draw(group, x, y) {
    const { t, v } = data.equity;
    add(group, "path", { class: "base", d: `M${LEFT} ${px(y(v[0]))}H4000` });
    if (t.length < 3) t.forEach((at, index) => add(group, "circle", { class: "dot", cx: px(x(at)), cy: px(y(v[index])), r: 3 }));
    add(group, "path", { class: "line", d: steps(t, v, x, y) });
  },
  tell(at) {
    const index = Math.max(lastUpTo(data.equity.t, at), 0);
    const fall = data.equity.d[index];
    return [`equity ${grouped(data.equity.v[index], 2)} ${data.currency}`, `drawdown ${fall === null ? "\u2013" : grouped(fall * 100, 2) + "%"}`];
  },
};
const steps = (times, values, x, y) => {
  let path = "", pen = "M";
  times.forEach((at, index) => {
    if (values[index] === null) { pen = "M"; return; }
    path += `${pen}${px(x(at))} ${px(y(values[index]))}`;
    pen = "L";
  });
  return path;
};
const fallPanel = {
  height: 84,
  title: () => ["Drawdown", ""],
  range() {
    const [first, last] = visible(data.equity.t, data.equity.t);
    const [low] = extent(data.equity.d.slice(first, last + 1)) || [0];
    return [low * 1.08 || -0.01, 0];
  },
  count: 3,
  scale: 100,
  label: (value, decimals) => `${grouped(value, decimals)}%`,
  draw(group, x, y) {
    const { t, d } = data.equity;
    if (!t.length) return;
    const line = steps(t, d.map((fall) => (fall === null ? 0 : fall)), x, y);
    add(group, "path", { class: "fall", d: `${line}L${px(x(t[t.length - 1]))} ${px(y(0))}L${px(x(t[0]))} ${px(y(0))}Z` });
  },
  tell: equityPanel.tell,
};
const pricePanel = (panel, height) => {
  const { a, z, o, h, l, c } = panel.bars;
  return {
    height,
    marks: panel.fills.concat(panel.missed),
    title: () => [panel.symbol, a.length ? "" : "no prices"],
    named: true,
    range() {
      const [first, last] = visible(a, z);
      const marks = inView(panel.fills).concat(inView(panel.missed)).map((mark) => mark[1]);
      return padded(extent(l.slice(first, last + 1).concat(h.slice(first, last + 1), marks)) || [0, 1]);
    },
    label: (value, decimals) => grouped(value, decimals),
    draw(group, x, y, foot, width) {
      const [first, last] = visible(a, z);
      const shown = last - first + 1;
      const middle = (index) => (x(a[index]) + x(z[index])) / 2;
      const slot = shown > 1 ? (middle(last) - middle(first)) / (shown - 1) : width;
      if (a.length && slot >= 5 && shown <= 260) {
        const half = clamp(slot * 0.32, 1.2, 9);
        let wicks = "", rising = "", falling = "";
        for (let index = first; index <= last; index += 1) {
          const at = middle(index), top = y(Math.max(o[index], c[index])), bottom = y(Math.min(o[index], c[index]));
          wicks += `M${px(at)} ${px(y(h[index]))}V${px(top)}M${px(at)} ${px(bottom)}V${px(y(l[index]))}`;
          const body = `M${px(at - half)} ${px(top)}h${px(2 * half)}V${px(Math.max(bottom, top + 0.6))}h${px(-2 * half)}Z`;
          if (c[index] >= o[index]) rising += body; else falling += body;
        }
        add(group, "path", { class: "wick", d: wicks });
        add(group, "path", { class: "rising", d: rising });
        add(group, "path", { class: "falling", d: falling });
      } else if (a.length) {
        let upper = "", lower = "", line = "";
        for (let index = first; index <= last; index += 1) {
          const pen = index === first ? "M" : "L", at = px(middle(index));
          upper += `${pen}${at} ${px(y(h[index]))}`;
          lower = `L${at} ${px(y(l[index]))}` + lower;
          line += `${pen}${at} ${px(y(c[index]))}`;
        }
        add(group, "path", { class: "range", d: `${upper}${lower}Z` });
        add(group, "path", { class: "price", d: line });
      }
      const [missed, fills] = [inView(panel.missed), inView(panel.fills)];
      const size = clamp(Math.sqrt(width / 9 / (missed.length + fills.length)), 0.5, 1); // the more, the smaller
      for (const [at, price] of missed) {
        const [cx, cy, arm] = [px(x(at)), px(price === null ? foot - 8 : y(price)), px(4 * size)];
        add(group, "path", { class: "missed", d: `M${cx - arm} ${cy - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}` });
      }
      for (const [at, price, side] of fills) {
        const [cx, cy, up, half] = [px(x(at)), px(y(price)), side === "BUY" ? size : -size, 5.5 * size];
        add(group, "path", { class: side, d: `M${cx} ${px(cy - up)}l${px(half)} ${px(up * 10)}h${px(-2 * half)}Z` });
      }
    },
    tell(at) {
      if (!a.length) return [];
      let index = clamp(lastUpTo(a, at), 0, a.length - 1);
      if (index + 1 < a.length && at > z[index] && a[index + 1] - at < at - z[index]) index += 1;
      const when = a[index] === z[index] ? "" : `, ${stamp(a[index])} to ${stamp(z[index])}`;
      return [`${panel.symbol}: open ${figure(o[index])}, high ${figure(h[index])}, low ${figure(l[index])}, close ${figure(c[index])}${when}`];
    },
  };
};

const shade = (group, x, top, height, named) => {
  for (const [from, until, state, name] of data.spans) {
    const left = x(from), wide = Math.max(x(until) - left, 1.5); // thinner would not be seen
    add(group, "rect", { class: state, x: px(left), y: top, width: px(wide), height });
    const start = Math.max(left, LEFT) + 4;
    if (named && left + wide - start > 6.2 * name.length) add(group, "text", { x: px(start), y: top + 13 }, name);
  }
};

const figures = [];
const makeFigure = (id, panels) => {
  const host = document.getElementById(id);
  if (!host || !panels.length) return;
  const reset = document.createElement("button");
  reset.type = "button";
  reset.textContent = "Whole run";
  reset.hidden = true;
  reset.addEventListener("click", () => { view = WHOLE; drawAll(); });
  const one = { id, host, panels, reset, svg: null, x: null, width: 0 };
  host.append(reset);
  figures.push(one);
  listen(one);
};
const draw = (one, width, most) => {
  one.width = width;
  const inner = width - LEFT - RIGHT;
  const x = (at) => LEFT + ((placeOf(at) - view[0]) / (view[1] - view[0])) * inner;
  one.x = x;
  one.place = (pixel) => view[0] + ((pixel - LEFT) / inner) * (view[1] - view[0]);
  const fixed = one.panels.length * (TITLE + GAP) - GAP + AXIS;
  const panels = one.panels.reduce((sum, panel) => sum + panel.height, 0);
  const shrunk = most ? Math.min(0.8, (most - fixed) / panels) : 1;
  const height = fixed + panels * shrunk;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const ticks = timeTicks(x, inner).filter((tick) => tick.x >= LEFT - 0.5 && tick.x <= width - RIGHT + 0.5);
  let top = 0;
  one.boxes = [];
  for (const [number, panel] of one.panels.entries()) {
    top += TITLE;
    const tall = panel.height * shrunk, foot = top + tall;
    const [low, high] = panel.range();
    const y = (value) => foot - ((value - low) / (high - low)) * tall;
    const clip = `${one.id}-${number}`;
    add(add(svg, "clipPath", { id: clip }), "rect", { x: LEFT, y: top, width: inner, height: tall });
    const [name, more] = panel.title();
    const title = add(svg, "text", { class: "title", x: LEFT, y: top - 6 }, name);
    if (more) add(title, "tspan", { dx: 10 }, more);
    const scale = panel.scale || 1;
    const { ticks: values, decimals } = valueTicks(low * scale, high * scale, panel.count || Math.max(Math.floor(tall / 38), 2));
    for (const value of values) {
      const at = px(y(value / scale));
      add(svg, "path", { class: "grid", d: `M${LEFT} ${at}H${width - RIGHT}` });
      add(svg, "text", { x: LEFT - 8, y: at + 4, "text-anchor": "end" }, panel.label(value, decimals));
    }
    for (const tick of ticks) add(svg, "path", { class: "grid", d: `M${px(tick.x)} ${top}V${foot}` });
    const group = add(svg, "g", { "clip-path": `url(#${clip})` });
    for (const [from, until] of pauses) {
      add(group, "path", { class: "pause", d: `M${px((x(from) + x(until)) / 2)} ${top}V${foot}` });
    }
    shade(group, x, top, tall, panel.named);
    panel.draw(group, x, y, foot, inner);
    add(svg, "rect", { class: "frame", x: LEFT, y: top, width: inner, height: tall });
    one.boxes.push({ panel, top, foot, y });
    top = foot + GAP;
  }
  const foot = top - GAP;
  ticks.forEach((tick, index) => {
    const [first, second] = tickLabel(tick, ticks[index - 1]);
    const anchor = tick.x < LEFT + 24 ? "start" : tick.x > width - RIGHT - 30 ? "end" : "middle";
    add(svg, "text", { x: px(tick.x), y: foot + 15, "text-anchor": anchor }, first);
    if (second) add(svg, "text", { x: px(tick.x), y: foot + 29, "text-anchor": anchor }, second);
  });
  one.cross = add(svg, "path", { class: "cross", d: "" });
  one.chosen = add(svg, "rect", { class: "chosen", y: 0, height: foot, width: 0, x: 0 });
  one.foot = foot;
  if (one.svg) one.svg.replaceWith(svg); else one.host.append(svg);
  one.svg = svg;
  one.reset.hidden = view === WHOLE;
};
const drawAll = (paper = false) => {
  for (const one of figures) draw(one, paper ? PRINTED : Math.max(one.host.clientWidth, 320), paper ? PAGE : 0);
};
