"""Who finances what, and who should meet whom.

market      open amounts, financiers, who may pay for what and why not
stable      stable allocations (Baiou and Balinski)
transport   the cheapest way to place the same money
terms       what money costs
allocation  allocate(programme, financiers) -> Financing
suggestions guarantees and grants that would help
intermediary the counterfactual of a broker between two regions
people      soft power: what effect it would need
counterfactual  both for a study
ties        what joins the two regions today, by name
needs       open amounts of a study: all, or those of a chosen programme
study       its financiers, and who pays for what
"""

from serai.broker.allocation import Financing, allocate, refuse_unfinanceable
from serai.broker.counterfactual import Intermediaries, read_brokers, study_intermediaries
from serai.broker.intermediary import Counterfactual, information, intermediate
from serai.broker.market import Lender, Need, Price, obstacles
from serai.broker.needs import Open, open_needs, programme_needs
from serai.broker.people import Needed, needed_effect, people_exchange
from serai.broker.stable import blocking_pairs, stable_allocation
from serai.broker.study import lenders, match
from serai.broker.suggestions import Suggestion, suggestions
from serai.broker.ties import Tie, read_ties
from serai.broker.transport import Transport, cheapest

__all__ = [
    "Counterfactual",
    "Financing",
    "Intermediaries",
    "Lender",
    "Need",
    "Needed",
    "Open",
    "Price",
    "Suggestion",
    "Tie",
    "Transport",
    "allocate",
    "blocking_pairs",
    "cheapest",
    "information",
    "intermediate",
    "lenders",
    "match",
    "needed_effect",
    "obstacles",
    "open_needs",
    "people_exchange",
    "programme_needs",
    "read_brokers",
    "read_ties",
    "refuse_unfinanceable",
    "stable_allocation",
    "study_intermediaries",
    "suggestions",
]
