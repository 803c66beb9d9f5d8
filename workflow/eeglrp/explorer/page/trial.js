"use strict";
// One trial: traces over relevance, scalp maps, facts and the ledger.
explorer.screens.trial = async state => {
  explorer.foresee(state.task, state.model);
  const [facts, exact] = await explorer.loadAll(`windows/${state.task}`, `model/${state.model.id}`);
  const indices = explorer.filtered(state, facts, exact);
  const index = explorer.currentWindow(state, facts, indices);
  const shown = { ...state, window: facts.windows.sample[index] };
  explorer.indices = indices;
  explorer.stepping = { facts, index };
  const choices = () => explorer.controls([explorer.taskChoice(shown), explorer.runChoice(shown), explorer.methodChoice(shown),
    ...explorer.windowChoices(shown, facts, exact, indices)]);
  if (index == null) { choices(); return explorer.say("No window passes these filters."); }
  const trial = await explorer.trialOf(state.task, state.model, index);
  if (!explorer.current(state)) return undefined;
  choices();
  const span = explorer.spanOf(state, facts);
  explorer.steps();
  const figure = explorer.show("traces", explorer.tracesView(trial, shown, span), { size: "large" });
  explorer.brush(figure, span.seconds, facts.n_times);
  explorer.show("maps", explorer.mapsView(trial, span), { size: "small" });
  explorer.show("ledger", explorer.ledgerView(trial), { size: "small" });
  explorer.factsOf(trial, shown);
  return undefined;
};

explorer.tracesView = (trial, state, span) => ({
  title: `EEG (µV) over relevance (logit), ${trial.windows.sample[trial.index]}, ${explorer.modelWords(state.model)}, n = 1 window`,
  height: width => explorer.tracesHeight(trial, width) + 34,
  draw: (pen, width, height) => {
    explorer.drawTraces(pen, width, height - 34, trial, span);
    explorer.bar(pen, explorer.LEFT, height - 32, Math.min(200, width / 2 - 60), trial.limit, "logit");
    explorer.legend(pen, width / 2 + 10, height - 28, explorer.marksOf(trial), width / 2 - 10);
  },
  table: () => [["time_s", ...trial.channels.flatMap(name => [`${name}_uV`, `${name}_logit`])],
    ...Array.from({ length: trial.n_times }, (_, k) => [+(k / trial.rate).toFixed(6), ...trial.channels.flatMap((_, c) =>
      [trial.signal, trial.relevance].map(values => +values[c * trial.n_times + k].toPrecision(4)))])],
});

explorer.marksOf = trial => [...(trial.truth ? [["planted truth", explorer.TRUTH]] : []),
  ...(trial.event.length ? [["event", explorer.EVENT]] : [])];

explorer.spanWords = span => span.whole ? "whole window" : `${explorer.number(span.from)} to ${explorer.number(span.to)} s`;

explorer.mapsView = (trial, span) => {
  const now = explorer.mapAt(trial, span.time), over = explorer.mapOver(trial, span);
  const words = [`at ${explorer.number(span.time)} s`, explorer.spanWords(span)];
  return {
    title: "Relevance on the scalp (logit), n = 1 window",
    height: width => width / 2 + 66,
    draw: (pen, width) => [now, over].forEach((values, k) => {
      const radius = width / 4 - 16, x = width * (0.25 + k / 2), y = radius + 36, limit = explorer.largest(values);
      pen.fillStyle = "#222";
      pen.textAlign = "center";
      pen.fillText(words[k], x, 10);
      explorer.scalp(pen, x, y, radius, trial.places, values, limit);
      explorer.bar(pen, x - radius, y + radius + 12, 2 * radius, limit, "");
    }),
    table: () => [["channel", "at_cursor_logit", "over_span_logit"],
      ...trial.channels.map((name, k) => [name, +now[k].toPrecision(4), +over[k].toPrecision(7)])],
  };
};

