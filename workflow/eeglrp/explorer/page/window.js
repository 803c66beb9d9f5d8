"use strict";
// One window as one model and method see it.
explorer.blockOf = (facts, index) => {
  let block = 0;
  while (block + 1 < facts.blocks.length && facts.blocks[block + 1] <= index) block++;
  return [block, index - facts.blocks[block]];
};

// Where all windows lie in one block, it is asked for before it is known that it is needed.
explorer.foresee = (task, ...models) => {
  if (explorer.study.tasks[task].n_blocks !== 1) return;
  for (const name of [`signal/${task}/0`, ...models.map(model => `relevance/${model.id}/0`)])
    explorer.load(name).catch(() => {});
};

explorer.trialOf = async (task, model, index) => {
  const facts = await explorer.load(`windows/${task}`);
  const [block, place] = explorer.blockOf(facts, index);
  const [signals, exact, rounded] = await Promise.all([
    explorer.load(`signal/${task}/${block}`), explorer.load(`model/${model.id}`),
    explorer.load(`relevance/${model.id}/${block}`)]);
  const there = exact.logit[index] != null;
  const trial = {
    ...facts, index, exact, there, event: facts.windows.event[index],
    signal: explorer.at(signals.signal, place),
    truth: signals.truth ? explorer.at(signals.truth, place) : null,
    relevance: there ? explorer.at(rounded.relevance, place) : null,
    electrode: there ? explorer.at(rounded.electrode, place) : null,
  };
  trial.heog = explorer.heog(trial);
  // Colour is full at the 99th percentile: a few extreme samples would leave the rest white.
  trial.limit = there ? explorer.percentile(trial.relevance, 0.99) : 0;
  trial.microvolt = explorer.roundUp(explorer.percentile(trial.signal, 0.95) * 2) || 1;
  return trial;
};

explorer.heog = trial => {
  if (!trial.gaze) return null;
  const n = trial.n_times, names = trial.channels.map(name => name.toUpperCase());
  const [left, right] = trial.gaze.map(name => names.indexOf(name));
  return Float32Array.from({ length: n }, (_, k) => trial.signal[left * n + k] - trial.signal[right * n + k]);
};

// To 1, 2 or 5 times a power of ten.
explorer.roundUp = value => {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return value > 0 ? power * [1, 2, 5, 10].find(step => step * power >= value) : 0;
};

explorer.percentile = (values, share) => {
  const sorted = Float32Array.from(values, Math.abs).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] || sorted[sorted.length - 1] || 0;
};

// Cursor and span of an address, within the window.
explorer.spanOf = (state, facts) => {
  const seconds = facts.n_times / facts.rate, last = seconds - 1 / facts.rate;
  const number = (text, usual) => Number.isFinite(parseFloat(text)) ? parseFloat(text) : usual;
  const inside = time => Math.max(0, Math.min(seconds, time));
  const from = inside(number(state.from, 0)), to = inside(number(state.to, seconds));
  const sound = to > from;
  return {
    time: Math.min(last, inside(number(state.time, seconds / 2))),
    from: sound ? from : 0, to: sound ? to : seconds,
    whole: !sound || (from === 0 && to === seconds), seconds,
  };
};

explorer.sampleAt = (time, facts) => Math.min(facts.n_times - 1, Math.floor(time * facts.rate + 1e-6));

explorer.mapAt = (trial, time) => {
  const k = explorer.sampleAt(time, trial);
  return trial.channels.map((_, channel) => trial.relevance[channel * trial.n_times + k]);
};

// Summed over the span; exact over the whole window, of rounded values otherwise.
explorer.mapOver = (trial, span) => {
  if (span.whole) return [...trial.electrode];
  const from = explorer.sampleAt(span.from, trial), to = Math.max(from + 1, Math.ceil(span.to * trial.rate - 1e-6));
  return trial.channels.map((_, channel) => {
    let sum = 0;
    for (let k = from; k < to; k++) sum += trial.relevance[channel * trial.n_times + k] || 0;
    return sum;
  });
};

// Windows that the filters leave, as indices.
explorer.filtered = (state, facts, exact) => facts.windows.sample.map((_, index) => index).filter(index =>
  exact.logit[index] != null
  && (!state.subject || facts.windows.subject[index] === state.subject)
  && (!state.class || String(facts.windows.label[index]) === state.class)
  && (!state.fold || String(exact.fold[index]) === state.fold)
  && (!state.right || (exact.prediction[index] === facts.windows.label[index]) === (state.right === "yes")));

explorer.windowChoices = (state, facts, exact, indices) => {
  const { classes } = state.model, all = ["", "all"];
  return [
    { name: "subject", label: "Subject", value: state.subject, resets: { window: "" },
      options: [all, ...explorer.distinct(facts.windows.subject).map(name => [name, name])] },
    { name: "class", label: "Class", value: state.class, resets: { window: "" },
      options: [all, ...classes.map((name, k) => [String(k), explorer.word(name)])] },
    { name: "right", label: "Decision", value: state.right, resets: { window: "" },
      options: [all, ["yes", "correct"], ["no", "wrong"]] },
    { name: "fold", label: "Fold", value: state.fold, resets: { window: "" },
      options: [all, ...explorer.distinct(exact.fold.filter(fold => fold != null)).sort().map(fold => [String(fold), String(fold)])] },
    { name: "window", label: `Window (${indices.length})`, value: state.window,
      options: indices.map(index => [facts.windows.sample[index], facts.windows.sample[index]]) },
  ];
};

// The window of the address, or the first that the filters leave.
explorer.currentWindow = (state, facts, indices) => {
  const index = facts.windows.sample.indexOf(state.window);
  return indices.includes(index) ? index : indices[0];
};
