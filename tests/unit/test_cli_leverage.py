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
    return done.stdout


def test_match_takes_the_chosen_programme_unless_told_otherwise() -> None:
    text = output("match", "--draws", "20")
    assert text.startswith("the chosen programme: ")
    assert "blocking pairs: 0" in text
    assert "upper bound" in text
    assert output("match", "--all").startswith("all open amounts: ")
    one = output("match", "--all", "--project", "kg-kambarata1")
    assert "not nexi: it insures others' money and lends none" in one


def test_match_takes_one_source_of_projects(tmp_path: Path) -> None:
    done = runner.invoke(app, ["match", "--all", "--programme", str(tmp_path / "x.json")])
    assert done.exit_code == 2
    assert "not both" in done.output


def test_match_in_json_is_one_document() -> None:
    found = json.loads(output("match", "--all", "--json"))
    assert found["needs"] == "all open amounts"
    assert found["blocking_pairs"] == []
    assert found["placed_by_lead_usd_m"] <= found["most_by_lead_usd_m"] <= found["open_usd_m"]
    assert found["gap_usd_m"] == pytest.approx(found["open_usd_m"] - found["placed_usd_m"])
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
    assert "kz-aktau-customs-xray: PSA International" in text


def test_leverage_prints_and_gives_json() -> None:
    options = ("--draws", "2", "--scenario", "japan", "--no-programme", "--json")
    found = json.loads(output("leverage", *options))
    channels = {"trade", "capital", "remittances", "together", "transit", "together_and_transit"}
    assert {row["channel"] for row in found["dependence"]} == channels
    through = {(row["economy"], row["through"]): row for row in found["transit"]}
    assert through["KGZ", "KAZ"]["share"] > 25
    assert through["KGZ", "KAZ"]["loss_fixed"] > 0.5
    assert 0 < found["goods_on_network"]["KAZ"] < 1
    assert found["programmes"][0]["fixed"]["sign_is_structure"] is True
    assert found["programmes"][0]["steady"]["sign_is_structure"] is False
    rows = {(r["economy"], r["partner"]): r for r in found["dependence_drawn"]}
    assert rows["TJK", "RUS"]["estimate"] > rows["TJK", "JPN"]["estimate"]