explorer.ledgerView = trial => {
  const { sources, ledger, logit } = trial.exact, values = ledger[trial.index];
  return {
    title: `Ledger of the score (logit): sums to ${explorer.number(logit[trial.index], 4)}`,
    height: 34 + sources.length * 22,
    draw: (pen, width) => {
      const most = explorer.largest(values) || 1, left = 150, half = (width - left - 62) / 2, zero = left + half;
      sources.forEach((source, k) => {
        const y = 12 + k * 22, wide = values[k] / most * half;
        pen.fillStyle = "#222";
        pen.textAlign = "right";
        pen.fillText(source.replaceAll("_", " "), left - 6, y);
        pen.fillStyle = values[k] < 0 ? explorer.TABLE[25] : explorer.TABLE[175];
        pen.fillRect(Math.min(zero, zero + wide), y - 7, Math.abs(wide), 14);
        pen.fillStyle = "#222";
        pen.textAlign = "right";
        pen.fillText(explorer.number(values[k]), width - 4, y);
      });
      pen.strokeStyle = "#666";
      pen.lineWidth = 1;
      explorer.line(pen, [[zero, 0], [zero, sources.length * 22]]);
      pen.textAlign = "left";
      pen.fillText("input is what the map shows; the others have no place on it", 4, sources.length * 22 + 16);
    },
    table: () => [["source", "logit"], ...sources.map((source, k) => [source, values[k]])],
  };
};

explorer.factsOf = (trial, state) => {
  const { exact, index, windows } = trial, { classes } = state.model;
  const name = number => explorer.word(classes[number]);
  const right = exact.prediction[index] === windows.label[index];
  const rows = [
    ["window", windows.sample[index]], ["subject", windows.subject[index]],
    ["onset in the recording", `${explorer.number(windows.onset[index], 6)} s`],
    ["label", name(windows.label[index])],
    ["prediction", `${name(exact.prediction[index])} (${right ? "correct" : "wrong"})`],
    ["score explained", `${explorer.number(exact.logit[index], 6)} logit, for ${name(exact.target[index])}`],
    ["fold", exact.fold[index]],
  ];
  if (exact.logits) rows.push(["logits", classes.map((one, k) => `${explorer.word(one)} ${explorer.number(exact.logits[index][k], 5)}`).join(", ")]);
  if (trial.event.length) rows.push(["events (dashed)", trial.event.map(time => `${explorer.number(time)} s`).join(", ")]);
  const list = explorer.element("dl", {}, ...rows.flatMap(([term, value]) =>
    [explorer.element("dt", {}, term), explorer.element("dd", {}, String(value))]));
  const code = `from eeglrp.store import open_attribution\n\nstore = open_attribution("results/${explorer.study.study}/attributions/${state.model.id}.zarr.zip")\n`
    + `store["relevance"].sel(sample="${windows.sample[index]}")`;
  const section = document.getElementById("facts") || explorer.element("section", { id: "facts", class: "small", "aria-label": "This window" });
  section.replaceChildren(explorer.element("h2", {}, "This window"), list,
    explorer.element("details", {}, explorer.element("summary", {}, "Exact numbers, in Python"),
      explorer.element("pre", { tabindex: "0" }, explorer.element("code", {}, code)),
      explorer.element("p", {}, state.model.sums_to ? `Relevance sums to: ${state.model.sums_to}` : "")));
  document.getElementById("main").append(section);
};

explorer.steps = () => {
  if (document.getElementById("steps")) return;
  const button = (words, by) => explorer.element("button", { type: "button", onclick: () => explorer.step(by) }, words);
  document.getElementById("main").prepend(explorer.element("div", { id: "steps", class: "buttons" },
    button("← Previous window", -1), button("Next window →", 1)));
};

explorer.step = by => {
  const { indices, stepping } = explorer;
  if (!stepping || !indices.length) return undefined;
  const place = (indices.indexOf(stepping.index) + by + indices.length) % indices.length;
  return explorer.go({ window: stepping.facts.windows.sample[indices[place]] });
};
