"use strict";
// The part of a canvas's drawing that the figures use, written down as SVG.
explorer.svgPen = (width, height) => {
  const parts = [], escape = text => String(text).replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
  const round = value => +value.toFixed(2);
  const turn = { angle: 0, x: 0, y: 0, stack: [] };
  const at = () => turn.angle || turn.x || turn.y
    ? ` transform="translate(${round(turn.x)} ${round(turn.y)}) rotate(${round(turn.angle * 180 / Math.PI)})"` : "";
  const pen = { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, font: "12px sans-serif",
    textAlign: "left", textBaseline: "alphabetic", globalAlpha: 1, path: "", dash: [] };
  const alpha = () => pen.globalAlpha < 1 ? ` opacity="${pen.globalAlpha}"` : "";
  pen.beginPath = () => { pen.path = ""; };
  pen.moveTo = (x, y) => { pen.path += `M${round(x)} ${round(y)}`; };
  pen.lineTo = (x, y) => { pen.path += `L${round(x)} ${round(y)}`; };
  pen.closePath = () => { pen.path += "Z"; };
  pen.arc = (x, y, r) => { pen.path += `M${round(x + r)} ${round(y)}a${r} ${r} 0 1 0 ${-2 * r} 0a${r} ${r} 0 1 0 ${2 * r} 0`; };
  pen.setLineDash = dash => { pen.dash = dash; };
  pen.stroke = () => parts.push(`<path d="${pen.path}" fill="none" stroke="${pen.strokeStyle}" stroke-width="${pen.lineWidth}"`
    + `${pen.dash.length ? ` stroke-dasharray="${pen.dash}"` : ""}${alpha()}${at()}/>`);
  pen.fill = () => parts.push(`<path d="${pen.path}" fill="${pen.fillStyle}"${alpha()}${at()}/>`);
  pen.fillRect = (x, y, w, h) => parts.push(
    `<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" fill="${pen.fillStyle}"${alpha()}${at()}/>`);
  pen.fillText = (text, x, y) => {
    const anchor = { left: "start", center: "middle", right: "end" }[pen.textAlign];
    const middle = pen.textBaseline === "middle" ? ' dominant-baseline="central"' : "";
    parts.push(`<text x="${round(x)}" y="${round(y)}" fill="${pen.fillStyle}" text-anchor="${anchor}"${middle}`
      + ` style="font:${escape(pen.font)}"${alpha()}${at()}>${escape(text)}</text>`);
  };
  pen.save = () => turn.stack.push([turn.angle, turn.x, turn.y]);
  pen.restore = () => { [turn.angle, turn.x, turn.y] = turn.stack.pop(); };
  pen.translate = (x, y) => { turn.x += x; turn.y += y; };
  pen.rotate = angle => { turn.angle += angle; };
  pen.text = () => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`
    + `<rect width="100%" height="100%" fill="#fff"/>${parts.join("\n")}</svg>`;
  return pen;
};
