"""The report in a real browser: it needs no network, shows its figures, and its tables sort."""

import re

import pytest

from eeglrp.report import write_report

from ..browser import browser, visit

pytestmark = pytest.mark.skipif(
    not browser(),
    reason="no Chromium or Chrome (on Debian: apt install chromium)",
)
HEADS = "[...document.querySelectorAll('#test th')]"
TABLE = """document.querySelector('main').insertAdjacentHTML('afterbegin', `<table id=test>
<thead><tr><th><button>name</button></th><th><button>value</button></th></tr></thead>
<tbody>{rows}</tbody></table>`), makeSortable(document.getElementById('test'))"""
ROWS = [
    ("S10", "0.9 [0.8, 1.0]"),
    ("S2", "-0.2"),
    ("S1", "10.5"),
    ("", ""),
    ("S3", "\u22123"),
]
BODY = "[...document.getElementById('test').tBodies[0].rows]"
SHOWN = BODY + ".map(row => row.cells[{place}].textContent)"


@pytest.fixture
def look(inputs, tmp_path):
    """Write the report, open it, and return what a function of the page returns."""
    write_report(**inputs)

    def look(what):
        return visit(
            browser(), inputs["out"].as_uri(), tmp_path / "profile", what
        )

    return look


@pytest.mark.slow
def test_the_report_in_a_browser(look, inputs):
    """One visit for all: starting the browser takes longer than what it does."""

    async def what(page):
        await looks_whole(page)
        await numbers_open(page)
        await sorts(page)
        await sorts_by_keyboard(page)
        await fits(page)
        assert page.complaints == []
        outside = [one for one in page.requests if not one.startswith("data:")]
        assert outside == [inputs["out"].as_uri()]

    look(what)


async def looks_whole(page):
    widths = await page.run(
        "[...document.images].map(image => image.naturalWidth)"
    )
    assert len(widths) == 2
    assert min(widths) > 0
    shown = await page.run("document.body.innerText")
    for words in (
        "What was found",
        "Decoding",
        "torch 2.13.0",
        "No job has left a benchmark",
    ):
        assert words in shown
    # The settings ask for models that the small study has not.
    assert "This study is not complete" in shown
    broken = "[...document.links].filter(a => !document.getElementById(a.hash.slice(1))).length"
    assert await page.run(broken) == 0


async def numbers_open(page):
    await page.run("document.querySelector('details.numbers').open = true")
    await page.run("new Promise(done => setTimeout(done, 50))")
    cells = "[...document.querySelectorAll('details.numbers td')].map(cell => cell.textContent)"
    # Names that look like numbers stay; text is text.
    values = [
        "007",
        "r_peak",
        "2.5",
        "012",
        "r_peak",
        "-1e-05",
        "003",
        "b<c",
        "",
    ]
    assert await page.run(cells) == values


async def sorts(page):
    rows = "".join(
        f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in ROWS
    )
    await page.run(TABLE.format(rows=rows))
    numbers = ["\u22123", "-0.2", "0.9 [0.8, 1.0]", "10.5"]
    for order, expected in (
        ("ascending", numbers),
        ("descending", numbers[::-1]),
    ):
        await page.run(f"{HEADS}[1].querySelector('button').click()")
        # Empty cells last, whichever way.
        assert await page.run(SHOWN.format(place=1)) == [*expected, ""]
        sorts = f"{HEADS}.map(head => head.getAttribute('aria-sort'))"
        assert await page.run(sorts) == [None, order]
        mark = f"getComputedStyle({HEADS}[1].querySelector('button'), '::after').content"
        assert re.search(
            {"ascending": "▲", "descending": "▼"}[order], await page.run(mark)
        )


async def sorts_by_keyboard(page):
    await page.run(f"{HEADS}[0].querySelector('button').focus()")
    await page.press("Enter", "\r")
    assert await page.run(SHOWN.format(place=0)) == [
        "S1",
        "S2",
        "S3",
        "S10",
        "",
    ]
    await page.press("Tab")
    assert await page.run("document.activeElement.textContent") == "value"
    await page.press("Enter", "\r")
    assert (
        await page.run(f"{HEADS}[1].getAttribute('aria-sort')") == "ascending"
    )


async def fits(page):
    """Nothing makes the page itself wider than the window; wide tables scroll by themselves."""
    for width, height in ((1280, 900), (390, 844)):
        await page.size(width, height)
        assert await page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_what_breaks_a_page_is_noticed(inputs, look):
    """The checks of the other test can fail: a page that asks, throws and complains."""
    bad = '<img src="https://example.org/a.png"><script>console.error("bad"); nothing.here</script>'
    inputs["out"].write_text(f"<!doctype html><p>page</p>{bad}")

    async def what(page):
        assert any("example.org" in one for one in page.requests)
        assert any("bad" in one for one in page.complaints)
        assert any("nothing is not defined" in one for one in page.complaints)
        assert await page.run("document.images[0].naturalWidth") == 0

    look(what)
