"""The brief in a real browser, network off: at a desk, on a phone, in print, without JavaScript."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from pathlib import Path

import pytest

from browser.chrome import chromium, png_size, run
from serai.brief.document import Brief
from serai.brief.write import render

PROBE = """<script>addEventListener("load", () => {
  const wide = [...document.querySelectorAll("body *")].filter((e) =>
    !["svg", "nav", ".scroll", ".sr", ".skip"].some((s) => e.closest(s))
    && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.tagName + "." + e.className);
  const shown = (s) => [...document.querySelectorAll(s)].filter((e) => e.clientHeight > 40).length;
  const asked = performance.getEntriesByType("resource").map((r) => r.name)
    .filter((name) => !name.startsWith("data:"));
  document.title = JSON.stringify({ width: document.documentElement.scrollWidth, inner: innerWidth, wide,
    desk: shown(".picture.wide"), phone: shown(".picture.narrow"), requests: asked });
});</script></body>"""


@pytest.fixture(scope="module")
def page(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if chromium() is None:
        pytest.skip("no Chromium on this machine: tools/system_packages.sh installs it")
    path = tmp_path_factory.mktemp("page") / "brief.html"
    path.write_text(render(brief), encoding="utf-8")
    return path


def probe(page: Path, tmp_path: Path, width: int) -> dict[str, object]:
    """What the page measures of itself at a width."""
    import json

    copy = tmp_path / f"probe{width}.html"
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE), encoding="utf-8")
    out = run(copy, "--virtual-time-budget=4000", "--dump-dom", profile=tmp_path / "profile", width=width)
    title = re.search(r"<title>(.*?)</title>", out, re.DOTALL)
    assert title
    found: dict[str, object] = json.loads(html.unescape(title[1]))
    return found


@pytest.mark.parametrize(("width", "desk"), [(1280, True), (800, True), (500, False)])
def test_the_page_fits_and_asks_for_nothing(page: Path, tmp_path: Path, width: int, desk: bool) -> None:
    found = probe(page, tmp_path, width)
    assert found["requests"] == []
    assert found["wide"] == [], "nothing but tables, which scroll, is wider than the window"
    assert found["width"] == found["inner"]
    charts = page.read_text(encoding="utf-8").count('class="picture wide"')
    assert charts >= 10
    assert (found["desk"], found["phone"]) == ((charts, 0) if desk else (0, charts))


def test_the_page_names_no_other_host_but_in_links(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    without_links = re.sub(r'<a [^>]*href="https?://[^"]*"[^>]*>', "", text)
    outside = re.findall(r'(?:src|href|url\()\s*=?\s*["\']?(https?:[^"\')\s]+)', without_links)
    assert outside == []
    assert len(text.encode()) < 4_000_000


def test_the_answer_comes_first_with_five_sentences_and_their_proofs(page: Path, tmp_path: Path) -> None:
    dom = run(page, "--dump-dom", profile=tmp_path / "profile")
    body = dom.split("<main>")[1]
    assert body.index('id="answer"') < body.index('id="summit"') < body.index('id="integration"')
    answer = body.split("</section>")[0]
    assert answer.count("<li>") == 5
    targets = re.findall(r'class="proof" href="#([a-z_-]+)"', answer)
    assert len(targets) == 5
    for target in targets:
        assert f'id="{target}"' in body, "the proof is the very chart or table"
    assert len(re.findall(r"<small>\(", answer)) >= 5, "each sentence carries an interval"


def test_it_reads_without_javascript(page: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.html"
    plain.write_text(re.sub(r"<script>.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL))
    dom = run(plain, "--dump-dom", profile=tmp_path / "profile")
    assert dom.count("<svg") >= 10
    assert dom.count("<table") >= 10
    assert 'title="' in dom, "how a number is known is in its title"


def test_pictures_can_be_taken_and_a_pdf_printed(page: Path, tmp_path: Path) -> None:
    shot, pdf = tmp_path / "page.png", tmp_path / "page.pdf"
    run(page, f"--screenshot={shot}", profile=tmp_path / "profile", width=1280, height=1600)
    assert png_size(shot) == (1280, 1600)
    assert shot.stat().st_size > 50_000, "the page is not blank"
    run(page, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", profile=tmp_path / "profile")
    assert pdf.read_bytes().startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes()))
    assert 15 <= pages <= 30


def test_headings_and_landmarks_are_in_order(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert '<html lang="en">' in text
    assert text.count("<main>") == text.count("</main>") == 1
    assert all('scope="' in th for th in re.findall(r"<th[^e][^>]*>", text))
    assert all("aria-label" in div for div in re.findall(r'<div class="picture[^>]*>', text))
