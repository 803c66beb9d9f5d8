"use strict";
// Which method finds what, from the tables of the study.
explorer.QUESTIONS = {
  localisation: "Does it point at the planted source?", faithfulness: "Does hiding what it marks change the score?",
  sanity: "Does it depend on the trained weights?", complexity: "How concentrated is it?",
  agreement: "Do two methods agree?", stability: "Do two models agree?", guide: "Which method wins, over tasks?",
  conservation: "How much of the score stands under each source?", cost: "What does it cost?",
};

explorer.screens.methods = async state => {
  const { tables } = await explorer.load("methods");
  if (!explorer.current(state)) return undefined;
  explorer.stepping = null;
  const names = Object.keys(tables);
  if (!names.length) { explorer.controls([]); return explorer.say("The study has no table that compares methods."); }
  const name = names.includes(state.table) ? state.table : names[0], table = tables[name];
  const metrics = explorer.distinct(table.metric), metric = metrics.includes(state.metric) ? state.metric : metrics[0];
  const tasks = explorer.distinct(table.task), task = tasks.includes(state.of) ? state.of : "";
  explorer.controls([
    { name: "table", label: "Question", value: name, resets: { metric: "" }, options: names.map(one => [one, explorer.QUESTIONS[one]]) },
    { name: "metric", label: "Metric", value: metric, options: metrics.map(one => [one, explorer.metric(one)]) },
    { name: "of", label: "Task", value: task, options: [["", "every"], ...tasks.map(one => [one, explorer.word(one)])] }]);
  explorer.show("methods-dots", explorer.methodDots(name, table, metric, task), { size: "wide" });
  return undefined;
};

explorer.COLUMNS = ["task", "regime", "seed", "method", "metric", "occluder", "depth", "unit", "level", "against", "against_seed",
  "value", "ci_low", "ci_high", "chance", "n"];

explorer.rowsOfTable = (table, metric, task) => {
  const columns = explorer.COLUMNS.filter(name => table[name]);
  return table.metric.map((_, k) => k).filter(k => table.metric[k] === metric && (!task || table.task[k] === task))
    .map(k => Object.fromEntries(columns.map(name => [name, table[name][k]])));
};

explorer.methodDots = (name, table, metric, task) => {
  const rows = explorer.rowsOfTable(table, metric, task), methods = explorer.distinct(rows.map(row => row.method));
  const colour = method => explorer.LINES[methods.indexOf(method) % explorer.LINES.length];
  const more = ["occluder", "depth", "unit", "level", "against", "against_seed"];
  const about = row => [row.task === "all" ? "all tasks" : explorer.word(row.task), row.regime && explorer.word(row.regime),
    row.seed !== "" && row.seed != null && `seed\u00a0${row.seed}`, ...more.map(key => row[key] != null && row[key] !== "" && `${key.replaceAll("_", " ")} ${explorer.word(row[key])}`)]
    .filter(Boolean).join(", ");
  const groups = explorer.distinct(rows.map(about)), tall = 12 + methods.length * 12, label = width => Math.min(300, width * 0.42);
  const ns = rows.map(row => row.n).filter(n => n != null), n = ns.length ? ` n = ${Math.min(...ns)}${Math.max(...ns) > Math.min(...ns) ? ` to ${Math.max(...ns)}` : ""}` : "";
  return {
    title: `${explorer.QUESTIONS[name]} ${explorer.metric(metric)}, mean and 95 % interval${n && ","}${n}; grey tick: chance`,
    height: groups.length * tall + 100,
    draw: (pen, width, height) => {
      explorer.legend(pen, 8, 12, methods.map(method => [explorer.word(method), colour(method)]), width - 12);
      const box = { left: label(width), top: 52, width: width - label(width) - 14, height: height - 92 };
      const range = explorer.range(rows.flatMap(row => [row.value, row.ci_low, row.ci_high, row.chance]));
      const toX = value => box.left + (value - range[0]) / (range[1] - range[0]) * box.width;
      pen.textAlign = "center";
      for (const tick of explorer.ticks(range[0], range[1], box.width / 55)) {
        pen.strokeStyle = "#e4e4e4";
        explorer.line(pen, [[toX(tick), box.top], [toX(tick), box.top + box.height]]);
        pen.fillStyle = "#222";
        pen.fillText(explorer.number(tick), toX(tick), box.top + box.height + 12);
      }
      pen.fillText(explorer.metric(metric), box.left + box.width / 2, box.top + box.height + 28);
      groups.forEach((words, g) => {
        const y = box.top + g * tall;
        if (g % 2 === 0) { pen.globalAlpha = 0.05; pen.fillStyle = "#000"; pen.fillRect(0, y, width, tall); pen.globalAlpha = 1; }
        pen.fillStyle = "#222";
        pen.textAlign = "right";
        explorer.wrapped(pen, words, box.left - 8, y + tall / 2, box.left - 12);
        rows.filter(row => about(row) === words).forEach(row =>
          explorer.lyingInterval(pen, toX, y + 12 + methods.indexOf(row.method) * 12, row, colour(row.method)));
      });
    },
    table: () => { const columns = explorer.COLUMNS.filter(column => table[column]); return [columns, ...rows.map(row => columns.map(column => row[column]))]; },
  };
};

explorer.lyingInterval = (pen, toX, y, row, colour) => {
  pen.lineWidth = 2;
  if (row.chance != null) { pen.strokeStyle = "#888"; explorer.line(pen, [[toX(row.chance), y - 5], [toX(row.chance), y + 5]]); }
  pen.strokeStyle = colour;
  if (row.ci_low != null) explorer.line(pen, [[toX(row.ci_low), y], [toX(row.ci_high), y]]);
  explorer.dot(pen, toX(row.value), y, colour);
};

// Text in lines of so many pixels.
explorer.wrapped = (pen, words, x, y, width) => {
  const most = Math.max(8, Math.floor(width / 6.4)), lines = [""];
  for (const word of words.split(" ")) {
    const last = lines[lines.length - 1];
    if (last && last.length + word.length + 1 > most) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  lines.forEach((line, k) => pen.fillText(line, x, y + (k - (lines.length - 1) / 2) * 13));
};
