"""The documentation site builds without a warning, asks no server for anything, holds what it promises."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.main import get_command

import serai
from serai.atlas import load
from serai.cli import app
from serai.study_files import FILES

ROOT = Path(__file__).resolve().parents[2]
FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "use": "href"}
"""Elements that make a browser fetch something, and where they say what."""


class Page(HTMLParser):
    """What a page fetches, its anchors, and whether equations are in it as MathML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.ids: set[str] = set()
        self.equations = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in FETCHED and given.get("rel") not in ("canonical", "next", "prev", "search", "index"):
            self.fetched.append(given.get(FETCHED[tag]) or "")
        if given.get("id"):
            self.ids.add(str(given["id"]))
        self.equations += tag == "math"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it; the notebook is executed on the way."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html"]
    done = subprocess.run([*command, "docs", str(out)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
    }


def test_no_page_fetches_anything_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for target in page.fetched:
            assert not re.match(r"(https?:)?//", target), f"{name} fetches {target}"
            if target and not target.startswith(("data:", "#")):
                assert (site / name).parent.joinpath(target.partition("?")[0]).exists(), f"{name}: {target}"
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", text), sheet.name


def test_every_page_that_is_written_is_in_the_site(pages: dict[str, Page]) -> None:
    written = [p for p in (ROOT / "docs").rglob("*.md") if p.parent.name != "reference"]
    assert len(written) > 25
    for path in written:
        assert path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() in pages


def test_every_public_name_has_its_place_with_words(site: Path, pages: dict[str, Page]) -> None:
    ids = set().union(*(page.ids for name, page in pages.items() if name.startswith("reference/python")))
    names = [name for name in serai.__all__ if not name.startswith("__")]
    assert [name for name in names if f"serai.{name}" not in ids] == []
    text = (site / "reference/python-equilibrium.html").read_text(encoding="utf-8")
    assert "The equilibrium after a shock" in text


def test_every_command_and_option_is_there(site: Path) -> None:
    text = html.unescape((site / "reference/commands.html").read_text(encoding="utf-8"))
    for name, verb in getattr(get_command(app), "commands").items():  # noqa: B009
        assert f"serai {name}" in text
        for part in (verb, *getattr(verb, "commands", {}).values()):
            for option in part.params:
                if option.param_type_name == "option" and not option.hidden:
                    assert option.opts[0].strip("-") in text, f"{name} {option.opts}"
                    assert not option.help or option.help.split()[0] in text


def test_every_file_and_every_field_of_a_study_is_there(site: Path) -> None:
    text = html.unescape((site / "reference/files.html").read_text(encoding="utf-8"))
    for name, model in FILES.items():
        section = text[text.index(f">{name}<") :]
        for field, info in model.model_fields.items():
            shown = info.alias or field
            assert f">{shown}<" in section, f"{name}: {shown}"


def test_every_source_card_is_there(site: Path, pages: dict[str, Page]) -> None:
    ids = pages["reference/sources.html"].ids
    text = html.unescape((site / "reference/sources.html").read_text(encoding="utf-8"))
    for key, card in load().sources.items():
        assert key.replace("_", "-") in ids
        assert " ".join(card.title.split()) in " ".join(text.split())


def test_equations_are_mathml_and_none_is_left_over(site: Path, pages: dict[str, Page]) -> None:
    assert pages["equations.html"].equations > 100
    text = (site / "equations.html").read_text(encoding="utf-8")
    body = re.sub(r"<annotation.*?</annotation>", "", text, flags=re.DOTALL)
    assert not re.search(r"\$\$|\\(frac|sum|left|right|text|hat|max)\b", re.sub(r"<[^>]+>", "", body))


def test_the_notebook_was_executed_and_is_kept_without_outputs(site: Path) -> None:
    notebook = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) > 8
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    text = (site / "tutorial.html").read_text(encoding="utf-8")
    assert text.count("cell_output") >= len(code) - 1
    assert "Traceback" not in text
    assert "unified_fta" in text
