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
    measured = [job for study in finished for job in study.jobs]
    lines = fit(measured, "cpu_seconds")
    seconds, start = [], []
    unknown = defaultdict(int)
    on_gpu = [bool(job.resources.get("gpu")) for job in jobs]
    for path, gpu in zip(paths, on_gpu, strict=True):
        kind, variant, _, _ = kind_of(path)
        work = work_of(path, counts, sizes)
        predicted, known = predict(lines, kind, variant, work)
        fixed, _ = predict(lines, kind, variant, 0)
        if path and not known:
            unknown[f"{kind} {variant}".strip()] += 1
        predicted, fixed = predicted or 0.0, fixed or 0.0
        if gpu:
            growing = predicted - fixed
            predicted = fixed + growing / (gpu_speed or 1)
        seconds.append(predicted)
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
    amounts = {
        "windows": 0,
        "attributions": 0,
        "models": 0,
        "recordings": 0,
        "others": n_jobs,
    }
    for task, size in sizes.items():
        attributed = counts["attribute", task] * size.explained
        amounts["windows"] += size.windows * size.samples
        amounts["attributions"] += attributed * size.samples
        amounts["models"] += counts["train", task] * size.layers
    for (kind, _), number in counts.items():
        if kind == "recordings":
            amounts["recordings"] += number
    total = {}
    for kind, amount in amounts.items():
        units, bytes_ = 0, 0
        for study in finished:
            for more_units, more_bytes in study.storage.get(kind, []):
                units += more_units
                bytes_ += more_bytes
        total[kind] = amount * bytes_ / units if units else 0.0
    return total


def print_plan(plan, study, sizes, sources, subjects, gpu_speed):
    """Print the plan of a study as text."""
    n_jobs, n_submissions = len(plan.jobs), _submissions(plan.jobs)
    print(f"{study}: {n_jobs} jobs, {n_submissions} submissions\n")
    _print_rules(plan)
    _print_sums(plan, gpu_speed)
    chain = [plan.jobs[place].rule for place in plan.chain]
    longest = sum(plan.seconds[place] for place in plan.chain) / _HOUR
    print(f"\nCritical path: {longest:.2f} h: {' > '.join(chain)}")
    stored_bytes = sum(plan.storage.values())
    kinds = [f"{kind} {n / 1e9:.2f}" for kind, n in plan.storage.items()]
    print(f"Storage: {stored_bytes / 1e9:.2f} GB: {', '.join(kinds)}")
    print(
        "\nWindows by task (train, validation, test, explained a method) and where from:"
    )
    for task, size in sizes.items():
        n_subjects = len(subjects[task])
        windows = (size.train, size.validation, size.test, size.explained)
        shape = f"{size.channels} x {size.n_times}"
        source = sources[task]
        print(
            f"  {task}: {n_subjects} subjects, {windows}, {shape} ({source})"
        )
    for name, n in plan.unknown.items():
        print(
            f"No benchmark of {name} ({n} jobs): the mean of its kind, or 0 s without any"
        )


def _print_rules(plan):
    """Print the jobs and hours of every rule, the longest first."""
    by_rule, hours = defaultdict(list), {}
    for job, seconds in zip(plan.jobs, plan.seconds, strict=True):
        by_rule[job.rule].append(seconds)
    for rule, seconds in by_rule.items():
        hours[rule] = sum(seconds) / _HOUR
    print(f"{'rule':<24}{'jobs':>6}{'hours':>10}{'seconds/job':>13}")
    for rule in sorted(by_rule, key=hours.get, reverse=True):
        n = len(by_rule[rule])
        total = hours[rule]
        a_job = total * _HOUR / n
        row = f"{rule:<24}{n:>6}"
        row += f"{total:>10.2f}{a_job:>13.1f}"
        print(row)


def _submissions(jobs):
    groups, alone = set(), 0
    for job in jobs:
        if job.group is None:
            alone += 1
        else:
            groups.add(job.group)
    return len(groups) + alone


def _print_sums(plan, gpu_speed):
    total, start = sum(plan.seconds), sum(plan.start)
    both = zip(plan.seconds, plan.on_gpu, strict=True)
    gpu = sum(seconds for seconds, on_gpu in both if on_gpu)
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
        seconds = plan.seconds[place] / max(1, job.threads)
        for word, share in shortages(job, seconds):
            key = (job.rule, word)
            worst[key] = max(worst.get(key, 0), share)
    for (rule, word), share in worst.items():
        print(
            f"Too little {word} declared for {rule}: {share:.0%} of it is needed"
        )


def shortages(job, seconds):
    """Yield (`memory` or `runtime`, needed / declared) where a job needs more than it declares."""
    from eeglrp.files import read_table

    memory = 0.0
    file = Path(job.benchmark)
    if job.benchmark and file.is_file():
        row = read_table(file, ("s", "max_rss")).iloc[-1]
        seconds = float(row["s"])
        memory = float(row["max_rss"])
    needs = (
        ("memory", memory, job.resources.get("mem_mb")),
        ("runtime", seconds / 60, job.resources.get("runtime")),
    )
    for word, need, declared in needs:
        if not isinstance(declared, int | float) or declared <= 0:
            continue
        if need > declared:
            yield word, need / declared
