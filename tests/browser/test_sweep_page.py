"""The page of a sweep in a browser: axe finds nothing, it fits a phone, asks for nothing, prints."""

from __future__ import annotations

import html
import importlib.util
import re
from pathlib import Path

import pytest

import serai
from browser.chrome import chromium, run
from browser.test_accessibility import DARK, DESK, FRAME, PHONE, PROBE, asked
from browser.test_brief_page import probe
from serai.brief.sweep_page import sweep_page
from serai.study import read_study
from sweep_cases import write_sweep_study


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if chromium() is None:
        pytest.skip("no Chromium on this machine: tools/system_packages.sh installs it")
    folder = tmp_path_factory.mktemp("sweep")
    study = read_study(write_sweep_study(folder / "study"))
    path = folder / "sweep.html"
    path.write_text(sweep_page(serai.sweep(study, "small", draws=2), study).html(), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "dark"), [(DESK, True), (PHONE, False)])
def test_axe_finds_no_violation(page: Path, tmp_path: Path, width: int, dark: bool) -> None:
    package = importlib.util.find_spec("axe_core_python")
    assert package is not None
    assert package.origin is not None
    axe = (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    text = re.sub(r'href="data:[^"]{200,}"', 'href="data:,"', page.read_text(encoding="utf-8"))
    inner = text.replace("</body>", PROBE.format(axe=axe.replace("</script", "<\\/script")))
    outer = FRAME.format(page=html.escape(inner), width=width)
    found = asked(outer, tmp_path / "profile", "AXE", *((DARK,) if dark else ()))
    assert (found["width"], found["dark"]) == (width, dark)
    assert found["passes"] > 20
    assert found["violations"] == []


@pytest.mark.parametrize(("width", "shown"), [(1280, (6, 0)), (500, (0, 6))])
def test_it_fits_and_asks_for_nothing(page: Path, tmp_path: Path, width: int, shown: tuple[int, int]) -> None:
    found = probe(page, tmp_path, width)
    assert found["requests"] == []
    assert found["wide"] == []
    assert found["width"] == found["inner"]
    assert (found["desk"], found["phone"]) == shown


def test_a_pdf_of_few_pages(page: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "page.pdf"
    run(page, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", profile=tmp_path / "profile")
    assert 2 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes())) <= 5
