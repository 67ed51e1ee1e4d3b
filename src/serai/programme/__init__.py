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

rules        what a programme must obey, from `rules.toml`
prospect     what choosing needs to know of a project
open_amounts prospects from the records of a study
model        columns, named rows, HiGHS
constraints  one function for each kind of rule
conflict     a smallest set of rules that contradict each other
solver       HiGHS, asked twice; the gap and the bound are proven
portfolio    choose(projects, rules, draws) -> Programme
prices       what each rule costs
core         how often each project is chosen, and the regret; checkpoint keeps what is done
whatif       the programme under other budgets, floors and quality rules
ranking      the usual shortcut beside it
interaction  projects that are worth more together: choose_together(programme, value, projects)
effects      what projects do to the network and to economies
acts         what a programme does, as one scenario
gains        what that brings a year, through network and equilibrium
together     what sets of them bring
plan         all of it for one study, as the brief tells it
"""

from serai.programme.acts import Act, acts, acts_data, as_scenario, with_scenario
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
from serai.programme.conflict import RulesConflictError
from serai.programme.connect import candidates, from_records, waivers
from serai.programme.core import CoreIndex, core_index
from serai.programme.effects import ProjectEffect, network_effects, read_effects
from serai.programme.gains import WorksWorld, network_gains
from serai.programme.gates import GateResult
from serai.programme.information import criterion_sensitivity, question_values, round_values
from serai.programme.interaction import Together, choose_together
from serai.programme.loan import Loan, debt_service
from serai.programme.open_amounts import study_prospects
from serai.programme.portfolio import Pick, Programme, choose
from serai.programme.prices import RulePrice, prices_table, rule_prices
from serai.programme.project import Project, read_projects
from serai.programme.prospect import KnownStake, Prospect
from serai.programme.quality import Screening, compliance_share, screen
from serai.programme.ranking import Ranking, ranking
from serai.programme.red_flags import Flag, red_flag_titles
from serai.programme.rules import Rules, read_rules
from serai.programme.sensitivity import Bar, Switch
from serai.programme.smaa import Acceptability, smaa
from serai.programme.together import EquilibriumValue, equilibrium_value
from serai.programme.valuation import Assumptions, Standing, Worth
from serai.programme.weights import ordered_weights, uniform_weights
from serai.programme.whatif import (
    QualityPays,
    budget_frontier,
    floor_frontier,
    quality_frontier,
    quality_pays,
)

__all__ = [
    "Acceptability",
    "Act",
    "Answer",
    "Appraisal",
    "Assumptions",
    "Bar",
    "Channel",
    "Checklist",
    "CoreIndex",
    "Criterion",
    "EquilibriumValue",
    "Flag",
    "Gate",
    "GateResult",
    "InternalRates",
    "KnownStake",
    "Loan",
    "Pick",
    "Programme",
    "Project",
    "ProjectEffect",
    "Prospect",
    "QualityPays",
    "Question",
    "Ranking",
    "RulePrice",
    "Rules",
    "RulesConflictError",
    "Screening",
    "Standing",
    "Switch",
    "Together",
    "Waiver",
    "WorksWorld",
    "Worth",
    "acts",
    "acts_data",
    "appraise",
    "as_scenario",
    "budget_frontier",
    "build_checklist",
    "candidates",
    "channel_of",
    "check_answers",
    "choose",
    "choose_together",
    "compare",
    "compliance_share",
    "core_index",
    "criterion_sensitivity",
    "debt_service",
    "equilibrium_value",
    "floor_frontier",
    "from_records",
    "internal_rates",
    "modified_rate",
    "network_effects",
    "network_gains",
    "ordered_weights",
    "payback",
    "present_value",
    "prices_table",
    "quality_frontier",
    "quality_pays",
    "question_values",
    "ranking",
    "read_answers",
    "read_effects",
    "read_projects",
    "read_rules",
    "red_flag_titles",
    "round_values",
    "rule_prices",
    "screen",
    "smaa",
    "standard_checklist",
    "study_prospects",
    "unappraisable",
    "uniform_weights",
    "waivers",
    "with_scenario",
]
