"""The verbs leverage, match and brokers: tables for people, one JSON document for machines, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serai.cli import app

runner = CliRunner()


def output(*arguments: str) -> str:
    done = runner.invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_match_says_who_pays_and_why_not() -> None:
    text = output("match")
    assert "blocking pairs: 0" in text
    assert "upper bound" in text
    one = output("match", "--project", "kg-kambarata1")
    assert "not nexi: it insures others' money and lends none" in one


def test_match_in_json_is_one_document() -> None:
    found = json.loads(output("match", "--json"))
    assert found["blocking_pairs"] == []
    assert found["placed_usd_m"] <= found["most_usd_m"] + 1e-6
    assert sum(row["placed_usd_m"] for row in found["book"]) == pytest.approx(found["placed_usd_m"])


def test_match_takes_a_programme(tmp_path: Path) -> None:
    file = tmp_path / "programme.json"
    file.write_text(json.dumps({"projects": [{"id": "kg-kambarata1", "open_usd_m": 100}]}))
    found = json.loads(output("match", "--programme", str(file), "--json"))
    assert found["open_usd_m"] == 100


def test_brokers_are_called_a_counterfactual() -> None:
    text = output("brokers", "--draws", "3")
    assert text.startswith("A counterfactual")
    assert "not testable" in text


def test_leverage_prints_and_gives_json() -> None:
    found = json.loads(output("leverage", "--draws", "2", "--scenario", "japan", "--json"))
    assert {row["channel"] for row in found["dependence"]} == {"trade", "capital", "remittances", "together"}
    assert found["programmes"][0]["fixed"]["sign_is_structure"] is True
    assert found["programmes"][0]["steady"]["sign_is_structure"] is False
    rows = {(r["economy"], r["partner"]): r for r in found["dependence_drawn"]}
    assert rows["TJK", "RUS"]["estimate"] > rows["TJK", "JPN"]["estimate"]
