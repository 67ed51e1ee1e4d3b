"""The checklist against the CoST Infrastructure Data Standard and OC4IDS 0.9.5 themselves."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from serai.programme import standard_checklist

CORE = (
    "project-level-identification",
    "project-level-preparation",
    "process-level-procurement",
    "process-level-implementation",
    "project-level-completion",
)


@pytest.fixture(scope="module")
def standard():
    default = Path(__file__).resolve().parents[4] / "shared" / "standards"
    folder = Path(os.environ.get("SERAI_STANDARDS", default)) / "oc4ids-0.9.5"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set SERAI_STANDARDS to run this test")
    return folder


def questions(standard_name):
    return [question for question in standard_checklist().questions if question.standard == standard_name]


def test_all_39_core_elements(standard):
    titles = []
    for name in CORE:
        with (standard / "cost-mapping" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            titles += [" ".join(row["CoST IDS element"].split()) for row in csv.DictReader(file)]
    titles = [title for title in titles if title]
    assert len(titles) == 39
    assert Counter(question.title for question in questions("CoST IDS core")) == Counter(titles)


def test_all_78_sustainability_elements(standard):
    text = (standard / "cost-mapping" / "sustainability.yaml").read_text(encoding="utf-8")
    numbers = re.findall(r"^-   id: '([\d.]+)'$", text, re.M)
    titles = [title.strip("'\"").replace("''", "'") for title in re.findall(r"^    title: (.+)$", text, re.M)]
    assert len(numbers) == len(titles) == 78
    ours = {question.element: question.title for question in questions("CoST IDS sustainability")}
    assert ours == dict(zip(numbers, titles, strict=True))


def test_every_field_exists_in_the_schema_and_every_code_in_its_list(standard):
    schema = json.loads((standard / "project-schema.json").read_text(encoding="utf-8"))
    codes = {}
    for name, file_name in (
        ("documentType", "documentType"),
        ("role", "partyRole"),
        ("type", "modificationType"),
    ):
        with (standard / "codelists" / f"{file_name}.csv").open(encoding="utf-8", newline="") as file:
            codes[name] = {row["Code"] for row in csv.DictReader(file)}
    names = set(re.findall(r'"(\w+)": \{', json.dumps(schema)))
    for question in standard_checklist().questions:
        for path in question.oc4ids_fields:
            for part in path.split("/"):
                field, _, code = part.partition("[")
                assert field in names, f"{question.key}: {field}"
                if code:
                    kind, _, value = code.rstrip("]").partition("=")
                    assert value in codes[kind], f"{question.key}: {value}"
            assert path.split("/")[0].split("[")[0] in schema["properties"], f"{question.key}: {path}"


def test_every_criterion_has_questions_and_every_g20_principle_a_criterion():
    checklist = standard_checklist()
    assert {criterion.principle for criterion in checklist.criteria} == {1, 2, 3, 4, 5, 6}
    counts = Counter(question.criterion for question in checklist.questions)
    assert set(counts) == set(checklist.axis)
    assert min(counts.values()) >= 5
