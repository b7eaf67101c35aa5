"""Run all recorded cases and print how good the answers are: `make report-ci`.

Exits 1 when a bar is missed. What was wrong is said for the open cases only: who writes rules must not learn it
of those held out (`--held-out` says it all the same).
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from tests.container_ci.recorded import AREAS, Area
from tests.container_ci.report.areas import Results, results
from tests.container_ci.report.figures import Figure, written


def main() -> int:
    """Print the report and return 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="report-ci", description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="say what was wrong with the cases held out, too")
    options = parser.parse_args()
    reached = True
    for area in AREAS:
        found = asyncio.run(results(area))
        reached &= _print_area(area, found, tell_all=options.held_out)
    return 0 if reached else 1


def _print_area(area: Area, found: Results, *, tell_all: bool) -> bool:
    print(f"{area:<46}{'bar':>10}{'seen':>10}{'held out':>10}")
    for seen, held_out in zip(found.seen, found.held_out, strict=True):
        print(f"  {seen.name:<44}{seen.asked:>10}{_cell(seen):>10}{_cell(held_out):>10}")
    for outcome in found.open_outcomes + (found.held_out_outcomes if tell_all else ()):
        for wrong in outcome.wrong:
            print(f"    {outcome.name}: {wrong}")
    print()
    return all(figure.reached for figure in _all(found))


def _cell(figure: Figure) -> str:
    return written(figure.value) + ("" if figure.reached else " !")


def _all(found: Results) -> Sequence[Figure]:
    return (*found.seen, *found.held_out)


if __name__ == "__main__":
    sys.exit(main())
