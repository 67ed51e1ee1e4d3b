"""The page, brief.json, the tables and run.json, written all together or not at all."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from serai.brief.chapters import chapters, year_of
from serai.brief.document import Brief, whole_dates
from serai.brief.numbers import Number
from serai.brief.sections.evidence import cards_shown
from serai.brief.words import Words
from serai.errors import InputError, Problem, UnknownNameError
from serai.executors import alive
from serai.provenance import sha256

PAGE, DATA, RUN, TABLES = "brief.html", "brief.json", "run.json", "tables"
WORKBOOK, REPORT = "brief.xlsx", "brief.docx"
LATIN = frozenset(map(chr, range(0xC0, 0x250)))
EXTRAS = {"xlsx": WORKBOOK, "docx": REPORT}


def render(brief: Brief) -> str:
    """The page as one self-contained text: no file, no network."""
    words = brief.desk.words
    made = environment(words)
    return made.get_template("brief.html.j2").render(
        brief=brief,
        chapters=chapters(brief.sections),
        year_of=partial(year_of, brief.desk),
        language=words.language,
        as_of=words.date(brief.desk.study.about.settings.as_of),
        **inlined(made),
        version=brief.manifest["version"],
        study=brief.desk.study.about.id,
        seed=brief.manifest["seed"],
        draws=words.figure(int(str(brief.manifest["draws"])), 0),
    )


def environment(words: Words) -> Environment:
    """What pages are written with: the templates, the words of a language, downloads inside the page."""
    made = Environment(
        loader=PackageLoader("serai.brief"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.filters["csv_uri"] = lambda data: _uri(_csv(data), "text/csv")
    made.filters["svg_uri"] = lambda svg: _uri(svg.encode(), "image/svg+xml")
    made.filters["deeper"] = _deeper
    made.filters["picture"] = _picture
    made.filters["quoted"] = lambda cell: whole_dates(quoted(cell, words.language))
    made.globals["_"] = words._
    made.globals["words"] = words
    return made


def inlined(made: Environment) -> dict[str, Markup]:
    """Style and script, which stand inside every page."""
    loader = made.loader
    assert loader is not None
    names = {"style": "style.css", "script": "script.js"}
    return {name: Markup(loader.get_source(made, file)[0]) for name, file in names.items()}


def quoted(cell: Markup | str, language: str) -> Markup | str:
    """A cell of a page in another language whose words are English, such as the title of a record: marked so.

    >>> quoted("Aktau port", "ru"), quoted("Порт Актау", "ru")
    (Markup('<span lang="en">Aktau port</span>'), 'Порт Актау')
    """
    text = str(cell.striptags()) if isinstance(cell, Markup) else cell
    foreign = any(letter.isalpha() and not letter.isascii() and letter not in LATIN for letter in text)
    if language == "en" or foreign or not re.search("[a-z]{2}", text):
        return cell
    return Markup('<span lang="en">{}</span>').format(cell)


def data(brief: Brief) -> dict[str, Any]:
    """Every number shown, and the nodes between the numbers and their sources."""
    numbers = brief.desk.numbers
    return {
        "title": brief.title,
        "question": brief.question,
        "verdict": str(brief.verdict.striptags()),
        **({"warning": brief.warning} if brief.warning else {}),
        "answer": [{"text": str(text.striptags()), "section": target} for text, target in brief.answer],
        "numbers": {key: _number(brief, number) for key, number in sorted(numbers.by_key.items())},
        "nodes": dict(sorted(numbers.nodes.items())),
        "sources": {
            card.key: {f: getattr(card, f) for f in card.__dataclass_fields__}
            for card in cards_shown(brief.desk)
        },
    }


def _number(brief: Brief, number: Number) -> dict[str, Any]:
    """A number with its interval as the page shows it."""
    main, spread = brief.desk.words.quantity(number)
    return {**number.as_dict(), "shown": f"{main} ({spread})" if spread else main}


def write(brief: Brief, out: Path, *, also: Collection[str] = ()) -> Path:
    """Write a run folder. An interrupted run leaves what was there before.

    `also` names further files of the run: `xlsx` (brief.xlsx) and `docx` (brief.docx).

    The folder is made beside its place under another name and moved in when it is whole. A folder that is
    not a run of serai is never replaced.
    """
    for kind in also:
        if kind not in EXTRAS:
            raise UnknownNameError("kind of file", kind, EXTRAS)
    check_out(out, brief.desk.study.about.id)
    out.parent.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.{os.getpid()}.", dir=out.parent))
    try:
        (staging / PAGE).write_text(render(brief), encoding="utf-8")
        (staging / DATA).write_text(to_json(data(brief)), encoding="utf-8")
        (staging / TABLES).mkdir()
        for key, table in sorted(brief.tables().items()):
            (staging / TABLES / f"{key}.csv").write_bytes(_csv(table.data))
        if "xlsx" in also:
            brief.to_excel(staging / WORKBOOK)
        if "docx" in also:
            brief.to_word(staging / REPORT)
        files = sorted(path for path in staging.rglob("*") if path.is_file())
        outputs = {path.relative_to(staging).as_posix(): sha256(path.read_bytes()) for path in files}
        (staging / RUN).write_text(to_json({**brief.manifest, "outputs": outputs}), encoding="utf-8")
        staging.chmod(0o755)
        _move_in(staging, out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return out


def check_out(out: Path, study: str | None = None) -> None:
    """Refuse an output that is a file, or a folder that holds something other than a run of this study."""
    if out.exists() and not out.is_dir():
        raise InputError(Problem("the output is a file", "Give a folder with --out.", file=str(out)))
    if out.is_dir() and any(out.iterdir()) and not (out / RUN).exists():
        raise InputError(
            Problem(
                "the output folder holds something other than a run",
                "Choose another with --out; nothing was written.",
                file=str(out),
            )
        )
    if study is not None and (out / RUN).exists():
        other = _study_of(out)
        if other is not None and other != study:
            reason = f"the output folder holds a run of another study, {other!r}"
            raise InputError(
                Problem(reason, "Choose another with --out; nothing was written.", file=str(out))
            )


def _study_of(out: Path) -> str | None:
    """The study of a run folder; None when its manifest is damaged, so that a new run may replace it."""
    try:
        return str(json.loads((out / RUN).read_text(encoding="utf-8"))["study"])
    except (ValueError, KeyError, TypeError):
        return None


def _sweep(out: Path) -> None:
    """Take away what a killed run left beside its place: folders named after a process that is no more."""
    for stale in out.parent.glob(f".{out.name}.*"):
        process = stale.name.removeprefix(f".{out.name}.").split(".")[0]
        if stale.is_dir() and process.isdigit() and not alive(int(process)):
            shutil.rmtree(stale, ignore_errors=True)


def _move_in(staging: Path, out: Path) -> None:
    if not out.exists():
        staging.replace(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.{os.getpid()}.old.", dir=out.parent)) / out.name
    out.replace(old)
    try:
        staging.replace(out)
    except BaseException:
        old.replace(out)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n", float_format="%.8g").encode()


def _picture(svg: str) -> Markup:
    """A picture for the page: its frame says what it is, so its marks are not read out one by one."""
    return Markup(_SPOKEN.sub("", svg).replace("<svg ", '<svg aria-hidden="true" ', 1))


_SPOKEN = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


def _deeper(part: Markup) -> Markup:
    """A written part with its headings one level down."""
    return Markup(str(part).replace("<h3", "<h4").replace("</h3>", "</h4>"))


def _uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def to_json(value: Mapping[str, Any]) -> str:
    """Canonical JSON: readable, no NaN, the same bytes for the same value."""
    return json.dumps(_known(value), ensure_ascii=False, indent=1, default=_plain, allow_nan=False) + "\n"


def _known(value: Any) -> Any:
    """The same with null for numbers that are not known (NaN): JSON has no other word for them."""
    if isinstance(value, Mapping):
        return {str(key): _known(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_known(inner) for inner in value]
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return None
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)
