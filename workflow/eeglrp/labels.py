"""What a reader sees for the names in a table, and the order in which they stand."""

import re

TASKS = {
    "r_peak": "R-peak",
    "motor_imagery": "Motor imagery",
    "gaze": "Gaze",
    "arousal": "Arousal",
    "valence": "Valence",
}
#: They stand beside the regimes, in their column.
BASELINES = {
    "csp_lda": "CSP+LDA",
    "tangent_lr": "tangent space+LR",
    "mdm": "MDM",
    "lda_samples": "LDA",
    "lda_samples_subject": "LDA within subject",
    "eegnet": "EEGNet",
    "shallow": "ShallowNet",
    "spoc_ridge": "SPoC+ridge",
    "heart_rate": "heart rate alone",
    "emg_lda": "temporal EMG alone",
}
REGIMES = {
    "finetuned": "fine-tuned",
    "frozen": "frozen",
    "scratch": "scratch",
    "untrained": "untrained",
} | BASELINES
#: Networks as their authors write them; one stands before a regime: `cbramod_scratch`.
NETWORKS = {
    "cbramod": "CBraMod",
    "biot": "BIOT",
    "eegpt": "EEGPT",
    "bendr": "BENDR",
    "signal_jepa": "S-JEPA",
    "luna": "LUNA",
    "steegformer": "ST-EEGFormer",
    "eegdino": "EEG-DINO",
    "codebrain": "CodeBrain",
    "eegnet": "EEGNet",
    "shallow": "ShallowNet",
    "deep4": "Deep4Net",
    "eegconformer": "EEG Conformer",
}
#: The first that a study ran is shown where there is room for one.
METHODS = {
    "gamma": "LRP-γ",
    "attn_lrp": "AttnLRP",
    "cp_lrp": "CP-LRP",
    "epsilon": "LRP-ε",
    "z_plus": "LRP-z⁺",
    "alpha_beta": "LRP-αβ",
    "pa_lrp": "PA-LRP",
    "input_x_gradient": "input × gradient",
    "integrated_gradients": "integrated gradients",
    "smoothgrad": "SmoothGrad",
    "occlusion": "occlusion",
    "attention_rollout": "attention rollout",
    "signal": "|signal|",
    "random": "random",
}
#: Not attributions of a model but yardsticks: what the input alone or chance achieves.
YARDSTICKS = ("signal", "random")


def label(name):
    """What a reader sees for a name in a table; `beat_0p25` is beat 0.25, `ica` ICA."""
    known = TASKS | REGIMES | METHODS
    if name in known:
        return known[name]
    network, _, start = str(name).rpartition("_")
    if network in NETWORKS and start in REGIMES:
        return f"{NETWORKS[network]}, {REGIMES[start]}"
    words = re.sub(r"(?<=\d)p(?=\d)", ".", str(name)).replace("_", " ")
    return re.sub(r"\b(heog|ica)\b", lambda word: word[0].upper(), words)


def ordered(names, preferred=()):
    """Distinct `names`: the `preferred` ones first in their order, the others as they come."""
    distinct = list(dict.fromkeys(names))
    first = [name for name in preferred if name in distinct]
    others = [name for name in distinct if name not in preferred]
    return first + others
