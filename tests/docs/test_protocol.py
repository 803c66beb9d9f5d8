"""The protocol of the study of imagery and its configuration name the same people."""

import hashlib
import re

import pytest
import yaml

EXCLUDED = {"S088", "S092", "S100"}


@pytest.fixture
def page(root):
    return (root / "docs/results/imagery-protocol.md").read_text()


@pytest.fixture
def config(root):
    return yaml.safe_load((root / "config/physiomi.yaml").read_text())


def people(words):
    """Subjects of a list such as `S001-S003, S007`."""
    names = set()
    for first, last in re.findall(r"S(\d{3})(?:-S(\d{3}))?", words):
        numbers = range(int(first), int(last or first) + 1)
        names |= {f"S{number:03d}" for number in numbers}
    return names


def test_discovery_trains_and_the_others_are_tested(root, page, config):
    (row,) = [line for line in page.splitlines() if "| discovery (35)" in line]
    discovery = people(row)
    task = config["tasks"]["motor_imagery"]
    assert set(task["split"]["train"]) == discovery
    assert len(discovery) == 35
    everyone = set(config["datasets"]["eegmmidb"]["subjects"])
    assert everyone == people("S001-S100") - EXCLUDED
    assert len(everyone - discovery) == 62
    overlay = root / "config/physiomi-discovery.yaml"
    tuned_on = yaml.safe_load(overlay.read_text())["datasets"]["eegmmidb"]
    assert set(tuned_on["subjects"]) == discovery


@pytest.mark.parametrize("name", ["physiomi.yaml", "physiomi-64.yaml"])
def test_what_was_frozen_stays_as_it_was(root, page, name):
    row = rf"\| `config/{name}`, SHA-256 \| `([0-9a-f]{{64}})` \|"
    (written,) = re.findall(row, page)
    content = (root / "config" / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == written
