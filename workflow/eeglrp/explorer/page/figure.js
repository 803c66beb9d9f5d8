"use strict";
// A figure: a title with units and n, a picture, its numbers, and buttons that save them.
explorer.FONT = "12px system-ui, sans-serif";

explorer.element = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

explorer.makeFigure = (id, parent, size) => {
  const canvas = explorer.element("canvas", { role: "img" });
  const heading = explorer.element("h2");
  const figure = explorer.element("figure", { id, class: size });
  figure.canvas = canvas;
  figure.heading = heading;
  figure.numbers = explorer.element("div", { class: "numbers", tabindex: "0", role: "region" });
  const details = explorer.element("details", {}, explorer.element("summary", {}, "Numbers"), figure.numbers);
  details.ontoggle = () => explorer.fillNumbers(figure);
  figure.details = details;
  const save = (words, what) => explorer.element("button",
    { type: "button", onclick: () => explorer.save(figure, what), "data-save": what, "aria-label": `Save ${id} as ${words}` }, words);
  const buttons = explorer.element("div", { class: "buttons" },
    save("PNG", "png"), save("SVG", "svg"), save("TSV", "tsv"));
  figure.append(explorer.element("figcaption", {}, heading, buttons), canvas, details);
  parent.append(figure);
  return figure;
};

// `view` has title, height, draw(pen, width, height), table() -> [columns, ...rows], and pick(x, y).
explorer.show = (id, view, { parent = document.getElementById("main"), size = "wide" } = {}) => {
  const figure = document.getElementById(id) || explorer.makeFigure(id, parent, size);
  figure.view = view;
  figure.heading.textContent = view.title;
  figure.canvas.setAttribute("aria-label", view.title);
  figure.numbers.setAttribute("aria-label", `Numbers of: ${view.title}`);
  explorer.paint(figure);
  if (figure.details.open) explorer.fillNumbers(figure);
  return figure;
};

explorer.paint = figure => {
  const { canvas, view } = figure, ratio = window.devicePixelRatio || 1;
  const width = Math.max(280, Math.floor(figure.clientWidth));
  const height = Math.round(typeof view.height === "function" ? view.height(width) : view.height);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  figure.drawn = { width, height };
  explorer.begin(pen);
  view.draw(pen, width, height);
};

explorer.begin = pen => {
  pen.font = explorer.FONT;
  pen.fillStyle = pen.strokeStyle = "#222";
  pen.lineWidth = 1;
  pen.globalAlpha = 1;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.setLineDash([]);
};

explorer.fillNumbers = figure => {
  figure.numbers.textContent = "";
  if (!figure.details.open) return;
  const [head, ...rows] = figure.view.table(), most = 200;
  const cells = (row, tag) => explorer.element("tr", {}, ...row.map(value =>
    explorer.element(tag, tag === "th" ? { scope: "col" } : {}, explorer.cell(value))));
  figure.numbers.append(explorer.element("table", {},
    explorer.element("thead", {}, cells(head, "th")),
    explorer.element("tbody", {}, ...rows.slice(0, most).map(row => cells(row, "td")))));
  if (rows.length > most)
    figure.numbers.append(explorer.element("p", {}, `${most} of ${rows.length} rows; the TSV has all.`));
};

explorer.cell = value => value == null ? "" : String(value);

explorer.tsv = figure => figure.view.table().map(row => row.map(explorer.cell).join("\t")).join("\n") + "\n";

explorer.svg = figure => {
  const { width, height } = figure.drawn, pen = explorer.svgPen(width, height);
  explorer.begin(pen);
  figure.view.draw(pen, width, height);
  return pen.text();
};

explorer.save = async (figure, what) => {
  const blob = what === "png" ? await new Promise(done => figure.canvas.toBlob(done))
    : what === "svg" ? new Blob([explorer.svg(figure)], { type: "image/svg+xml" })
    : new Blob([explorer.tsv(figure)], { type: "text/tab-separated-values" });
  const link = explorer.element("a", { href: URL.createObjectURL(blob), download: `${explorer.study.study}-${figure.id}.${what}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
