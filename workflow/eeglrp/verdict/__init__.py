"""What of a model's decisions is supported, what is not, and what the sample cannot decide.

`questions` is the table of rules, `answers` how one question is answered from the values of
subjects, `routes` how answers make the verdict of a model, `run` applies them to the metric
tables, `dial` sums up verdicts on simulated recordings whose truth is known.
"""
