"""Which models of braindecode the engine explains, and how exactly.

Every model class is built offline with random weights, on 22 electrodes and 4 s unless it asks for
another size, and its output is explained in float32. One line each: the largest gap between the
ledger and the output, relative to the ledger's parts; or the operation that has no rule; or why
the model cannot be built here.

    python benchmarks/zoo.py                     # all, attn_lrp
    python benchmarks/zoo.py --rules gamma Labram BIOT
"""

import argparse
import inspect
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

# Models that look for weights or tables on a hub must not wait for it.
os.environ["HF_HUB_OFFLINE"] = "1"

import mne
import torch

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

_CHANNELS = (
    "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 Oz O2 FC1 FC2"
)
NAMES = _CHANNELS.split()
USUAL = {
    "n_chans": len(NAMES),
    "n_times": 1000,
    "sfreq": 250.0,
    "n_outputs": 4,
}
#: What models that do not take the usual size are documented to take.
SIZES = {
    "AttnSleep": {"n_chans": 1, "n_times": 3000, "sfreq": 100.0},
    "BENDR": {"n_chans": 20, "chs_info": None},
    "EEGDINO": {"n_chans": 19, "n_times": 2000, "sfreq": 200.0},
    "EMG2QwertyNet": {"n_chans": 32, "n_times": 4000, "sfreq": 2000.0},
    "MetaNeuromotorHand": {"n_chans": 16, "n_times": 32000, "sfreq": 2000.0},
    "SensingDynamics": {"n_chans": 16, "n_times": 2000, "sfreq": 2000.0},
    "USleep": {
        "n_chans": 2,
        "n_times": 3000,
        "sfreq": 100.0,
        "ensure_odd_conv_size": True,
    },
    "VEMG2Pose": {"n_chans": 16, "n_times": 4000, "sfreq": 2000.0},
    "ZUNA": {"n_times": 1024, "sfreq": 256.0},
}
#: Arguments of `forward`, by model.
CALLS = {"Labram": {"ch_names": NAMES}}
_FOUNDATION = """
    BENDR BIOT CBraMod CodeBrain EEGDINO EEGPT Labram LUNA MVPFormer REVE SignalJEPA
    SignalJEPA_Contextual SignalJEPA_PostLocal SignalJEPA_PreLocal STEEGFormer ZUNA
"""
FOUNDATION = _FOUNDATION.split()
#: Not models by themselves.
ABSTRACT = ("EEGModuleMixin", "InterpolatedModel")
SAMPLES = 2


