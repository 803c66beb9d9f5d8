"""Links of the documentation lead somewhere, and the names that it lists exist."""

import re
from importlib import import_module

import pytest

#: Made by `make docs`.
MADE = {"docs/reference/configuration.md"}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages(root):
    """Every page of Markdown that a reader may open."""
    docs = (root / "docs").rglob("*.md")
    found = [root / "README.md", root / "CONTRIBUTING.md", *docs]
    made = {"_build", "_gallery", "generated"}
    return [
        page
        for page in found
        if not made & set(page.parts)
        and str(page.relative_to(root)) not in MADE
    ]


def links(page):
    """Targets of a page's links within the repository, as (path, heading)."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    # A link may be broken over lines, its target never is.
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            yield path, heading


def anchors(page):
    """Headings of a page as GitHub and MyST name them."""
    heads = re.findall(r"^#+ +(.+)$", page.read_text(), flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", head.lower()) for head in heads]
    return {head.strip().replace(" ", "-") for head in plain}


def test_every_relative_link_leads_to_a_file(root):
    lost, n_links = [], 0
    for page in pages(root):
        for path, _ in links(page):
            target = (page.parent / path).resolve() if path else page
            n_links += 1
            made = str(target.relative_to(root)) in MADE
            if not made and not target.exists():
                lost.append(f"{page.relative_to(root)}: {path}")
    assert lost == []
    assert n_links > 50


def test_every_link_to_a_heading_finds_it(root):
    lost, n_links = [], 0
    for page in pages(root):
        for path, heading in links(page):
            target = (page.parent / path).resolve() if path else page
            if heading and target.suffix == ".md" and target.exists():
                n_links += 1
                if heading not in anchors(target):
                    lost.append(f"{page.relative_to(root)}: {path}#{heading}")
    assert lost == []
    assert n_links > 5


def names(root):
    """Names that the page on the API lists."""
    text = (root / "docs" / "reference" / "api.md").read_text()
    return re.findall(r"^ +(eeglrp(?:\.\w+)+)$", text, flags=re.MULTILINE)


def test_every_name_of_the_api_can_be_imported_and_is_described(root):
    listed = names(root)
    assert len(listed) > 30
    assert len(set(listed)) == len(listed)
    for name in listed:
        module, _, member = name.rpartition(".")
        found = getattr(import_module(module), member, None)
        assert found is not None, name
        assert found.__doc__, name


@pytest.mark.parametrize("page", ["README.md", "docs/reference/api.md"])
def test_names_that_pages_import_exist(root, page):
    text = (root / page).read_text()
    found = re.findall(r"from (eeglrp[\w.]*) import (\w+)", text)
    assert found
    for module, member in found:
        assert hasattr(import_module(module), member), (module, member)
