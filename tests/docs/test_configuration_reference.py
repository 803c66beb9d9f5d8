"""The configuration's reference, which is made from the schema alone."""

import importlib
import re
import subprocess
import sys

import pytest
import yaml

#: Tables whose keys are names of one's own.
FREE = ("datasets", "tasks", "methods", "inputs", "models")
#: Tables without keys: of names of one's own, or of the data's.
CLOSED = ("events", "ratings", "rules", "options", "rename", "types")
SMALL = """
title: A small study
description: |
  First words.

  More words.
required: [name]
properties:
  name: { description: Its | name., type: string, pattern: "^[a-z]+$" }
  rate: { description: In Hz., type: number, exclusiveMinimum: 0, default: 2 }
  notch:
    description: One of few.
    enum: [50, null]
    default: null
  who:
    description: Whom.
    oneOf:
      - { description: Everyone., const: all }
      - description: Names.
        type: array
        minItems: 1
        uniqueItems: true
        items: { type: string }
  first: { description: The first., $ref: "#/$defs/part" }
  second: { description: The second., $ref: "#/$defs/part" }
  named:
    description: By name.
    type: object
    additionalProperties: { $ref: "#/$defs/kind" }
$defs:
  part:
    description: A part.
    type: object
    properties:
      size: { description: How large., type: [integer, "null"], minimum: 1, maximum: 3 }
  kind:
    description: One of a kind.
    type: object
    properties:
      kind: { description: Which., enum: [a, b] }
    allOf:
      - if: { properties: { kind: { const: a } } }
        then: { $ref: "#/$defs/part" }
      - if: { required: [more] }
        then:
          description: With more.
          properties:
            kind: { description: Said above. }
            more: { description: Yes or no., type: boolean }
"""
PAGE = r"""(config)=
# A small study

First words.

More words.

| key | values | default | meaning |
| --- | --- | --- | --- |
| `name` | text that matches `^[a-z]+$` | required | Its \| name. |
| `rate` | number above 0 | `2` | In Hz. |
| `notch` | `50` or `null` | `null` | One of few. |
| `who` | `all` (everyone) or list of text, at least 1 of them, none twice (names) |  | Whom. |
| `first` | [table](#config-first) |  | The first. |
| `second` | [table](#config-first) |  | The second. |
| `named` | [table](#config-named) |  | By name. |

(config-first)=
## `first`

The first.

| key | values | default | meaning |
| --- | --- | --- | --- |
| `size` | `null` or integer from 1 to 3 |  | How large. |

(config-named)=
## `named`

By name.

Further keys:

- [`named.<name>`](#config-named-name)

(config-named-name)=
### `named.<name>`

One of a kind.

| key | values | default | meaning |
| --- | --- | --- | --- |
| `kind` | `a` or `b` |  | Which. |

Further keys:

- [where `kind` is `a`](#config-first)
- [where `more` is given](#config-named-name-where-more-is-given)

(config-named-name-where-more-is-given)=
#### `named.<name>` where `more` is given

With more.

| key | values | default | meaning |
| --- | --- | --- | --- |
| `more` | `true` or `false` |  | Yes or no. |
"""


@pytest.fixture
def reference(root, monkeypatch):
    monkeypatch.syspath_prepend(root / "docs")
    return importlib.import_module("configuration_reference")


@pytest.fixture
def schema(root):
    return yaml.safe_load((root / "config" / "schema.yaml").read_text())


@pytest.fixture
def page(reference, schema):
    return reference.render(schema)


def explained(schema, place="schema", free=False):
    """Place and schema of every key, definition and choice."""
    for keyword, value in schema.items():
        here = f"{place}.{keyword}"
        if keyword in ("properties", "patternProperties", "$defs"):
            for name, part in value.items():
                # What an `if` tests is explained where it is a key.
                if not free:
                    yield f"{here}.{name}", part
                yield from explained(part, f"{here}.{name}", free)
        elif keyword in ("oneOf", "anyOf", "allOf"):
            for number, part in enumerate(value):
                if keyword != "allOf" and not free:
                    yield f"{here}[{number}]", part
                yield from explained(part, f"{here}[{number}]", free)
        elif isinstance(value, dict) and keyword != "default":
            yield from explained(value, here, free or keyword == "if")


def keys_of(config, free=False):
    """Every key of a configuration, without names of one's own."""
    for name, value in config.items():
        if not free:
            yield name
        if isinstance(value, dict) and name not in CLOSED:
            yield from keys_of(value, name in FREE and not free)


def test_every_key_has_a_description(schema):
    found = list(explained(schema))
    assert len(found) > 250
    silent = [
        place
        for place, node in found
        if not node.get("description", "").strip()
        and not named(schema, node).get("description")
    ]
    assert silent == []


def named(schema, node):
    name = node.get("$ref", "").removeprefix("#/$defs/")
    return schema["$defs"].get(name, {})


def test_the_walk_finds_a_key_without_description():
    schema = {
        "properties": {
            "a": {
                "description": "A.",
                "oneOf": [{"properties": {"b": {}}}],
            }
        },
        "$defs": {"c": {"patternProperties": {"^d": {}}}},
    }
    silent = [p for p, node in explained(schema) if "description" not in node]
    assert silent == [
        "schema.properties.a.oneOf[0]",
        "schema.properties.a.oneOf[0].properties.b",
        "schema.$defs.c",
        "schema.$defs.c.patternProperties.^d",
    ]


