"""The outcomes and figures of one area, for the open cases and for those held out."""

from dataclasses import dataclass

from tests.container_ci.recorded import Area, Case, cases
from tests.container_ci.report import diagnosis, discovery, sizing
from tests.container_ci.report.figures import Figure, Outcome

_FIGURES = {"discovery": discovery.figures, "diagnosis": diagnosis.figures, "sizing": sizing.figures}


@dataclass(frozen=True)
class Results:
    """Figures side by side, and the outcomes that they are of."""

    seen: tuple[Figure, ...]
    held_out: tuple[Figure, ...]
    open_outcomes: tuple[Outcome, ...]
    held_out_outcomes: tuple[Outcome, ...]


async def results(area: Area) -> Results:
    """Return how one area did."""
    seen = [await _outcome(case) for case in cases(area) if not case.held_out]
    held_out = [await _outcome(case) for case in cases(area) if case.held_out]
    figures = _FIGURES[area]
    return Results(tuple(figures(seen)), tuple(figures(held_out)), tuple(seen), tuple(held_out))


async def _outcome(case: Case) -> Outcome:
    if case.area == "discovery":
        return await discovery.outcome(case)
    if case.area == "sizing":
        return sizing.outcome(case)
    runs = case.data["inspect"] is not None
    return diagnosis.outcome(case, await discovery.discovered(case) if runs else None)
