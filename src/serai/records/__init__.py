"""Every record as one frozen model: files, database and pages all go through it.

    commitment.py   Commitment            a promise, or one side's claim about promises
    meeting.py      Format, Meeting       who meets in which format, when and where
    project.py      Project, Financing    OC4IDS 0.9.5 names; what it cannot say is under `serai`
    finance.py      Financier, Transaction
    evidence.py     Report, Assessment, Milestone
    schema.py       json_schema           all of it as JSON Schema

A record refuses unknown fields. An imported OC4IDS project keeps them under `extra` and gives them back.
"""

from serai.records.base import Record, problems_of
from serai.records.commitment import Commitment
from serai.records.evidence import Assessment, Milestone, Report
from serai.records.finance import Financier, Transaction
from serai.records.meeting import Format, Meeting
from serai.records.project import Financing, Project
from serai.records.schema import RECORDS, json_schema

__all__ = [
    "RECORDS",
    "Assessment",
    "Commitment",
    "Financier",
    "Financing",
    "Format",
    "Meeting",
    "Milestone",
    "Project",
    "Record",
    "Report",
    "Transaction",
    "json_schema",
    "problems_of",
]
