"""All benchmarks or some, printed and, with --record, kept for docs/benchmarks.md.

python -m benchmarks                             every run, one after the other
python -m benchmarks gravity "gravity growth"    some
python -m benchmarks --record gravity            kept in benchmarks/results and in the page
"""

from __future__ import annotations

import argparse

from benchmarks.results import RUNS, keep, measure, write_page


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("runs", nargs="*", choices=[[], *RUNS], metavar="RUN", help=", ".join(RUNS))
    options.add_argument("--record", action="store_true", help="keep what the runs print")
    chosen = options.parse_args()
    for name in chosen.runs or RUNS:
        print(f"== {name}", flush=True)
        result = measure(name)
        if chosen.record:
            keep(result)
            write_page()


if __name__ == "__main__":
    main()
