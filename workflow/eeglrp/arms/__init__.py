"""Arms: a task again with another input, to ask what the models of the task depend on."""
