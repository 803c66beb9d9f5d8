"""How models are trained: splits, three regimes, pretraining, labels without meaning, predictions.

Needs stores of windows, the settings of a task and of the models, and pretrained weights where the
regime starts from them. `job` writes a model, its record, its history and its predictions,
`splits` the table of splits, `pretraining` a backbone.
"""
