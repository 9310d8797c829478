"use strict";
// Sorts a table by the column whose head is clicked; cells may carry data-value for the order.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, i) => {
    const cell = row.cells[i], value = cell.dataset.value ?? cell.textContent.trim();
    return value !== "" && !isNaN(value) ? Number(value) : value;
  };
  heads.forEach((head, i) => head.addEventListener("click", () => {
    const first = head.classList.contains("right") ? "descending" : "ascending";
    const second = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? second : first;
    heads.forEach(each => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].map(row => [key(row, i), row]);
    rows.sort(([a], [b]) => sign * (typeof a === "number" && typeof b === "number"
      ? a - b : (typeof a === "number") - (typeof b === "number") || String(a).localeCompare(String(b))));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }));
}
// A pane with a drawing: buttons and ctrl + wheel change its scale, dragging moves it.
for (const pane of document.querySelectorAll(".pane")) {
  const svg = pane.querySelector("svg"), box = svg.viewBox.baseVal;
  let scale = 1;
  const set = (to, x = pane.clientWidth / 2, y = pane.clientHeight / 2) => {
    const next = Math.min(3, Math.max(0.05, to)), by = next / scale;
    scale = next;
    svg.setAttribute("width", box.width * scale);
    svg.setAttribute("height", box.height * scale);
    pane.scrollTo({ left: (pane.scrollLeft + x) * by - x, top: (pane.scrollTop + y) * by - y, behavior: "instant" });
  };
  const fit = () => set(Math.min(1, pane.clientWidth / box.width));
  const actions = { in: () => set(scale * 1.25), out: () => set(scale / 1.25), fit };
  for (const button of pane.parentElement.querySelectorAll("button[data-zoom]"))
    button.addEventListener("click", actions[button.dataset.zoom]);
  pane.addEventListener("wheel", event => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const at = pane.getBoundingClientRect();
    set(scale * Math.exp(-event.deltaY / 300), event.clientX - at.left, event.clientY - at.top);
  }, { passive: false });
  let held = null;
  pane.addEventListener("pointerdown", event => { if (event.button === 0) held = [event.clientX, event.clientY]; });
  addEventListener("pointermove", event => {
    if (!held) return;
    pane.classList.add("held");
    pane.scrollTo({ left: pane.scrollLeft + held[0] - event.clientX, top: pane.scrollTop + held[1] - event.clientY, behavior: "instant" });
    held = [event.clientX, event.clientY];
  });
  addEventListener("pointerup", () => { held = null; pane.classList.remove("held"); });
  set(Math.max(0.7, Math.min(1, pane.clientWidth / box.width)));
  const first = pane.querySelector(".box").getBoundingClientRect(), frame = pane.getBoundingClientRect();
  pane.scrollTo({ left: pane.scrollLeft + first.left + first.width / 2 - frame.left - frame.width / 2, top: 0, behavior: "instant" });
}
// A click on a layer marks it in the drawing and in the table.
const choose = step => {
  for (const each of document.querySelectorAll(".chosen")) each.classList.remove("chosen");
  for (const each of document.querySelectorAll(`[data-step="${step}"]`)) {
    each.classList.add("chosen");
    const frame = each.closest(".pane, .tall");
    if (!frame) continue;
    const a = each.getBoundingClientRect(), b = frame.getBoundingClientRect();
    frame.scrollBy({ top: a.top - b.top - b.height / 2 + a.height / 2, left: frame.matches(".pane") ? a.left - b.left - b.width / 2 + a.width / 2 : 0, behavior: "smooth" });
  }
};
document.addEventListener("click", event => {
  const at = event.target.closest("[data-step]");
  if (at) choose(at.dataset.step);
});
