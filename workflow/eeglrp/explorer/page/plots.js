"use strict";
// Axes, lines with bands, dots with intervals.
explorer.ticks = (low, high, n) => {
  const raw = (high - low) / Math.max(1, n), power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].map(k => k * power).find(one => one >= raw) || raw;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.push(+(k * step).toPrecision(8));
  return ticks;
};

explorer.axes = (pen, box, x, y, labels) => {
  const { left, top, width, height } = box;
  const toX = value => left + (value - x[0]) / (x[1] - x[0]) * width;
  const toY = value => top + height - (value - y[0]) / (y[1] - y[0]) * height;
  pen.strokeStyle = "#999";
  pen.lineWidth = 1;
  pen.fillStyle = "#222";
  explorer.line(pen, [[left, top], [left, top + height], [left + width, top + height]]);
  pen.textAlign = "center";
  for (const tick of explorer.ticks(x[0], x[1], width / 80)) pen.fillText(explorer.number(tick), toX(tick), top + height + 12);
  pen.fillText(labels[0], left + width / 2, top + height + 28);
  pen.textAlign = "right";
  for (const tick of explorer.ticks(y[0], y[1], height / 40)) pen.fillText(explorer.number(tick), left - 5, toY(tick));
  pen.textAlign = "left";
  pen.fillText(labels[1], 4, top - 12);
  if (y[0] < 0 && y[1] > 0) { pen.strokeStyle = "#ccc"; explorer.line(pen, [[left, toY(0)], [left + width, toY(0)]]); }
  return { toX, toY };
};

explorer.line = (pen, points) => {
  pen.beginPath();
  points.forEach(([x, y], k) => k ? pen.lineTo(x, y) : pen.moveTo(x, y));
  pen.stroke();
};

explorer.area = (pen, points) => {
  pen.beginPath();
  points.forEach(([x, y], k) => k ? pen.lineTo(x, y) : pen.moveTo(x, y));
  pen.closePath();
  pen.fill();
};

explorer.dot = (pen, x, y, colour) => {
  pen.beginPath();
  pen.arc(x, y, 4, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
};

explorer.range = values => {
  const finite = values.filter(value => value != null && Number.isFinite(value));
  const low = Math.min(...finite), high = Math.max(...finite);
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  return finite.length ? [low - margin, high + margin] : [0, 1];
};

explorer.legend = (pen, x, y, entries, width) => {
  let left = x;
  pen.textAlign = "left";
  for (const [words, colour] of entries) {
    const wide = words.length * 7 + 34;
    if (left > x && left + wide > x + width) { left = x; y += 17; }
    pen.fillStyle = colour;
    pen.fillRect(left, y - 3, 16, 6);
    pen.fillStyle = "#222";
    pen.fillText(words, left + 21, y);
    left += wide;
  }
};
