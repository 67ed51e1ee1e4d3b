"""Who finances what, and who should meet whom.

market      open amounts, financiers, who may pay for what and why not
stable      stable allocations (Baiou and Balinski)
transport   the cheapest way to place the same money
terms       what money costs
allocation  allocate(programme, financiers) -> Financing
suggestions guarantees and grants that would help
study       the two sides of a study
"""

from serai.broker.allocation import Financing, allocate, refuse_unfinanceable
from serai.broker.market import Lender, Need, Price, obstacles
from serai.broker.stable import blocking_pairs, stable_allocation
from serai.broker.study import Open, lenders, match, open_needs
from serai.broker.suggestions import Suggestion, suggestions
from serai.broker.transport import Transport, cheapest

__all__ = [
    "Financing",
    "Lender",
    "Need",
    "Open",
    "Price",
    "Suggestion",
    "Transport",
    "allocate",
    "blocking_pairs",
    "cheapest",
    "lenders",
    "match",
    "obstacles",
    "open_needs",
    "refuse_unfinanceable",
    "stable_allocation",
    "suggestions",
]
