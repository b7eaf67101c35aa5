"""What only somebody who edits Docker's own files can change: told as such, and left as it is."""

from dataclasses import replace
from typing import Any

import pytest

from reconcilers.world import ContainerWorld
from tests.reconcilers.worlds import deed_names, fields, recorded, running, web, world

AS_MADE: dict[str, dict[str, Any]] = {
    "Config": {"Env": ["A=1"], "StopSignal": "SIGTERM"},
    "HostConfig": {"CapAdd": ["NET_ADMIN"]},
}


def edited(part: str, *, drift: Any = None, upgraded: bool = False, **values: Any) -> ContainerWorld:
    """Return a world in which somebody edited one of Docker's files on a container."""
    owner = web(**({"drift": drift} if drift else {}))
    pair = running(owner, frozen={**AS_MADE, part: {**AS_MADE[part], **values}}, labels={"tier": "front"})
    instance, container = recorded(pair, resolved={**pair[0].resolved, "engine_version": "1"})
    baseline = replace(container, frozen=AS_MADE)
    return world(owner, (replace(instance, baseline=baseline), container), engine_version="2" if upgraded else "1")


def told(seen: ContainerWorld) -> list[tuple[str, Any, Any, str]]:
    return [(field.path, field.declared, field.observed, field.policy) for field in fields(seen)]


@pytest.mark.parametrize(
    ("part", "values", "path", "now"),
    [
        ("HostConfig", {"Privileged": True}, "spec.privileged", True),
        ("HostConfig", {"CapDrop": ["ALL"]}, "spec.cap_drop", ["ALL"]),
        ("HostConfig", {"ReadonlyRootfs": True}, "spec.read_only", True),
        ("Config", {"Cmd": ["true"]}, "spec.command", ["true"]),
    ],
)
def test_an_edited_field_is_named_in_the_spec_s_words(part: str, values: Any, path: str, now: Any) -> None:
    assert told(edited(part, **values)) == [(path, None, now, "alert")]


def test_it_is_told_with_its_reason_and_nothing_is_done() -> None:
    seen = edited("HostConfig", Privileged=True)

    assert ("own files were edited" in fields(seen)[0].evidence, deed_names(seen)) == (True, [])


def test_a_variable_is_named_and_never_shown() -> None:
    assert told(edited("Config", Env=["A=secret"])) == [("spec.environment.A", "set", "another value", "alert")]


def test_on_request_the_container_is_made_anew() -> None:
    seen = edited("HostConfig", drift={"paths": {"spec.privileged": "enforce"}}, Privileged=True)

    assert deed_names(seen) == ["CreateInstance"]


def test_an_upgraded_engine_may_show_everything_otherwise() -> None:
    assert told(edited("HostConfig", upgraded=True, Privileged=True)) == []
