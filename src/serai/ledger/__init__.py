"""What was promised, what was signed, what happened: as ranges, without double counting.

totals.py       totals by direction and kind, and by party, area, country, horizon
independent.py  the largest sum of amounts that share no money
conflicts.py    sources that disagree about one fact
delivery.py     scores, the money ladder, lateness
due.py          who owes what by when
grid.py         countries by areas by stage: what the opening page counts
overview.py     the timeline of formats; the facts of a country sheet
"""

from serai.ledger.conflicts import Conflict, conflicts
from serai.ledger.delivery import Delivery, Lateness, Rung, delivery, horizons, ladder, lateness
from serai.ledger.due import Due, due, economies_of, touching
from serai.ledger.grid import Cell, Entry, entries, grid
from serai.ledger.independent import IndependentSet, independent_set
from serai.ledger.overview import CountrySheet, Moment, country_sheet, timeline
from serai.ledger.totals import LeftOut, Total, Totals, totals

__all__ = [
    "Cell",
    "Conflict",
    "CountrySheet",
    "Delivery",
    "Due",
    "Entry",
    "IndependentSet",
    "Lateness",
    "LeftOut",
    "Moment",
    "Rung",
    "Total",
    "Totals",
    "conflicts",
    "country_sheet",
    "delivery",
    "due",
    "economies_of",
    "entries",
    "grid",
    "horizons",
    "independent_set",
    "ladder",
    "lateness",
    "timeline",
    "totals",
    "touching",
]
