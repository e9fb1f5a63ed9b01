"""`python -m scripts.compare`: one day's net revenue after five ordinary mishaps, by five ways."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from scripts.compare.runs import WAYS, Way
from scripts.compare.shop import Situation, situations
from scripts.compare.table import Answer, cell, markdown

WORK = Path(".local/compare")


def answer_of(way: Way, situation: Situation, work: Path) -> Answer:
    """Puts one way through a situation, in a folder of its own."""
    batches: list[Path] = []
    stopped = False
    for number, write in enumerate(situation.batches, 1):
        batches.append(work / f"batch-{number}")
        write(batches[-1])
        if situation.killed and number == len(situation.batches):
            way.deliver(work, batches, killed=True)
        stopped |= not way.deliver(work, batches, killed=False)
    return Answer(way.revenue(work, situation.day), stopped)


def main() -> int:
    """Prints the table; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m scripts.compare", description=__doc__)
    names = [situation.name for situation in situations()]
    parser.add_argument("--only", choices=names, help="one situation")
    only = parser.parse_args().only
    shutil.rmtree(WORK, ignore_errors=True)
    rows = []
    for situation in situations():
        if only and situation.name != only:
            continue
        print(f"{situation.name}: {situation.told}", file=sys.stderr)
        cells = []
        for number, way in enumerate(WAYS):
            answer = answer_of(way, situation, WORK / situation.name / str(number))
            cells.append(cell(answer, situation.right))
            print(f"  {way.title}: {cells[-1]}", file=sys.stderr)
        rows.append([situation.told, f"{situation.right:,.2f}", *cells])
    print(markdown(["what happened", "right", *(way.title for way in WAYS)], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
