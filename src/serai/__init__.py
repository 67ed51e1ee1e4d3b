"""serai: plan regional trade-and-investment partnerships with numbers that can be checked."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0.dev0"

_WHERE = {
    "Choice": "serai.corridors",
    "Congestion": "serai.corridors",
    "DenseRouting": "serai.corridors",
    "Graph": "serai.corridors",
    "Routes": "serai.corridors",
    "best_hubs": "serai.corridors",
    "k_paths": "serai.corridors",
    "GravityFit": "serai.gravity",
    "add_lags": "serai.gravity",
    "compare": "serai.gravity",
    "fit_gravity": "serai.gravity",
    "fit_gravity_by": "serai.gravity",
    "reset_test": "serai.gravity",
    "Network": "serai.corridors.network",
    "load_network": "serai.atlas.network",
    "Baseline": "serai.equilibrium",
    "Equilibrium": "serai.equilibrium",
    "MultiSectorBaseline": "serai.equilibrium",
    "MultiSectorEquilibrium": "serai.equilibrium",
    "Shock": "serai.equilibrium",
    "balanced": "serai.equilibrium",
    "decompose": "serai.equilibrium",
    "exposure": "serai.equilibrium",
    "gradient": "serai.equilibrium",
    "rank_levers": "serai.equilibrium",
    "settled": "serai.equilibrium",
    "solve": "serai.equilibrium",
    "solve_draws": "serai.equilibrium",
    "Programme": "serai.programme",
    "Rules": "serai.programme",
    "choose": "serai.programme",
    "choose_together": "serai.programme",
    "core_index": "serai.programme",
    "read_rules": "serai.programme",
    "rule_prices": "serai.programme",
    "study_prospects": "serai.programme",
}

__all__ = sorted([*_WHERE, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'serai' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
