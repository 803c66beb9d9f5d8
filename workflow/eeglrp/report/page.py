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
    import jinja2
    import yaml

    assets, folder = Path(assets), Path(folder)
    frames = {
        name: read_metrics(name, paths[name])
        for name in all_tables()
        if paths.get(name)
    }
    citations = yaml.safe_load(_text(assets / "citations.yaml"))
    sources = list(
        dict.fromkeys(
            dataset["source"] for dataset in config["datasets"].values()
        )
    )
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    provenance = folder / "provenance.json"
    page = environment.from_string(_text(assets / "template.html")).render(
        study=study,
        style=_text(assets / "style.css"),
        script=_text(assets / "script.js"),
        findings=[
            (found, _points(found.sentence)) for found in findings(frames)
        ],
        datasets=[
            citations[source] for source in sources if source in citations
        ],
        methods=_methods(
            citations, config, [name for name in frames if len(frames[name])]
        ),
        figures=[_figure(Path(path)) for path in paths.get("figures", ())],
        tables=tables(frames, paths),
        settings=_yaml(config),
        weights=[
            (Path(path).stem, _yaml(read_json(path)))
            for path in paths.get("weights", ())
        ],
        versions=versions,
        provenance=_yaml(read_json(provenance))
        if provenance.is_file()
        else None,
        times=run_times(folder),
        absent=absent_files(config, folder),
        failed=failed_jobs(folder, _OWN_LOGS),
        left_out=left_out(paths.get("windows", ())),
    )
    with atomic(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _yaml(record):
    import yaml

    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True)


def _points(text):
    """The sentences of a long text, or the text alone."""
    return (
        re.split(r"(?<=[.)]) (?=[A-Z])", text) if len(text) > _LONG else [text]
    )


def _methods(citations, config, names):
    """What to cite for the model, the methods, the baselines and the scores that were used."""
    methods = config["attribution"]["methods"].items()
    used = [
        citations["attribution"].get(method_of(*item), []) for item in methods
    ]
    fitted = [
        name for task in config["tasks"] for name, _ in baselines(config, task)
    ]
    used += [citations["baselines"].get(name, []) for name in fitted]
    used += [citations["tables"].get(name, []) for name in names]
    references = [
        *citations["methods"]["references"],
        *(each for part in used for each in part),
    ]
    return {
        **citations["methods"],
        "references": list(dict.fromkeys(references)),
    }


def _text(path):
    if not path.is_file():
        raise InputError(
            path, "file", "missing", "restore it from the repository"
        )
    return path.read_text(encoding="utf-8")


def _figure(path):
    """Picture as base64, its caption, a paragraph a string, and the numbers in it."""
    caption = figure_module(path.stem).CAPTION
    paragraphs = [
        " ".join(part.split())
        for part in re.split(r"\n\s*\n", caption.strip())
    ]
    numbers = path.with_suffix(".tsv")
    rows = (
        numbers.read_text(encoding="utf-8").splitlines()
        if numbers.is_file()
        else []
    )
    return {
        "name": path.stem,
        "heading": label(path.stem).capitalize(),
        "picture": base64.b64encode(path.read_bytes()).decode(),
        "paragraphs": [part.replace("``", "") for part in paragraphs],
        "numbers": "\n".join(rows[: SHOWN_ROWS + 1]),
        "n_rows": max(0, len(rows) - 1),
        "shown_rows": SHOWN_ROWS,
    }
