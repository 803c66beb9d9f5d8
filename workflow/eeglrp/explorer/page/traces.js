"use strict";
// Raw EEG with relevance as colour behind each trace.
explorer.LEFT = 44;
explorer.TOP = 14;
explorer.TRUTH = "#00785a";
explorer.EVENT = "#8e24aa";
explorer.BOTTOM = 34;

explorer.rowsOf = trial => trial.gaze ? [...trial.channels, `${trial.gaze[0]}−${trial.gaze[1]}`] : trial.channels;

explorer.tracesHeight = (trial, width) =>
  explorer.TOP + explorer.BOTTOM + explorer.rowsOf(trial).length * explorer.rowHeight(trial, width);

explorer.rowHeight = (trial, width) => Math.max(14, Math.min(26, (width < 500 ? 460 : 560) / explorer.rowsOf(trial).length));

explorer.timeBox = (trial, width) => ({ left: explorer.LEFT, width: width - explorer.LEFT - 8, seconds: trial.n_times / trial.rate });

explorer.drawTraces = (pen, width, height, trial, state) => {
  const box = explorer.timeBox(trial, width), row = explorer.rowHeight(trial, width);
  const bottom = height - explorer.BOTTOM, toX = time => box.left + time / box.seconds * box.width;
  explorer.drawRelevance(pen, box, row, trial);
  explorer.drawSignals(pen, box, row, trial);
  explorer.drawMarks(pen, toX, bottom, trial, state);
  pen.fillStyle = "#222";
  pen.textAlign = "center";
  for (const tick of explorer.ticks(0, box.seconds, box.width / 80)) pen.fillText(explorer.number(tick), toX(tick), bottom + 10);
  pen.fillText("time in the window (s)", box.left + box.width / 2, bottom + 25);
  explorer.drawScale(pen, box, row, trial, bottom);
};

explorer.drawRelevance = (pen, box, row, trial) => {
  if (!trial.relevance) return;
  // As many columns as there is room for; each has its largest value.
  const n = trial.n_times, columns = Math.min(n, 400), wide = box.width / columns;
  trial.channels.forEach((_, channel) => {
    for (let column = 0; column < columns; column++) {
      const from = Math.floor(column * n / columns), to = Math.max(from + 1, Math.floor((column + 1) * n / columns));
      let value = 0;
      for (let k = from; k < to; k++) {
        const here = trial.relevance[channel * n + k];
        if (Math.abs(here) > Math.abs(value)) value = here;
      }
      pen.fillStyle = explorer.shade(value, trial.limit);
      pen.fillRect(box.left + column * wide, explorer.TOP + channel * row, wide + 0.4, row - 1);
    }
  });
};

explorer.drawSignals = (pen, box, row, trial) => {
  const n = trial.n_times;
  explorer.rowsOf(trial).forEach((name, index) => {
    const middle = explorer.TOP + (index + 0.5) * row;
    pen.fillStyle = "#222";
    pen.textAlign = "right";
    const gaze = index >= trial.channels.length;
    pen.fillText(gaze ? "HEOG" : name, box.left - 5, middle);
    const values = gaze ? trial.heog : trial.signal.subarray(index * n, (index + 1) * n);
    if (trial.truth && !gaze) {
      pen.strokeStyle = explorer.TRUTH;
      pen.lineWidth = 1.6;
      explorer.trace(pen, box, middle, row, trial.truth.subarray(index * n, (index + 1) * n), trial.microvolt);
    }
    pen.strokeStyle = "#111";
    pen.lineWidth = 0.9;
    explorer.trace(pen, box, middle, row, values, trial.microvolt);
  });
};

explorer.trace = (pen, box, middle, row, values, microvolt) => {
  pen.beginPath();
  for (let k = 0; k < values.length; k++) {
    const x = box.left + (k + 0.5) * box.width / values.length, y = middle - values[k] / microvolt * row;
    if (k) pen.lineTo(x, y); else pen.moveTo(x, y);
  }
  pen.stroke();
};

explorer.drawMarks = (pen, toX, bottom, trial, state) => {
  pen.strokeStyle = explorer.EVENT;
  pen.lineWidth = 2;
  pen.setLineDash([5, 3]);
  for (const time of trial.event) explorer.line(pen, [[toX(time), explorer.TOP], [toX(time), bottom]]);
  pen.setLineDash([]);
  if (state.whole === false) {
    pen.globalAlpha = 0.07;
    pen.fillStyle = "#000";
    pen.fillRect(toX(state.from), explorer.TOP, toX(state.to) - toX(state.from), bottom - explorer.TOP);
    pen.globalAlpha = 1;
    pen.strokeStyle = "#555";
    for (const time of [state.from, state.to]) explorer.line(pen, [[toX(time), explorer.TOP], [toX(time), bottom]]);
  }
  pen.strokeStyle = "#000";
  pen.lineWidth = 1.5;
  explorer.line(pen, [[toX(state.time), explorer.TOP - 4], [toX(state.time), bottom + 3]]);
};

explorer.drawScale = (pen, box, row, trial, bottom) => {
  const microvolt = trial.microvolt, x = box.left + box.width + 4;
  pen.strokeStyle = "#000";
  pen.lineWidth = 2;
  explorer.line(pen, [[x, bottom - row], [x, bottom]]);
  pen.fillStyle = "#222";
  pen.textAlign = "right";
  pen.fillText(`bar: ${explorer.number(microvolt, 2)} µV`, x + 2, bottom + 25);
};

// The cursor by a click, a span by dragging.
explorer.brush = (figure, seconds, n) => {
  const timeOf = event => {
    const { width } = figure.drawn, left = explorer.LEFT;
    const share = (event.offsetX - left) / (width - left - 8);
    return Math.max(0, Math.min(seconds * (1 - 1 / n), share * seconds));
  };
  const { canvas } = figure;
  canvas.onpointerdown = event => { canvas.start = timeOf(event); };
  canvas.onpointerup = event => {
    const start = canvas.start, end = timeOf(event);
    if (start == null) return;
    canvas.start = null;
    const fixed = time => time.toFixed(3);
    if (Math.abs(end - start) < seconds / 50) explorer.go({ time: fixed(end) });
    else explorer.go({ from: fixed(Math.min(start, end)), to: fixed(Math.max(start, end)) });
  };
};
