"""Random records through every format and back: nothing is lost, and the standards' schemas agree."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from serai.exchange.cells import read_row, write_row
from serai.exchange.csv import read_csv, write_csv
from serai.exchange.folder import Tables, read_folder
from serai.exchange.iati import read_iati, write_iati
from serai.exchange.iati_projects import activities_of, project_of
from serai.exchange.oc4ids import as_json, read_oc4ids, schema_problems, with_standard_fields, write_oc4ids
from serai.exchange.xlsx import read_workbook, write_workbook
from serai.records import Commitment, Project, Record, Report
from serai.records.activity import Activity, Organisation

FEW = settings(max_examples=40, deadline=None)

any_text = st.text(max_size=20).map(str.strip)
some_text = any_text.filter(bool)
xml_text = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=20
)
keys = st.text("abcXYZ0123-", min_size=1, max_size=8)
amounts = st.one_of(st.integers(0, 10**13), st.floats(0, 1e13)).map(float)
days = st.dates().map(lambda d: d.isoformat()).filter(lambda d: d >= "1000")
addresses = keys.map(lambda key: f"https://example.org/{key}?a=1;b=2")


@st.composite
def commitments(draw: st.DrawFn, key: str | None = None) -> Commitment:
    money = draw(st.booleans())
    return Commitment(
        id=key or draw(keys),
        format="bilateral",
        date=draw(st.one_of(days, days.map(lambda d: d[:7]), days.map(lambda d: d[:4]))),
        level="summit",
        partner=draw(st.sampled_from(["JPN", "EU"])),
        parties=tuple(draw(st.lists(some_text, min_size=1, max_size=3))),
        direction=draw(st.sampled_from(["joint", "JPN>C5"])),
        summary=draw(some_text),
        areas=draw(st.sampled_from([("all",), ("green",), ("green", "people")])),
        kind=draw(st.sampled_from(["pledge", "contract", "stock"])),
        kind_reported=draw(any_text),
        amount=draw(amounts) if money else None,
        currency="JPY" if money else None,
        countries=("KAZ", "UZB"),
        grade="D",
        sources=tuple(draw(st.lists(addresses, min_size=1, max_size=3))),
        note=draw(any_text),
    )


def ledgers() -> st.SearchStrategy[list[Commitment]]:
    return st.integers(0, 4).flatmap(lambda n: st.tuples(*(commitments(f"c{i}") for i in range(n))).map(list))


values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**9), 10**9), any_text),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(keys, inner, max_size=2)),
    max_leaves=4,
)


@st.composite
def projects(draw: st.DrawFn, key: str = "p") -> Project:
    """Projects with any text, fields of the standard that serai does not model, and our extension."""
    fields: dict[str, Any] = {"id": key, "extra": {"language": draw(some_text), "x_local": draw(values)}}
    for name, strategy in {
        "title": some_text,
        "description": some_text,
        "status": st.sampled_from(["preparation", "implementation", "cancelled"]),
        "sector": st.lists(some_text, min_size=1, max_size=2, unique=True),
        "purpose": some_text,
        "period": st.just({"startDate": "2025-01-01T00:00:00Z", "durationInDays": 5}),
        "budget": amounts.map(lambda a: {"amount": {"amount": a, "currency": "USD", "x_note": 1}}),
        "parties": st.lists(some_text, min_size=1, max_size=2, unique=True).map(
            lambda names: [{"id": n, "name": n} for n in names]
        ),
        "documents": st.just([{"id": "d", "url": "https://example.org", "pageStart": "3"}]),
        "serai": st.fixed_dictionaries(
            {"countries": st.just(["KAZ", "UZB"]), "start_year": st.integers(1990, 2040)},
            optional={"capacity": some_text, "sponsor": st.lists(some_text, max_size=2)},
        ),
    }.items():
        if draw(st.booleans()):
            fields[name] = draw(strategy)
    return Project.model_validate(fields)


def many_projects() -> st.SearchStrategy[list[Project]]:
    return st.integers(0, 3).flatmap(lambda n: st.tuples(*(projects(f"p{i}") for i in range(n))).map(list))


def through(write: Callable[[Path], object], read: Callable[[Path], object], name: str) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return read(path)


@given(st.one_of(commitments(), projects()))
@FEW
def test_a_record_survives_a_row_of_cells(record: Record) -> None:
    assert read_row(type(record), write_row(record), file=None, row=1) == record


@given(ledgers())
@FEW
def test_csv(rows: list[Commitment]) -> None:
    back = through(lambda p: write_csv(p, rows, Commitment), lambda p: read_csv(p, Commitment), "c.csv")
    assert back == tuple(rows)


@given(ledgers(), many_projects())
@FEW
def test_workbook(rows: list[Commitment], plans: list[Project]) -> None:
    tables = {"commitments": rows, "projects": plans}
    back = through(lambda p: write_workbook(p, tables), read_workbook, "w.xlsx")
    assert back == {name: tuple(records) for name, records in tables.items() if records}


@given(many_projects())
@FEW
def test_oc4ids(plans: list[Project]) -> None:
    back = through(
        lambda p: write_oc4ids(p, plans, uri="https://example.org/p", publisher="x"), read_oc4ids, "p.json"
    )
    assert back == tuple(plans)


@given(st.dictionaries(keys, values, max_size=4), values)
@FEW
def test_oc4ids_fields_that_are_not_modelled_stay_where_they_were(top: dict[str, Any], inner: Any) -> None:
    document = {
        **top,
        "id": "a",
        "budget": {"amount": {"amount": 5.0, "currency": "USD", "deep": inner}, "near": inner},
    }
    assert json.loads(json.dumps(as_json(Project.model_validate(document)))) == document


identifiers = st.text("ABC-123", min_size=1, max_size=6)
codes = st.sampled_from(["10", "21", "40"])


@st.composite
def activities(draw: st.DrawFn, number: int = 0) -> Activity:
    org = st.fixed_dictionaries(
        {"ref": identifiers, "type": codes, "name": xml_text, "role": st.sampled_from(["1", "4"])}
    )
    day = st.dates(min_value=st_date(1990), max_value=st_date(2024)).map(lambda d: d.isoformat())
    transaction = st.fixed_dictionaries(
        {
            "type": st.sampled_from(["2", "3", "12"]),
            "date": day,
            "value": st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9)).map(float),
            "value_date": day,
            "currency": st.sampled_from(["USD", "JPY"]),
        },
        optional={
            "description": xml_text,
            "provider": xml_text,
            "provider_ref": identifiers,
            "flow_type": codes,
        },
    )
    start = draw(day)
    return Activity.model_validate(
        {
            "identifier": f"XX-{number}",
            "reporting_org": draw(org) | {"role": ""},
            "title": {"text": draw(xml_text)},
            "descriptions": [{"text": draw(xml_text), "type": "1"}],
            "organisations": draw(st.lists(org, min_size=1, max_size=2)),
            "status": draw(st.sampled_from(["1", "2", "5"])),
            "dates": [{"type": "1", "date": draw(day)}],
            "countries": [{"code": "KZ", "percentage": draw(st.sampled_from([None, 40.0, 62.5]))}],
            "sectors": [{"code": "21010", "vocabulary": "1"}],
            "budgets": [
                {"start": start, "end": start, "value": 3.5, "value_date": start, "type": "1", "status": "2"}
            ],
            "transactions": draw(st.lists(transaction, max_size=3)),
            "attributes": {"default-currency": "USD", "hierarchy": "1"},
            "other": draw(
                st.lists(
                    st.sampled_from(
                        [
                            '<default-flow-type code="10"></default-flow-type>',
                            '<x:own xmlns:x="urn:x" a="1">text</x:own>',
                            '<policy-marker code="1" significance="1"></policy-marker>',
                        ]
                    ),
                    max_size=3,
                    unique=True,
                ).map(sorted)
            ),
        }
    )


def st_date(year: int) -> Any:
    from datetime import date

    return date(year, 1, 1)


def many_activities() -> st.SearchStrategy[list[Activity]]:
    return st.integers(1, 3).flatmap(lambda n: st.tuples(*(activities(i) for i in range(n))).map(list))


def sorted_other(activity: Activity) -> Activity:
    """Elements of the standard come back in the standard's order; their own order among each other stays."""
    return activity.model_copy(update={"other": tuple(sorted(activity.other))})


