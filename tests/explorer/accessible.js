// What assistive technology needs: names, contrast, headings, language, focus.
(() => {
  const faults = [], seen = new Set();
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title) faults.push("no title");
  const nameOf = element => (element.getAttribute("aria-label") || element.textContent || element.alt
    || [...(element.labels || [])].map(label => label.firstChild.textContent).join("") || "").trim();
  for (const [selector, what] of [["a[href]", "link"], ["button", "button"], ["img", "img"],
    ["canvas", "canvas"], ["summary", "summary"], ["[role=region]", "region"], ["nav", "nav"], ["form", "form"]])
    for (const element of document.querySelectorAll(selector))
      if (!nameOf(element)) faults.push(`${what} without a name`);
  for (const select of document.querySelectorAll("select, input"))
    if (!select.labels.length && !select.getAttribute("aria-label")) faults.push("select without a label");
  for (const canvas of document.querySelectorAll("canvas"))
    if (canvas.getAttribute("role") !== "img") faults.push("canvas that is no image");
  for (const element of document.querySelectorAll("[id]")) {
    if (seen.has(element.id)) faults.push(`id ${element.id} repeats`);
    seen.add(element.id);
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const here = Number(heading.tagName[1]);
    if (here > level + 1) faults.push(`heading h${here} after h${level}`);
    level = here;
  }
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  const light = colour => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map(Number).map(value => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!/, 0\)$/.test(colour) && colour !== "transparent") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length || ["SCRIPT", "OPTION"].includes(element.tagName)) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)}: ${element.textContent.slice(0, 30)}`);
  }
  for (const element of document.querySelectorAll("a[href], button, select, summary, [tabindex='0']")) {
    element.focus();
    if (document.activeElement !== element && element.getClientRects().length && element.id !== "skip")
      faults.push(`${element.tagName} cannot have the focus`);
    const style = getComputedStyle(element);
    if (style.outlineStyle === "none" && element.matches(":focus-visible")) faults.push(`${element.tagName}: focus unseen`);
  }
  return faults;
})()
