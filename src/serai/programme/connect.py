"""From the records of a study to the projects that quality and appraisal read."""

from __future__ import annotations

from collections.abc import Iterable

from serai import records
from serai.programme.project import Project, read_projects
from serai.programme.rows import Row


def from_records(found: Iterable[records.Project], sizes: Iterable[Row] = ()) -> tuple[Project, ...]:
    """Projects of a study, with their sizes.

    Parameters
    ----------
    found : records; the first of several sectors decides.
    sizes : rows of the study's `sizes.csv`.

    Raises
    ------
    InputError : a record without a sector or a status.
    """
    return read_projects([_row(record) for record in found], sizes)


def _row(record: records.Project) -> dict[str, str]:
    more = record.serai
    cells: dict[str, object] = {
        "id": record.id,
        "name": record.title,
        "countries": ";".join(more.countries),
        "sector": record.sector[0] if record.sector else None,
        "status": record.status,
        "cost_usd_m": more.cost_usd_m,
        "cost_basis": more.cost_basis,
        "start_year": more.start_year,
        "end_year": more.end_year,
    }
    return {name: "" if cell is None else str(cell) for name, cell in cells.items()}
