"""What of a model's decisions is supported, what is not, and what the sample cannot decide.

Needs the metric tables of arms, shares, trials and strategies: `questions` says which numbers are
compared, `answers` how one question is answered, `routes` how answers make a verdict. Writes the
table of verdicts (`run`) and, on simulated recordings whose truth is known, that of the `dial`.
"""