def test_every_key_of_the_schema_stands_in_the_reference(schema, page):
    places = [place.split(".") for place, _ in explained(schema)]
    keys = {name for *_, kind, name in places if kind == "properties"}
    assert len(keys) > 150
    assert [k for k in sorted(keys) if f"\n| `{k}` | " not in page] == []


def test_every_key_in_use_stands_in_the_reference(root, page):
    files = set((root / "config").glob("*.yaml"))
    files.remove(root / "config" / "schema.yaml")
    assert len(files) > 10
    for file in sorted(files):
        config = yaml.safe_load(file.read_text())
        absent = [k for k in keys_of(config) if f"\n| `{k}` | " not in page]
        assert absent == [], file.name


def test_defaults_and_ranges_are_the_schemas(page):
    windows = page.split("\n## `windows`")[1].split("\n## ")[0]
    assert "| `high_pass` | number from 0 to 10 | `0.1` | " in windows
    assert "| `channels` | `null` or list of text" in windows
    assert "| `study` | text that matches" in page


def test_what_is_off_is_described_as_it_is(schema):
    from eeglrp.training.augmentation import OFF

    training = schema["$defs"]["training"]["properties"]
    changes = training["augmentation"]["properties"]
    assert changes.keys() == OFF.keys()
    for name, change in changes.items():
        value = change["description"].split("; ")[-1].split(" if left")[0]
        assert yaml.safe_load(value.strip("`")) == OFF[name], name


def test_links_lead_to_sections_that_are_there_once(page):
    anchors = re.findall(r"^\((\S+)\)=$", page, re.MULTILINE)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(anchors)


def test_files_that_descriptions_name_are_there(root, page):
    named = re.findall(r"`((?:workflow|benchmarks|config)/[\w./-]+)`", page)
    named += [
        f"config/{name}" for name in re.findall(r"`([\w-]+\.yaml)`", page)
    ]
    assert len(named) > 5
    assert [name for name in named if not (root / name).exists()] == []


def test_a_small_schema_is_a_short_page(reference, tmp_path):
    schema, page = tmp_path / "schema.yaml", tmp_path / "page.md"
    schema.write_text(SMALL)
    reference.write_reference(schema, page)
    assert page.read_text() == PAGE
    written = page.stat()
    reference.write_reference(schema, page)
    assert page.stat() == written
    assert sorted(tmp_path.iterdir()) == [page, schema]


def test_a_page_that_fails_leaves_the_old_one(reference, tmp_path):
    schema, page = tmp_path / "schema.yaml", tmp_path / "page.md"
    page.write_text("old")
    schema.write_text("{ description: A., properties: { b: {} } }")
    with pytest.raises(reference.SchemaError, match="^b: no description"):
        reference.write_reference(schema, page)
    assert page.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [page, schema]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"not": {}}, r"^schema\.properties\.key\.not: unknown keyword"),
        ({"items": {"format": "x"}}, r"key\.items\.format: unknown keyword"),
        ({"additionalProperties": True}, "True is no table of keywords"),
        ({"type": "text"}, r"^key\.type: unknown type text"),
        ({"$ref": "other.yaml"}, r"^key\.\$ref: other.yaml is not of"),
        ({"$ref": "#/$defs/none"}, "^key: no definition none"),
        ({"description": "A.\n\nB."}, r"^key\.description: several parag"),
        ({"description": " "}, "^key: no description"),
        ({"oneOf": [{"const": 1}]}, r"^key\.oneOf\[0\]: no description"),
        ({"if": {"const": 1}, "then": {}}, r"^key\.if: wants type object"),
        ({"allOf": [{"type": "object"}]}, r"^key\.allOf: \['type'\] is no"),
        (
            {"allOf": [{"if": {"type": "object"}, "then": {}}]},
            r"^key\.if: no words for",
        ),
        (
            {
                "type": "object",
                "propertyNames": {"minimum": 1},
            },
            r"^key\.propertyNames: no words for",
        ),
    ],
)
def test_what_the_page_has_no_words_for_is_refused(reference, key, words):
    node = {"description": "A."} | key
    schema = {"description": "A study.", "properties": {"key": node}}
    with pytest.raises(reference.SchemaError, match=words):
        reference.render(schema)


def test_values_are_written_as_in_a_configuration(reference):
    values = (None, True, 0.5, "all", [], [1, "a"], {"b": {}, "a": {}})
    assert [reference.plain(value) for value in values] == [
        "null",
        "true",
        "0.5",
        "all",
        "[]",
        "[1, a]",
        "{b: {}, a: {}}",
    ]


@pytest.mark.slow
def test_the_command_prints_the_page_or_writes_it(root, page, tmp_path):
    command = [sys.executable, root / "docs" / "configuration_reference.py"]
    printed = subprocess.run(
        command, capture_output=True, check=True, encoding="utf-8"
    )
    assert printed.stdout == page
    out = tmp_path / "page.md"
    subprocess.run([*command, out], check=True)
    assert out.read_text() == page
