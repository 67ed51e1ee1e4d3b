"""The country sheet in a real browser: two printed pages for each of the five, nothing fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from browser.chrome import chromium, run
from serai.brief.country import country_from, write_country
from serai.brief.document import Brief
from serai.brief.numbers import Numbers

FIVE = ("KAZ", "KGZ", "TJK", "TKM", "UZB")


@pytest.mark.parametrize("code", FIVE)
def test_a_country_prints_on_two_pages(brief: Brief, code: str, tmp_path: Path) -> None:
    if chromium() is None:
        pytest.skip("no Chromium on this machine: tools/system_packages.sh installs it")
    page, pdf = tmp_path / f"{code}.html", tmp_path / f"{code}.pdf"
    write_country(country_from(replace(brief.desk, numbers=Numbers()), code), page)
    run(page, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", profile=tmp_path / "profile")
    pages = re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())
    assert len(pages) == 2, f"{code} takes {len(pages)} pages"
