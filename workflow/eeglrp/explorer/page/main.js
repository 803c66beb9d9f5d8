"use strict";
// Read the address, draw its screen, listen to keys.
explorer.NAMES = { trial: "Trial", compare: "Compare", group: "Group", inside: "Inside", methods: "Methods" };

explorer.say = words => {
  const message = document.getElementById("message");
  message.textContent = words || "";
  message.hidden = !words;
  if (words) document.getElementById("main").replaceChildren();
};

// An answer that arrives after the next question is not shown.
explorer.turn = 0;
explorer.current = state => state.turn === explorer.turn;

explorer.render = async () => {
  const asked = explorer.read(), screen = explorer.screens[asked.screen] ? asked.screen : "trial";
  const turn = ++explorer.turn;
  explorer.say("");
  if (explorer.screen !== screen) document.getElementById("main").replaceChildren();
  explorer.screen = screen;
  explorer.navigate(asked, screen);
  try { await explorer.screens[screen]({ ...explorer.resolve(asked), screen, turn }); }
  catch (error) { if (turn === explorer.turn) explorer.say(error.message); }
  document.title = `${explorer.NAMES[screen]}: ${explorer.study.study}, EEG-LRP explorer`;
};

explorer.navigate = (asked, screen) => {
  const { task, run, method, window: sample, subject } = asked;
  document.getElementById("screens").replaceChildren(...Object.entries(explorer.NAMES).map(([name, words]) => {
    const link = explorer.element("a", { href: explorer.address({ screen: name, task, run, method, window: sample, subject }) }, words);
    if (name === screen) link.setAttribute("aria-current", "page");
    return link;
  }));
};

explorer.KEYS = {
  ArrowLeft: () => explorer.step(-1), ArrowRight: () => explorer.step(1),
  ",": () => explorer.moveCursor(-1), ".": () => explorer.moveCursor(1),
  m: () => explorer.nextMethod(), Escape: () => explorer.go({ from: "", to: "" }),
};

explorer.moveCursor = by => {
  if (!explorer.stepping) return undefined;
  const { facts } = explorer.stepping, { time } = explorer.spanOf(explorer.read(), facts);
  const sample = Math.max(0, Math.min(facts.n_times - 1, explorer.sampleAt(time, facts) + by));
  return explorer.go({ time: (sample / facts.rate).toFixed(4) });
};

explorer.nextMethod = () => {
  const state = explorer.resolve(explorer.read()), methods = explorer.methodsOf(state.models, state.run).map(([method]) => method);
  return explorer.go({ method: methods[(methods.indexOf(state.method) + 1) % methods.length], run: state.run });
};

explorer.onKey = event => {
  const typing = event.target.closest("select, input, textarea");
  if (event.ctrlKey || event.altKey || event.metaKey || typing || !explorer.study) return;
  const screen = Object.keys(explorer.NAMES)[Number(event.key) - 1];
  const act = screen ? () => explorer.go({ screen }) : explorer.KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
};

explorer.start = async () => {
  try { explorer.study = await explorer.load("study"); }
  catch (error) { explorer.say(error.message); return; }
  const { study, sample, rounding, tasks } = explorer.study;
  document.getElementById("study").textContent = study;
  const cut = Object.values(tasks).filter(task => task.n_shown < task.n_windows);
  document.getElementById("note").textContent =
    `Traces and colours are rounded: by at most ${(rounding * 100).toFixed(2)} % of a window's largest value. `
    + "Scores, ledgers, sums by electrode and means over subjects are exact. Maps between electrodes are interpolated. "
    + (cut.length ? `Single windows: a sample of at most ${sample.max_windows} of each task (seed ${sample.seed}), evenly over subjects and classes; groups: all windows.`
      : "Every window that was explained is shown.");
  await explorer.render();
  window.addEventListener("hashchange", explorer.render);
  document.addEventListener("keydown", explorer.onKey);
  new ResizeObserver(() => document.querySelectorAll("figure").forEach(figure => {
    if (figure.drawn && Math.floor(figure.clientWidth) !== figure.drawn.width) explorer.paint(figure);
  })).observe(document.getElementById("main"));
  document.getElementById("skip").onclick = event => { event.preventDefault(); document.getElementById("main").focus(); };
  explorer.ready = true;
};

explorer.start();
