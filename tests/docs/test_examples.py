"""The documentation says what the program does: examples run, commands and links exist."""

from __future__ import annotations

import csv
import doctest
import importlib
import pkgutil
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from pydantic import TypeAdapter
from typer.main import get_command

import serai
from serai.atlas import load
from serai.cli import app, main
from serai.study import read_study, reference_study
from serai.study_files import FILES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md"))
    if path.parent.name != "reference"  # made with the site
)
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(serai.__path__, "serai.")
    if "studies" not in name and not name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_python_of_the_pages_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(page), "exec"), {})
        for promised in re.findall(r"#\s*(\[.*\])$", block, re.MULTILINE):
            assert promised in re.sub(r"(\.\d{4})\d+", r"\1", capsys.readouterr().out)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_of_the_pages_exist(page: Path) -> None:
    verbs = set(getattr(get_command(app), "commands"))  # noqa: B009
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    for verb in re.findall(r"(?:^|`)serai ([a-z]+)", text, re.MULTILINE):
        assert verb in verbs, f"{page.name} names `serai {verb}`"
    for target in re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE):
        assert target in targets, f"{page.name} names `make {target}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_options_of_the_pages_exist(page: Path) -> None:
    verbs = getattr(get_command(app), "commands")  # noqa: B009
    for verb, rest in re.findall(
        r"(?:^|`)serai ([a-z]+)([^`\n]*)", page.read_text(encoding="utf-8"), re.MULTILINE
    ):
        inner = getattr(verbs[verb], "commands", {})
        word = rest.split()[0] if rest.split() else ""
        assert not inner or word in inner or not word, f"{page.name} names `serai {verb} {word}`"
        known = {
            name
            for option in inner.get(word, verbs[verb]).params
            for name in (*option.opts, *option.secondary_opts)
        }
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", rest.split("   ")[0]):
            assert option in known, f"{page.name}: serai {verb} has no {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_marked_to_run_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Blocks `sh run`, in the order of the page, after the files that blocks `csv write FILE` hold."""
    monkeypatch.chdir(tmp_path)
    fence = r"```(?:(sh) run|\w+ write (\S+))\n(.*?)```"
    for run, file, block in re.findall(fence, page.read_text(encoding="utf-8"), re.DOTALL):
        if file:
            Path(file).write_text(block, encoding="utf-8")
        for line in block.splitlines() if run else ():
            words = shlex.split(line, comments=True)
            assert words[0] == "serai", line
            monkeypatch.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as ended:
                main()
            said = capsys.readouterr()
            assert not ended.value.code, f"{line}: {said.err}"
            assert said.out.strip(), f"{line} says nothing"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_of_the_pages_are_valid(page: Path) -> None:
    """TOML that names its file in the first line, and CSV, as the program itself checks them."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```toml(?: write \S+)?\n(.*?)```", text, re.DOTALL):
        content = tomllib.loads(block)
        named = re.match(r"# (\S+\.toml)\n", block)
        if named:
            TypeAdapter(FILES[named[1]]).validate_python(content)
    for block in re.findall(r"```csv(?: write \S+)?\n(.*?)```", text, re.DOTALL):
        rows = list(csv.DictReader(block.splitlines()))
        fields = set(rows[0])
        models = [m for name, m in FILES.items() if name.endswith(".csv") and fields <= set(m.model_fields)]
        assert len(models) == 1, f"{sorted(fields)} are the columns of {models}"
        assert all(None not in row for row in rows), "a row has more cells than there are columns"
        wanted = {name for name, field in models[0].model_fields.items() if field.is_required()}
        assert wanted <= fields, f"lacks {sorted(wanted - fields)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_names_of_the_pages_exist(page: Path) -> None:
    """Every dotted name between backticks, such as `serai.equilibrium.acr`, can be reached."""
    for name in re.findall(r"`(serai(?:\.[a-z_]\w*)+)(?:\(.*?\))?`", page.read_text(encoding="utf-8"), re.I):
        if name.endswith((".csv", ".toml")):
            continue
        assert pkgutil.resolve_name(name) is not None, f"{page.name} names {name}"


def test_the_equations_page_names_every_module_that_states_one() -> None:
    page = (DOCS / "equations.md").read_text(encoding="utf-8")
    stated = [
        name
        for name in MODULES
        if re.search(r"(?m)^    (?!>>>|\s).* = ", importlib.import_module(name).__doc__ or "")
        and name.split(".")[1] not in ("cli", "brief")
        and not name.endswith("_numba")  # how numbers are found, not what they are
    ]
    assert len(stated) > 10
    assert [name for name in stated if f"`{name}`" not in page] == []


def test_the_figures_of_the_limits_page_are_those_of_the_tables() -> None:
    page = " ".join((DOCS / "limits.md").read_text(encoding="utf-8").split())
    atlas = load()
    trade, fdi = atlas.table("trade"), atlas.table("fdi")
    five = list(read_study().about.region.economies)
    inside, imputed = fdi["host"].isin(five), fdi["basis"] == "imputed"
    assert f"{(trade['basis'] == 'imputed').mean():.0%} of the rows of trade".replace("%", " %") in page
    assert f"{imputed.mean():.0%} of all positions".replace("%", " %") in page
    assert f"{imputed[inside].mean():.0%} of those held in Central Asia".replace("%", " %") in page
    assert set(fdi[inside & (fdi["owner"] == "JPN")]["basis"]) == {"imputed"}
    parameters = atlas.table("parameters")
    share = (parameters["basis"] == "assumed").mean()
    assert f"{share:.0%} of the rows of parameters".replace("%", " %") in page
    rows = pd.read_csv(reference_study() / "attraction.csv").set_index(["specification", "term"])
    main_, bare = (rows.loc[(name, "log_reach")] for name in ("outsiders", "outsiders, without controls"))
    assert f"{main_['estimate']:.3f} with a standard error of {main_['std_error']:.3f}" in page
    assert f"{bare['estimate']:.3f} with {bare['std_error']:.3f}" in page
    assert rows.loc[("outsiders, with lead", "log_reach_lead2")]["estimate"] < 0


def test_every_verb_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in getattr(get_command(app), "commands"):  # noqa: B009
        assert f"serai {verb}" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(
        r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8")
    ):
        file = page.parent / target if target else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(file), f"{page.name} links to {target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made here and where the repository is shown."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def test_every_public_name_is_there_and_has_a_docstring() -> None:
    for name in serai.__all__:
        if not name.startswith("__"):
            assert getattr(serai, name).__doc__
    with pytest.raises(AttributeError):
        serai.nothing_of_the_kind  # noqa: B018


def test_the_citation_names_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {serai.__version__}\n" in text
    licence = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]
    assert f"license: {licence}\n" in text
