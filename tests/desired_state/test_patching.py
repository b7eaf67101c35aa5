"""Limits changed in a state file, and nothing else."""

import pytest

from desired_state.patching import patch, written

MIB = 1 << 20
STATE = """\
# the shop
apiVersion: ergon/v1
kind: Container
metadata: {name: db}
spec: {image: postgres}
---
kind: Container
apiVersion: ergon/v1
metadata: {name: web, namespace: shop}
spec:
  image: shop/web:1.4   # pinned
  mem_limit: 512M  # a guess
  deploy:
    resources:
      limits: {cpus: "2", pids: 100}
"""


def changed(text: str, name: str = "web", namespace: str = "shop", **values: float) -> list[str]:
    lines = patch(text, "web.yaml", name, namespace, values).splitlines()
    return [line for line in lines if line[0] in "+-"][2:]


def test_a_value_is_changed_where_it_stands() -> None:
    assert changed(STATE, mem_limit=192 * MIB) == ["-  mem_limit: 512M  # a guess", "+  mem_limit: 192M  # a guess"]


def test_a_compose_twin_is_changed_in_its_place() -> None:
    assert changed(STATE, cpus=0.4) == [
        '-      limits: {cpus: "2", pids: 100}',
        "+      limits: {cpus: 0.4, pids: 100}",
    ]


def test_what_is_not_there_is_written_first() -> None:
    assert changed(STATE, mem_reservation=64 * MIB) == ["+  mem_reservation: 64M"]
    assert changed(STATE, name="db", namespace="default", mem_limit=64 * MIB) == [
        "-spec: {image: postgres}",
        "+spec: {mem_limit: 64M, image: postgres}",
    ]


def test_several_changes_are_one_patch() -> None:
    assert len(changed(STATE, mem_limit=192 * MIB, cpus=0.4, mem_reservation=64 * MIB)) == 5


def test_compose_files_are_patched_too() -> None:
    compose = "services:\n  web:\n    image: web\n    mem_limit: 1g\n"

    assert changed(compose, mem_limit=192 * MIB) == ["-    mem_limit: 1g", "+    mem_limit: 192M"]


@pytest.mark.parametrize("text", ["", "a: [", "kind: Container\nmetadata: {name: other}\nspec: {image: a}\n"])
def test_what_is_not_found_is_not_patched(text: str) -> None:
    assert patch(text, "web.yaml", "web", "shop", {"mem_limit": MIB}) == ""


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("mem_limit", 192 * MIB, "192M"),
        ("mem_limit", 1 << 30, "1G"),
        ("mem_limit", 1001, "1001"),
        ("cpus", 0.4, "0.4"),
        ("pids_limit", 64, "64"),
    ],
)
def test_limits_are_written_as_people_do(field: str, value: float, text: str) -> None:
    assert written(field, value) == text
