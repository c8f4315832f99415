"use strict";
(() => {
  // Tables whose heads hold buttons: one press sorts by that column, another turns it round. Nothing is fetched or kept.
  const words = new Intl.Collator("sv", { numeric: true, sensitivity: "base" });
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.key !== undefined ? cell.dataset.key : cell.textContent.trim();
  };
  const compared = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y) ? x - y : words.compare(a, b);
  };
  // On the document, since a locked page has no table before it is opened.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.sort");
    if (!button) return;
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const turned = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", turned ? "descending" : "ascending");
    const rows = [...body.rows].sort((a, b) => compared(keyOf(a, head.cellIndex), keyOf(b, head.cellIndex)));
    body.append(...(turned ? rows.reverse() : rows));
  });
})();
