"""The documentation says what the program does: examples run, commands and links exist."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from typer.main import get_command

import serai
from serai.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(serai.__path__, "serai.")
    if "studies" not in name and not name.endswith("__main__") and not name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_of_the_pages_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(page), "exec"), {})
        for promised in re.findall(r"#\s*(\[.*\])$", block, re.MULTILINE):
            assert promised in re.sub(r"(\.\d{4})\d+", r"\1", capsys.readouterr().out)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_of_the_pages_exist(page: Path) -> None:
    verbs = set(getattr(get_command(app), "commands"))  # noqa: B009
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    for verb in re.findall(r"(?:^|`)serai ([a-z]+)", text, re.MULTILINE):
        assert verb in verbs, f"{page.name} names `serai {verb}`"
    for target in re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE):
        assert target in targets, f"{page.name} names `make {target}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_options_of_the_pages_exist(page: Path) -> None:
    verbs = getattr(get_command(app), "commands")  # noqa: B009
    for verb, rest in re.findall(
        r"(?:^|`)serai ([a-z]+)([^`\n]*)", page.read_text(encoding="utf-8"), re.MULTILINE
    ):
        inner = getattr(verbs[verb], "commands", {})
        word = rest.split()[0] if rest.split() else ""
        assert not inner or word in inner or not word, f"{page.name} names `serai {verb} {word}`"
        known = {name for option in inner.get(word, verbs[verb]).params for name in option.opts}
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", rest.split("   ")[0]):
            assert option in known, f"{page.name}: serai {verb} has no {option}"


def test_every_verb_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in getattr(get_command(app), "commands"):  # noqa: B009
        assert f"serai {verb}" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_public_name_is_there_and_has_a_docstring() -> None:
    for name in serai.__all__:
        if not name.startswith("__"):
            assert getattr(serai, name).__doc__
    with pytest.raises(AttributeError):
        serai.nothing_of_the_kind  # noqa: B018
