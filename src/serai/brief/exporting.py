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
OPTIONS: dict[str, frozenset[str]] = {
    ".xlsx": frozenset({"--table", "--template"}),
    ".csv": frozenset(),
    ".json": frozenset({"--publisher", "--uri", "--leave-out"}),
    ".xml": frozenset({"--publisher", "--reporter", "--leave-out"}),
}
"""What each format takes; anything else would be ignored in silence, so it is refused."""


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
    leave_out : leave out, by name, what the standard (OC4IDS, IATI) does not take; without it one such record
        refuses the whole file.

    Raises
    ------
    InputError : what the standard requires and nobody gave, or an option that the format does not take;
        nothing is written.
    """
    given = {"--table": table, "--template": template, "--publisher": publisher}
    given |= {"--uri": uri, "--reporter": reporter, "--leave-out": leave_out}
    _refuse_unused(out, [option for option, value in given.items() if value])
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
        return _oc4ids(
            records,
            out,
            _given("--publisher", publisher, out),
            _given("--uri", uri, out),
            leave_out=leave_out,
        )
    from serai.exchange.iati import write_iati
    from serai.exchange.iati_projects import Reporter, activities_of, expressible

    by = Reporter(ref=_given("--reporter", reporter, out), name=_given("--publisher", publisher, out))
    projects, transactions, missing = expressible(records.projects, records.transactions)
    if missing and not leave_out:
        raise InputError([*missing, Problem("nothing was written", LEAVE_OUT, file=str(out))])
    activities = activities_of(projects, by, transactions)
    write_iati(out, activities)
    return Exported(len(activities), tuple(f"{problem.row}: {problem.reason}" for problem in missing))


def _oc4ids(records: Tables, out: Path, publisher: str, uri: str, *, leave_out: bool) -> Exported:
    from serai.exchange.oc4ids import refused_by_schema, with_standard_fields, write_oc4ids

    shaped = [with_standard_fields(project) for project in records.projects]
    refused = refused_by_schema(shaped, out.name) if leave_out else {}
    kept = [project for project in shaped if project.id not in refused]
    write_oc4ids(out, kept, uri=uri, publisher=publisher)
    return Exported(len(kept), tuple(f"{key}: {found[0].reason}" for key, found in refused.items()))


def _refuse_unused(out: Path, given: Sequence[str]) -> None:
    unused = [option for option in given if option not in OPTIONS[out.suffix]]
    if unused:
        takes = ", ".join(sorted(OPTIONS[out.suffix])) or "no option"
        reason = f"{', '.join(unused)} means nothing for {out.suffix}"
        raise InputError(
            Problem(reason, f"Leave it away: {out.suffix} takes {takes}. Nothing was written.", file=str(out))
        )


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
