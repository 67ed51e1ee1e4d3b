"""All benchmarks, one after the other: `make bench`."""

from __future__ import annotations

import importlib
import os
import pkgutil

import benchmarks

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

for module in sorted(pkgutil.iter_modules(benchmarks.__path__), key=lambda m: m.name):
    if not module.name.startswith("_"):
        print(f"== {module.name}", flush=True)
        importlib.import_module(f"benchmarks.{module.name}").main()
