"use strict";
// Scalp maps: thin-plate splines through the electrodes (Duchon, 1977), which hold the measured
// values; a map of few electrodes shows them alone.
explorer.FEWEST = 8;
// Across a large head, and a small one.
explorer.CELLS = [56, 28];
explorer.montages = new Map();

explorer.montage = (places, n = explorer.CELLS[0]) => {
  const key = `${n} ${JSON.stringify(places)}`;
  if (!explorer.montages.has(key)) explorer.montages.set(key, explorer.makeMontage(places, n));
  return explorer.montages.get(key);
};

explorer.makeMontage = (places, n) => {
  const known = places.map((place, index) => [place, index]).filter(([place]) => place);
  const reach = Math.max(1, ...known.map(([[x, y]]) => Math.hypot(x, y))) * 1.04;
  const montage = { index: known.map(([, k]) => k), points: known.map(([[x, y]]) => [x / reach, y / reach]), cells: [] };
  if (known.length < explorer.FEWEST) return montage;
  const inverse = explorer.splineInverse(montage.points);
  if (!inverse) return montage;
  for (let row = 0; row < n; row++) for (let column = 0; column < n; column++) {
    const x = (column + 0.5) / n * 2 - 1, y = 1 - (row + 0.5) / n * 2;
    if (Math.hypot(x, y) > 1 + 2 / n) continue;
    montage.cells.push({ row, column, weights: explorer.splineWeights(montage.points, inverse, x, y) });
  }
  return montage;
};

explorer.kernel = (ax, ay, bx, by) => {
  const square = (ax - bx) ** 2 + (ay - by) ** 2;
  return square > 0 ? square * Math.log(square) : 0;
};

explorer.splineInverse = points => {
  const n = points.length, size = n + 3;
  const rows = Array.from({ length: size }, () => new Float64Array(2 * size));
  points.forEach(([x, y], i) => {
    points.forEach(([u, v], j) => { rows[i][j] = explorer.kernel(x, y, u, v); });
    [1, x, y].forEach((value, k) => { rows[i][n + k] = rows[n + k][i] = value; });
  });
  rows.forEach((row, i) => { row[size + i] = 1; });
  for (let k = 0; k < size; k++) {
    let best = k;
    for (let i = k; i < size; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[best][k])) best = i;
    if (Math.abs(rows[best][k]) < 1e-10) return null;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    const pivot = rows[k][k];
    for (let j = 0; j < 2 * size; j++) rows[k][j] /= pivot;
    for (let i = 0; i < size; i++) {
      const factor = rows[i][k];
      if (i === k || factor === 0) continue;
      for (let j = 0; j < 2 * size; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map(row => row.subarray(size));
};

explorer.splineWeights = (points, inverse, x, y) => {
  const n = points.length;
  const basis = [...points.map(([u, v]) => explorer.kernel(x, y, u, v)), 1, x, y];
  return Float64Array.from({ length: n }, (_, j) => basis.reduce((sum, value, i) => sum + value * inverse[i][j], 0));
};

// Draw one head with its centre at x, y.
explorer.scalp = (pen, x, y, radius, places, values, limit, chosen = -1) => {
  const n = explorer.CELLS[radius < 60 ? 1 : 0], montage = explorer.montage(places, n), cell = 2 * radius / n;
  for (const { row, column, weights } of montage.cells) {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * values[montage.index[k]];
    pen.fillStyle = explorer.shade(sum, limit);
    pen.fillRect(x - radius + column * cell, y - radius + row * cell, cell + 0.4, cell + 0.4);
  }
  explorer.head(pen, x, y, radius);
  const few = !montage.cells.length;
  montage.points.forEach(([u, v], k) => {
    const electrode = montage.index[k], here = electrode === chosen;
    pen.beginPath();
    pen.arc(x + u * radius, y - v * radius, few ? radius * 0.12 : here ? 4 : Math.max(1, radius / 45), 0, 2 * Math.PI);
    pen.fillStyle = few ? explorer.shade(values[electrode], limit) : here ? "#fff" : "#222";
    pen.fill();
    if (few || here) { pen.strokeStyle = "#222"; pen.lineWidth = here ? 2 : 1; pen.stroke(); }
  });
};

explorer.head = (pen, x, y, radius) => {
  // What stands out of the circle is covered.
  pen.strokeStyle = "#fff";
  pen.lineWidth = radius / 8;
  pen.beginPath();
  pen.arc(x, y, radius * 1.0625, 0, 2 * Math.PI);
  pen.stroke();
  pen.strokeStyle = "#222";
  pen.lineWidth = 1.3;
  pen.beginPath();
  pen.arc(x, y, radius + 0.5, 0, 2 * Math.PI);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(x - radius * 0.13, y - radius * 0.99);
  pen.lineTo(x, y - radius * 1.12);
  pen.lineTo(x + radius * 0.13, y - radius * 0.99);
  pen.stroke();
};

// The electrode nearest to a point of a head, or -1.
explorer.electrodeAt = (places, x, y, radius, px, py) => {
  const montage = explorer.montage(places);
  const distances = montage.points.map(([u, v]) => Math.hypot(x + u * radius - px, y - v * radius - py));
  const nearest = distances.indexOf(Math.min(...distances));
  return distances[nearest] < Math.max(12, radius / 5) ? montage.index[nearest] : -1;
};

// Scale of colours, lying, with its ends.
explorer.bar = (pen, x, y, width, limit, unit) => {
  for (let k = 0; k < 60; k++) {
    pen.fillStyle = explorer.shade(k / 29.5 - 1, 1);
    pen.fillRect(x + k * width / 60, y, width / 60 + 0.4, 9);
  }
  pen.fillStyle = "#222";
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.fillText(explorer.number(-limit, 2), x, y + 19);
  pen.textAlign = "right";
  pen.fillText(explorer.number(limit, 2), x + width, y + 19);
  pen.textAlign = "center";
  pen.fillText(unit, x + width / 2, y + 19);
};

explorer.largest = values => values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
