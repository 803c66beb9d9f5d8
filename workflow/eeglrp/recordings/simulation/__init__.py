"""EEG recordings whose every source is known.

One subject is one conducting sphere with electrodes, a few hundred dipoles, two eyes and a heart.
The recorded signal is the sum of the contributions of named sources:

- ``background``: 1/f activity of many dipoles spread over the cortex;
- ``alpha``: posterior rhythm; ``mu``: rhythm of both hand areas, the contralateral one weaker
  during imagery;
- ``blink``, ``saccade``: eyelid and corneo-retinal potentials from dipoles at the eyes;
- ``heartbeat``: QRS-T complexes, in the ECG channel and as a field on the scalp;
- ``line``: mains hum;
- ``arousal``, ``valence`` (paradigms ``affect`` and ``naturalistic``): a central beta rhythm that
  grows with rated arousal, and frontal alpha whose asymmetry follows rated valence;
- ``visual``, ``muscle`` (paradigm ``naturalistic`` only): posterior alpha that is weaker in rides
  than in breaks, and temporal muscle that grows with rated arousal.

Which events follow the label. The `label_probability` of an event source is the probability with
which a trial's event takes the side of the trial's label; 0.5 makes the two unrelated, 1 makes the
event as good a cue as it can be. The expected number of events and their form stay the same: only
their relation to the label changes.

============  ======================================  ==========================================
source        paradigm ``imagery`` (left, right)      paradigm ``affect`` (low, high arousal)
============  ======================================  ==========================================
``saccade``   a trial holds a saccade after its cue   saccades are more frequent in a segment of
              with `trial_probability`; it goes to    high arousal, rarer in one of low arousal
              the cued side
``blink``     a blink after the cue marks a trial     blinks are more frequent in a segment of
              ``right``: at `label_probability` p     high arousal, rarer in one of low arousal
              and `trial_probability` q, it comes in
              2pq of the right and 2(1-p)q of the
              left trials
``heartbeat`` the first R-peak comes in the first     the heart is faster in a segment of high
              half of the beat after a cue to the     arousal, slower in one of low arousal
              right, in the second half after a cue
              to the left
============  ======================================  ==========================================

A recording at rest has no labels: there `label_probability` and `trial_probability` do nothing.
Neither do they in a naturalistic one, whose ratings run through the whole recording: sources follow
them by their `effect`, the heart's rate too, and 0 makes a source say nothing of ratings. Arousal
tends higher in rides than in breaks by `ride_arousal`, so that ``visual`` goes with it as well.

Streams of random numbers are separate for each source, so two data sets that differ in one setting
of one source differ in that source's contribution alone. A subject keeps the same head, rhythms
and heart in every paradigm.
"""
