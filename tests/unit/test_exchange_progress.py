"""Readers tell how far they are, from nothing to all of it, and never backwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from serai.exchange import progress
from serai.exchange.csv import read_csv, write_csv
from serai.exchange.iati import read_iati
from serai.exchange.oc4ids import read_oc4ids, write_oc4ids
from serai.exchange.xlsx import read_workbook, write_workbook
from serai.records import Financier, Project

Told = list[tuple[str, int, int]]
FINANCIERS = tuple(Financier(id=f"f{n}", name="A bank", type="bank", note="x" * 50) for n in range(60))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 7)
    monkeypatch.setattr(progress, "PIECE", 5_000)
    monkeypatch.setattr("serai.exchange.xlsx.EVERY", 7)


def read(path: Path) -> Told:
    told: Told = []

    def tell(name: str, done: int, total: int) -> None:
        told.append((name, done, total))

    match path.suffix:
        case ".csv":
            assert read_csv(path, Financier, progress=tell) == FINANCIERS
        case ".xlsx":
            assert read_workbook(path, progress=tell) == {"financiers": FINANCIERS}
        case ".json":
            assert len(read_oc4ids(path, progress=tell)) == 60
        case ".xml":
            assert len(read_iati(path, progress=tell)) == 200
    return told


def write(path: Path) -> None:
    match path.suffix:
        case ".csv":
            write_csv(path, FINANCIERS, Financier)
        case ".xlsx":
            write_workbook(path, {"financiers": FINANCIERS})
        case ".json":
            write_oc4ids(path, [Project(id=f"p{n}") for n in range(60)], uri="https://a.b", publisher="x")
        case ".xml":
            one = (
                "<iati-activity><iati-identifier>A-{0}</iati-identifier><reporting-org ref='A' type='10'>"
                "<narrative>A</narrative></reporting-org><title><narrative>T</narrative></title>"
                "<description><narrative>D</narrative></description><participating-org role='4'>"
                "<narrative>B</narrative></participating-org><activity-status code='2'/>"
                "<activity-date type='1' iso-date='2024-01-01'/></iati-activity>\n"
            )
            text = "".join(one.format(n) for n in range(200))
            path.write_text(f"<iati-activities version='2.03'>{text}</iati-activities>", encoding="utf-8")


@pytest.mark.parametrize("name", ["f.csv", "w.xlsx", "p.json", "a.xml"])
def test_every_reader_tells_how_far_it_is(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    told = read(tmp_path / name)
    assert {part for part, _, _ in told} == {"financiers" if name == "w.xlsx" else name}
    done = [at for _, at, _ in told]
    assert done == sorted(done)
    assert len(set(done)) >= 3, "not only at the end"
    assert done[-1] == told[-1][2] > 0, "all of it"
    assert len({total for _, _, total in told}) == 1
