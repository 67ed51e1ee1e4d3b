"""The reference, made from the program itself each time: public names, commands, files, source cards.

Written to `docs/reference/`, which is not in the repository. A name, an option or a field that is added
to the program is on its page with the next build.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLDER = "reference"
PARTS = (
    "atlas",
    "study",
    "gravity",
    "corridors",
    "equilibrium",
    "scenario",
    "ledger",
    "programme",
    "broker",
    "leverage",
    "exchange",
    "validation",
)
"""The order of the pages; what is in no package of these is on the page of studies."""

ENDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    pages = reference()
    for name, text in pages.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    for old in folder.glob("*.md"):
        if old.stem not in pages:
            old.unlink()


def reference() -> dict[str, str]:
    """Name of each page -> its text."""
    from typer.main import get_command

    from serai.atlas.load import load
    from serai.cli import app
    from serai.study_files import FILES, study_schema

    schemas = {name: study_schema(name.partition(".")[0].removesuffix("/*")) for name in FILES}
    verbs: Mapping[str, Any] = getattr(get_command(app), "commands")  # noqa: B009
    return {
        **python_pages(),
        "commands": commands_page(verbs),
        "files": files_page(schemas),
        "sources": sources_page(load().sources.values()),
    }


def python_pages() -> dict[str, str]:
    """One page for each package with public names, and the list of all of them."""
    import serai

    by_part: dict[str, list[str]] = {}
    for name, module in serai._WHERE.items():
        package = module.split(".")[1]
        by_part.setdefault(package if package in PARTS else "study", []).append(name)
    order = sorted(by_part, key=PARTS.index)
    pages = {f"python-{part}": _python_page(part, by_part[part]) for part in order}
    listed = "\n".join(f"- [serai.{part}](python-{part}.md): {_about(part)}" for part in order)
    tree = "\n".join(f"python-{part}" for part in order)
    pages["python"] = (
        "# Python\n\nEvery public name, by subject: `import serai`, then `serai.solve` and so on. The modules"
        f" behind them load when they are asked for.\n\n{listed}\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
    )
    return pages


def _about(part: str) -> str:
    """The first line of a package's own words."""
    words = importlib.import_module(f"serai.{part}").__doc__ or ""
    return _cell(words.partition("\n")[0])


def _python_page(part: str, names: Iterable[str]) -> str:
    import serai

    blocks = [f"# serai.{part}\n\n{_about(part)}\n"]
    for name in sorted(names):
        found = getattr(serai, name)
        kind = "autoclass" if inspect.isclass(found) else "autofunction"
        members = "\n   :members:" if inspect.isclass(found) else ""
        blocks.append(f"## {name}\n\n```{{eval-rst}}\n.. {kind}:: serai.{name}{members}\n```\n")
    return "\n".join(blocks)


def commands_page(verbs: Mapping[str, Any]) -> str:
    """Every verb with its arguments and options."""
    text = [
        "# Commands",
        "",
        "Results go to standard output, progress to standard error. Exit codes: 0 success, 1 the answer is"
        " no, 2 wrong use.",
        "",
    ]
    for name in sorted(verbs):
        text += _command(f"serai {name}", verbs[name], 2)
    return "\n".join(text)


def _command(name: str, command: Any, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {name}", "", _cell(command.help or ""), "")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    inner: Mapping[str, Any] = getattr(command, "commands", {})
    if not inner:
        words = [p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments]
        yield from ("```text", " ".join([name, *words, "[OPTIONS]"]), "```", "")
    rows = [(f"`{p.name.upper()}`", p.help or "", "") for p in arguments]
    rows += [(", ".join(f"`{o}`" for o in p.opts), p.help or "", _default(p)) for p in options]
    if rows:
        yield from ("| | | by default |", "|---|---|---|")
        yield from (f"| {first} | {_cell(about)} | {_cell(default)} |" for first, about, default in rows)
        yield ""
    for verb in sorted(inner):
        yield from _command(f"{name} {verb}", inner[verb], level + 1)


def _default(option: Any) -> str:
    value = option.default
    if value is None or value is False or value == [] or callable(value):
        return ""
    return f"`{value}`"


def files_page(schemas: Mapping[str, Mapping[str, Any]]) -> str:
    """Every file of a study with its fields."""
    text = [
        "# Files of a study",
        "",
        "Made from the schema that the program itself checks with; `serai schema NAME` prints it as JSON"
        " Schema. What each file is for: [A study of your own](../study.md).",
        "",
    ]
    for name, schema in schemas.items():
        text += [f"## {name}", "", *_fields(schema)]
        for part, inner in schema.get("$defs", {}).items():
            if "properties" in inner:
                text += [f"### {part} in {name}", "", *_fields(inner)]
    return "\n".join(text)


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """One record: what it is, and a row for each of its fields."""
    yield from (_cell(str(schema.get("description", ""))), "")
    yield from ("| field | takes | required | |", "|---|---|---|---|")
    required = set(schema.get("required", ()))
    for field, of in schema.get("properties", {}).items():
        about = _cell(str(of.get("description", "")))
        yield f"| `{field}` | {_takes(of)} | {'yes' if field in required else ''} | {about} |"
    yield ""


def _takes(field: Mapping[str, Any]) -> str:
    """What a field of a schema takes, in words."""
    one_of = field.get("anyOf") or field.get("oneOf")
    if one_of:
        return " or ".join(dict.fromkeys(_takes(part) for part in one_of if part.get("type") != "null"))
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"] if value != "")
    if "const" in field:
        return f"`{field['const']}`"
    kind = str(field.get("format") or field.get("type", "any"))
    if kind == "array":
        return f"list of {_takes(field.get('items', {}))}"
    bounds = [f"{word} {field[end]}" for end, word in ENDS.items() if end in field]
    return ", ".join([{"object": "table", "string": "text"}.get(kind, kind), *bounds])


def sources_page(cards: Iterable[Any]) -> str:
    """Every source card."""
    text = [
        "# Sources",
        "",
        "Every figure carries the key of a card. A licence that nobody has read says so.",
        "",
    ]
    for card in sorted(cards, key=lambda card: card.key):
        read = "read" if card.licence_checked else "not read by us"
        text += [
            f"## {card.key}",
            "",
            f"**{_cell(card.title)}**, {_cell(card.producer)} ({card.date}). {_cell(card.citation)}.",
            "",
            f"<{card.url}>" if card.url.startswith("http") else _cell(card.url),
            "",
            f"Licence: {_cell(card.licence)} ({read}). {_cell(card.note)}",
            "",
        ]
    return "\n".join(text)


def _cell(text: str) -> str:
    """Text on one line whose marks mean nothing in a table."""
    plain = " ".join(text.split())
    return plain.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("$", "\\$")
