"""The template of the message catalogues: every visible string of the brief and of the reference study.

python tools/messages.py            writes serai.pot and updates every language
python tools/messages.py --check    fails when serai.pot is out of date
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from serai.atlas import load
from serai.atlas.network import load_network
from serai.brief.words import DOMAIN, LANGUAGES, catalogue_folder
from serai.programme import red_flag_titles, standard_checklist
from serai.study import read_study, reference_study

ABOUT: dict[str, str] = {
    "project": "serai",
    "charset": "utf-8",
    "copyright_holder": "the serai authors",
    "last_translator": "the serai authors",
    "language_team": "the serai authors",
}
SOURCE = Path(__file__).resolve().parent.parent / "src" / "serai"
KEYWORDS = {"_": 1, "N_": 1, "prose": 1, "n_": 2, "prose_n": 2}
"""Functions that mark messages, and how many forms each takes."""
STUDY_FIELDS = {
    "title",
    "label",
    "question",
    "name",
    "feasibility",
    "statement",
    "tested_by",
    "rule",
    "magnitude_only",
    "not_testable",
    "would_change",
    "by",
    "finding",
    "demonym",
    "labels",
    "unit",
}


def template() -> Catalog:
    """The catalogue without translations."""
    catalogue = Catalog(**ABOUT, domain=DOMAIN, fuzzy=False)
    for message, place in sorted(_all(), key=lambda found: (found[1], str(found[0]))):
        catalogue.add(message, locations=[(place, 1)])
    return catalogue


def _all() -> Iterator[tuple[str | tuple[str, str], str]]:
    for path in sorted((SOURCE / "brief").rglob("*.py")):
        for message in _marked(path):
            yield message, path.relative_to(SOURCE).as_posix()
    for path in sorted((SOURCE / "brief").rglob("*.j2")):
        with path.open("rb") as stream:
            for _line, text, *_ in extract("jinja2.ext:babel_extract", stream, keywords={"_": (1,)}):
                yield text, path.relative_to(SOURCE).as_posix()
    for path in sorted(reference_study().rglob("*.toml")):
        place = path.relative_to(SOURCE).as_posix()
        for message in _strings(tomllib.loads(path.read_text(encoding="utf-8"))):
            yield message, place
    atlas = load()
    for name in (atlas.names["ROW"], *atlas.table("economies")["region"]):  # economies have theirs from CLDR
        yield name, "atlas/tables/economies.csv"
    for name in load_network().table("corridors")["name"]:
        yield name, "atlas/tables/corridors.csv"
    facts = load_network().table("corridor_facts")
    for name in facts.loc[facts["kind"].isin(("tonnes", "TEU")) & facts["of"].notna(), "name"]:
        yield name, "atlas/tables/corridor_facts.csv"
    for name in atlas.table("sectors")["name"]:
        yield name, "atlas/tables/sectors.csv"
    study = read_study(None)
    for row in study.deciding:
        yield row.specification.capitalize(), "studies/tokyo/attraction.csv"
    for record in (*study.records.formats, *study.records.meetings):
        yield getattr(record, "name", None) or record.title, "studies/tokyo"
    for criterion in standard_checklist().criteria:
        yield criterion.title, "programme/tables/criteria.csv"
    for question in standard_checklist().questions:
        yield question.title, "programme/tables/questions.csv"
    for title in red_flag_titles().values():
        yield title, "programme/tables/red_flags.csv"
    for title in load_network().table("cargo")["name"]:
        yield title.lower(), "atlas/tables/cargo.csv"


def _marked(path: Path) -> Iterator[str | tuple[str, str]]:
    """Messages of a Python file; Babel passes over those inside another marked call."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name in KEYWORDS and len(texts) >= KEYWORDS[name] and texts[0]:
            yield texts[0] if KEYWORDS[name] == 1 else (texts[0], texts[1])


def _strings(value: object, field: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, field)
    elif isinstance(value, str) and value and (field in STUDY_FIELDS or _explains(value, field)):
        yield value


def _explains(value: str, field: str) -> bool:
    """Is it a source in words, not the key of a card?"""
    return field == "source" and value.startswith("assumed")


def _text(catalogue: Catalog) -> bytes:
    stream = io.BytesIO()
    write_po(stream, catalogue, width=110, omit_header=False, include_lineno=False, sort_output=False)
    lines = stream.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith('"POT-Creation-Date')).encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    folder, made = catalogue_folder(), template()
    pot = folder / f"{DOMAIN}.pot"
    if parser.parse_args().check:
        known = read_po(io.BytesIO(pot.read_bytes())) if pot.exists() else Catalog()
        missing = {m.id for m in made if m.id} - {m.id for m in known if m.id}
        print(*sorted(map(str, missing)), sep="\n")
        return int(bool(missing))
    pot.write_bytes(_text(made))
    for language in LANGUAGES:
        path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = (
            read_po(io.BytesIO(path.read_bytes()), locale=language)
            if path.exists()
            else Catalog(locale=language)
        )
        catalogue.header_comment, catalogue.fuzzy = made.header_comment, False
        for field, value in ABOUT.items():
            setattr(catalogue, field, value)
        catalogue.update(made, no_fuzzy_matching=True)
        path.write_bytes(_text(catalogue))
    print(f"{len(made)} messages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
