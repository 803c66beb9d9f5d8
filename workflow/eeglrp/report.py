"""The whole study in one HTML file that opens offline."""

import base64
import re
from pathlib import Path

from eeglrp.attribution.registry import method_of
from eeglrp.config import baselines
from eeglrp.errors import InputError
from eeglrp.figures.style import METHODS, REGIMES, TASKS, label, ordered
from eeglrp.figures.tables import metric_table, over_seeds
from eeglrp.files import atomic, read_json, read_table
from eeglrp.findings import estimate, findings
from eeglrp.findings.arms import arms_view
from eeglrp.findings.faithfulness import by_occluder
from eeglrp.findings.maps import VIEWS
from eeglrp.findings.ocular import trials_view
from eeglrp.findings.planted import thresholds_view
from eeglrp.findings.r_peak import at_the_r_peak
from eeglrp.findings.reliance import correlations_view
from eeglrp.findings.shares import shares_view
from eeglrp.findings.strategies import strategies_view

#: Metric tables shown: file name, heading, unit of the cells, columns beyond the common ones.
METRIC_TABLES = {
    "decoding": ("Decoding on the test split", ()),
    "comparisons": ("Differences in balanced accuracy, paired over subjects", ("against",)),
    "learning_curve": ("Balanced accuracy after training on part of the windows", ()),
    "r_peak": ("Relevance around the R-peak", ()),
    "r_decoding": ("Locking to the R-peak and balanced accuracy, over subjects", ()),
    "cardiac_field": (
        "Relevance at the R-peak and the heart's field, correlation over electrodes",
        ("lag", "p_field"),
    ),
    "shares": ("Shares of relevance", ("class", "signal", "p")),
    "arms": ("Models on other input (loss: whole input minus arm)", ("arm", "tested", "p")),
    "trials": ("Gaze, accuracy and ocular share over trials", ("group", "p")),
    "strategies": ("Clusters of single-trial maps", ("arm", "cluster", "p")),
    "reliance": ("Correlation with reliance over models, by confound", ("confound",)),
    "verdict": ("Verdict", ("question", "finding", "p", "why")),
    "dial": ("Verdicts beside the truth", ("question", "finding", "confound", "mu", "truth")),
    "guide": ("Attribution methods over all tasks (wins: share of other methods beaten)", ()),
    "localisation": ("Localisation on the planted truth", ()),
    "psychometric": ("Planted amplitude that leaves chance, and half-way (µV)", ("curve",)),
    "conservation": ("Ledger", ()),
    "sanity": (
        "Maps with all weights random (chance: maps of different windows), and under small noise",
        ("unit", "depth"),
    ),
    "complexity": ("Concentration of maps (chance: white noise)", ("level",)),
    "agreement": ("Agreement of methods (chance: maps of different windows)", ("against", "level")),
    "stability": (
        "Agreement of models (chance: maps of different windows)",
        ("against", "against_seed", "level"),
    ),
    "faithfulness": ("Scores while pieces are hidden (chance: random orders)", ("occluder",)),
}
#: What the report shows of a table in place of all its rows.
_SHOWN = VIEWS | {"arms": arms_view}
_SHOWN |= {"faithfulness": by_occluder, "cardiac_field": at_the_r_peak}
_SHOWN |= {"reliance": correlations_view, "trials": trials_view}
_SHOWN |= {"strategies": strategies_view, "shares": shares_view}
#: Tables that the findings show row by row.
_IN_FINDINGS = ("verdict", "dial")
#: Column headings of metrics whose own name is not enough.
METRIC_NAMES = {
    "weighted_f1": "weighted F1",
    "auroc": "AUROC",
    "balanced_accuracy loss": "loss of balanced accuracy",
    "effect_size": "effect size d",
    "p_holm": "p, Holm",
    "difference finetuned - scratch": "fine-tuned minus scratch",
    "smallest_p": "smallest possible p",
    "r_locked_z": "z at the peak",
    "r_locked_p": "p",
    "peak_latency": "latency of the peak (s)",
    "latency_sd": "SD of the latency, bootstrap (s)",
    "latency_jitter": "SD of the latency, subjects (s)",
    "spearman": "Spearman's correlation",
    "auc": "AUC, signed",
    "auc_absolute": "AUC, absolute",
    "balanced_accuracy onset": "balanced accuracy above chance from",
    "balanced_accuracy threshold": "balanced accuracy half-way",
    "auc onset": "AUC above chance from",
    "auc threshold": "AUC half-way",
    "rma": "mass accuracy",
    "rra": "rank accuracy",
    "aopc_morf": "area over the MoRF curve",
    "aopc_lerf": "area over the LeRF curve",
    "srg": "SRG",
    "naopc": "normalised area, MoRF",
    "heog": "cue-signed HEOG (µV)",
    "accuracy gradient": "accuracy, high minus low tercile",
    "share ocular_frontal gradient": "ocular share, high minus low tercile",
    "wrong": "wrong windows",
    "n_clusters": "clusters",
    "ocular trials": "share of windows in ocular clusters",
    "share early": "share early in the window",
    "spearman cascading": "rank correlation, all weights random",
    "spearman_absolute cascading": "the same, |relevance|",
    "spearman labels": "rank correlation, permuted labels",
    "spearman_absolute labels": "permuted labels, |relevance|",
    "gini sample": "Gini index, samples",
    "entropy sample": "entropy, samples",
    "gini electrode_patch": "Gini index, seconds of electrodes",
    "entropy electrode_patch": "entropy, seconds of electrodes",
    "spearman map": "rank correlation",
    "top_overlap map": "overlap of the highest 10 %",
    "spearman electrode": "rank correlation, electrodes",
    "spearman_absolute electrode": "electrodes, |relevance|",
}
#: Metrics that repeat the column n.
COUNTS = ("n_r_peaks",)
COUNT_COLUMNS = ("subject", "recording", "item", "name", "count")
SPLIT_COLUMNS = ("sample", "subject", "split")


