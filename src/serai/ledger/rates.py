"""The exchange rates and prices of a study."""

from __future__ import annotations

from serai.money import Exchange, read_exchange
from serai.study import Study


def exchange_of(study: Study) -> Exchange:
    """The rates (`rates.csv`, required) and the US prices (`prices.csv`, for constant prices) of a study.

    Raises `InputError` when there are no rates, or with every bad row of the two files.
    """
    prices = study.path / "prices.csv"
    return read_exchange(study.path / "rates.csv", prices if prices.is_file() else None)
