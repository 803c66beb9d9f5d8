"use strict";
// Means over subjects: maps, course in time, bands; one subject or one electrode by a click.
explorer.screens.group = async state => {
  const [facts, group] = await explorer.loadAll(`windows/${state.task}`, `group/${state.model.id}`);
  if (!explorer.current(state)) return undefined;
  explorer.stepping = null;
  const subject = group.subjects.indexOf(state.subject), electrode = facts.channels.indexOf(state.electrode);
  explorer.controls([explorer.taskChoice(state), explorer.runChoice(state), explorer.methodChoice(state),
    { name: "subject", label: "Subject", value: state.subject, options: [["", "all"], ...group.subjects.map(name => [name, name])] },
    { name: "electrode", label: "Electrode", value: state.electrode, options: [["", "all, summed"], ...facts.channels.map(name => [name, name])] }]);
  const names = ["all", ...state.model.classes.map(explorer.word)];
  const view = { state, facts, group, subject, electrode, names };
  const maps = explorer.show("group-maps", explorer.groupMaps(view), { size: "wide" });
  maps.canvas.onclick = event => explorer.pickElectrode(maps, event, facts);
  explorer.show("group-course", explorer.groupCourse(view), { size: "half" });
  explorer.show("group-bands", explorer.groupBands(view), { size: "half" });
  const people = explorer.show("group-subjects", explorer.groupSubjects(view), { size: "wide" });
  people.canvas.onclick = event => explorer.pickSubject(people, event, group, state);
  return undefined;
};

explorer.who = ({ group, subject }) => subject < 0 ? `mean over ${group.subjects.length} subjects` : group.subjects[subject];

explorer.countOf = ({ group, subject }, k) => subject < 0 ? group.counts[k].reduce((a, b) => a + b, 0) : group.counts[k][subject];

explorer.mapOfClass = ({ group, subject }, k) => subject < 0
  ? explorer.at(group.map, k, 0) : explorer.at(group.map_subject, k, subject);

explorer.cells = (width, n, least) => {
  const columns = Math.max(1, Math.min(n, Math.floor(width / least)));
  return { columns, rows: Math.ceil(n / columns), wide: width / columns };
};

explorer.groupMaps = view => {
  const { facts, group, names, electrode, subject } = view;
  const maps = names.map((_, k) => explorer.mapOfClass(view, k));
  const limit = Math.max(...maps.map(explorer.largest));
  const grid = width => explorer.cells(Math.min(width, names.length * 330), names.length, 165);
  const tall = width => grid(width).wide + 18;
  return {
    title: `Relevance by electrode (logit a window), ${explorer.who(view)}, n = ${explorer.countOf(view, 0)} windows`,
    height: width => grid(width).rows * tall(width) + 40,
    heads: width => names.map((_, k) => {
      const { columns, wide } = grid(width), radius = wide / 2 - 18;
      return { x: (k % columns + 0.5) * wide, y: Math.floor(k / columns) * tall(width) + radius + 36, radius };
    }),
    draw(pen, width, height) {
      this.heads(width).forEach(({ x, y, radius }, k) => {
        pen.fillStyle = "#222";
        pen.textAlign = "center";
        pen.fillText(`${names[k]}, n = ${explorer.countOf(view, k)}`, x, y - radius - 24);
        explorer.scalp(pen, x, y, radius, facts.places, maps[k], limit, electrode);
      });
      explorer.bar(pen, 10, height - 32, Math.min(220, width - 20), limit, "logit");
    },
    table: () => [["class", "channel", "mean_logit", "ci_low", "ci_high", "n_windows"], ...names.flatMap((name, k) =>
      facts.channels.map((channel, c) => [name, channel, maps[k][c],
        ...(subject < 0 ? [1, 2].map(end => explorer.at(group.map, k, end)[c]) : ["", ""]), explorer.countOf(view, k)]))],
  };
};

explorer.courseOf = ({ group, subject, electrode }, k) => {
  const row = electrode + 1;
  if (subject < 0) return [0, 1, 2].map(part => explorer.at(group.course, k, part, row));
  const single = explorer.at(group.course_subject, k, subject), bins = group.edges.length;
  if (electrode >= 0) return [single.subarray(electrode * bins, row * bins)];
  return [Float32Array.from({ length: bins }, (_, b) => {
    let sum = 0;
    for (let k2 = b; k2 < single.length; k2 += bins) sum += single[k2];
    return sum;
  })];
};

explorer.groupCourse = view => {
  const { facts, group, names, electrode } = view;
  const courses = names.map((_, k) => explorer.courseOf(view, k));
  const ends = [...group.edges, facts.n_times], middles = group.edges.map((edge, b) => (edge + ends[b + 1]) / 2 / facts.rate);
  const step = (ends[1] - ends[0]) / facts.rate * 1000;
  const interval = courses[0].length > 1 ? ", 95 % interval over subjects" : "";
  return {
    title: `Relevance in time, ${electrode < 0 ? "all electrodes" : facts.channels[electrode]} (logit in ${explorer.number(step)} ms), ${explorer.who(view)}${interval}`,
    height: 270,
    draw: (pen, width, height) => {
      const box = { left: 58, top: 46, width: width - 70, height: height - 90 };
      const { toX, toY } = explorer.axes(pen, box, [0, facts.n_times / facts.rate],
        explorer.range(courses.flatMap(course => course.flatMap(part => [...part]))), ["time in the window (s)", "logit"]);
      courses.forEach(([mean, low, high], k) => {
        pen.fillStyle = pen.strokeStyle = explorer.LINES[k];
        if (low) {
          pen.globalAlpha = 0.16;
          explorer.area(pen, [...middles.map((t, b) => [toX(t), toY(low[b])]), ...middles.map((t, b) => [toX(t), toY(high[b])]).reverse()]);
          pen.globalAlpha = 1;
        }
        pen.lineWidth = 1.8;
        pen.setLineDash([[], [6, 3], [2, 2]][k % 3]);
        explorer.line(pen, middles.map((t, b) => [toX(t), toY(mean[b])]));
        pen.setLineDash([]);
      });
      explorer.legend(pen, 8, 10, names.map((name, k) => [name, explorer.LINES[k]]), width - 10);
    },
    table: () => [["class", "time_s", "mean_logit", "ci_low", "ci_high"], ...names.flatMap((name, k) =>
      middles.map((time, b) => [name, +time.toFixed(6), ...[0, 1, 2].map(part => courses[k][part] ? courses[k][part][b] : "")]))],
  };
};

