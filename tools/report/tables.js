// Tables that sort, search, and open a row's history.
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
