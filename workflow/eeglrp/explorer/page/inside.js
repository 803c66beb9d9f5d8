"use strict";
// Relevance on the way through the model, where the stores have it.
explorer.screens.inside = async state => {
  const [facts, group] = await explorer.loadAll(`windows/${state.task}`, `group/${state.model.id}`);
  if (!explorer.current(state)) return undefined;
  explorer.stepping = null;
  explorer.controls([explorer.taskChoice(state), explorer.runChoice(state), explorer.methodChoice(state)]);
  if (!group.layers) return explorer.say("The store of this model and method has no relevance inside the model. Methods of LRP on LaBraM write it.");
  const names = ["all", ...state.model.classes.map(explorer.word)];
  explorer.show("inside-maps", explorer.insideMaps(facts, group, names), { size: "wide" });
  explorer.note_("inside-note", "Layer 0 is what enters the first block. Stores hold relevance of tokens by layer; "
    + "they hold none of single heads, and no features of sparse autoencoders.");
  return undefined;
};

explorer.note_ = (id, words) => {
  const note = document.getElementById(id) || explorer.element("p", { id, class: "wide" });
  note.textContent = words;
  document.getElementById("main").append(note);
};

// Summed over patches of time.
explorer.layerMap = (group, k, layer, n_channels) => {
  const values = explorer.at(group.layers, k, layer), patches = values.length / n_channels;
  return Float32Array.from({ length: n_channels }, (_, c) => {
    let sum = 0;
    for (let p = 0; p < patches; p++) sum += values[c * patches + p];
    return sum;
  });
};

explorer.insideMaps = (facts, group, names) => {
  const layers = group.layers.shape[1], n = facts.channels.length;
  const maps = names.map((_, k) => Array.from({ length: layers }, (_, layer) => explorer.layerMap(group, k, layer, n)));
  const limit = Math.max(...maps.flat().map(explorer.largest));
  const wideOf = width => Math.min(190, width / names.length), cells = width => wideOf(width) + 14;
  return {
    title: `Relevance of the tokens by layer (logit a window), mean over ${group.subjects.length} subjects, n = ${group.counts[0].reduce((a, b) => a + b, 0)} windows`,
    height: width => layers * cells(width) + 44,
    draw: (pen, width, height) => {
      maps.forEach((row, k) => row.forEach((values, layer) => {
        const wide = wideOf(width), radius = wide / 2 - 14, x = (k + 0.5) * wide, y = layer * cells(width) + radius + 30;
        pen.fillStyle = "#222";
        pen.textAlign = "center";
        pen.fillText(`${names[k]}, layer ${layer}`, x, y - radius - 20);
        explorer.scalp(pen, x, y, radius, facts.places, values, limit);
      }));
      explorer.bar(pen, 10, height - 30, Math.min(220, width - 20), limit, "logit");
    },
    table: () => [["class", "layer", "channel", "mean_logit"], ...names.flatMap((name, k) => maps[k].flatMap((values, layer) =>
      facts.channels.map((channel, c) => [name, layer, channel, values[c]])))],
  };
};
