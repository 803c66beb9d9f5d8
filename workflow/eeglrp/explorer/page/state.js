"use strict";
// What is shown stands in the address: #trial?task=...&window=...
explorer.read = () => {
  const [screen, query] = location.hash.slice(1).split("?");
  return { screen: screen || "trial", ...Object.fromEntries(new URLSearchParams(query || "")) };
};

explorer.address = state => {
  const { screen, ...rest } = state;
  for (const key of Object.keys(rest)) if (rest[key] === "" || rest[key] == null) delete rest[key];
  return `#${screen}?${new URLSearchParams(rest)}`;
};

// Steps replace the address: five hundred of them are not five hundred pages to go back.
explorer.go = changes => {
  const before = explorer.read();
  const state = { ...before, ...changes };
  const address = explorer.address(state);
  if (state.screen !== before.screen) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  return explorer.render();
};

// The models of a task, in words, without their method.
explorer.runOf = model => model.id.slice(0, model.id.lastIndexOf("/"));

explorer.word = name => explorer.study.labels[name] || String(name).replaceAll("_", " ");

explorer.metric = name => explorer.study.metrics[name] || explorer.word(name);

explorer.runWords = model => {
  const { task, tested, regime, seed } = model;
  const where = task === tested ? "" : `, trained on ${explorer.word(task)}`;
  return `${explorer.word(regime)}, seed ${seed}${where}`;
};

explorer.modelWords = model => `${explorer.word(model.method)}, ${explorer.runWords(model)}`;

// The state with every choice made: names that the study does not have fall back to its first.
explorer.resolve = state => {
  const tasks = Object.keys(explorer.study.tasks);
  const main = explorer.study.models.filter(model => model.task === model.tested);
  const usual = main.length ? main[0].tested : tasks[0];
  const task = tasks.includes(state.task) ? state.task : usual;
  const models = explorer.study.models.filter(model => model.tested === task);
  const model = explorer.choose(models, state.run, state.method);
  const other = explorer.choose(models, state.run2 || explorer.runOf(model), state.method2
    || models.find(one => explorer.runOf(one) === explorer.runOf(model) && one !== model)?.method);
  return { ...state, task, models, model, other, run: explorer.runOf(model), method: model.method };
};

explorer.choose = (models, run, method) => {
  const wanted = models.some(model => explorer.runOf(model) === run) ? run : explorer.runOf(models[0]);
  const ofRun = models.filter(model => explorer.runOf(model) === wanted);
  const named = name => ofRun.find(model => model.method === name);
  return named(method) || named("gamma") || ofRun[0];
};
