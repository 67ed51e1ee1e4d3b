"""serai: plan regional trade-and-investment partnerships with numbers that can be checked."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0.dev0"

_WHERE = {
    "load_network": "serai.atlas.network",
    "propose": "serai.atlas.sources",
    "read_baci": "serai.atlas.sources",
    "read_baci_products": "serai.atlas.sources",
    "read_cdis": "serai.atlas.sources",
    "read_gravity": "serai.atlas.sources",
    "read_icio": "serai.atlas.sources",
    "read_itpd": "serai.atlas.sources",
    "read_wdi": "serai.atlas.sources",
    "download": "serai.atlas.sources.download",
    "known_economies": "serai.atlas.wider",
    "sweep_page": "serai.brief.sweep_page",
    "Lender": "serai.broker",
    "Need": "serai.broker",
    "allocate": "serai.broker",
    "Choice": "serai.corridors",
    "Congestion": "serai.corridors",
    "DenseRouting": "serai.corridors",
    "Graph": "serai.corridors",
    "Routes": "serai.corridors",
    "best_hubs": "serai.corridors",
    "k_paths": "serai.corridors",
    "Network": "serai.corridors.network",
    "Baseline": "serai.equilibrium",
    "Equilibrium": "serai.equilibrium",
    "Instrument": "serai.equilibrium",
    "MultiSectorBaseline": "serai.equilibrium",
    "MultiSectorEquilibrium": "serai.equilibrium",
    "Shock": "serai.equilibrium",
    "acr_welfare": "serai.equilibrium",
    "balanced": "serai.equilibrium",
    "decompose": "serai.equilibrium",
    "exposure": "serai.equilibrium",
    "gradient": "serai.equilibrium",
    "optimal_policy": "serai.equilibrium",
    "rank_levers": "serai.equilibrium",
    "settled": "serai.equilibrium",
    "solve": "serai.equilibrium",
    "solve_acr": "serai.equilibrium",
    "solve_conditional": "serai.equilibrium",
    "solve_draws": "serai.equilibrium",
    "solve_first_order": "serai.equilibrium",
    "read_iati": "serai.exchange.iati",
    "write_iati": "serai.exchange.iati",
    "read_oc4ids": "serai.exchange.oc4ids",
    "write_oc4ids": "serai.exchange.oc4ids",
    "preview": "serai.exchange.preview",
    "read_workbook": "serai.exchange.xlsx",
    "write_workbook": "serai.exchange.xlsx",
    "GravityFit": "serai.gravity",
    "add_lags": "serai.gravity",
    "compare": "serai.gravity",
    "fit_gravity": "serai.gravity",
    "fit_gravity_by": "serai.gravity",
    "reset_test": "serai.gravity",
    "conflicts": "serai.ledger",
    "country_sheet": "serai.ledger",
    "delivery": "serai.ledger",
    "due": "serai.ledger",
    "lateness": "serai.ledger",
    "totals": "serai.ledger",
    "dependence": "serai.leverage",
    "displacement": "serai.leverage",
    "leverage_added": "serai.leverage",
    "transit_dependence": "serai.leverage",
    "Programme": "serai.programme",
    "Rules": "serai.programme",
    "appraise": "serai.programme",
    "candidates": "serai.programme",
    "choose": "serai.programme",
    "choose_together": "serai.programme",
    "core_index": "serai.programme",
    "read_rules": "serai.programme",
    "rule_prices": "serai.programme",
    "screen": "serai.programme",
    "smaa": "serai.programme",
    "study_prospects": "serai.programme",
    "choose_study": "serai.programme.plan",
    "new_region": "serai.scaffold",
    "Coupling": "serai.scenario.coupling",
    "couple": "serai.scenario.coupling",
    "exact_values": "serai.scenario.coupling",
    "link_values": "serai.scenario.coupling",
    "opening_values": "serai.scenario.openings",
    "passage": "serai.scenario.passage",
    "sweep": "serai.scenario.sweep",
    "read_study": "serai.study",
    "study_schema": "serai.study_files",
    "validate": "serai.validation",
}

__all__ = sorted([*_WHERE, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'serai' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
