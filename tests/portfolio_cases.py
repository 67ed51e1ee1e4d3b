"""Small portfolios for tests: projects with given amounts and values, and plain rules."""

from __future__ import annotations

from typing import Any

from serai.draws import Uncertain
from serai.programme import KnownStake, Prospect, Rules


def project(name: str, amount: float, value: float, **more: Any) -> Prospect:
    """A project of one country, taken at once and spent at once unless told otherwise."""
    spread = more.pop("spread", 0)
    worth = (
        Uncertain(f"value:{name}", value, value - spread, value + spread, "normal")
        if spread
        else Uncertain(f"value:{name}", value)
    )
    known: dict[str, Any] = {
        "name": name.title(),
        "stake": KnownStake(Uncertain(f"amount:{name}", amount), worth),
        "cost_usd_m": amount,
        "countries": ("KAZ",),
        "area": "green",
        "sector": "energy.solar",
        "sponsors": (),
        "instrument": "loan",
        "sovereign": True,
        "quality": (0.5, 0.5),
        "gates": "clear",
        "first_start": 2026,
        "last_start": 2026,
        "profile": (1,),
    }
    return Prospect(id=name, **{**known, **more})


def rules(total: float, **more: Any) -> Rules:
    """Rules with a total budget and nothing else, solved exactly."""
    budget = {"total_usd_m": total, **more.pop("budget", {})}
    known: dict[str, Any] = {
        "window": {"first_year": 2026, "years": 1},
        "worth": {"discount": "adb", "standing": "world"},
        "budget": budget,
        "objective": {"kind": "mean"},
        "solver": {"gap": 0, "time_limit_s": 30},
        "quality": {"counts": "middle", "open_gates": "allow"},
    }
    return Rules.model_validate({**known, **more})