def classes():
    """Name -> model class of the installed braindecode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from braindecode import models
    found = {name: getattr(models, name) for name in models.__all__}
    return {
        name: found[name]
        for name in sorted(found)
        if inspect.isclass(found[name])
        and issubclass(found[name], torch.nn.Module)
        and name not in ABSTRACT
    }


def build(name, model_class):
    """A model in evaluation mode, and a signal of its size."""
    size = {**USUAL, **SIZES.get(name, {})}
    channels = [*NAMES, *(f"EEG{i}" for i in range(99))][: size["n_chans"]]
    size.setdefault("chs_info", positions(channels, size["sfreq"]))
    size["input_window_seconds"] = size["n_times"] / size["sfreq"]
    parameters = inspect.signature(model_class.__init__).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        size = {key: value for key, value in size.items() if key in parameters}
    torch.manual_seed(0)
    model = model_class(
        **{key: value for key, value in size.items() if value is not None}
    )
    shape = {**USUAL, **SIZES.get(name, {})}
    return model.eval(), torch.randn(
        SAMPLES, shape["n_chans"], shape["n_times"]
    )


def positions(channels, sfreq):
    """Channels as MNE describes them, with positions where the 10-20 system has some."""
    info = mne.create_info(channels, sfreq, "eeg")
    info.set_montage("standard_1020", on_missing="ignore", verbose="error")
    return info["chs"]


def offer_position_bank(folder):
    """Put a bank of electrode positions where REVE looks for one, in place of a download."""
    montage = mne.channels.make_standard_montage(
        "standard_1005"
    ).get_positions()["ch_pos"]
    bank = {
        name: [float(value) for value in place]
        for name, place in montage.items()
    }
    (Path(folder) / "reve_positions.json").write_text(json.dumps(bank))
    os.environ["REVE_POSITIONS_PATH"] = folder


def score(output):
    """Weighted sum of all numbers a model returns, with fixed random weights."""
    output = output[0] if isinstance(output, (tuple, list)) else output
    weights = torch.randn(
        output.shape[1:], generator=torch.Generator().manual_seed(1)
    )
    return (output * weights.to(output.dtype)).flatten(1).sum(1)


def examine(name, model_class, rules):
    """Result of one model: dict with `state`, and what there is to say."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model, signal = build(name, model_class)
            call = CALLS.get(name, {})
            with torch.no_grad():
                output = model(signal, **call)
    except Exception as error:
        return {"state": "cannot be built", "why": first_line(error)}
    classifies = isinstance(output, torch.Tensor) and output.shape == (
        SAMPLES,
        USUAL["n_outputs"],
    )
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = explain(
                model,
                signal,
                1 if classifies else score,
                rules,
                forward_kwargs=call,
            )
    except InputError as error:
        return {
            "state": "refused",
            "classifies": classifies,
            "why": first_line(error),
        }
    expected = output[:, 1] if classifies else score(output)
    return {
        "state": "explained",
        "classifies": classifies,
        "error": closure_error(found),
        "same output": torch.allclose(
            found.output, expected, rtol=1e-3, atol=1e-4
        ),
        "input": input_share(found),
        "seconds": time.perf_counter() - start,
    }


def input_share(found):
    """Share of the input in the magnitudes of the ledger, mean over samples."""
    total = sum(value.abs() for value in found.ledger.values())
    return (found.ledger["input"].abs() / total).mean().item()


def first_line(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]


def line(name, result):
    if result["state"] != "explained":
        return f"{name:24} {result['state']}: {result['why']}"
    what = "logits" if result["classifies"] else "features"
    wrong = (
        "" if result["same output"] else "  ANOTHER OUTPUT THAN THE MODEL'S"
    )
    return (
        f"{name:24} closes to {result['error']:.1e}  {what:8}  input {result['input']:4.0%}"
        f"  {result['seconds']:6.2f} s{wrong}"
    )


def summary(results, tolerance):
    """Lines that count, and whether any explanation is wrong."""
    built = {
        n: r for n, r in results.items() if r["state"] != "cannot be built"
    }
    logits = {n: r for n, r in built.items() if r.get("classifies")}
    explained = {n: r for n, r in built.items() if r["state"] == "explained"}
    closing = {
        n
        for n, r in explained.items()
        if r["error"] <= tolerance and r["same output"]
    }
    wrong = sorted(set(explained) - closing)
    named = [name for name in FOUNDATION if name in results]
    share = len(closing & set(logits)) / max(len(logits), 1)
    return [
        f"{len(results)} classes, {len(built)} built; {len(closing)} close to {tolerance:g}",
        f"classification models: {len(closing & set(logits))} of {len(logits)} close ({share:.0%})",
        f"foundation models: {len(closing & set(named))} of {len(named)} close",
        f"explained, but not exactly: {', '.join(wrong) or 'none'}",
    ], bool(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "models", nargs="*", help="names of model classes; all if left out"
    )
    parser.add_argument("--rules", default="attn_lrp")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    mne.set_log_level("ERROR")
    known = classes()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        offer_position_bank(folder)
        for name in options.models or known:
            results[name] = examine(name, known[name], options.rules)
            print(line(name, results[name]), flush=True)
    lines, wrong = summary(results, options.tolerance)
    print("", *lines, sep="\n")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
