// Reading and zooming the charts with a pointer, and drawing them for the window or for paper.
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
  // Not asked for the svg: where the pointer was captured, browsers name its holder as the target.
  one.host.addEventListener("dblclick", (event) => { if (!event.target.closest("button")) { view = WHOLE; drawAll(); } });
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
