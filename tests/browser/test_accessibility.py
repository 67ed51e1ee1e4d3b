"""The brief for everybody: axe finds nothing, desk and phone, light and dark; keys reach every control.

All that folds is open: the version of axe takes what is folded for something that lies over its neighbours.
"""

from __future__ import annotations

import html
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from browser.chrome import chromium, run
from serai.brief.document import Brief
from serai.brief.write import render

PHONE, DESK = 390, 1280
ROWS = 6
SECONDS = 300  # a busy machine takes its time over every rule; a quiet one some seconds
DARK = "--blink-settings=preferredColorScheme=0"
FRAME = """<!doctype html><html lang="en"><head><title>waiting</title></head><body style="margin:0">
<iframe title="page" srcdoc="{page}" style="border:0;width:{width}px;height:900px"></iframe></body></html>"""
PROBE = """<script>{axe}</script><script>
addEventListener("load", () => document.querySelectorAll("details").forEach((e) => {{ e.open = true; }}));
addEventListener("load", () => axe.run(document, {{ resultTypes: ["violations"] }}).then((found) => {{
  parent.document.title = "AXE" + JSON.stringify({{ width: innerWidth, passes: found.passes.length,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    violations: found.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]) }});
}}));</script></body>"""
KEYS = """<script>addEventListener("load", () => {
  const all = [...document.querySelectorAll("a[href], summary, [tabindex], button, input, select")]
    .filter((e) => e.checkVisibility());
  const out = all.filter((e) => e.tabIndex < 0);
  const unseen = all.filter((e) => { e.focus({ focusVisible: true, preventScroll: true });
    return document.activeElement !== e || parseFloat(getComputedStyle(e).outlineWidth) < 2; });
  const scrolls = [...document.querySelectorAll("body *")].filter((e) => e.tabIndex < 0
    && getComputedStyle(e).overflowX === "auto" && e.scrollWidth > e.clientWidth + 1 && e.tagName !== "OL");
  const named = (list) => list.map((e) => e.outerHTML.slice(0, 120));
  document.title = "KEYS" + JSON.stringify({ count: all.length, out: named(out), unseen: named(unseen),
    scrolls: named(scrolls) });
});</script></body>"""


@pytest.fixture(scope="module")
def text(brief: Brief) -> str:
    """The page without downloads, and without the marks inside pictures, which are not read out."""
    if chromium() is None:
        pytest.skip("no Chromium on this machine: tools/system_packages.sh installs it")
    page = re.sub(r'href="data:[^"]{200,}"', 'href="data:,"', render(brief))
    pictures = re.findall(r'<div class="picture[^>]*role="img" aria-label="[^"]+">(<svg [^>]*>)', page)
    assert len(pictures) == page.count('class="picture ') >= 20
    assert all('aria-hidden="true"' in picture for picture in pictures)
    page = re.sub(r'(<svg aria-hidden="true"[^>]*>).*?</svg>', r"\1</svg>", page, flags=re.DOTALL)
    return re.sub(r"<tbody>(.*?)</tbody>", _first_rows, page, flags=re.DOTALL)


def _first_rows(body: re.Match[str]) -> str:
    """Rows of one table are made alike: the first few, but all where verdicts are coloured."""
    rows = re.findall(r"<tr>.*?</tr>", body[1], re.DOTALL)
    return "<tbody>" + "".join(rows if "verdict-" in body[1] else rows[:ROWS]) + "</tbody>"


def asked(page: str, profile: Path, word: str, *options: str) -> dict[str, Any]:
    """What a page writes into its title after a word."""
    path = profile.with_suffix(".html")
    path.write_text(page, encoding="utf-8")
    out = run(
        path,
        "--virtual-time-budget=60000",
        *options,
        "--dump-dom",
        profile=profile,
        width=DESK,
        seconds=SECONDS,
    )
    found = re.search(rf"<title>{word}(.*?)</title>", out, re.DOTALL)
    assert found, "the page did not answer"
    answer: dict[str, Any] = json.loads(html.unescape(found[1]))
    return answer


@pytest.mark.parametrize(("width", "dark"), [(DESK, False), (DESK, True), (PHONE, False), (PHONE, True)])
def test_axe_finds_no_violation(text: str, tmp_path: Path, width: int, dark: bool) -> None:
    package = importlib.util.find_spec("axe_core_python")
    assert package is not None
    assert package.origin is not None
    axe = (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    inner = text.replace("</body>", PROBE.format(axe=axe.replace("</script", "<\\/script")))
    page = FRAME.format(page=html.escape(inner), width=width)
    found = asked(page, tmp_path / "profile", "AXE", *((DARK,) if dark else ()))
    assert (found["width"], found["dark"]) == (width, dark)
    assert found["passes"] > 25
    assert found["violations"] == []


def test_every_control_is_reached_by_keys_and_seen(text: str, tmp_path: Path) -> None:
    found = asked(text.replace("</body>", KEYS), tmp_path / "profile", "KEYS")
    assert found["count"] > 60
    assert found["out"] == []
    assert found["unseen"] == []
    assert found["scrolls"] == [], "what scrolls sideways can be scrolled with keys"
