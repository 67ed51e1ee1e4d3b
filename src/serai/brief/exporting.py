"""The records of a study as a file for others, by the ending of its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from serai.errors import InputError, Problem, UnknownNameError
from serai.exchange.csv import write_csv
from serai.exchange.folder import Tables
from serai.records import RECORDS


def export_records(
    records: Tables,
    out: Path,
    *,
    table: Sequence[str] | None = None,
    template: bool = False,
    publisher: str | None = None,
    uri: str | None = None,
    reporter: str | None = None,
) -> int:
    """Write records to `out` and return how many.

    Parameters
    ----------
    out : `.xlsx` (a sheet a table), `.json` (OC4IDS projects), `.xml` (IATI activities), or `<table>.csv`.
    table : the tables of a workbook; all by default.
    template : a workbook without records, to fill in.
    publisher, uri : who publishes and what identifies the package (OC4IDS; publisher also for IATI).
    reporter : the IATI identifier of the reporting organisation.

    Raises
    ------
    InputError : what the standard requires and nobody gave; nothing is written.
    """
    for name in table or ():
        if name not in RECORDS:
            raise UnknownNameError("table", name, RECORDS)
    if out.suffix == ".xlsx":
        from serai.exchange.xlsx import write_workbook

        chosen = {name: () if template else getattr(records, name) for name in table or RECORDS}
        write_workbook(out, chosen)
        return sum(len(rows) for rows in chosen.values())
    if out.suffix == ".csv":
        if out.stem not in RECORDS:
            raise UnknownNameError("table", out.stem, RECORDS)
        rows = getattr(records, out.stem)
        write_csv(out, rows, RECORDS[out.stem])
        return len(rows)
    if out.suffix == ".json":
        from serai.exchange.oc4ids import with_standard_fields, write_oc4ids

        name, identifier = _given("--publisher", publisher, out), _given("--uri", uri, out)
        projects = [with_standard_fields(project) for project in records.projects]
        write_oc4ids(out, projects, uri=identifier, publisher=name)
        return len(projects)
    from serai.exchange.iati import write_iati
    from serai.exchange.iati_projects import Reporter, activities_of

    by = Reporter(ref=_given("--reporter", reporter, out), name=_given("--publisher", publisher, out))
    activities = activities_of(records.projects, by, records.transactions)
    write_iati(out, activities)
    return len(activities)


def _given(option: str, value: str | None, out: Path) -> str:
    if value is None:
        raise InputError(
            Problem(
                f"the format {out.suffix} needs {option}",
                f"Add {option}; nothing was written.",
                file=str(out),
            )
        )
    return value
