"""Which projects: what is known of their quality, and what they are worth.

project     what the rest of the folder needs to know of a project
parameters  constants of the world, from tables/
checklist   criteria, questions, gates, answers
quality     screen(projects, answers) -> Screening
red_flags   one rule a function
smaa        smaa(low, high, ...) -> Acceptability
information what the ranking hangs on, which question to ask next
"""

from serai.programme.checklist import (
    Answer,
    Checklist,
    Criterion,
    Gate,
    Question,
    Waiver,
    read_answers,
    standard_checklist,
)
from serai.programme.information import criterion_sensitivity, question_values, round_values
from serai.programme.project import Project, read_projects
from serai.programme.quality import GateResult, Screening, compliance_share, screen
from serai.programme.red_flags import Flag
from serai.programme.smaa import Acceptability, ordered_weights, smaa, uniform_weights

__all__ = [
    "Acceptability",
    "Answer",
    "Appraisal",
    "Assumptions",
    "Bar",
    "Channel",
    "Checklist",
    "Criterion",
    "Flag",
    "Gate",
    "GateResult",
    "InternalRates",
    "Project",
    "Question",
    "Screening",
    "Standing",
    "Switch",
    "Waiver",
    "Worth",
    "appraise",
    "channel_of",
    "compliance_share",
    "criterion_sensitivity",
    "internal_rates",
    "modified_rate",
    "ordered_weights",
    "payback",
    "present_value",
    "question_values",
    "read_answers",
    "read_projects",
    "round_values",
    "screen",
    "smaa",
    "standard_checklist",
    "unappraisable",
    "uniform_weights",
]
