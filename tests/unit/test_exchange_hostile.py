"""Files that are broken, careless or hostile: refused with their place, nothing written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pydantic import ValidationError

from hostile_files import GOOD, LAUGHS, OUTSIDE, REMOTE, bomb, gigabyte, rewritten, stored, workbook
from serai.errors import InputError
from serai.exchange import folder
from serai.exchange.csv import read_csv, write_csv
from serai.exchange.folder import read_folder
from serai.exchange.iati import read_iati
from serai.exchange.limits import MIB, Limits
from serai.exchange.oc4ids import read_oc4ids, write_oc4ids
from serai.exchange.xlsx import read_workbook, write_workbook
from serai.records import Commitment, Project, Transaction


def refusal(read: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        read()
    return caught.value


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "1.234,56", "two ways"),
        ("amount", "1,234", "two ways"),
        ("amount", "1 234", "two ways"),
        ("amount", "10 USD / 9 EUR", "two currencies in one cell"),
        ("amount", "10 USD", "a currency inside the number"),
        ("amount", "about ten", "not a number"),
        ("amount", "#REF!", "a formula that ended in #REF!"),
        ("amount", -5, "greater than or equal to 0"),
        ("currency", None, "an amount without currency"),
        ("currency", "JPX", "not an ISO 4217 currency"),
        ("date", "20.12.2025", "not a date"),
        ("date", "2025-02-30", "no such day"),
        ("date", None, "a required value is missing"),
        ("kind", "plege", "Did you mean pledge"),
        ("countries", "KAZ; XXX", "not an ISO 3166"),
        ("direction", "JPN->KAZ", "payer>payee"),
        ("sources", "see the page", "not an address of a page"),
        ("overlaps", "X-2", "cannot contain or overlap itself"),
    ],
)
def test_one_bad_cell_is_named_with_sheet_row_and_column(
    tmp_path: Path, field: str, value: object, words: str
) -> None:
    path = workbook(tmp_path / "w.xlsx", [GOOD, GOOD | {"id": "X-2", field: value}])
    error = refusal(lambda: read_workbook(path))
    assert len(error.problems) == 1, error
    problem = error.problems[0]
    assert words in str(problem)
    assert problem.file == "w.xlsx, sheet commitments"
    assert problem.row == 3
    if problem.field and field in GOOD and problem.field.startswith(field):
        assert "(column " in problem.field


def test_a_real_excel_date_is_read_as_its_day(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "w.xlsx", [GOOD | {"date": date(2025, 12, 20)}, GOOD | {"id": "Y", "date": 2025}]
    )
    (first, second) = read_workbook(path)["commitments"]
    assert isinstance(first, Commitment)
    assert isinstance(second, Commitment)
    assert (first.date, second.date) == ("2025-12-20", "2025")


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    bad = {"amount": "1.234,56", "date": "soon", "kind": "hope"}
    path = workbook(tmp_path / "w.xlsx", [GOOD | bad, GOOD | bad | {"id": "X-2"}])
    assert len(refusal(lambda: read_workbook(path)).problems) == 6


def test_wrong_sheet_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", [GOOD], sheet="comitments")
    assert "Did you mean commitments" in str(refusal(lambda: read_workbook(path)))


@pytest.mark.parametrize("name", ["role", "link"])
def test_a_column_by_its_old_name_is_told_the_new_one(tmp_path: Path, name: str) -> None:
    file = tmp_path / "projects.csv"
    file.write_text(f"id,serai/countries,serai/japan_{name}\nx,KAZ,contractor\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_csv(file, Project)
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.field) == ("projects.csv", 1, f"serai/japan_{name}")
    assert problem.reason == f"this column is called serai/lead_{name} now"
    with pytest.raises(ValidationError, match=rf"called lead_{name} now"):
        Project.model_validate({"id": "x", "serai": {f"japan_{name}": "contractor"}})


def test_unknown_repeated_and_missing_columns(tmp_path: Path) -> None:
    row = {k: v for k, v in GOOD.items() if k != "grade"} | {"ammount": 3}
    text = str(refusal(lambda: read_workbook(workbook(tmp_path / "w.xlsx", [row]))))
    assert "Did you mean amount" in text
    assert "grade: a required column is missing" in text

    def twice(page: Any) -> None:
        page.cell(1, len(GOOD) + 1, "amount")

    text = str(refusal(lambda: read_workbook(workbook(tmp_path / "v.xlsx", [GOOD], change=twice))))
    assert "the column appears twice" in text


def test_merged_cells(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "w.xlsx", [GOOD, GOOD | {"id": "Y"}], change=lambda page: page.merge_cells("A2:A3")
    )
    problem = refusal(lambda: read_workbook(path)).problems[0]
    assert (problem.reason, problem.row, problem.field) == ("merged cells", 2, "A2:A3")


def test_duplicate_identifier(tmp_path: Path) -> None:
    problem = refusal(lambda: read_workbook(workbook(tmp_path / "w.xlsx", [GOOD, GOOD]))).problems[0]
    assert "already in row 2" in problem.reason
    assert problem.row == 3


def test_value_outside_the_table(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", [GOOD], change=lambda page: page.cell(2, 30, "note to self"))
    assert "outside the columns" in str(refusal(lambda: read_workbook(path)))


def test_formula_without_a_stored_value(tmp_path: Path) -> None:
    problem = refusal(
        lambda: read_workbook(workbook(tmp_path / "w.xlsx", [GOOD | {"amount": "=1+1"}]))
    ).problems[0]
    assert problem.reason == "a formula whose value is not stored"
    assert problem.field == "K2"


def test_formula_that_ended_in_an_error(tmp_path: Path) -> None:
    path = rewritten(
        workbook(tmp_path / "w.xlsx", [GOOD | {"amount": "=1/0"}]),
        stored("#DIV/0!", error=True),
    )
    assert "a formula that ended in #DIV/0!" in str(refusal(lambda: read_workbook(path)))


def test_formula_with_a_stored_value_is_read(tmp_path: Path) -> None:
    path = rewritten(
        workbook(tmp_path / "w.xlsx", [GOOD | {"amount": "=1+1"}]),
        stored("2"),
    )
    (record,) = read_workbook(path)["commitments"]
    assert isinstance(record, Commitment)
    assert record.amount == 2


@pytest.mark.parametrize(
    ("stray", "words"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "row 1,048,576 and column 16,384"),
        ("<row r='1048576'><c\nr = 'XFD1048576'><v>1</v></c></row>", "row 1,048,576 and column 16,384"),
        ('<row r="1048576"><c r="&#88;FD&#49;048576"/></row>', "row 1,048,576 and column 16,384"),
        ('<row r="1048576"><c r="xfd1048576"/></row>', "row 1,048,576 and column 16,384"),
        ('<row r="900000000"><c><v>1</v></c></row>', "row 900,000,000"),
        ('<row><c r="A1:XFD9"/></row>', "no place in a sheet"),
        ('<row r="5"><c r="XFD1048576"></row>', "not an XLSX workbook"),
    ],
)
def test_one_stray_cell_does_not_make_billions(tmp_path: Path, stray: str, words: str) -> None:
    path = rewritten(
        workbook(tmp_path / "w.xlsx", [GOOD]),
        lambda xml: xml.replace(b"</sheetData>", stray.encode() + b"</sheetData>"),
    )
    assert words in str(refusal(lambda: read_workbook(path)))


def test_a_sheet_in_another_encoding_or_with_entities(tmp_path: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"/></row></sheetData>'

    def utf16(xml: bytes) -> bytes:
        text = xml.replace(b"</sheetData>", far).decode()
        return ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")

    path = rewritten(workbook(tmp_path / "w.xlsx", [GOOD]), utf16)
    assert "row 1,048,576" in str(refusal(lambda: read_workbook(path)))
    path = rewritten(workbook(tmp_path / "w.xlsx", [GOOD]), lambda xml: LAUGHS.encode() + xml)
    assert "declares a document type" in str(refusal(lambda: read_workbook(path)))


def test_a_sheet_that_hides_under_another_name(tmp_path: Path) -> None:
    """The index may point anywhere; what it points at must be a part that was looked through."""
    old, out = workbook(tmp_path / "w.xlsx", [GOOD]), tmp_path / "v.xlsx"
    with zipfile.ZipFile(old) as archive, zipfile.ZipFile(out, "w") as new:
        for name in archive.namelist():
            data = archive.read(name).replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.bin")
            new.writestr(name.replace("sheet1.xml", "sheet1.bin"), data)
    assert "not an XLSX workbook" in str(refusal(lambda: read_workbook(out)))


def test_a_part_given_twice_or_cut_off(tmp_path: Path) -> None:
    """Two parts of one name let two readers see two files; a cut part is not read as a short table."""
    cut = rewritten(workbook(tmp_path / "w.xlsx", [GOOD]), lambda xml: xml[: xml.index(b"</sheetData>")])
    assert "not an XLSX workbook" in str(refusal(lambda: read_workbook(cut)))
    path = workbook(tmp_path / "v.xlsx", [GOOD])
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("xl/worksheets/sheet1.xml", archive.read("xl/worksheets/sheet1.xml"))
    assert "not an XLSX workbook" in str(refusal(lambda: read_workbook(path)))


def test_a_declared_extent_alone_is_harmless(tmp_path: Path) -> None:
    path = rewritten(
        workbook(tmp_path / "w.xlsx", [GOOD]),
        lambda xml: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:XFD1048576"/>', xml),
    )
    assert len(read_workbook(path)["commitments"]) == 1


def test_zip_bomb_by_declared_size(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.xlsx", 60)
    assert path.stat().st_size < MIB
    assert "unpack to far more" in str(refusal(lambda: read_workbook(path)))


def test_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = bomb(tmp_path / "liar.xlsx", 60, start=b"<a>")
    data = path.read_bytes()
    size = (60 * MIB + 3).to_bytes(4, "little")
    assert size in data
    path.write_bytes(data.replace(size, (1000).to_bytes(4, "little")))
    assert "not an XLSX workbook: " in str(refusal(lambda: read_workbook(path)))


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"hello", b"", b"\xd0\xcf\x11\xe0 old excel"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(content)
    assert refusal(lambda: read_workbook(path)).problems


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "not an XLSX workbook" in str(refusal(lambda: read_workbook(tmp_path / "w.xlsx")))


@pytest.mark.parametrize("name", ["big.xlsx", "big.csv", "big.json", "big.xml"])
def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path: Path, name: str) -> None:
    path = gigabyte(tmp_path / name)
    readers: dict[str, Callable[[Path], object]] = {
        ".xlsx": read_workbook,
        ".csv": lambda p: read_csv(p, Commitment),
        ".json": read_oc4ids,
        ".xml": read_iati,
    }
    assert "1,024 MiB; at most" in str(refusal(lambda: readers[path.suffix](path)))


@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE, REMOTE, "<!DOCTYPE iati-activities>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused(tmp_path: Path, declared: str, encoding: str) -> None:
    path = tmp_path / "a.xml"
    text = f'<?xml version="1.0" encoding="{encoding}"?>{declared}'
    text += '<iati-activities version="2.03">&d;</iati-activities>'
    path.write_bytes(text.encode(encoding))
    words = str(refusal(lambda: read_iati(path)))
    assert "document type" in words or "not well-formed" in words
    assert "haha" not in words


def test_xml_nested_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text('<iati-activities version="2.03">' + "<a>" * 100_000, encoding="utf-8")
    assert "not well-formed" in str(refusal(lambda: read_iati(path)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<iati-organisations version='2.03'/>", "not an IATI activity file"),
        ("<iati-activities version='1.05'/>", "not a file of IATI 2"),
        ("<iati-activities version='2.03'><iati-activity>", "not well-formed"),
        ("not xml", "not well-formed"),
    ],
)
def test_what_is_no_iati_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    assert words in str(refusal(lambda: read_iati(tmp_path / "a.xml")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ('{"id": "a", "id": "b"}', "'id' is given twice"),
        ('{"id": "a", "budget": {"amount": {"amount": NaN, "currency": "USD"}}}', "NaN is not a number"),
        ('[{"id": "a"}, {"id": "a"}]', "appears 2 times"),
        ('{"title": "no id"}', "a required value is missing"),
        ('{"id": "a", "budget": {"amount": {"amount": 5}}}', "an amount without currency"),
        ('{"id": "a", "period": {"startDate": "2025"}}', "not a date-time"),
        ('{"id": "a", "status": "started"}', "not one of the choices"),
        ("[1, 2]", "neither a project package"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_bad_json(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "p.json").write_text(text, encoding="utf-8")
    assert words in str(refusal(lambda: read_oc4ids(tmp_path / "p.json")))


def test_csv_that_is_not_utf8_or_ragged(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes("id,summary\nX,обещание\n".encode("cp1251"))
    assert "not UTF-8" in str(refusal(lambda: read_csv(path, Commitment)))
    path.write_text(",".join(GOOD) + "\nX,1\n", encoding="utf-8")
    assert "the row has 2 cells, the header 15" in str(refusal(lambda: read_csv(path, Commitment)))
    path.write_text('id,summary\nX,"open', encoding="utf-8")
    assert refusal(lambda: read_csv(path, Commitment)).problems


def test_rows_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    line = ",".join(str(v) for v in GOOD.values())
    path.write_text(",".join(GOOD) + "\n" + (line + "\n") * 5, encoding="utf-8")
    assert len(read_csv(path, Commitment)) == 5
    assert "more than 4 rows" in str(refusal(lambda: read_csv(path, Commitment, Limits(rows=4))))


def test_a_cycle_in_part_of_is_refused_with_its_path(tmp_path: Path) -> None:
    chain = [("A", "B"), ("B", "C"), ("C", "A"), ("D", "A")]
    rows = [GOOD | {"id": i, "part_of": whole} for i, whole in chain]
    write_csv(
        tmp_path / "commitments.csv",
        read_workbook(workbook(tmp_path / "w.xlsx", rows))["commitments"],
        Commitment,
    )
    assert "A > B > C > A" in str(refusal(lambda: read_folder(tmp_path)))


def test_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    rows = [GOOD | {"part_of": "X-9"}, GOOD | {"id": "X-2", "overlaps": "X-3"}]
    write_csv(
        tmp_path / "commitments.csv",
        read_workbook(workbook(tmp_path / "w.xlsx", rows))["commitments"],
        Commitment,
    )
    error = refusal(lambda: read_folder(tmp_path))
    assert [(p.row, p.field, p.value) for p in error.problems] == [
        ("X-1", "part_of", "X-9"),
        ("X-2", "overlaps", "X-3"),
    ]


def test_a_disbursement_in_the_future_is_refused() -> None:
    tomorrow = (date.today() + timedelta(days=2)).isoformat()
    fields = {"id": "t", "date": tomorrow, "amount": 5.0, "currency": "JPY"}
    with pytest.raises(ValueError, match="a disbursement in the future"):
        Transaction.model_validate(fields | {"type": "3"})
    assert Transaction.model_validate(fields | {"type": "2"}).date == tomorrow


def test_nothing_is_written_when_writing_fails(tmp_path: Path, standards: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text("before", encoding="utf-8")
    bad = Project(id="a", extra={"lobbyingMeetings": "not a list"})
    with pytest.raises(InputError, match="OC4IDS schema says"):
        write_oc4ids(path, [bad], uri="https://example.org", publisher="serai", standards=standards)
    assert path.read_text(encoding="utf-8") == "before"
    long = Commitment.model_validate(
        GOOD | {"parties": ["Japan"], "areas": ["green"], "countries": ["KAZ"], "sources": ["https://a.b"]}
    ).model_copy(update={"summary": "x" * 40_000})
    with pytest.raises(InputError, match="a cell holds 32,767"):
        write_workbook(tmp_path / "w.xlsx", {"commitments": [long]})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.json"]


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", [GOOD])
    (record,) = read_workbook(path)["commitments"]
    evil = record.model_copy(update={"summary": '=HYPERLINK("http://192.0.2.1","x")'})
    write_workbook(path, {"commitments": [evil]})
    book = load_workbook(path)
    headers = [cell.value for cell in book["commitments"][1]]
    cell = book["commitments"].cell(2, headers.index("summary") + 1)
    assert (cell.data_type, str(cell.value)[0]) == ("s", "'")
    assert read_workbook(path)["commitments"] == (evil,)
    write_csv(tmp_path / "c.csv", [evil], Commitment)
    assert "'=HYPERLINK" in (tmp_path / "c.csv").read_text(encoding="utf-8")
    assert read_csv(tmp_path / "c.csv", Commitment) == (evil,)


def test_memory_stays_bounded_while_a_bomb_is_refused(tmp_path: Path) -> None:
    """In a process of its own: refusing a bomb of 64 MiB takes less than 200 MiB more than starting."""
    path = bomb(tmp_path / "bomb.xlsx", 64, piece=b'<c r="A1"><v>1</v></c>' * 47_000)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from serai.errors import InputError; from serai.exchange.xlsx import read_workbook\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_workbook(Path(sys.argv[1]))\n"
        "except InputError: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ.copy(),
    )
    assert int(out.stdout) < 200 * 1024


def test_json_export_is_readable_by_others(tmp_path: Path) -> None:
    write_oc4ids(
        tmp_path / "p.json", [Project(id="a", title="路")], uri="https://example.org", publisher="serai"
    )
    package = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert package["version"] == "0.9"
    assert package["projects"] == [{"id": "a", "title": "路"}]


@pytest.mark.parametrize(("top", "left", "place"), [(1, 1, "L"), (4, 1, "L"), (1, 3, "N"), (4, 3, "N")])
def test_a_table_may_start_anywhere_and_its_cells_keep_their_names(
    tmp_path: Path, top: int, left: int, place: str
) -> None:
    def moved(page: Any) -> None:
        page.move_range(page.dimensions, rows=top - 1, cols=left - 1)

    path = workbook(tmp_path / "w.xlsx", [GOOD], change=moved)
    assert [record.id for record in read_workbook(path)["commitments"]] == ["X-1"]  # type: ignore[attr-defined]
    path = workbook(tmp_path / "w.xlsx", [GOOD, GOOD | {"id": "Y", "currency": None}], change=moved)
    (problem,) = refusal(lambda: read_workbook(path)).problems
    assert (problem.row, problem.field) == (top + 2, f"currency (column {place})")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": None, "amount_low": 5}, "amount (column K)"),
        ({"currency": None}, "currency (column L)"),
        ({"part_of": "X-1"}, "part_of (column P)"),
        ({"overlaps": "X-1"}, "overlaps (column P)"),
        ({"starts": "2028", "due": "2026"}, "due (column Q)"),
        ({"areas": "all; green"}, "areas (column I)"),
        ({"kind": "count"}, "unit"),
        ({"amount_high": 3}, "amount (column K)"),
    ],
)
def test_what_is_wrong_between_cells_names_one_of_them(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    path = workbook(tmp_path / "w.xlsx", [GOOD | change])
    (problem,) = refusal(lambda: read_workbook(path)).problems
    assert problem.field == field


def test_when_one_table_cannot_be_written_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_at_projects(path: Path, rows: Any, model: Any) -> None:
        if "projects" in path.name:
            raise OSError("disk full")
        write_csv(path, rows, model)

    (tmp_path / "commitments.csv").write_text("before", encoding="utf-8")
    monkeypatch.setattr(folder, "write_csv", fails_at_projects)
    with pytest.raises(OSError, match="disk full"):
        folder.write_folder(tmp_path, folder.Tables(), ["commitments", "projects"])
    assert [path.name for path in tmp_path.iterdir()] == ["commitments.csv"]
    assert (tmp_path / "commitments.csv").read_text(encoding="utf-8") == "before"