@given(many_activities())
@FEW
def test_iati(rows: list[Activity]) -> None:
    back = through(lambda p: write_iati(p, rows), read_iati, "a.xml")
    assert isinstance(back, tuple)
    assert [sorted_other(a) for a in back] == [sorted_other(a) for a in rows]


def test_iati_and_oc4ids_are_valid_by_the_published_schemas(standards: Path) -> None:
    @given(many_activities())
    @settings(max_examples=25, deadline=None)
    def iati(rows: list[Activity]) -> None:
        through(
            lambda p: write_iati(p, rows, standards=standards),
            lambda p: read_iati(p, standards=standards),
            "a.xml",
        )

    @given(many_projects())
    @settings(max_examples=25, deadline=None)
    def oc4ids(plans: list[Project]) -> None:
        documents = [as_json(with_standard_fields(p)) for p in plans]
        assert schema_problems(documents, standards, "p.json") == []

    iati()
    oc4ids()


def test_a_project_survives_iati(standards: Path) -> None:
    @given(many_projects())
    @settings(max_examples=25, deadline=None)
    def check(plans: list[Project]) -> None:
        ready = [
            p.model_copy(
                update={
                    "title": "".join(c for c in (p.title or "t") if c.isprintable()).strip() or "t",
                    "description": "a description",
                    "status": p.status or "preparation",
                    "sector": ("energy",),
                    "parties": None,
                    "serai": p.serai.model_copy(
                        update={"start_year": 2025, "countries": ("KAZ",), "sponsor": ()}
                    ),
                }
            )
            for p in plans
        ]
        found = activities_of(ready, Organisation(name="x", ref="XX", type="10"))
        back = through(
            lambda p: write_iati(p, found, standards=standards) if found else None,
            lambda p: read_iati(p) if found else (),
            "a.xml",
        )
        assert isinstance(back, tuple)
        assert [project_of(a) for a in back] == ready

    check()


