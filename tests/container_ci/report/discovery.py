"""Discovery: are the right services named, with the port on which they listen, and nothing else?"""

from collections.abc import Sequence

from container_ci.discovery.judging import discover
from observed_state.service import Discovery, Service
from tests.container_ci.discovery.recorded_proc import facts_of
from tests.container_ci.recorded import Case
from tests.container_ci.report.figures import Figure, Outcome, either, share, total


async def discovered(case: Case) -> Discovery:
    """Return what is discovered in a case."""
    return discover(await facts_of(case), case.now)


async def outcome(case: Case) -> Outcome:
    """Return how discovery did on one case."""
    found = await discovered(case)
    left = list(found.services)
    counts = {"expected": len(case.expect["services"]), "named": len(left), "right": 0, "port": 0, "status": 0}
    wrong = []
    for expected in case.expect["services"]:
        match = _best(left, expected["type"], expected["port"])
        if match is None:
            wrong.append(f"missing {expected['type']}")
            continue
        left.remove(match)
        counts["right"] += 1
        counts["port"] += match.port == expected["port"]
        fits = either(expected["status"], match.status) and either(expected["server"], match.server)
        counts["status"] += fits
        if match.port != expected["port"] or not fits:
            said = f"{match.port} {match.status} {match.server}"
            wrong.append(f"{match.type}: {said}, not {expected['port']} {expected['status']} {expected['server']}")
    wrong += [f"invented {service.type} {service.port}" for service in left]
    types = {service.type for service in found.services}
    counts["forbidden"] = len(types & set(case.forbid)) + bool("*" in case.forbid and types)
    if found.supervisor != case.expect["supervisor"]:
        wrong.append(f"supervisor {found.supervisor or 'none'}")
    return Outcome(case.name, counts, tuple(wrong))


def _best(services: Sequence[Service], type_: str, port: int | None) -> Service | None:
    fitting = [service for service in services if either(type_, service.type)]
    return next((service for service in fitting if service.port == port), fitting[0] if fitting else None)


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return the figures that discovery is held to."""
    right = total(outcomes, "right")
    return [
        Figure("cases", len(outcomes)),
        Figure("precision of type", share(right, total(outcomes, "named")), 0.98),
        Figure("recall of type", share(right, total(outcomes, "expected")), 0.95),
        Figure("exact port", share(total(outcomes, "port"), right), 0.97),
        Figure("status and server", share(total(outcomes, "status"), right)),
        Figure("forbidden answers", total(outcomes, "forbidden"), 0, at_most=True),
    ]
