"""A small study with a small grid, for tests of sweeps."""

from __future__ import annotations

from pathlib import Path

from other_study import write_other_study

SKILLS = """
[[measure]]
kind = "skills"
name = "More and better skills"
feasibility = "Each government can do it."
economies = ["ARM"]
[measure.growth]
value = 0.02
unit = "share of effective labour"
basis = "assumed"
source = "assumed: for a test"
"""
CUT, GROWTH = "scenario/faster/measure/1/cut", "scenario/faster/measure/2/growth"
GRID = f"""
id = "small"
title = "Borders and skills"
question = "Which of the two is worth more?"
scenarios = ["faster"]
[[axis]]
name = "cut"
title = "Share of the hours that goes away"
effect = "{CUT}"
values = [0.0, 0.4, 0.8]
[[axis]]
name = "skills"
title = "More effective labour"
labels = ["as today", "two percent"]
[axis.effects]
"{GROWTH}" = [0.0, 0.02]
"""


def write_sweep_study(folder: Path) -> Path:
    """The study of the South Caucasus with one more measure and a grid of six cells."""
    study = write_other_study(folder)
    with (study / "scenarios" / "10_faster.toml").open("a", encoding="utf-8") as file:
        file.write(SKILLS)
    (study / "sweeps").mkdir()
    (study / "sweeps" / "small.toml").write_text(GRID, encoding="utf-8")
    return study
