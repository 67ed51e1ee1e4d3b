"""IATI activities: what is not modelled stays, what was edited is seen, projects travel whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from serai.errors import InputError
from serai.exchange import iati
from serai.exchange.iati import read_iati, stream_iati, write_iati, xsd_problems
from serai.exchange.iati_projects import activities_of, expressible, project_of, transactions_of
from serai.records import Project, Transaction
from serai.records.activity import Activity, ActivityTransaction, Description, Organisation

TRANSACTION = """
    <transaction ref="t1">
      <transaction-type code="3"/><transaction-date iso-date="2021-02-03"/>
      <value value-date="2021-02-03" currency="JPY">1000</value><disbursement-channel code="1"/>
    </transaction>"""

FILE = f"""<?xml version="1.0" encoding="utf-8"?>
<iati-activities version="2.03" xmlns:own="urn:own">
  <iati-activity default-currency="USD" xml:lang="en" hierarchy="1" own:mark="x">
    <!-- not kept -->
    <iati-identifier> XX-1 </iati-identifier>
    <reporting-org ref="XX" type="10"><narrative>Agency</narrative></reporting-org>
    <title><narrative>Road</narrative><narrative xml:lang="ja">道路</narrative></title>
    <description type="1"><narrative>A road &amp; a bridge</narrative><narrative>more words</narrative>
    </description>
    <participating-org ref="XX" role="1" activity-id="XX-0"><narrative>Agency</narrative></participating-org>
    <activity-status code="2"/>
    <activity-date type="2" iso-date="2020-01-01"/>
    <recipient-country code="KG" percentage="100.00"/>
    <location ref="L1"><name><narrative>Osh</narrative></name></location>
    <sector vocabulary="1" code="21020" percentage="100"/>
    <budget type="1" status="2"><period-start iso-date="2020-01-01"/><period-end iso-date="2020-12-31"/>
      <value value-date="2020-01-01">100.50</value></budget>{TRANSACTION}
    <transaction>
      <transaction-type code="2"/><transaction-date iso-date="2020-02-03"/>
      <value value-date="2020-02-03">5</value>
      <description><narrative>agreed</narrative></description>
      <provider-org ref="XX"><narrative>Agency</narrative></provider-org>
    </transaction>
    <document-link format="text/html" url="https://example.org"><title><narrative>Page</narrative></title>
      <category code="A01"/></document-link>
    <own:thing a="1">text</own:thing>
  </iati-activity>
