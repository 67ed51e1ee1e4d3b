"""A grid against a study: the file, the effects it sets, the measures of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from serai.errors import InputError, Problem, Problems, UnknownNameError, suggestion
from serai.records.grid import Cell, Grid
from serai.records.scenario import Effect
from serai.study import Study, read_toml

FOLDER = "sweeps"


def grid_files(study: Study) -> dict[str, Path]:
    """The grids that lie in a study's own folder, by name."""
    return {file.stem: file for file in sorted((study.path / FOLDER).glob("*.toml"))}


def read_grid(grid: Path | str, study: Study) -> Grid:
    """Read a grid and check it against a study.

    Parameters
    ----------
    grid : a TOML file, or the name of one in the study's folder `sweeps`.

    Raises
    ------
    InputError
        With every problem: file, line, field, value, reason, remedy; or when there is no such file.
    UnknownNameError
        When the study has no grid of that name.
    """
    own, path = grid_files(study), Path(grid)
    if not path.is_file():
        if path.suffix == ".toml" or path.is_dir():
            raise _missing(path, own)
        if path.name not in own:
            raise UnknownNameError("grid", str(grid), own)
        path = own[path.name]
    problems = Problems()
    found = read_toml(path.parent, path, Grid, problems)
    problems.raise_if_any()
    assert found is not None
    check_grid(found, study, path.name)
    return found


def _missing(path: Path, own: Mapping[str, Path]) -> InputError:
    """What is wrong with a path that leads to no grid."""
    reason = "this is a folder and no grid" if path.is_dir() else "there is no such grid"
    ways = "Write one (docs/sweeps.md shows how)" + (
        f", or take one of the study: {', '.join(own)}" if own else ""
    )
    also = f"; of a study of yours: serai sweep {path} GRID" if path.is_dir() else ""
    return InputError(Problem(reason, f"{ways}{also}.", file=str(path)))


def check_grid(grid: Grid, study: Study, file: str | None = None) -> None:
    """Every scenario and effect of a grid exists and takes its values; else `InputError` with all."""
    problems = Problems(file or f"grid {grid.id}")
    known = [scenario.id for scenario in study.scenarios]
    for name in grid.scenarios:
        if name not in known:
            problems.add("there is no such scenario", suggestion(name, known), field="scenarios", value=name)
    problems.raise_if_any()
    effects = {name: _effects(study, name) for name in grid.scenarios}
    for field, effect, values in _settings(grid):
        for scenario, own in effects.items():
            if effect not in own:
                problems.add(
                    f"the scenario {scenario} has no such effect",
                    suggestion(effect, own),
                    field=field,
                    value=effect,
                )
                break
        else:
            measure = effects[grid.scenarios[0]][effect]
            problems.extend(_refused(measure, effect, values, problems.file, field))
    problems.raise_if_any()


def measures_of(cell: Cell, study: Study) -> tuple[tuple[str, Any], ...]:
    """The measures of a cell: those of its scenario with its settings, as `Study.measures` gives them."""
    return tuple((key, _set(key, measure, cell)) for key, measure in study.measures(cell.scenario))


def _settings(grid: Grid) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """Every effect that a grid sets: the field of the grid, the effect, its values."""
    for effect, value in grid.hold.items():
        yield "hold", effect, (value,)
    for axis in grid.axis:
        for effect, values in axis.moved.items():
            yield f"axis {axis.name}", effect, values


def _effects(study: Study, scenario: str) -> dict[str, Any]:
    """Effect -> its measure, for all measures of a scenario."""
    return {f"{key}/{f}": m for key, m in study.measures(scenario) for f in _fields(m)}


def _fields(measure: Any) -> list[str]:
    """The fields of a measure that hold an effect."""
    return [f for f in type(measure).model_fields if isinstance(getattr(measure, f), Effect)]


def _set(key: str, measure: Any, cell: Cell) -> Any:
    """A measure with what a cell sets at fixed values."""
    named = {field: f"{key}/{field}" for field in _fields(measure)}
    return measure.model_copy(
        update={
            field: _fixed(getattr(measure, field), cell.settings[effect])
            for field, effect in named.items()
            if effect in cell.settings
        }
    )


def _fixed(effect: Effect, value: float) -> Effect:
    """An effect at one value: what the grid sets is asked about, so it is an assumption and not drawn."""
    unit = effect.unit or "the unit of the effect"
    return Effect(value=value, unit=unit, basis="assumed", source="assumed: set by the grid")


def _refused(
    measure: Any, effect: str, values: tuple[float, ...], file: str | None, field: str
) -> Iterator[Problem]:
    """What the record of a measure says against a value."""
    name = effect.rpartition("/")[2]
    for value in values:
        changed = {f: getattr(measure, f) for f in type(measure).model_fields}
        try:
            type(measure).model_validate(changed | {name: _fixed(changed[name], value)})
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            yield Problem(reason, "Correct the value.", file, None, f"{field}: {effect}", value)
