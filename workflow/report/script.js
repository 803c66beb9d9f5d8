"use strict";
// Tables sort by a column when its heading is pressed, by numbers where every cell begins with one.
const number = text => /^[-+\u2212]?(\d|\.\d)/.test(text) ? parseFloat(text.replace("\u2212", "-")) : NaN;
const content = cell => {
  const text = (cell.dataset.value ?? cell.textContent).trim();
  return text === "nan" ? "" : text;
};

function sort(table, place, up) {
  const rows = [...table.tBodies[0].rows].map(row => [content(row.cells[place]), row]);
  const filled = rows.filter(([text]) => text !== "");
  const numeric = filled.every(([text]) => !isNaN(number(text)));
  const order = numeric ? (a, b) => number(a) - number(b) : (a, b) => a.localeCompare(b, "en", {numeric: true});
  filled.sort(([a], [b]) => (up ? 1 : -1) * order(a, b));
  // Empty cells stand last in both directions.
  const empty = rows.filter(([text]) => text === "");
  table.tBodies[0].append(...[...filled, ...empty].map(([, row]) => row));
}

function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    sort(table, place, up);
  }));
}

const element = (name, text = "") => Object.assign(document.createElement(name), {textContent: text});

// The numbers of a figure lie in the page as text; they become a table when they are opened.
function showNumbers(details) {
  const [head, ...lines] = details.querySelector("pre").textContent.split("\n").map(line => line.split("\t"));
  const table = element("table"), top = table.createTHead().insertRow(), body = table.createTBody();
  table.setAttribute("aria-label", details.querySelector("summary").textContent);
  for (const name of head) {
    const cell = element("th"), button = element("button", name);
    button.type = "button";
    cell.scope = "col";
    cell.append(button);
    top.append(cell);
  }
  for (const line of lines) {
    const row = body.insertRow();
    for (const text of line) {
      const value = /^-?\d*\.\d+(e[-+]?\d+)?$/.test(text) ? String(+(+text).toPrecision(5)) : text;
      row.append(Object.assign(element("td", value), {title: text}));
    }
  }
  const box = Object.assign(element("div"), {className: "scroll", tabIndex: 0});
  box.append(table);
  details.querySelector("pre").replaceWith(box);
  makeSortable(table);
}

document.querySelectorAll("table").forEach(makeSortable);
document.querySelectorAll("details.numbers").forEach(
  details => details.addEventListener("toggle", () => showNumbers(details), {once: true}));
// Paper cannot be opened.
addEventListener("beforeprint", () => document.querySelectorAll("details:not(.numbers)").forEach(one => one.open = true));
// A link to a folded table unfolds it.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
});
