"""The explorer in a real browser: offline, quiet, with the numbers of the stores."""

import json
import re
import runpy
import shutil

import numpy as np
import pytest

from ..browser import browser, visit
from .accessible import FAULTS
from .made_up import CHANNELS

pytestmark = [
    pytest.mark.skipif(
        not browser(),
        reason="no Chromium or Chrome (on Debian: apt install chromium)",
    ),
    pytest.mark.slow,
]
SCREENS = ("trial", "compare", "group", "inside", "methods")
READY = """new Promise((done, fail) => { const began = Date.now(); (function look() {
    if (typeof explorer !== 'undefined' && explorer.ready) done();
    else if (Date.now() - began > 20000) fail(new Error("never ready"));
    else setTimeout(look, 20); })(); })"""
MESSAGE = "document.getElementById('message').textContent"


async def go(page, address):
    """Open an address of the page, as a shared link would."""
    await page.run(f"history.replaceState(null, '', {json.dumps(address)})")
    await page.run("explorer.render()")


async def table(page, figure):
    """Numbers behind a figure, as its TSV has them: one dict a row."""
    text = await page.run(
        f"explorer.tsv(document.getElementById({json.dumps(figure)}))"
    )
    head, *rows = (line.split("\t") for line in text.splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


async def key(page, name):
    """Press a key as a page sees it."""
    await page.run(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        f"{{key: {json.dumps(name)}, bubbles: true}}))"
    )
    # The answer of the last step.
    await page.run("new Promise(done => setTimeout(done, 60))")


def test_the_explorer_in_a_browser(page, study, tmp_path):
    """One visit for all: starting the browser takes longer than what it does."""

    async def what(shown):
        await shown.run(READY)
        for check in (
            trials_hold_the_store,
            spans_and_cursor,
            filters,
            keyboard,
            comparisons,
            groups_hold_the_store,
            layers,
            methods,
            figures_are_saved,
            addresses,
            fits,
            accessible,
        ):
            await check(shown, study)
        assert shown.complaints == []
        outside = [
            one
            for one in shown.requests
            if not one.startswith(("data:", "blob:", page.parent.as_uri()))
        ]
        assert outside == []

    visit(browser(), page.as_uri(), tmp_path / "profile", what)


async def trials_hold_the_store(page, study):
    sample = study.samples[5]
    await go(page, f"#trial?task=hand&method=gamma&window={sample}")
    exact = study.relevance["gamma"][sample].astype(float)
    maps = await table(page, "maps")
    assert [row["channel"] for row in maps] == CHANNELS
    shown = [float(row["over_span_logit"]) for row in maps]
    np.testing.assert_allclose(shown, exact.sum(axis=1), rtol=1e-5)
    traces = await table(page, "traces")
    for name, values in (
        ("uV", study.signal[sample]),
        ("logit", exact),
    ):
        found = [
            [float(row[f"{c}_{name}"]) for row in traces] for c in CHANNELS
        ]
        error = np.abs(np.array(found) - values).max()
        # Rounded to four digits after that.
        assert error < 0.0045 * np.abs(values).max()
    ledger = {
        row["source"]: row["logit"] for row in await table(page, "ledger")
    }
    assert float(ledger["bias_conv"]) == 1.5
    assert float(ledger["input"]) == pytest.approx(exact.sum(), rel=1e-6)
    facts = await page.run("document.getElementById('facts').innerText")
    assert sample in facts
    assert "left 1.25, right −1.25" in facts
    assert "0.25 s" in facts
    assert f'sel(sample="{sample}")' in await page.run(
        "document.querySelector('#facts code').textContent"
    )


async def spans_and_cursor(page, study):
    sample = study.samples[0]
    await go(
        page, f"#trial?window={sample}&method=gamma&time=0.3&from=0.1&to=0.2"
    )
    exact = study.relevance["gamma"][sample].astype(float)
    bound = 0.004 * np.abs(exact).max()
    maps = await table(page, "maps")
    at_cursor = [float(row["at_cursor_logit"]) for row in maps]
    assert np.abs(at_cursor - exact[:, 30]).max() <= bound
    over = [float(row["over_span_logit"]) for row in maps]
    assert np.abs(over - exact[:, 10:20].sum(axis=1)).max() <= 10 * bound
    await key(page, ".")
    assert "time=0.3100" in await page.run("location.hash")
    await key(page, "Escape")
    assert "from" not in await page.run("location.hash")


async def filters(page, study):
    options = "[...document.querySelector('select[name=window]').options].map(o => o.value)"
    await go(page, "#trial?task=hand&subject=S2&class=1")
    expected = [one for one in study.of("S2") if study.labels([one]) == [1]]
    assert await page.run(options) == expected
    await go(page, "#trial?task=hand&right=no")
    assert await page.run(options) == study.samples[:1]
    await go(page, "#trial?task=hand&right=no&subject=S2")
    assert await page.run(MESSAGE) == "No window passes these filters."
    # Names that the study does not have fall back to what it has.
    await go(page, "#trial?task=nothing&run=x&window=y&time=nan&from=9&to=3")
    assert await page.run(MESSAGE) == ""


async def keyboard(page, study):
    await go(page, f"#trial?task=hand&method=gamma&window={study.samples[0]}")
    here = "new URLSearchParams(location.hash.split('?')[1]).get('window')"
    await key(page, "ArrowRight")
    assert await page.run(here) == study.samples[1]
    await key(page, "ArrowLeft")
    await key(page, "ArrowLeft")
    assert await page.run(here) == study.samples[-1]
    await key(page, "m")
    assert "method=attn_lrp" in await page.run("location.hash")
    await key(page, "3")
    assert (await page.run("location.hash")).startswith("#group")
    await page.run("document.querySelector('#skip').focus()")
    await page.press("Tab")
    assert await page.run("document.activeElement.textContent") == "Trial"


async def comparisons(page, study):
    sample = study.samples[2]
    await go(page, f"#compare?method=gamma&method2=attn_lrp&window={sample}")
    one, two = (
        study.relevance[name][sample].astype(float)
        for name in ("gamma", "attn_lrp")
    )
    expected = [
        np.corrcoef(one.ravel(), two.ravel())[0, 1],
        np.corrcoef(*(x.ravel().argsort().argsort() for x in (one, two)))[
            0, 1
        ],
        np.corrcoef(one.sum(axis=1), two.sum(axis=1))[0, 1],
    ]
    shown = [float(row["r"]) for row in await table(page, "together")]
    np.testing.assert_allclose(shown, expected, atol=0.01)


async def groups_hold_the_store(page, study):
    await go(page, "#group?method=gamma")
    exact = study.relevance["gamma"]

    def mean_of(subject):
        samples = study.of(subject)
        return np.mean([exact[one].sum(axis=1) for one in samples], axis=0)

    rows = await table(page, "group-maps")
    shown = [float(row["mean_logit"]) for row in rows if row["class"] == "all"]
    means = np.mean([mean_of(one) for one in ("S1", "S2")], axis=0)
    np.testing.assert_allclose(shown, means, rtol=1e-4)
    assert all(
        row["n_windows"] == "8" for row in rows if row["class"] == "all"
    )
    await go(page, "#group?method=gamma&subject=S2&electrode=CZ")
    rows = await table(page, "group-maps")
    shown = [float(row["mean_logit"]) for row in rows if row["class"] == "all"]
    np.testing.assert_allclose(shown, mean_of("S2"), rtol=1e-4)
    course = await table(page, "group-course")
    total = sum(
        float(row["mean_logit"]) for row in course if row["class"] == "all"
    )
    assert total == pytest.approx(
        mean_of("S2")[CHANNELS.index("CZ")], rel=0.01
    )
    await go(page, "#group?method=gamma")
    click = """(() => {{ const canvas = document.querySelector('#{figure} canvas');
        const box = canvas.getBoundingClientRect();
        const place = {{clientX: box.left + {x}, clientY: box.top + {y}}};
        canvas.dispatchEvent(new MouseEvent('click', place)); }})()"""
    await page.run(click.format(figure="group-subjects", x=20, y=60))
    assert "subject=S1" in await page.run("location.hash")
    head = await page.run(
        """(() => { const figure = document.getElementById('group-maps');
        return figure.view.heads(figure.drawn.width)[0]; })()"""
    )
    await page.run(click.format(figure="group-maps", x=head["x"], y=head["y"]))
    assert "electrode=CZ" in await page.run("location.hash")


async def layers(page, study):
    await go(page, "#inside?method=gamma")
    rows = await table(page, "inside-maps")
    shown = [float(row["mean_logit"]) for row in rows if row["class"] == "all"]
    exact = study.layers["gamma"].mean(axis=0)[..., 0]
    np.testing.assert_allclose(shown, exact.ravel(), rtol=1e-4, atol=1e-6)


async def methods(page, study):
    await go(page, "#methods")
    rows = await table(page, "methods-dots")
    assert [row["method"] for row in rows] == ["gamma", "attn_lrp"]
    assert {row["value"] for row in rows} == {"0.7"}
    title = await page.run(
        "document.querySelector('#methods-dots h2').textContent"
    )
    assert "AUC, signed" in title
    assert "n = 4" in title


async def figures_are_saved(page, study):
    """Every figure as SVG that is well-formed, and every button offers a file."""
    await page.run("""window.offered = []; HTMLAnchorElement.prototype.click = function () {
        offered.push(this.download); }""")
    for screen in SCREENS:
        await go(page, f"#{screen}?method=gamma")
        texts = await page.run(
            """[...document.querySelectorAll('figure')].map(figure => {
            const svg = explorer.svg(figure);
            const read = new DOMParser().parseFromString(svg, 'image/svg+xml');
            const broken = read.querySelector('parsererror');
            return [broken ? 'broken' : 'whole', svg.includes('NaN') ? 'NaN' : '']; })"""
        )
        assert texts
        assert all(one == ["whole", ""] for one in texts), screen
        await page.run(
            "[...document.querySelectorAll('[data-save]')].forEach(one => one.click())"
        )
        await page.run("new Promise(done => setTimeout(done, 150))")
    offered = await page.run("offered")
    assert {
        "made-up-traces.png",
        "made-up-maps.svg",
        "made-up-group-course.tsv",
    } <= set(offered)
    assert len(offered) == 3 * (3 + 3 + 4 + 1 + 1)


async def addresses(page, study):
    """What a link says is what is shown, and screens can be gone back to."""
    await page.run(
        f"location.hash = '#trial?task=hand&window={study.samples[3]}'"
    )
    await page.run("new Promise(done => setTimeout(done, 200))")
    title = await page.run("document.querySelector('#traces h2').textContent")
    assert study.samples[3] in title
    await page.run("explorer.go({screen: 'methods'})")
    await page.run(
        "new Promise(done => { addEventListener('popstate', done, {once: true}); history.back(); })"
    )
    assert study.samples[3] in await page.run("location.hash")


async def fits(page, study):
    """Nothing is wider than the window, and titles say units and n."""
    for width, height in ((390, 844), (1600, 1000)):
        await page.size(width, height)
        for screen in SCREENS:
            await go(page, f"#{screen}?method=gamma")
            wide = await page.run("document.documentElement.scrollWidth")
            assert wide <= width, screen
            titles = await page.run(
                "[...document.querySelectorAll('figure h2')].map(h => h.textContent)"
            )
            for title in titles:
                assert re.search(r"logit|share|no unit|AUC", title), title
                assert re.search(
                    r"n = \d|mean over \d+ subjects|Ledger", title
                ), title


async def accessible(page, study):
    for screen in SCREENS:
        await go(page, f"#{screen}?method=gamma")
        await page.run(
            "document.querySelectorAll('details').forEach(one => { one.open = true; })"
        )
        await page.run("new Promise(done => setTimeout(done, 50))")
        assert await page.run(FAULTS) == [], screen


@pytest.fixture
def damaged(page, tmp_path):
    """A copy of the page."""
    folder = tmp_path / "explorer"
    shutil.copytree(page.parent, folder)
    return folder


def test_what_is_missing_or_damaged_is_said_on_the_page(damaged, tmp_path):
    data = damaged / "data"
    relevance = data / "relevance/hand/scratch/seed-0"
    (relevance / "gamma/0.js").unlink()
    text = (relevance / "attn_lrp/0.js").read_text()
    # Whole JavaScript, of data that is cut.
    broken = text.replace('"data":"H4sI', '"data":"AAAA')
    (relevance / "attn_lrp/0.js").write_text(broken)
    (data / "group/hand/scratch/seed-0/gamma.js").write_text("explorer.rec")
    (data / "methods.js").write_text("")

    async def what(page):
        await page.run(READY)
        for address, words in (
            ("#trial?method=gamma", r"gamma/0.js is missing.*make explore"),
            (
                "#trial?method=attn_lrp",
                r"attn_lrp/0.js is damaged.*make explore",
            ),
            ("#group?method=gamma", r"gamma.js is damaged"),
            ("#methods", r"methods.js is damaged"),
        ):
            await go(page, address)
            assert re.search(words, await page.run(MESSAGE)), address
            assert (
                await page.run("document.getElementById('message').hidden")
                is False
            )
        # What is whole still shows, and the message goes.
        await go(page, "#inside?method=attn_lrp")
        assert await page.run(MESSAGE) == ""

    visit(browser(), (damaged / "index.html").as_uri(), tmp_path / "p", what)


def test_a_page_without_its_data_says_so(damaged, tmp_path):
    shutil.rmtree(damaged / "data")

    async def what(page):
        await page.run("new Promise(done => setTimeout(done, 200))")
        assert "data/study.js is missing" in await page.run(MESSAGE)

    visit(browser(), (damaged / "index.html").as_uri(), tmp_path / "p", what)


def test_the_check_of_accessibility_finds_faults(damaged, tmp_path):
    bad = """<p style="color:#bbb">pale</p><button></button><select></select><img src="data:,">
        <div id="main"></div><h4>deep</h4><canvas></canvas><a href="#x"></a>"""
    (damaged / "index.html").write_text(
        f"<!doctype html><title>t</title>{bad}"
    )

    async def what(page):
        faults = " ".join(await page.run(FAULTS))
        for word in (
            "language",
            "contrast",
            "button",
            "select",
            "img",
            "canvas",
            "heading",
            "link",
        ):
            assert word in faults, word

    visit(browser(), (damaged / "index.html").as_uri(), tmp_path / "p", what)


def test_the_program_that_measures_prints_what_it_measured(
    page, root, monkeypatch, capsys
):
    program = root / "benchmarks" / "explorer.py"
    arguments = [str(program), str(page), "--steps", "10"]
    monkeypatch.setattr("sys.argv", arguments)
    runpy.run_path(str(program), run_name="__main__")
    said = capsys.readouterr().out
    assert re.search(r"size: \d+\.\d MB", said)
    assert len(re.findall(r": \d+ ms, at most \d+ ms", said)) == 7
    assert re.search(r"memory over 10 steps.*: (\d+\.\d, ){5}\d+\.\d MB", said)
