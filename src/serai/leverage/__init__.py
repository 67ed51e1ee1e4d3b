"""Who depends on whom, and what a programme changes in that.

cuts           what breaking ties is, as a shock
dependence     dependence(baseline, dependants, partners) -> Dependence: exact losses, first-order exposure
transit        the same when another lets no goods through
energy         the same for energy and minerals, where sectors are known
concentration  Hirschman's index of partners
displacement   what a programme changes in partners' trade and investment; the leverage that it adds
overlap        who is where: non-overlap of programmes, joint and adjacent projects, gaps
study          all of it for a study
"""

from serai.leverage.concentration import Concentration, concentration, hirschman
from serai.leverage.cuts import CHANNELS, cut
from serai.leverage.dependence import Dependence, dependence
from serai.leverage.displacement import Displacement, displacement, leverage_added
from serai.leverage.energy import RawDependence, raw_dependence
from serai.leverage.overlap import Gaps, NonOverlap, compare_programmes, gaps, non_overlap
from serai.leverage.study import (
    Leverage,
    Programme,
    brief_draws,
    lead_scenarios,
    partner_codes,
    study_leverage,
    study_passage,
)
from serai.leverage.transit import TransitDependence, transit_dependence

__all__ = [
    "CHANNELS",
    "Concentration",
    "Dependence",
    "Displacement",
    "Gaps",
    "Leverage",
    "NonOverlap",
    "Programme",
    "RawDependence",
    "TransitDependence",
    "brief_draws",
    "compare_programmes",
    "concentration",
    "cut",
    "dependence",
    "displacement",
    "gaps",
    "hirschman",
    "lead_scenarios",
    "leverage_added",
    "non_overlap",
    "partner_codes",
    "raw_dependence",
    "study_leverage",
    "study_passage",
    "transit_dependence",
]
