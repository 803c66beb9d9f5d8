"""The configuration's reference: `config/schema.yaml` as a page of Markdown.

    python docs/configuration_reference.py [PAGE]

prints the page, or writes it into the file PAGE. The page has one section for
every table of keys. A table of the schema that is used at several places
(`$defs`) is written out at the first of them, and linked from the others.
"""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

SCHEMA = Path(__file__).resolve().parents[1] / "config" / "schema.yaml"
HEADER = "| key | values | default | meaning |\n| --- | --- | --- | --- |"
#: What a name of one's own is called in a path of keys.
OWN_NAME = "<name>"
TYPES = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "boolean": "`true` or `false`",
    "array": "list",
    "object": "table",
    "null": "`null`",
}
LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}
#: Keywords whose value is one schema, several by name, or several in a list.
ONE = ("items", "additionalProperties", "propertyNames", "if", "then")
NAMED = ("properties", "$defs")
SEVERAL = ("allOf", "anyOf", "oneOf")
KEYWORDS = {
    *("$schema", "$ref", "title", "description", "default", "required"),
    *("type", "const", "enum", "pattern"),
    *("minItems", "maxItems", "uniqueItems", "minProperties"),
    *(*LIMITS, *ONE, *NAMED, *SEVERAL),
}


class SchemaError(ValueError):
    """Something in the schema that this page has no words for."""


@dataclass(frozen=True)
class Section:
    """One table of keys.

    Parameters
    ----------
    path : str
        Of its keys, joined by dots; empty at the top.
    node : dict
        The schema of the table, without references.
    condition : str
        When the keys apply, in words; empty if always.
    level : int
        Of the heading.
    shared : str or None
        Name in `$defs`, for a table that several places may use.
    known : frozenset of str
        Keys that the section around this one has explained.
    """

    path: str
    node: dict
    condition: str = ""
    level: int = 1
    shared: str | None = None
    known: frozenset = frozenset()


