"""Published results and rivals beside our own numbers.

check             one comparison: what was published, what comes out here, and the verdict
registry          all checks, and running them                                    -> Report
agtpa             Advanced Guide to Trade Policy Analysis (2016), chapters 1 and 2
nafta             Caliendo and Parro (2015), the tariff cuts of NAFTA
panels            Weidner and Zylkin (2021); the separation examples of ppmlhdfe
closed_forms      results that need no data: closed forms, documented examples, SMAA
rivals            pyfixest and gegravity in the same run, where they are installed

Published figures are rows of `published.csv`; the data behind them are not packaged.
"""

from serai.validation.check import Check, Outcome, Row
from serai.validation.registry import CHECKS, Report, validate

__all__ = ["CHECKS", "Check", "Outcome", "Report", "Row", "validate"]
