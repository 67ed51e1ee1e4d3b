"""What benchmarks printed, kept as text with the machine they ran on, and the page made of it."""

from __future__ import annotations

import ast
import datetime
import importlib.metadata
import importlib.util
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER, PAGE = ROOT / "benchmarks" / "results", ROOT / "docs" / "benchmarks.md"
RIVALS = ("numpy", "scipy", "numba", "pandas", "pyfixest", "networkx", "gegravity", "highspy")
RUNS = (
    "atlas",
    "brief",
    "corridors",
    "equilibrium",
    "gravity",
    "gravity small",
    "gravity growth",
    "gravity industries",
    "gravity penppml",
    "ledger",
    "leverage",
    "programme",
    "quality",
    "scaling",
    "sectors",
    "sources",
    "sweep",
)
"""Every benchmark, in the order of the page: a module of this folder and its argument."""

HEAD = """# Benchmarks

<!-- Written by `python -m benchmarks --record`; the measurements are in benchmarks/results. -->

What each benchmark printed on the machine named above it, word for word. The load is how many processes
were running or waiting when it started and when it ended, the benchmark's own included: above two on two
cores, seconds are too long and only ratios within the run mean something. Nothing here is a test: speed is
measured, never asserted.

    make bench                                    all of them
    python -m benchmarks --record gravity         one, kept for this page
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One run: its name, where and when it ran, what it printed."""

    name: str
    machine: str
    text: str


def measure(name: str) -> Result:
    """Run one benchmark in a process of its own, on one BLAS thread, and show what it prints as it comes."""
    module, *arguments = name.split()
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    before, lines = os.getloadavg()[0], []
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}; nothing of it was kept")
    return Result(name, machine(before, os.getloadavg()[0]), "".join(lines).rstrip() + "\n")


def machine(before: float, after: float) -> str:
    """The day, the machine, its load before and after, and the versions that matter."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in RIVALS if _present(name))
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{today}, {os.cpu_count()} cores {platform.machine()}, load {before:.1f} to {after:.1f}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _present(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def keep(result: Result) -> None:
    """Write one result: the machine on the first line, then what was printed."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{result.name.replace(' ', '-')}.txt"
    path.write_text(f"{result.machine}\n{result.text}", encoding="utf-8")


def kept() -> list[Result]:
    """All results in the order of the page."""
    found = []
    for name in RUNS:
        path = FOLDER / f"{name.replace(' ', '-')}.txt"
        if path.is_file():
            first, _, text = path.read_text(encoding="utf-8").partition("\n")
            found.append(Result(name, first, text))
    return found


def write_page() -> None:
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """docs/benchmarks.md, of what is kept."""
    return "\n".join([HEAD, *(_section(result) for result in kept())]).rstrip() + "\n"


def _section(result: Result) -> str:
    source = (ROOT / "benchmarks" / f"{result.name.split()[0]}.py").read_text(encoding="utf-8")
    about = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
    lines = [f"## {result.name}", "", about, "", result.machine + ".", ""]
    return "\n".join([*lines, *_shown(result.text), ""])


def _shown(text: str) -> list[str]:
    """Tables in Markdown as they are, everything else as it was printed."""
    lines = text.rstrip("\n").split("\n")
    return lines if all(line.startswith("|") for line in lines) else ["```text", *lines, "```"]