</iati-activities>
"""


def written(folder: Path, text: str = FILE) -> Path:
    path = folder / "a.xml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def activity(tmp_path: Path) -> Activity:
    (found,) = read_iati(written(tmp_path))
    return found


def test_fields_are_read(activity: Activity) -> None:
    assert (activity.identifier, activity.title.text, activity.status) == ("XX-1", "Road", "2")
    assert activity.descriptions[0].text == "A road & a bridge"
    assert [(t.type, t.value, t.currency) for t in activity.transactions] == [
        ("3", 1000, "JPY"),
        ("2", 5, None),
    ]
    assert (activity.countries[0].code, activity.countries[0].percentage) == ("KG", 100)
    assert activity.budgets[0].value == 100.5


def test_what_is_not_modelled_comes_back(activity: Activity, tmp_path: Path, standards: Path) -> None:
    path = tmp_path / "out.xml"
    write_iati(path, [activity], standards=standards)
    text = path.read_text(encoding="utf-8")
    for part in (
        "道路",
        "more words",
        'activity-id="XX-0"',
        "disbursement-channel",
        'ref="t1"',
        "Osh",
        "document-link",
        "own:thing",
    ):
        assert part in text, part
    assert 'own:mark="x"' in text.replace("ns0:", "own:")
    assert "not kept" not in text
    assert (
        text.index("<location") < text.index("<sector") < text.index("<budget") < text.index("<document-link")
    )
    assert read_iati(path, standards=standards) == (activity,)


def test_an_edit_that_would_lose_the_original_is_refused(activity: Activity, tmp_path: Path) -> None:
    first, second = activity.transactions
    edited = activity.model_copy(update={"transactions": (first.model_copy(update={"value": 7.0}), second)})
    with pytest.raises(InputError, match="its original XML says more"):
        write_iati(tmp_path / "out.xml", [edited])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.xml"]
    bare = first.model_copy(update={"value": 7.0, "kept": ""})
    write_iati(tmp_path / "out.xml", [activity.model_copy(update={"transactions": (bare, second)})])
    assert read_iati(tmp_path / "out.xml")[0].transactions == (bare, second)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (' default-currency="USD"', "", "amount without currency (transaction 2)"),
        ('iso-date="2021-02-03"', 'iso-date="2121-02-03"', "a disbursement in the future (2121-02-03)"),
        ('iso-date="2020-01-01"/>', 'iso-date="2020"/>', "not a full date"),
        (">100.50<", ">1.234,56<", "valid number"),
        ('code="3"', 'code="33"', "not one of the choices"),
        ("<iati-identifier> XX-1 </iati-identifier>", "", "a required value is missing"),
        ('code="KG" percentage="100.00"', 'code="KG" percentage="120"', "less than or equal to 100"),
        ('currency="JPY"', 'currency="JPX"', "not an ISO 4217 currency"),
        (
            '<period-end iso-date="2020-12-31"/>',
            '<period-end iso-date="2019-12-31"/>',
            "ends (2019-12-31) before",
        ),
    ],
)
def test_our_model_refuses_what_matters_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in FILE
    with pytest.raises(InputError) as caught:
        read_iati(written(tmp_path, FILE.replace(old, new)))
    assert any(words in str(problem) for problem in caught.value.problems), caught.value
    assert all(str(problem.row).startswith("line 3 (") for problem in caught.value.problems)


def test_a_bad_activity_does_not_stop_the_stream(tmp_path: Path) -> None:
    start, end = FILE.index("  <iati-activity "), FILE.index("</iati-activities>")
    one = FILE[start:end]
    many = FILE[:start] + one.replace('code="2"/>', 'code="9"/>', 1) + one + FILE[end:]
    places = list(stream_iati(written(tmp_path, many)))
    assert [place.activity is None for place in places] == [True, False]
    with pytest.raises(InputError, match="already in line 3"):
        read_iati(written(tmp_path, FILE[:start] + one + one + FILE[end:]))


def test_the_published_schema_is_consulted(tmp_path: Path, standards: Path) -> None:
    wrong = FILE.replace('<activity-status code="2"/>', "<activity-status/>").replace(
        "<budget type", "<buget type"
    )
    wrong = wrong.replace("</budget>", "</buget>")
    found = list(xsd_problems(written(tmp_path, wrong), standards))
    assert any("activity-status" in p.reason and p.row == "line 11" for p in found), found
    assert any("buget" in p.reason for p in found)
    assert list(xsd_problems(written(tmp_path), standards)) == []


def test_a_standard_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that was asked for is never skipped in silence."""
    path = written(tmp_path)
    with pytest.raises(InputError, match="no such folder of standards"):
        read_iati(path, standards=tmp_path / "nowhere")
    monkeypatch.setenv("SERAI_STANDARDS", str(tmp_path))
    with pytest.raises(InputError, match="a file of the standard is missing"):
        read_iati(path)
    monkeypatch.delenv("SERAI_STANDARDS")
    assert len(read_iati(path)) == 1


def test_a_large_file_is_validated_as_a_stream(
    tmp_path: Path, standards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iati, "WHOLE", 0)
    assert list(xsd_problems(written(tmp_path), standards)) == []
    wrong = FILE.replace('<activity-status code="2"/>', "<activity-status/>")
    assert "activity-status" in str(next(xsd_problems(written(tmp_path, wrong), standards)))
    with pytest.raises(InputError, match="document type"):
        list(xsd_problems(written(tmp_path, "<!DOCTYPE x><iati-activities/>"), standards))


PROJECT = Project.model_validate(
    {
        "id": "p-1",
        "title": "Road",
        "status": "maintenance",
        "sector": ["transport.road"],
        "serai": {"countries": ["KGZ", "UZB"], "start_year": 2024, "note": "kept"},
    }
)
REPORTER = Organisation(name="Agency", ref="XX", type="10")


