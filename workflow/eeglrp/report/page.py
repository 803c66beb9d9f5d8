"""The whole study in one HTML file that opens offline."""

import base64
import re
from pathlib import Path

from eeglrp.attribution.registry import method_of
from eeglrp.config import baselines
from eeglrp.errors import InputError
from eeglrp.files import atomic, read_json
from eeglrp.labels import label
from eeglrp.questions import all_tables, figure_module, findings
from eeglrp.report.counts import left_out
from eeglrp.report.outcome import absent_files, failed_jobs, run_times
from eeglrp.report.tables import read_metrics, tables

#: Rows of a figure's numbers that are shown beside it; all are in the file that it names.
SHOWN_ROWS = 500
#: A finding with more characters is set as one point a sentence.
_LONG = 320
#: Reports themselves, whose logs are being written.
_OWN_LOGS = ("report.log", "report-so-far.log")


def write_report(study, config, paths, versions, assets, folder, out):
    """Write the report.

    Parameters
    ----------
    study : str
    config : dict
        All settings, shown as YAML, without the tasks that arms become.
    paths : dict of str to list of Path
        What there is to show: the names of `all_tables`, `windows` (tables of counts,
        `<task>/<subject>.tsv`), `splits` (`<task>.tsv`), `weights` (JSON records of the pretrained
        backbones) and `figures` (PNG files in the order shown; the `.tsv` beside one holds its
        numbers). Each is optional.
    versions : dict of str to str
    assets : Path
        Folder with `template.html`, `script.js`, `style.css`, `citations.yaml`.
    folder : Path
        Of the study: its benchmarks, logs and, where there is one, `provenance.json`.
    out : Path

    Raises
    ------
    InputError
        If a table or an asset cannot be read.
    """
    import yaml

    assets, folder = Path(assets), Path(folder)
    frames = {}
    for name in all_tables():
        if paths.get(name):
            frames[name] = read_metrics(name, paths[name])
    filled = [name for name in frames if len(frames[name])]
    citations = yaml.safe_load(_text(assets / "citations.yaml"))
    template = _template(assets / "template.html")
    page = template.render(
        study=study,
        style=_text(assets / "style.css"),
        script=_text(assets / "script.js"),
        findings=_findings(frames),
        datasets=_datasets(citations, config),
        methods=_methods(citations, config, filled),
        figures=[_figure(Path(path)) for path in paths.get("figures", ())],
        tables=tables(frames, paths),
        settings=_yaml(config),
        weights=_weights(paths.get("weights", ())),
        versions=versions,
        provenance=_provenance(folder / "provenance.json"),
        times=run_times(folder),
        absent=absent_files(config, folder),
        failed=failed_jobs(folder, _OWN_LOGS),
        left_out=left_out(paths.get("windows", ())),
    )
    with atomic(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _template(path):
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_text(path))


def _findings(frames):
    """Every finding with the points of its sentence."""
    with_points = []
    for finding in findings(frames):
        points = _points(finding.sentence)
        with_points.append((finding, points))
    return with_points


def _datasets(citations, config):
    """What to cite for the sources of recordings, each once."""
    sources = [dataset["source"] for dataset in config["datasets"].values()]
    distinct = dict.fromkeys(sources)
    known = [source for source in distinct if source in citations]
    return [citations[source] for source in known]


def _weights(paths):
    """Name and record of every pretrained backbone."""
    records = []
    for path in paths:
        record = read_json(path)
        name = Path(path).with_suffix("")
        if name.parent.name.startswith("pretrained-"):
            # Of one fold.
            name = Path(name.parent.name, name.name)
        else:
            name = name.name
        records.append((str(name), _yaml(record)))
    return records


def _provenance(path):
    if not path.is_file():
        return None
    return _yaml(read_json(path))


def _yaml(record):
    import yaml

    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True)


def _points(text):
    """The sentences of a long text, or the text alone."""
    if len(text) <= _LONG:
        return [text]
    return re.split(r"(?<=[.)]) (?=[A-Z])", text)


def _methods(citations, config, names):
    """What to cite for the model, the methods, the baselines and the scores that were used."""
    of_model = citations["methods"]
    references = list(of_model["references"])
    for name, options in config["attribution"]["methods"].items():
        method = method_of(name, options)
        references += citations["attribution"].get(method, [])
    for task in config["tasks"]:
        for name, _ in baselines(config, task):
            references += citations["baselines"].get(name, [])
    for name in names:
        references += citations["tables"].get(name, [])
    distinct = list(dict.fromkeys(references))
    return {**of_model, "references": distinct}


def _text(path):
    if not path.is_file():
        remedy = "restore it from the repository"
        raise InputError(path, "file", "missing", remedy)
    return path.read_text(encoding="utf-8")


def _figure(path):
    """Picture as base64, its caption, a paragraph a string, and the numbers in it."""
    caption = figure_module(path.stem).CAPTION.strip()
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", caption):
        on_one_line = " ".join(paragraph.split())
        paragraphs.append(on_one_line.replace("``", ""))
    numbers = path.with_suffix(".tsv")
    rows = []
    if numbers.is_file():
        rows = numbers.read_text(encoding="utf-8").splitlines()
    return {
        "name": path.stem,
        "heading": label(path.stem).capitalize(),
        "picture": base64.b64encode(path.read_bytes()).decode(),
        "paragraphs": paragraphs,
        "numbers": "\n".join(rows[: SHOWN_ROWS + 1]),
        "n_rows": max(0, len(rows) - 1),
        "shown_rows": SHOWN_ROWS,
    }
