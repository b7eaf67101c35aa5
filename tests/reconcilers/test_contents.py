"""What becomes of a container when a config or secret that it uses holds something else."""

from dataclasses import replace
from typing import Any

import pytest

from reconcilers.actions import RefreshFiles
from tests.reconcilers.worlds import WEB, deed_names, deeds, paths, running, web, world


@pytest.mark.parametrize(
    ("way", "effect", "expected"),
    [
        ("restart", "restart", ["Stop", "RefreshFiles", "Start"]),
        ({"signal": "SIGHUP"}, "in-place", ["RefreshFiles"]),
        ("none", "in-place", ["RefreshFiles"]),
    ],
)
def test_a_config_that_is_replaced_where_it_is_keeps_its_container(way: Any, effect: str, expected: list[str]) -> None:
    owner = web(configs=[{"source": "app", "target": "/etc/app", "on_change": way}])
    instance, container = running(owner)
    made_with = (replace(instance, resolved={**instance.resolved, "files": {"/etc/app": "aaaa"}}), container)
    changed = world(owner, made_with, files={"/etc/app": "bbbb"})

    assert (paths(changed), deed_names(changed)) == ([("files./etc/app", "dependency", effect)], expected)


def test_files_of_one_signal_are_replaced_before_it_is_sent_once() -> None:
    hang_up = {"signal": "SIGHUP"}
    files = [{"source": name, "target": f"/{name}", "on_change": hang_up} for name in ("a", "b")]
    owner = web(configs=files)
    instance, container = running(owner)
    made_with = (replace(instance, resolved={**instance.resolved, "files": {"/a": "1", "/b": "1"}}), container)
    [refresh] = deeds(world(owner, made_with, files={"/a": "2", "/b": "2"}))

    assert isinstance(refresh, RefreshFiles)
    assert (refresh.paths, refresh.signal) == (("/a", "/b"), "SIGHUP")


def test_a_variable_whose_content_changed_takes_a_new_container() -> None:
    instance, container = running(WEB)
    made_with = (replace(instance, resolved={**instance.resolved, "variables": {"PASSWORD": "aaaa"}}), container)
    changed = world(WEB, made_with, variables={"PASSWORD": "bbbb"})

    assert paths(changed) == [("spec.environment.PASSWORD", "dependency", "recreate")]


def test_what_to_do_on_a_change_may_change_without_any_deed() -> None:
    before, after = web(configs=["app"]), web(2, configs=[{"source": "app", "on_change": "restart"}])

    assert (paths(world(after, running(before))), deed_names(world(after, running(before)))) == ([], ["AcceptSpec"])