def test_a_project_travels_whole_and_the_standard_wins_where_it_was_changed(
    tmp_path: Path, standards: Path
) -> None:
    paid = Transaction(
        id="t",
        project="p-1",
        commitment="JP-01",
        type="3",
        date="2025-01-31",
        amount=9.0,
        currency="JPY",
        payer="JICA",
        sources=("https://example.org/a",),
        note="first part",
    )
    twin = paid.model_copy(update={"id": "u", "value_date": "2024", "note": "second part"})
    (made,) = activities_of([PROJECT], REPORTER, [paid, twin])
    assert sum(c.percentage or 0 for c in made.countries) == 100
    write_iati(tmp_path / "a.xml", [made], standards=standards)
    (back,) = read_iati(tmp_path / "a.xml")
    assert project_of(back) == PROJECT
    assert transactions_of(back, "p-1") == (paid, twin)
    dearer = back.transactions[0].model_copy(update={"value": 10.0})
    corrected = transactions_of(back.model_copy(update={"transactions": (dearer,)}), "p-1")
    assert [(t.id, t.amount, t.payer) for t in corrected] == [("p-1-1", 10.0, "JICA")]
    changed = back.model_copy(update={"title": Description(text="Highway"), "status": "5"})
    assert (project_of(changed).title, project_of(changed).status) == ("Highway", "cancelled")
    assert project_of(changed).serai == PROJECT.serai


def test_an_activity_of_others_becomes_a_project(activity: Activity) -> None:
    project = project_of(activity)
    assert (project.id, project.title, project.status) == ("XX-1", "Road", "implementation")
    assert project.countries == ("KGZ",)
    assert [t.currency for t in transactions_of(activity, "XX-1")] == ["JPY", "USD"]


def test_what_iati_cannot_take_is_said_of_every_project() -> None:
    bare = Project(id="p-2")
    vague = Transaction(id="t", project="p-1", type="2", date="2025", amount=9.0, currency="JPY")
    alone = vague.model_copy(update={"id": "u", "project": "", "commitment": "JP-01", "date": "2025-01-31"})
    whole = alone.model_copy(update={"id": "v", "project": "p-1"})
    with pytest.raises(InputError) as caught:
        activities_of([PROJECT, bare], REPORTER, [vague, alone, whole])
    assert [(p.row, p.reason) for p in caught.value.problems] == [
        ("p-2", "IATI needs a title and a status"),
        ("p-2", "IATI needs a start"),
        ("t", "IATI needs the day of a transaction"),
        ("u", "IATI needs the project of a transaction"),
    ]
    fit, money, problems = expressible([PROJECT, bare], [vague, alone, whole])
    assert (fit, money, problems) == ((PROJECT,), (whole,), caught.value.problems)


def test_control_characters_are_refused_by_name(activity: Activity, tmp_path: Path) -> None:
    bad = activity.model_copy(update={"title": Description(text="a\x00b")})
    with pytest.raises(InputError, match="a text that XML cannot hold"):
        write_iati(tmp_path / "out.xml", [bad])


def test_amounts_keep_their_digits_without_an_exponent(activity: Activity, tmp_path: Path) -> None:
    tiny = ActivityTransaction(
        type="2", date="2024-01-01", value=1.5e-7, value_date="2024-01-01", currency="USD"
    )
    huge = tiny.model_copy(update={"value": 1.25e21})
    write_iati(tmp_path / "out.xml", [activity.model_copy(update={"transactions": (tiny, huge)})])
    assert ">0.00000015<" in (tmp_path / "out.xml").read_text(encoding="utf-8")
    assert read_iati(tmp_path / "out.xml")[0].transactions == (tiny, huge)


def test_a_file_with_more_records_than_a_table_takes_is_refused_on_the_way(tmp_path: Path) -> None:
    from serai.exchange.iati_projects import read_iati_records
    from serai.exchange.limits import Limits

    start, end = FILE.index("<iati-activity "), FILE.index("</iati-activities>")
    one, name = FILE[start:end], re.search(r"<iati-identifier>(.*?)<", FILE)
    assert name is not None
    many = FILE[:start] + "".join(one.replace(name[1], f"A-{n}") for n in range(4)) + FILE[end:]
    path = written(tmp_path, many)
    projects, money = read_iati_records(path)
    assert [p.id for p in projects] == ["A-0", "A-1", "A-2", "A-3"]
    each = len(money) // 4
    assert {t.project for t in money} == {p.id for p in projects}
    with pytest.raises(InputError, match=f"A-1: more than {each} records of one kind"):
        read_iati_records(path, Limits(rows=each))
