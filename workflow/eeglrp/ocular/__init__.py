"""The eyes, trial by trial: horizontal gaze, saccades, and whether decisions follow them."""
