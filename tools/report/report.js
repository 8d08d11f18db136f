"use strict";
// Draws the report's charts as SVG and makes its tables sort, search and open. It fetches nothing, and whatever comes
// from the run goes into the page as text, never as HTML.
(() => {
  const read = (id) => {
    const element = document.getElementById(id);
    return element ? JSON.parse(element.textContent) : null;
  };
  const data = read("chart-data");
  const tip = document.getElementById("tip");
  const LEFT = 78, RIGHT = 18, AXIS = 34, TITLE = 20, GAP = 14, PRINTED = 720, PAGE = 860;
  const SECOND = 1e6, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // --- numbers and times ---------------------------------------------------------------------------------------

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

  // --- the time axis: even between knots, so that nights without data are narrow ----------------------------------

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
      if (ticks.length <= width / room) return ticks.filter((tick, index) => {
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

  // --- drawing -----------------------------------------------------------------------------------------------------

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
      const { ticks: values, decimals } = valueTicks(low * scale, high * scale, panel.count || Math.floor(tall / 38));
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

  // --- hover and zoom ------------------------------------------------------------------------------------------------

  const say = (lines, more) => {
    tip.replaceChildren();
    lines.forEach((line, index) => {
      const element = document.createElement(index ? "div" : "b");
      element.textContent = line;
      tip.append(element);
    });
    for (const line of more) {
      const element = document.createElement("div");
      element.className = "more";
      element.textContent = line;
      tip.append(element);
    }
  };
  const listen = (one) => {
    let since = null;
    const pixel = (event) => {
      const box = one.svg.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * one.width, ((event.clientY - box.top) / box.width) * one.width];
    };
    const hide = () => { tip.hidden = true; for (const other of figures) other.cross.setAttribute("d", ""); };
    one.host.addEventListener("pointermove", (event) => {
      if (!event.target.closest("svg")) return;
      const [at, height] = pixel(event);
      const kept = clamp(at, LEFT, one.width - RIGHT);
      if (since !== null) {
        one.chosen.setAttribute("x", Math.min(since, kept));
        one.chosen.setAttribute("width", Math.abs(kept - since));
      }
      if (at < LEFT || at > one.width - RIGHT) { hide(); return; }
      const place = one.place(at), time = Math.round(timeOf(place));
      for (const other of figures) {
        other.cross.setAttribute("d", `M${px(LEFT + ((place - view[0]) / (view[1] - view[0])) * (other.width - LEFT - RIGHT))} 0V${other.foot}`);
      }
      const box = one.boxes.find(({ foot }) => height <= foot + GAP) || one.boxes[one.boxes.length - 1];
      const near = (box.panel.marks || [])
        .map((mark) => [Math.hypot(one.x(mark[0]) - at, (mark[1] === null ? box.foot - 8 : box.y(mark[1])) - height), mark])
        .filter(([distance]) => distance < 12).sort((left, right) => left[0] - right[0]);
      const marks = near.slice(0, 4).map(([, mark]) => `${stamp(mark[0])}  ${mark[3]}`);
      if (near.length > 4) marks.push(`and ${near.length - 4} more here`);
      const slack = 1.5 / (one.width * fastest); // as far as a thin stretch is drawn
      const spans = data.spans.filter(([from, until]) => from <= time && time <= Math.max(until, from + slack)).slice(0, 4).map((span) => `breaker ${span[3]}: ${span[4]}`);
      const instant = stamp(data.length > 10 * SECOND ? Math.round(time / SECOND) * SECOND - (data.base % SECOND) : time);
      say([instant, ...box.panel.tell(time)], [...marks, ...spans]);
      tip.hidden = false;
      const { width, height: high } = tip.getBoundingClientRect();
      tip.style.left = `${clamp(event.clientX + (event.clientX + width + 24 > innerWidth ? -width - 14 : 16), 4, innerWidth - width - 4)}px`;
      tip.style.top = `${clamp(event.clientY + 16, 4, Math.max(innerHeight - high - 4, 4))}px`;
    });
    one.host.addEventListener("pointerleave", hide);
    one.host.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch" || !event.target.closest("svg")) return;
      since = clamp(pixel(event)[0], LEFT, one.width - RIGHT);
      one.host.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    one.host.addEventListener("pointerup", (event) => {
      if (since === null) return;
      const until = clamp(pixel(event)[0], LEFT, one.width - RIGHT);
      const [from, to] = [one.place(Math.min(since, until)), one.place(Math.max(since, until))];
      const wide = Math.abs(until - since) > 6 && timeOf(to) - timeOf(from) >= 20;
      since = null;
      one.chosen.setAttribute("width", 0);
      if (wide) { view = [from, to]; drawAll(); }
    });
    one.host.addEventListener("pointercancel", () => { since = null; one.chosen.setAttribute("width", 0); });
    one.host.addEventListener("dblclick", (event) => { if (event.target.closest("svg")) { view = WHOLE; drawAll(); } });
  };

  makeFigure("equity-chart", [equityPanel, fallPanel]);
  const tall = data.panels.length > 3 ? 150 : 230;
  makeFigure("price-chart", data.panels.map((panel) => pricePanel(panel, tall)));
  drawAll();
  let asked = 0;
  addEventListener("resize", () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(() => drawAll()); });
  // Paper is narrower than a screen: the charts are drawn anew for it, with text of the same size, each on one page.
  addEventListener("beforeprint", () => drawAll(true));
  addEventListener("afterprint", () => drawAll());
  matchMedia("print").addEventListener("change", (event) => drawAll(event.matches));

  // --- tables ----------------------------------------------------------------------------------------------------------

  const sizeOf = (text) => {
    const plain = text.replace(/[,%]/g, "").replace("\u2212", "-").replace("\u221e", "Infinity");
    return plain === "" || Number.isNaN(Number(plain)) ? null : Number(plain);
  };
  const order = new Intl.Collator("en", { numeric: true }).compare;
  for (const table of document.querySelectorAll("table.data")) {
    const body = table.tBodies[0], rows = [...body.rows];
    const tools = table.closest("section").querySelector(".tools");
    const details = read(`${table.id}-details`);
    const fold = () => {
      for (const open of body.querySelectorAll("tr.detail")) open.remove();
      for (const button of body.querySelectorAll("button")) button.setAttribute("aria-expanded", "false");
    };
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      head.tabIndex = 0;
      const sort = () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const numeric = head.classList.contains("n"), sign = down ? -1 : 1;
        const keyed = rows.map((row) => {
          const cell = row.cells[column], given = cell.querySelector("data");
          return [row, numeric ? sizeOf(given ? given.value : cell.textContent) : cell.textContent];
        });
        const empty = (key) => key === null || key === "";
        keyed.sort(([, left], [, right]) => {
          if (empty(left) || empty(right)) return Number(empty(left)) - Number(empty(right)); // what has none comes last
          return sign * (numeric ? left - right : order(left, right));
        });
        fold();
        body.append(...keyed.map(([row]) => row));
      };
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    });
    const field = tools && tools.querySelector("input");
    if (field) {
      const texts = rows.map((row) => row.textContent.toLowerCase() + " " + [...row.cells].map((cell) => cell.textContent.toLowerCase()).join(" "));
      field.addEventListener("input", () => {
        fold();
        const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
        let found = 0;
        rows.forEach((row, index) => {
          row.hidden = !words.every((word) => texts[index].includes(word));
          if (!row.hidden) found += 1;
        });
        tools.querySelector(".found").textContent = words.length ? `${found.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows` : "";
      });
    }
    if (!details) continue;
    const numberOf = new Map(rows.map((row, index) => [row, index]));
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (!row || !numberOf.has(row) || String(getSelection())) return;
      const button = row.querySelector("button"), open = row.nextElementSibling;
      if (open && open.classList.contains("detail")) {
        open.remove();
        button.setAttribute("aria-expanded", "false");
        return;
      }
      button.setAttribute("aria-expanded", "true");
      const detail = document.createElement("tr"), cell = document.createElement("td"), list = document.createElement("ol");
      detail.className = "detail";
      cell.colSpan = row.cells.length;
      cell.textContent = details[numberOf.get(row)].said;
      for (const [state, at, cause] of details[numberOf.get(row)].steps) {
        const step = document.createElement("li");
        step.textContent = `${stamp(at)}  ${state}  (${cause})`;
        list.append(step);
      }
      cell.append(list);
      detail.append(cell);
      row.after(detail);
    });
  }
  for (const cell of document.querySelectorAll("table.data td")) {
    if (cell.textContent.length > 30) cell.title = cell.textContent;
  }
})();