def write_report(study, config, tables, figures, versions, weights, assets, out):
    """Write the report.

    Parameters
    ----------
    study : str
    config : dict
        All settings, shown as YAML.
    tables : dict of str to list of Path
        The names in `METRIC_TABLES`, each optional, and `windows` (tables of counts,
        `<task>/<subject>.tsv`) and `splits` (`<task>.tsv`).
    figures : list of Path
        PNG files in the order shown; `<name>.rst` in `assets` holds the caption.
    versions : dict of str to str
    weights : list of Path
        JSON records of the pretrained backbones.
    assets : Path
        Folder with `template.html`, `citations.yaml` and the captions.
    out : Path

    Raises
    ------
    InputError
        If a table or an asset cannot be read.
    """
    import jinja2
    import yaml

    assets = Path(assets)
    frames = {name: _read_metrics(name, tables[name]) for name in METRIC_TABLES if tables.get(name)}
    citations = yaml.safe_load(_text(assets / "citations.yaml"))
    sources = list(dict.fromkeys(dataset["source"] for dataset in config["datasets"].values()))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(_text(assets / "template.html")).render(
        study=study,
        findings=findings(frames),
        datasets=[citations[source] for source in sources if source in citations],
        methods=_methods(citations, config, [name for name in frames if len(frames[name])]),
        figures=[_figure(Path(path), assets) for path in figures],
        tables=_tables(frames, tables),
        settings=yaml.safe_dump(config, sort_keys=False, allow_unicode=True),
        weights=[(Path(path).stem, yaml.safe_dump(read_json(path))) for path in weights],
        versions=versions,
    )
    with atomic(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _methods(citations, config, tables):
    """What to cite for the model, the methods, the baselines and the scores that were used."""
    methods = config["attribution"]["methods"].items()
    used = [citations["attribution"].get(method_of(*item), []) for item in methods]
    names = [name for task in config["tasks"] for name, _ in baselines(config, task)]
    used += [citations["baselines"].get(name, []) for name in names]
    used += [citations["tables"].get(name, []) for name in tables]
    references = [*citations["methods"]["references"], *(each for part in used for each in part)]
    return {**citations["methods"], "references": list(dict.fromkeys(references))}


def _text(path):
    if not path.is_file():
        raise InputError(path, "file", "missing", "restore it from the repository")
    return path.read_text(encoding="utf-8")


def _read_metrics(name, paths):
    return metric_table(paths, extra=METRIC_TABLES[name][1])


def _figure(path, assets):
    """Picture as base64 and its caption, a paragraph a string."""
    caption = _text(assets / f"{path.stem}.rst")
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", caption.strip())]
    return {
        "name": path.stem,
        "heading": label(path.stem).capitalize(),
        "picture": base64.b64encode(path.read_bytes()).decode(),
        "paragraphs": [part.replace("``", "") for part in paragraphs],
    }


def _tables(frames, paths):
    """Every table of the report: heading, column names, rows of (text, number to sort by)."""
    rows = {name: frame for name, frame in frames.items() if name not in _IN_FINDINGS}
    shown = [_shown(name, frame) for name, frame in rows.items() if len(frame)]
    if "decoding" in frames and len(frames["decoding"]):
        shown.insert(1, _by_subject(frames["decoding"]))
    if paths.get("splits"):
        shown.append(_split_sizes(paths["splits"]))
    if paths.get("windows"):
        shown.append(_window_counts(paths["windows"]))
    return shown


def _shown(name, frame):
    heading, extra = METRIC_TABLES[name]
    if name == "psychometric":
        return _wide(heading, (), thresholds_view(frame))
    if name not in _SHOWN:
        return _wide(heading, extra, frame)
    return {**_wide(heading, (), _SHOWN[name](frame)), "folded": True}


def _wide(heading, extra, frame):
    """Pooled values, one row a task, regime and method, one column a metric; mean over seeds.

    In a table of comparisons the second regime stands in the method's place, in one of learning
    curves the number of training windows.
    """
    if "class" in extra:
        frame = frame[frame["class"] == "all"]
    if "against" in extra:
        frame = frame.assign(method=frame["against"])
    if "windows" in frame:
        frame = frame.assign(method=frame["windows"].astype(int))
    frame = frame[(frame["subject"] == "all") & ~frame["metric"].isin(COUNTS)]
    mean = over_seeds(frame, ["task", "regime", "method", "metric"])
    metrics = ordered(mean["metric"])
    cells = {(*row[1:4], row.metric): row for row in mean.itertuples()}
    rows = []
    for key in sorted(dict.fromkeys(cell[:3] for cell in cells), key=_place):
        of_row = [cells.get((*key, metric)) for metric in metrics]
        sizes = [row for row in of_row if row is not None]
        rows.append(
            [_word(name) for name in key]
            + [_cell(row) for row in of_row]
            + [_number(max(row.n for row in sizes)), _number(max(row.n_seeds for row in sizes))]
        )
    names = [METRIC_NAMES.get(metric, label(metric)) for metric in metrics]
    columns = ["task", "regime", "method", *names, "n", "seeds"]
    if "windows" in frame:
        columns[2] = "training windows"
    elif not any(mean["method"]):
        columns.remove("method")
        rows = [row[:2] + row[3:] for row in rows]
    if "against" in extra:
        # Seeds were averaged before subjects were paired, and n are subjects.
        columns = ["task", "regime", "against", *names, "subjects"]
        rows = [row[:-1] for row in rows]
    return {"heading": heading, "columns": columns, "rows": rows, "folded": False}


def _place(key):
    """Where a row stands: by task, regime and method in their usual order, unknown names last."""
    orders = (list(TASKS), list(REGIMES), [*METHODS, *REGIMES])
    return [
        (order.index(name), "") if name in order else (len(order), name)
        for name, order in zip(key, orders, strict=True)
    ]


def _word(name):
    return (label(name), None)


def _number(value):
    return ("", None) if value != value else (f"{value:.0f}", value)


def _cell(row):
    """An estimate with its interval and, where known, chance."""
    if row is None:
        return ("", None)
    if 0 < abs(row.value) < 1e-4:
        return (f"{row.value:.1e}", row.value)
    digits = 2 if abs(row.value) >= 0.1 or row.value == 0 else 3
    chance = f" (chance {row.chance:.2f})" if row.chance == row.chance else ""
    return (estimate(row, digits) + chance, row.value)


def _by_subject(frame):
    """Balanced accuracy of every subject, mean over seeds; one column a task and regime."""
    frame = frame[(frame["metric"] == "balanced_accuracy") & (frame["subject"] != "all")]
    mean = over_seeds(frame, ["task", "regime", "subject"])
    pairs = zip(mean["task"], mean["regime"], strict=True)
    models = sorted(dict.fromkeys(pairs), key=lambda model: _place((*model, "")))
    cells = {(row.subject, row.task, row.regime): row for row in mean.itertuples()}
    rows = [
        [(subject, None)] + [_cell(cells.get((subject, *model))) for model in models]
        for subject in ordered(mean["subject"])
    ]
    columns = ["subject", *(f"{label(task)}, {label(regime)}" for task, regime in models)]
    heading = "Balanced accuracy by subject"
    return {"heading": heading, "columns": columns, "rows": rows, "folded": True}


def _split_sizes(paths):
    rows = []
    for path in map(Path, paths):
        frame = read_table(path, SPLIT_COLUMNS)
        for split, group in frame.groupby("split", sort=False):
            sizes = (len(group), group["subject"].nunique())
            rows.append([_word(path.stem), (split, None), *map(_number, sizes)])
    columns = ["task", "split", "windows", "subjects"]
    return {"heading": "Splits", "columns": columns, "rows": rows, "folded": False}


def _window_counts(paths):
    """What was kept, refused and why, summed over subjects."""
    import pandas as pd

    frames = [read_table(path, COUNT_COLUMNS).assign(task=Path(path).parent.name) for path in paths]
    frame = pd.concat(frames, ignore_index=True).fillna({"name": "", "item": ""})
    groups = frame[frame["count"] != 0].groupby(["task", "item", "name"], sort=False)
    rows = [
        [_word(task), _word(item), (name, None), _number(group["count"].sum()), _subjects(group)]
        for (task, item, name), group in groups
    ]
    columns = ["task", "item", "name", "count", "subjects"]
    return {"heading": "Recordings and windows", "columns": columns, "rows": rows, "folded": True}


def _subjects(group):
    return _number(group["subject"].nunique())
