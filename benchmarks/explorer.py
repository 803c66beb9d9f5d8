"""Speed, size and memory of the explorer of a finished study.

    python benchmarks/explorer.py results/demo/explorer/index.html

Opens the page in headless Chromium without a network; times are of the machine that it runs on.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.browser import browser, visit  # noqa: E402

READY = """new Promise(done => { (function look() {
    if (typeof explorer !== 'undefined' && explorer.ready) done();
    else setTimeout(look, 5); })(); })"""
#: Milliseconds from a change of the address to the next painted frame.
TIMED = """(async () => { const began = performance.now(); await explorer.go({change});
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - began; })()"""
STEPS = """(async () => { const times = [];
    for (let k = 0; k < {n}; k++) { const began = performance.now(); await explorer.step(1);
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - began);
        if (k % 7 === 6) await explorer.nextMethod(); }
    return times; })()"""
MODELS = "explorer.study.models.map(one => [one.tested, explorer.runOf(one), one.method])"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--steps", type=int, default=500)
    arguments = parser.parse_args()
    if not browser():
        parser.error("no Chromium or Chrome")
    files = [one for one in arguments.page.parent.rglob("*") if one.is_file()]
    size = sum(one.stat().st_size for one in files) / 1e6
    print(f"size: {size:.1f} MB in {len(files)} files")

    async def what(page):
        await measure(page, arguments.steps)

    with tempfile.TemporaryDirectory() as folder:
        visit(browser(), arguments.page.resolve().as_uri(), folder, what)


async def measure(page, n_steps):
    opened = []
    for _ in range(5):
        await page.call("Page.reload", ignoreCache=True)
        await page.run(READY)
        opened.append(await page.run("performance.now()"))
    show("open, to the first window", opened)
    models = await page.run(MODELS)
    for screen in ("trial", "compare", "group", "inside", "methods"):
        change = f"{{screen: '{screen}'}}"
        times = []
        for task, run, method in models[:: max(1, len(models) // 20)]:
            change = (
                f"{{screen: '{screen}', task: '{task}', run: '{run}', "
                f"method: '{method}', window: ''}}"
            )
            times.append(await page.run(TIMED.replace("{change}", change)))
        show(f"{screen}: another task, model or method", times)
    await page.run("explorer.go({screen: 'trial', task: '', run: ''})")
    memory = [await used(page)]
    times = []
    for _ in range(5):
        part = STEPS.replace("{n}", str(n_steps // 5))
        times += await page.run(part)
        memory.append(await used(page))
    show("trial: next window", times)
    text = ", ".join(f"{one:.1f}" for one in memory)
    print(f"memory over {n_steps} steps, after collection: {text} MB")


def show(words, times):
    print(f"{words}: {median(times):.0f} ms, at most {max(times):.0f} ms")


async def used(page):
    """Megabytes of JavaScript's heap and its array buffers, garbage collected first."""
    await page.call("HeapProfiler.collectGarbage")
    usage = await page.call("Runtime.getHeapUsage")
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


if __name__ == "__main__":
    main()