def test_the_study_survives_every_format(standards: Path, tmp_path: Path) -> None:
    import serai

    tables = read_folder(Path(serai.__file__).parent / "studies" / "tokyo")
    names = [f for f in Tables.__slots__ if f != "absent"]
    write_workbook(tmp_path / "w.xlsx", {name: getattr(tables, name) for name in names})
    back = read_workbook(tmp_path / "w.xlsx")
    assert all(back[name] == getattr(tables, name) for name in names)
    write_oc4ids(
        tmp_path / "p.json", tables.projects, uri="https://example.org/p", publisher="x", standards=standards
    )
    assert read_oc4ids(tmp_path / "p.json", standards=standards) == tables.projects
    dated = [p for p in tables.projects if p.serai.start_year]
    write_iati(
        tmp_path / "a.xml",
        activities_of(dated, Organisation(name="x", ref="X", type="10")),
        standards=standards,
    )
    assert [project_of(a) for a in read_iati(tmp_path / "a.xml", standards=standards)] == dated


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3))
@FEW
def test_numbers_keep_every_digit(numbers: list[float]) -> None:
    rows = [
        Report(fact=f"f{i}", quantity="q", value=v, unit="USD", date="2025", source="https://a.b")
        for i, v in enumerate(numbers)
    ]
    assert through(lambda p: write_csv(p, rows, Report), lambda p: read_csv(p, Report), "r.csv") == tuple(
        rows
    )
    back = through(lambda p: write_workbook(p, {"reports": rows}), read_workbook, "w.xlsx")
    assert back == {"reports": tuple(rows)}
