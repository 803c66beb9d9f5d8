"use strict";
// The same trial under two models or methods, locked together.
explorer.screens.compare = async state => {
  explorer.foresee(state.task, state.model, state.other);
  const [facts, exact] = await explorer.loadAll(`windows/${state.task}`, `model/${state.model.id}`);
  const indices = explorer.filtered(state, facts, exact);
  const index = explorer.currentWindow(state, facts, indices);
  const shown = { ...state, window: facts.windows.sample[index] };
  explorer.indices = indices;
  explorer.stepping = { facts, index };
  const run2 = explorer.runOf(state.other);
  const choices = () => explorer.controls([explorer.taskChoice(shown), explorer.runChoice(shown), explorer.methodChoice(shown),
    { name: "run2", label: "Second model", value: run2, options: explorer.runs(state.models) },
    { name: "method2", label: "Second method", value: state.other.method, options: explorer.methodsOf(state.models, run2) },
    ...explorer.windowChoices(shown, facts, exact, indices)]);
  if (index == null) { choices(); return explorer.say("No window passes these filters."); }
  const [one, two] = await Promise.all([state.model, state.other].map(model => explorer.trialOf(state.task, model, index)));
  if (!explorer.current(state)) return undefined;
  choices();
  if (!two.there) return explorer.say("The second model has no relevance for this window.");
  const span = explorer.spanOf(state, facts);
  explorer.steps();
  [[one, state.model, "first"], [two, state.other, "second"]].forEach(([trial, model, id]) => {
    const figure = explorer.show(id, explorer.tracesView(trial, { ...shown, model }, span), { size: "half" });
    explorer.brush(figure, span.seconds, facts.n_times);
  });
  explorer.show("together", explorer.togetherView(one, two, span, state), { size: "wide" });
  return undefined;
};

explorer.togetherView = (one, two, span, state) => {
  const maps = [one, two].map(trial => explorer.mapOver(trial, span));
  const numbers = [
    ["Pearson, electrodes × time", explorer.pearson(one.relevance, two.relevance)],
    ["Spearman, electrodes × time", explorer.pearson(explorer.ranks(one.relevance), explorer.ranks(two.relevance))],
    [`Pearson, electrodes, ${explorer.spanWords(span)}`, explorer.pearson(...maps)],
  ];
  return {
    title: `How alike: correlations of relevance (no unit), n = 1 window, ${one.channels.length} electrodes × ${one.n_times} samples`,
    height: width => width < 600 ? 3 * 26 + width / 2 + 66 : 250,
    draw: (pen, width) => {
      const narrow = width < 600, across = narrow ? width : Math.min(440, width * 0.5);
      const radius = across / 4 - 20, top = narrow ? 84 : 8;
      numbers.forEach(([words, value], k) => {
        pen.textAlign = "left";
        pen.fillText(`${words}: r = ${explorer.number(value, 3)}`, narrow ? 4 : across + 16, (narrow ? 14 : 50) + k * 26);
      });
      maps.forEach((values, k) => {
        const limit = explorer.largest(values), x = across * (0.25 + k / 2);
        pen.fillStyle = "#222";
        pen.textAlign = "center";
        pen.fillText(`${k ? "second" : "first"}, logit`, x, top + 2);
        explorer.scalp(pen, x, top + radius + 26, radius, one.places, values, limit);
        explorer.bar(pen, x - radius, top + 2 * radius + 36, 2 * radius, limit, "");
        pen.fillStyle = "#222";
      });
    },
    table: () => [["measure", "first", "second", "r"], ...numbers.map(([words, value]) =>
      [words, state.model.id, state.other.id, value == null ? "" : +value.toPrecision(6)])],
  };
};

explorer.pearson = (a, b) => {
  const n = a.length, mean = values => values.reduce((sum, value) => sum + value, 0) / n;
  const [p, q] = [mean(a), mean(b)];
  let ab = 0, aa = 0, bb = 0;
  for (let k = 0; k < n; k++) { const x = a[k] - p, y = b[k] - q; ab += x * y; aa += x * x; bb += y * y; }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
};

// Ties have the mean of their ranks.
explorer.ranks = values => {
  const order = Uint32Array.from(values, (_, k) => k).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let k = from; k <= to; k++) ranks[order[k]] = (from + to) / 2;
    from = to + 1;
  }
  return ranks;
};
