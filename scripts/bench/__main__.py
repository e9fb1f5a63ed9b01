"""`python -m scripts.bench`: speed beside DuckDB and Apache Spark, in one run on one machine."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence

from scripts.bench.figures import table
from scripts.bench.process import ROOT, StepError
from scripts.bench.report import AIMED_AT, Results, missed
from scripts.bench.shops import Shop, shop_of
from scripts.bench.steps import Steps, say

FOLDER = ROOT / ".local" / "bench"
EXERCISE = ROOT.parent / "shared" / "data" / "exercise"
LARGE = 50
BUSY = 1.0
"""A load average above this, for each processor, is told: figures are not to be trusted."""
EXAMPLES = """\
examples:
  python -m scripts.bench                       10x beside DuckDB, 1 %, the exercise: minutes
  python -m scripts.bench --scale 1 --repeat 1  a quick look
  python -m scripts.bench --full                also Apache Spark and 50x: a quarter of an hour
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and keep it; 0 also where a target is missed."""
    asked = _asked(arguments)
    _warn_if_busy()
    try:
        results = run(asked)
    except StepError as error:
        say(f"bench: {error}")
        return 1
    document = results.as_json()
    kept = FOLDER / "results.json"
    kept.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if asked.json:
        print(json.dumps(document, indent=1))
        return 0
    rows = results.rows()
    print(f"\n{table(rows)}\n\n{results.stages()}")
    lacking = missed(rows)
    print(f"\nTargets missed: {', '.join(row.what for row in lacking) or 'none'}. Kept in {kept}")
    return 0


def run(asked: argparse.Namespace) -> Results:
    """Everything that was asked for, smaller things first."""
    work = FOLDER / "work"
    shutil.rmtree(work, ignore_errors=True)
    shops = [_shop(scale) for scale in sorted(set(asked.scale or [AIMED_AT]))]
    steps = Steps(work, asked.repeat)
    try:
        results = Results(*steps.import_of_gx())
        _exercise(steps, results)
        results.beside = [steps.beside_duckdb(shop) for shop in shops]
        _larger(steps, results, asked)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return results


def _exercise(steps: Steps, results: Results) -> None:
    if EXERCISE.is_dir():
        results.exercise = steps.exercise(EXERCISE)
    else:
        results.skipped["exercise, cold"] = f"{EXERCISE} is not there"


def _larger(steps: Steps, results: Results, asked: argparse.Namespace) -> None:
    wanted = {
        "10x on Apache Spark": (asked.with_spark or asked.full, "--with-spark"),
        "50x everything": (asked.with_50x or asked.full, "--with-50x"),
    }
    for what, (wished, flag) in wanted.items():
        if not wished:
            results.skipped[what] = f"ask for it by {flag} or --full"
        elif results.base is None:
            results.skipped[what] = f"it is held against {AIMED_AT}x: add --scale {AIMED_AT}"
        elif flag == "--with-spark":
            results.spark = steps.on_spark(results.base.shop)
        else:
            results.large = steps.once(_shop(LARGE))


def _shop(scale: float) -> Shop:
    say(f"shop of {scale:g}x: generated unless it is in {FOLDER}")
    return shop_of(scale, FOLDER)


def _warn_if_busy() -> None:
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load > BUSY * processors:
        say(f"The load average is {load:.1f} on {processors} processors: do not trust the figures.")


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--scale", type=float, action="append", metavar="N",
        help="1 is 125,000 orders (30 MB); may come again; default 10",
    )  # fmt: skip
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="the median of N counts")
    parser.add_argument("--with-spark", action="store_true", help="10x on Apache Spark local[*]")
    parser.add_argument("--with-50x", action="store_true", help="50x (1.5 GB) against 10x")
    parser.add_argument("--full", action="store_true", help="both of these")
    parser.add_argument("--json", action="store_true", help="print the document, not the table")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
