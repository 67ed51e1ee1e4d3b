"""`serai links` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys


def serai(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "serai.cli", *words], capture_output=True, text=True, check=False
    )


def test_bottlenecks_are_ranked_with_first_order_and_exact_worth() -> None:
    done = serai("links", "--top", "3", "--exact", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert len(rows) == 3
    worth = [row["worth_usd_m"] for row in rows]
    assert worth == sorted(worth, reverse=True)
    for row in rows:
        assert row["kind"] in ("border", "transfer", "gauge")
        assert row["exact_usd_m"] > row["worth_usd_m"] > 0, "goods come to what is free"
        assert row["hour_usd_m"] * row["hours"] < row["worth_usd_m"] * 1.5
        assert row["title"] != row["name"]


def test_a_study_that_is_not_there_is_one_line(tmp_path: object) -> None:
    done = serai("links", f"{tmp_path}/none")
    assert done.returncode == 1
    assert "there is no such study folder" in done.stderr
    assert "Traceback" not in done.stderr