def write_reference(schema_path, out_path):
    """Write the reference of a schema as a page of Markdown.

    A page that has not changed is left alone.

    Parameters
    ----------
    schema_path : path-like
        YAML.
    out_path : path-like

    Raises
    ------
    SchemaError
        Naming the place of what the page has no words for.
    """
    page, out = render(read_schema(schema_path)), Path(out_path)
    if out.is_file() and out.read_text(encoding="utf-8") == page:
        return
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def read_schema(path):
    """Read a schema from YAML."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def render(schema):
    """Page of a schema.

    Parameters
    ----------
    schema : dict

    Returns
    -------
    str
        Markdown, as MyST reads it.
    """
    check(schema)
    found, first = sections(schema)
    return "\n".join(render_section(schema, each, first) for each in found)


def check(node, place="schema"):
    """Refuse keywords that the page has no words for, at any depth."""
    if not isinstance(node, dict):
        raise SchemaError(f"{place}: {node!r} is no table of keywords")
    for keyword, value in node.items():
        here = f"{place}.{keyword}"
        if keyword not in KEYWORDS:
            raise SchemaError(f"{here}: unknown keyword")
        if keyword in NAMED:
            for name, part in value.items():
                check(part, f"{here}.{name}")
        elif keyword in SEVERAL:
            for number, part in enumerate(value):
                check(part, f"{here}[{number}]")
        elif keyword in ONE and value is not False:
            check(value, here)


def sections(schema):
    """Sections of the page, in their order.

    Returns
    -------
    list of Section
    dict of str to Section
        Name in `$defs` -> the section that explains it.
    """
    first = {}
    top = Section("", resolved(schema, schema, "schema"))
    return list(_walk(schema, top, first)), first


def _walk(schema, section, first):
    """A section and those inside it; notes in `first` what is explained."""
    yield section
    for part in parts(schema, section):
        if part.shared in first:
            continue
        if part.shared:
            first[part.shared] = part
        yield from _walk(schema, part, first)


def parts(schema, section):
    """Tables inside a table: of its keys, their entries, its cases, other names."""
    node, level = section.node, section.level + 1
    found = []
    for name, child in node.get("properties", {}).items():
        path = joined(section.path, name)
        table = resolved(schema, child, path)
        if is_table(table) and name not in section.known:
            shared = reference(child, path)
            found.append(Section(path, table, "", level, shared))
        entry = table.get("items", {})
        shared = reference(entry, path)
        if shared and is_table(resolved(schema, entry, path)):
            entry = resolved(schema, entry, path)
            found.append(Section(f"{path}[]", entry, "", level, shared))
    known = section.known | node.get("properties", {}).keys()
    for case in node.get("allOf", []):
        found.append(_case(schema, case, section, frozenset(known)))
    child = node.get("additionalProperties")
    if child:
        path = joined(section.path, OWN_NAME)
        table = resolved(schema, child, path)
        if is_table(table):
            shared = reference(child, path)
            found.append(Section(path, table, "", level, shared))
    return found


def _case(schema, case, section, known):
    """Section of one `if` and `then`."""
    place = section.path
    if set(case) != {"if", "then"}:
        raise SchemaError(f"{place}.allOf: {sorted(case)} is no if and then")
    table = resolved(schema, case["then"], place)
    words = "where " + condition(case["if"], place)
    shared = reference(case["then"], place)
    return Section(place, table, words, section.level + 1, shared, known)


def resolved(schema, node, place):
    """A schema with what it refers to; its own words come first.

    What holds of tables only (`if: {type: object}`) is taken in as well.
    """
    name = reference(node, place)
    if name is not None:
        if name not in schema.get("$defs", {}):
            raise SchemaError(f"{place}: no definition {name}")
        own = {key: node[key] for key in node if key != "$ref"}
        node = resolved(schema, schema["$defs"][name], place) | own
    if "if" not in node:
        return node
    if node["if"] != {"type": "object"} or "then" not in node:
        raise SchemaError(f"{place}.if: wants type object alone, and then")
    own = {key: node[key] for key in node if key not in ("if", "then")}
    table = resolved(schema, node["then"], place)
    words = [each.get("description", "") for each in (own, table)]
    return table | own | {"description": "\n\n".join(filter(None, words))}


def reference(node, place):
    """Name in `$defs` that a schema refers to, or None."""
    target = node.get("$ref")
    if target is None:
        return None
    if not target.startswith("#/$defs/"):
        raise SchemaError(f"{place}.$ref: {target} is not of #/$defs/")
    return target.removeprefix("#/$defs/")


def is_table(node):
    """Whether a schema has keys to explain, in a section of its own."""
    other = node.get("additionalProperties") or {}
    return (
        "properties" in node
        or "allOf" in node
        or "$ref" in other
        or is_object(other)
    )


def is_object(node):
    """Whether values may be tables."""
    return "object" in _types(node)


def condition(test, place):
    """What an `if` asks for, in words."""
    if set(test) == {"anyOf"}:
        return " or ".join(condition(each, place) for each in test["anyOf"])
    if not test or not set(test) <= {"required", "properties"}:
        raise SchemaError(f"{place}.if: no words for {test}")
    if "properties" not in test:
        return " and ".join(f"`{name}` is given" for name in test["required"])
    words = []
    for name, node in test["properties"].items():
        if set(node) not in ({"const"}, {"enum"}):
            raise SchemaError(f"{place}.if.{name}: no words for {node}")
        words.append(f"`{name}` is {_choices(node)}")
    return " and ".join(words)


def render_section(schema, section, first):
    """Heading, description, keys, and where further keys stand."""
    node, place = section.node, section.path or "schema"
    marks = "#" * min(section.level, 6)
    text = [f"({anchor(section)})=", f"{marks} {heading(section)}", ""]
    text += [description(node, place).strip(), ""]
    required = node.get("required", [])
    rows = [
        row(schema, joined(section.path, name), child, name in required, first)
        for name, child in node.get("properties", {}).items()
        if name not in section.known
    ]
    if rows:
        text += [HEADER, *rows, ""]
    further = [
        f"- {link(part, first, part.condition or heading(part))}"
        for part in parts(schema, section)
        if part.condition or part.path.endswith(OWN_NAME)
    ]
    if further:
        text += ["Further keys:", "", *further, ""]
    return "\n".join(text)


def heading(section):
    """Heading of a section: the path of its keys, and when they apply."""
    if not section.path:
        return section.node.get("title", "Configuration")
    return f"`{section.path}` {section.condition}".strip()


def anchor(section):
    """What links to a section point to."""
    words = f"config {section.path} {section.condition}".lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


def link(section, first, words):
    """Link to a section, or to the one that explains the same table."""
    return f"[{words}](#{anchor(first.get(section.shared, section))})"


def row(schema, path, child, required, first):
    """One key: its values, default and meaning."""
    node = resolved(schema, child, path)
    meaning = description(node, path)
    allowed = values(schema, child, path)
    if is_table(node):
        # The rest stands in the section of the table.
        meaning = meaning.strip().split("\n\n")[0]
        section = Section(path, node, shared=reference(child, path))
        allowed = allowed.replace("table", link(section, first, "table"), 1)
    elif "\n\n" in meaning.strip():
        problem = "several paragraphs, but it stands in a table"
        raise SchemaError(f"{path}.description: {problem}")
    default = f"`{plain(node['default'])}`" if "default" in node else ""
    name = f"`{path.rsplit('.', 1)[-1]}`"
    cells = name, allowed, "required" if required else default, meaning
    return f"| {' | '.join(_cell(text) for text in cells)} |"


def description(node, place):
    """What a schema says of itself."""
    if not node.get("description", "").strip():
        raise SchemaError(f"{place}: no description")
    return node["description"]


def values(schema, node, place):
    """Values that a schema allows, in words."""
    node = resolved(schema, node, place)
    if "const" in node or "enum" in node:
        return _choices(node)
    for keyword in ("oneOf", "anyOf"):
        if keyword in node:
            several = enumerate(node[keyword])
            return " or ".join(
                _alternative(schema, each, f"{place}.{keyword}[{number}]")
                for number, each in several
            )
    types = _types(node)
    if not types:
        return "any"
    unknown = [name for name in types if name not in TYPES]
    if unknown:
        raise SchemaError(f"{place}.type: unknown type {unknown[0]}")
    # Null first: the limits of the other type end its words.
    names = sorted(types, key=lambda name: name != "null")
    words = [_words(schema, node, name, place) for name in names]
    return " or ".join(words)


def _alternative(schema, node, place):
    words = description(node, place).strip().rstrip(".")
    words = words[0].lower() + words[1:]
    return f"{values(schema, node, place)} ({words})"


def _types(node):
    types = node.get("type", [])
    return [types] if isinstance(types, str) else types


def _words(schema, node, name, place):
    """A type and its limits, in words."""
    if name in ("integer", "number"):
        return " ".join([TYPES[name], *_limits(node)])
    if name == "string" and "pattern" in node:
        return f"text that matches `{node['pattern']}`"
    if name == "array":
        return _list(schema, node, place)
    if name == "object":
        return _table(schema, node, place)
    return TYPES[name]


def _limits(node):
    limits = {key: plain(node[key]) for key in LIMITS if key in node}
    if set(limits) == {"minimum", "maximum"}:
        return ["from", limits["minimum"], "to", limits["maximum"]]
    found = [f"{LIMITS[key]} {limit}" for key, limit in limits.items()]
    return [" and ".join(found)] if found else []


def _list(schema, node, place):
    words = "list"
    if "items" in node:
        words += f" of {values(schema, node['items'], f'{place}.items')}"
    least, most = node.get("minItems"), node.get("maxItems")
    if least is not None and least == most:
        words += f", {least} of them"
    else:
        words += f", at least {least} of them" if least is not None else ""
        words += f", at most {most} of them" if most is not None else ""
    return words + (", none twice" if node.get("uniqueItems") else "")


def _table(schema, node, place):
    words, child = "table", node.get("additionalProperties")
    if child and not is_table(node):
        words += f" of {values(schema, child, f'{place}.{OWN_NAME}')}"
    names = node.get("propertyNames", {})
    if "pattern" in names:
        words += f", names match `{names['pattern']}`"
    elif "enum" in names:
        words += f", names {_choices(names)}"
    elif names:
        raise SchemaError(f"{place}.propertyNames: no words for {names}")
    least = node.get("minProperties")
    return words + (f", at least {least} of them" if least else "")


def _choices(node):
    names = [node["const"]] if "const" in node else node["enum"]
    *others, last = [f"`{plain(name)}`" for name in names]
    return f"{', '.join(others)} or {last}" if others else last


def plain(value):
    """A value as it is written in a configuration.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        YAML on one line.
    """
    text = yaml.safe_dump(
        [value], default_flow_style=True, sort_keys=False, width=10**6
    )
    return text.strip()[1:-1]


def joined(path, name):
    """A path of keys with one more."""
    return f"{path}.{name}" if path else name


def _cell(text):
    """Text on one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments):
    """Print the reference, or write it into the file named."""
    if arguments:
        write_reference(SCHEMA, arguments[0])
    else:
        print(render(read_schema(SCHEMA)), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
