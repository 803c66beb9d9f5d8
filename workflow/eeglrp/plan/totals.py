"""Sums over the jobs of a planned study, and their print."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from eeglrp.plan.fit import fit, predict
from eeglrp.plan.graph import longest_chain
from eeglrp.plan.work import kind_of, work_of

#: CPU seconds of the Snakemake process that runs a submitted job.
SUBMISSION = 4.0
_HOUR = 3600


class Plan(NamedTuple):
    """Per job: seconds and start-up among them; the critical path; what was not measured."""

    jobs: list
    seconds: list
    start: list
    on_gpu: list
    chain: list
    storage: dict
    unknown: dict


def estimate(jobs, paths, counts, sizes, finished, gpu_speed=None):
    """Predict every job's CPU seconds from those of finished runs.

    Parameters
    ----------
    jobs : sequence of eeglrp.plan.graph.Job
    paths : sequence of str
        Of their benchmarks, as `eeglrp.plan.work.kind_of` takes them.
    counts : collections.Counter
        Of `eeglrp.plan.finished.count_jobs`.
    sizes : dict of eeglrp.plan.work.Size
    finished : sequence of eeglrp.plan.finished.Study
    gpu_speed : float, optional
        Divides the part of GPU jobs that grows with their work.
    """
    lines = fit(
        [job for study in finished for job in study.jobs], "cpu_seconds"
    )
    seconds, start, unknown = [], [], defaultdict(int)
    on_gpu = [bool(job.resources.get("gpu")) for job in jobs]
    for path, gpu in zip(paths, on_gpu, strict=True):
        kind, variant, _, _ = kind_of(path)
        value, known = predict(
            lines, kind, variant, work_of(path, counts, sizes)
        )
        fixed = predict(lines, kind, variant, 0)[0] or 0.0
        if path and not known:
            unknown[f"{kind} {variant}".strip()] += 1
        value = 0.0 if value is None else value
        seconds.append(
            fixed + (value - fixed) / (gpu_speed or 1) if gpu else value
        )
        start.append(fixed)
    chain = longest_chain(jobs, seconds)
    storage = stored(counts, sizes, finished, len(jobs))
    return Plan(jobs, seconds, start, on_gpu, chain, storage, dict(unknown))


def stored(counts, sizes, finished, n_jobs):
    """Bytes by kind of file, from the bytes a value (a layer, a recording, a job) of finished runs.

    Parameters
    ----------
    counts, sizes, finished
        As for `estimate`.
    n_jobs : int
    """
    n = {
        kind: sum(c for (k, _), c in counts.items() if k == kind)
        for kind in ("recordings",)
    }
    amounts = {
        "windows": sum(size.windows * size.samples for size in sizes.values()),
        "attributions": sum(
            size.explained * size.samples * counts["attribute", task]
            for task, size in sizes.items()
        ),
        "models": sum(
            size.layers * counts["train", task] for task, size in sizes.items()
        ),
        "recordings": n["recordings"],
        "others": n_jobs,
    }
    total = {}
    for kind, amount in amounts.items():
        pairs = [
            pair for study in finished for pair in study.storage.get(kind, [])
        ]
        units, found = (
            (sum(part) for part in zip(*pairs, strict=True))
            if pairs
            else (0, 0)
        )
        total[kind] = amount * found / units if units else 0.0
    return total


def print_plan(plan, study, sizes, sources, subjects, gpu_speed):
    """Print the plan of a study as text."""
    rules = defaultdict(list)
    for place, job in enumerate(plan.jobs):
        rules[job.rule].append(place)
    print(
        f"{study}: {len(plan.jobs)} jobs, {_submissions(plan.jobs)} submissions\n"
    )
    print(f"{'rule':<24}{'jobs':>6}{'hours':>10}{'seconds/job':>13}")
    hours = {
        rule: sum(plan.seconds[p] for p in own) / _HOUR
        for rule, own in rules.items()
    }
    for rule in sorted(rules, key=hours.get, reverse=True):
        n = len(rules[rule])
        print(
            f"{rule:<24}{n:>6}{hours[rule]:>10.2f}{hours[rule] * _HOUR / n:>13.1f}"
        )
    _print_sums(plan, gpu_speed)
    chain = [plan.jobs[place].rule for place in plan.chain]
    longest = sum(plan.seconds[place] for place in plan.chain) / _HOUR
    print(f"\nCritical path: {longest:.2f} h: {' > '.join(chain)}")
    print(f"Storage: {sum(plan.storage.values()) / 1e9:.2f} GB: ", end="")
    print(
        ", ".join(
            f"{kind} {size / 1e9:.2f}" for kind, size in plan.storage.items()
        )
    )
    print(
        "\nWindows by task (train, validation, test, explained a method) and where from:"
    )
    for task, size in sizes.items():
        split = (size.train, size.validation, size.test, size.explained)
        print(f"  {task}: {len(subjects[task])} subjects, {split}, {size.channels} x {size.n_times}"
              f" ({sources[task]})")  # fmt: skip
    for name, n in plan.unknown.items():
        print(
            f"No benchmark of {name} ({n} jobs): the mean of its kind, or 0 s without any"
        )


def _submissions(jobs):
    groups = {job.group for job in jobs if job.group is not None}
    return len(groups) + sum(job.group is None for job in jobs)


def _print_sums(plan, gpu_speed):
    total, start = sum(plan.seconds), sum(plan.start)
    gpu = sum(s for s, on in zip(plan.seconds, plan.on_gpu, strict=True) if on)
    if gpu_speed:
        print(
            f"\nCore-hours: {(total - gpu) / _HOUR:.1f} beside the GPU-hours"
        )
        print(
            f"GPU-hours: {gpu / _HOUR:.1f} at {gpu_speed:g} times the speed of one core"
        )
    else:
        print(
            f"\nCore-hours: {total / _HOUR:.1f}, of which {gpu / _HOUR:.1f} may run on a GPU"
        )
    print(
        f"Start-up: {start / _HOUR:.2f} h, {start / max(total, 1e-9):.1%} of the compute"
    )
    sent = SUBMISSION * _submissions(plan.jobs)
    print(
        f"Snakemake in submitted jobs: {sent / _HOUR:.2f} h, {sent / max(total, 1e-9):.1%}"
    )


def print_errors(found):
    """Print predicted against measured CPU seconds."""
    print(
        f"{'kind':<12}{'jobs':>6}{'predicted s':>13}{'measured s':>12}{'ratio':>7}{'median':>8}"
    )
    for kind, (predicted, measured, median, n) in sorted(found.items()):
        ratio = predicted / measured
        print(
            f"{kind:<12}{n:>6}{predicted:>13.0f}{measured:>12.0f}{ratio:>7.2f}{median:>8.2f}"
        )


def flag_declared(jobs, plan):
    """Print rules that took more memory or time than they declare, where they have run.

    Seconds that are only predicted count too; declared values that depend on files that do not
    exist yet are left out.
    """
    worst = {}
    for place, job in enumerate(jobs):
        for word, share in shortages(
            job, plan.seconds[place] / max(1, job.threads)
        ):
            worst[job.rule, word] = max(worst.get((job.rule, word), 0), share)
    for (rule, word), share in worst.items():
        print(
            f"Too little {word} declared for {rule}: {share:.0%} of it is needed"
        )


def shortages(job, seconds):
    """Yield (`memory` or `runtime`, needed / declared) where a job needs more than it declares."""
    from eeglrp.files import read_table

    memory, file = 0.0, Path(job.benchmark)
    if job.benchmark and file.is_file():
        row = read_table(file, ("s", "max_rss")).iloc[-1]
        seconds, memory = float(row["s"]), float(row["max_rss"])
    declared = {
        "memory": job.resources.get("mem_mb"),
        "runtime": job.resources.get("runtime"),
    }
    for word, need in (("memory", memory), ("runtime", seconds / 60)):
        has = declared[word]
        if isinstance(has, int | float) and has > 0 and need > has:
            yield word, need / has