explorer.groupBands = view => {
  const { group, subject, state } = view, who = subject < 0 ? "all" : group.subjects[subject];
  const rows = group.bands.filter(row => row.subject === who);
  const bands = explorer.distinct(rows.map(row => row.band));
  const kinds = ["all", ...state.model.classes].filter(kind => rows.some(row => row.class === kind));
  return {
    title: `Relevance in frequency (share of absolute relevance), ${explorer.who(view)}, 95 % interval`,
    height: 270,
    draw: (pen, width, height) => {
      if (!rows.length) {
        pen.fillText("The table of shares has no bands for this", 8, 30);
        pen.fillText(state.model.task === state.model.tested ? "model and method." : "model on this input.", 8, 48);
        return;
      }
      const box = { left: 58, top: 46, width: width - 70, height: height - 90 };
      const [, high] = explorer.range(rows.flatMap(row => [row.value, row.ci_high, row.chance]));
      const { toY } = explorer.axes(pen, box, [0, 0.001], [0, high], ["band; grey tick: chance", "share"]);
      pen.fillStyle = "#fff";
      pen.fillRect(box.left - 20, box.top + box.height + 3, box.width + 40, 18);
      bands.forEach((band, b) => {
        const x = box.left + (b + 0.5) * box.width / bands.length;
        pen.fillStyle = "#222";
        pen.textAlign = "center";
        pen.fillText(band, x, box.top + box.height + 12);
        kinds.forEach((kind, k) => {
          const row = rows.find(one => one.band === band && one.class === kind);
          if (!row) return;
          const at = x + (k - (kinds.length - 1) / 2) * 13;
          explorer.interval(pen, at, toY, row, explorer.LINES[k % explorer.LINES.length]);
        });
      });
      explorer.legend(pen, 8, 10, kinds.map((kind, k) => [kind === "all" ? "all" : explorer.word(kind), explorer.LINES[k % explorer.LINES.length]]), width - 10);
    },
    table: () => [["subject", "class", "band", "share", "ci_low", "ci_high", "chance", "n"],
      ...rows.map(row => [row.subject, row.class, row.band, row.value, row.ci_low, row.ci_high, row.chance, row.n])],
  };
};

explorer.interval = (pen, x, toY, row, colour) => {
  pen.lineWidth = 2;
  if (row.chance != null) { pen.strokeStyle = "#999"; explorer.line(pen, [[x - 6, toY(row.chance)], [x + 6, toY(row.chance)]]); }
  pen.strokeStyle = colour;
  if (row.ci_low != null) explorer.line(pen, [[x, toY(row.ci_low)], [x, toY(row.ci_high)]]);
  explorer.dot(pen, x, toY(row.value), colour);
};

explorer.groupSubjects = ({ facts, group, subject }) => {
  const maps = group.subjects.map((_, s) => explorer.at(group.map_subject, 0, s));
  const limit = Math.max(...maps.map(explorer.largest)), grid = width => explorer.cells(width, maps.length, 118);
  return {
    title: `Each subject, all classes (logit a window), n = ${group.subjects.length}; click one`,
    height: width => grid(width).rows * 138 + 36,
    draw: (pen, width, height) => {
      const { columns, wide } = grid(width);
      maps.forEach((values, s) => {
        const x = (s % columns + 0.5) * wide, y = Math.floor(s / columns) * 138;
        if (s === subject) { pen.fillStyle = "#dcebf7"; pen.fillRect(x - wide / 2 + 2, y, wide - 4, 134); }
        pen.fillStyle = "#222";
        pen.textAlign = "center";
        pen.fillText(`${group.subjects[s]}, n = ${group.counts[0][s]}`, x, y + 10);
        explorer.scalp(pen, x, y + 78, 46, facts.places, values, limit);
      });
      explorer.bar(pen, 10, height - 30, Math.min(220, width - 20), limit, "logit");
    },
    table: () => [["subject", "channel", "mean_logit", "n_windows"], ...group.subjects.flatMap((name, s) =>
      facts.channels.map((channel, c) => [name, channel, maps[s][c], group.counts[0][s]]))],
  };
};

explorer.pickElectrode = (figure, event, facts) => {
  for (const { x, y, radius } of figure.view.heads(figure.drawn.width)) {
    const electrode = explorer.electrodeAt(facts.places, x, y, radius, event.offsetX, event.offsetY);
    if (electrode >= 0) return explorer.go({ electrode: facts.channels[electrode] });
  }
  return explorer.go({ electrode: "" });
};

explorer.pickSubject = (figure, event, group, state) => {
  const { columns, wide } = explorer.cells(figure.drawn.width, group.subjects.length, 118);
  const place = Math.floor(event.offsetY / 138) * columns + Math.floor(event.offsetX / wide);
  const name = group.subjects[place] || "";
  return explorer.go({ subject: name === state.subject ? "" : name });
};
