"""The records of a study as a file for others, by the ending of its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serai.errors import InputError, Problem, UnknownNameError
from serai.exchange.csv import write_csv
from serai.exchange.folder import Tables
from serai.records import RECORDS

LEAVE_OUT = "Fill in what is missing, or add --leave-out to write the rest."


@dataclass(frozen=True, slots=True)
class Exported:
    """How many records were written, and what was left out with the reason, a line each."""

    count: int
    left_out: tuple[str, ...] = ()


def export_records(
    records: Tables,
    out: Path,
    *,
    table: Sequence[str] | None = None,
    template: bool = False,
    publisher: str | None = None,
    uri: str | None = None,
    reporter: str | None = None,
    leave_out: bool = False,
) -> Exported:
    """Write records to `out`.

    Parameters
    ----------
    out : `.xlsx` (a sheet a table), `.json` (OC4IDS projects), `.xml` (IATI activities), or `<table>.csv`.
    table : the tables of a workbook; all by default.
    template : a workbook without records, to fill in.
    publisher, uri : who publishes and what identifies the package (OC4IDS; publisher also for IATI).
    reporter : the IATI identifier of the reporting organisation.
    leave_out : IATI only: leave out, by name, projects and transactions without what the standard requires;
        without it one of them refuses the whole file.

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
        return Exported(sum(len(rows) for rows in chosen.values()))
    if out.suffix == ".csv":
        if out.stem not in RECORDS:
            raise UnknownNameError("table", out.stem, RECORDS)
        rows = getattr(records, out.stem)
        write_csv(out, rows, RECORDS[out.stem])
        return Exported(len(rows))
    if out.suffix == ".json":
        from serai.exchange.oc4ids import with_standard_fields, write_oc4ids

        name, identifier = _given("--publisher", publisher, out), _given("--uri", uri, out)
        shaped = [with_standard_fields(project) for project in records.projects]
        write_oc4ids(out, shaped, uri=identifier, publisher=name)
        return Exported(len(shaped))
    from serai.exchange.iati import write_iati
    from serai.exchange.iati_projects import Reporter, activities_of, expressible

    by = Reporter(ref=_given("--reporter", reporter, out), name=_given("--publisher", publisher, out))
    projects, transactions, missing = expressible(records.projects, records.transactions)
    if missing and not leave_out:
        raise InputError([*missing, Problem("nothing was written", LEAVE_OUT, file=str(out))])
    activities = activities_of(projects, by, transactions)
    write_iati(out, activities)
    return Exported(len(activities), tuple(f"{problem.row}: {problem.reason}" for problem in missing))


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
