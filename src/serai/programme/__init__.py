"""Which projects: what is known of their quality, and what they are worth.

project      what the rest of the folder needs to know of a project
connect      projects from the records of a study
parameters   constants of the world, from `tables/`
checklist    criteria, questions, gates, environmental categories
answers      what a source says to a question; waivers
quality      screen(projects, answers) -> Screening
gates        what excludes a project
red_flags    what asks for a second look, one rule a function
weights      all weights that nobody has ruled out
smaa         smaa(low, high, ...) -> Acceptability
information  what the ranking hangs on, which question to ask next

rows         columns and cells of a table, checked
polynomial   positive roots, counted without rounding
cashflow     present value, all internal rates, MIRR, payback
overruns     how estimates of a reference class have turned out
benefits     one benefit channel a project
loan         what a lender pays in and gets back
flows        costs and benefits year by year
valuation    a project's amounts as a function of its drivers
sensitivity  switching values and tornado
appraisal    appraise(project, assumptions, draws) -> Appraisal
"""

from serai.programme.answers import Answer, Waiver, check_answers, read_answers
from serai.programme.appraisal import Appraisal, appraise, compare, unappraisable
from serai.programme.benefits import Channel, channel_of
from serai.programme.cashflow import InternalRates, internal_rates, modified_rate, payback, present_value
from serai.programme.checklist import (
    Checklist,
    Criterion,
    Gate,
    Question,
    build_checklist,
    standard_checklist,
)
from serai.programme.connect import candidates, from_records, waivers
from serai.programme.gates import GateResult
from serai.programme.information import criterion_sensitivity, question_values, round_values
from serai.programme.loan import Loan, debt_service
from serai.programme.project import Project, read_projects
from serai.programme.quality import Screening, compliance_share, screen
from serai.programme.red_flags import Flag, red_flag_titles
from serai.programme.sensitivity import Bar, Switch
from serai.programme.smaa import Acceptability, smaa
from serai.programme.valuation import Assumptions, Standing, Worth
from serai.programme.weights import ordered_weights, uniform_weights

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
    "Loan",
    "Project",
    "Question",
    "Screening",
    "Standing",
    "Switch",
    "Waiver",
    "Worth",
    "appraise",
    "build_checklist",
    "candidates",
    "channel_of",
    "check_answers",
    "compare",
    "compliance_share",
    "criterion_sensitivity",
    "debt_service",
    "from_records",
    "internal_rates",
    "modified_rate",
    "ordered_weights",
    "payback",
    "present_value",
    "question_values",
    "read_answers",
    "read_projects",
    "red_flag_titles",
    "round_values",
    "screen",
    "smaa",
    "standard_checklist",
    "unappraisable",
    "uniform_weights",
    "waivers",
]
