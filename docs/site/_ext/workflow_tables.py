"""Rules and configuration keys, as the workflow has them."""

import re
from functools import cache

import yaml
from verdict_tables import ROOT, table

RULES = ROOT / "workflow" / "rules"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
RULE = re.compile(r"^rule (?P<name>\w+):\n(?P<body>(?:[ \t]+.*\n|\n)*)", re.MULTILINE)


def rules_of(file: str) -> dict[str, tuple[str, str]]:
    """Find the rules of a file: name to first output and message."""
    found = {}
    for match in RULE.finditer((RULES / f"{file}.smk").read_text(encoding="utf-8")):
        body = match["body"]
        written = re.search(r"output:(.*?)\n    \w+:", body, re.DOTALL)
        output = re.search(r'"(results/[^"]*)"', written[1]) if written else None
        message = re.search(r'message:\s*"([^"]*)"', body)
        if message:
            said = re.sub(r"\{wildcards\.(\w+)\}", r"{\1}", message[1])
            found[match["name"]] = (output[1] if output else "", said)
    return found


def rules(*files: str) -> str:
    """Show the rules of some files of ``workflow/rules``."""
    rows = [
        (f"`{name}`", said, f"`{output}`" if output else "")
        for file in files
        for name, (output, said) in rules_of(file).items()
    ]
    return table(("rule", "what it does", "first output"), rows)


@cache
def schema() -> dict:
    """Read the schema of the configuration."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where built
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (safe)


def schema_of(key: str) -> dict:
    """Find the description of a configuration key such as ``replay.twins``.

    Raises
    ------
    KeyError
        If the configuration has no such key.
    """
    node = whole = schema()
    for part in key.split("."):
        while "$ref" in node:
            node = resolved(whole, node["$ref"])
        node = node["properties"][part] if part in node.get("properties", {}) else _any(node, part)
    return resolved(whole, node["$ref"]) if "$ref" in node else node


def resolved(whole: dict, reference: str) -> dict:
    """Follow a ``#/$defs/...`` reference."""
    node = whole
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _any(node: dict, part: str) -> dict:
    """Description of entries that users name."""
    entries = node.get("additionalProperties")
    if isinstance(entries, dict):
        return entries
    raise KeyError(part)


def keys(section: str) -> str:
    """Show the keys of a section of the configuration with what they mean."""
    described = schema_of(section)["properties"]
    rows = [
        (f"`{section}.{name}`", " ".join(str(about.get("description", "")).split()))
        for name, about in described.items()
    ]
    return table(("key", "meaning"), rows)
