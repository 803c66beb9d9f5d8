"use strict";
// Choices above the pictures. Elements stay when their options do, and so does the focus.
explorer.controls = choices => {
  const form = document.getElementById("controls");
  const names = choices.map(choice => choice.name);
  for (const label of [...form.children]) if (!names.includes(label.dataset.name)) label.remove();
  choices.forEach((choice, place) => {
    const label = [...form.children].find(child => child.dataset.name === choice.name) || explorer.choice(choice);
    if (form.children[place] !== label) form.insertBefore(label, form.children[place] || null);
    const select = label.querySelector("select"), options = JSON.stringify(choice.options);
    if (select.options_ !== options) {
      select.replaceChildren(...choice.options.map(([value, words]) => new Option(words, value)));
      select.options_ = options;
    }
    select.value = choice.value ?? "";
  });
};

explorer.choice = choice => {
  const select = explorer.element("select", { name: choice.name });
  select.onchange = () => explorer.go({ ...(choice.resets || {}), [choice.name]: select.value });
  const label = explorer.element("label", {}, choice.label, select);
  label.dataset.name = choice.name;
  return label;
};

explorer.distinct = values => [...new Set(values)];

explorer.taskChoice = state => ({ name: "task", label: "Task", value: state.task,
  resets: { window: "", subject: "", class: "", fold: "", electrode: "", from: "", to: "", time: "" },
  options: Object.keys(explorer.study.tasks).map(task => [task, explorer.word(task)]) });

explorer.runChoice = state => ({ name: "run", label: "Model", value: state.run, options: explorer.runs(state.models) });

explorer.runs = models => explorer.distinct(models.map(explorer.runOf))
  .map(run => [run, explorer.runWords(models.find(model => explorer.runOf(model) === run))]);

explorer.methodsOf = (models, run) => models.filter(model => explorer.runOf(model) === run)
  .map(model => [model.method, explorer.word(model.method)]);

explorer.methodChoice = state => ({ name: "method", label: "Method", value: state.method,
  options: explorer.methodsOf(state.models, state.run) });
