"""What only shows when resources are seen together."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desired_state.loader import load
from desired_state.problems import StateFileError
from tests.desired_state.texts import container, problems

VOLUME = "apiVersion: ergon/v1\nkind: Volume\nmetadata: {name: data}\n"


def test_a_resource_declared_twice_is_refused_with_both_places(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(VOLUME)

    with pytest.raises(StateFileError) as caught:
        load([tmp_path], environment={})

    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    assert str(caught.value) == f'{b}:3:18: Volume "data": declared twice; first at {a}:3:18'


def test_one_name_may_serve_two_kinds_and_two_namespaces() -> None:
    elsewhere = VOLUME.replace("name: data", "name: data, namespace: other")

    assert problems(VOLUME, elsewhere, VOLUME.replace("Volume", "Network")) == []


def test_a_cycle_is_printed_as_a_path() -> None:
    found = problems(
        container("image: x\ndepends_on: [b]", name="a"),
        container("image: x\nlinks: ['c:db']", name="b"),
        container("image: x\nnetwork_mode: service:a", name="c"),
    )

    assert found == ['stdin:6:16: Container "a": the dependencies form a cycle: a -> b -> c -> a']


@given(st.integers(2, 12))
def test_a_cycle_of_any_length_is_found(length: int) -> None:
    ring = [container(f"image: x\ndepends_on: [c{(n + 1) % length}]", name=f"c{n}") for n in range(length)]

    (problem,) = problems(*ring)

    assert problem.count("->") == length


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_dependencies_that_only_point_back_are_no_cycle(edges: list[tuple[int, int]]) -> None:
    needs = {n: sorted({low for low, high in edges if low < high == n}) for n in range(10)}

    assert (
        problems(*(container(f"image: x\ndepends_on: {[f'c{n}' for n in needs[n]]}", name=f"c{n}") for n in needs))
        == []
    )


def test_a_chain_of_thousands_is_no_problem() -> None:
    chain = [container("image: x" + (f"\ndepends_on: [c{n - 1}]" if n else ""), name=f"c{n}") for n in range(3000)]

    assert problems(*chain) == []


def test_a_volume_must_be_declared() -> None:
    found = problems(container("image: x\nvolumes: ['dat:/data']"), VOLUME)

    assert found == ['stdin:6:13: Container "web": no Volume "dat" in namespace default; did you mean "data"?']


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ("image: {resource: img}", 'no Image "img"'),
        ("image: x\ndepends_on: [dbb]", 'no Container "dbb" in namespace default; did you mean "db"?'),
        ("image: x\nnetworks: [front]", 'no Network "front"'),
        ("image: x\nconfigs: [conf]", 'no Config "conf"'),
        ("image: x\nsecrets: [key]", 'no Secret "key"'),
        ("image: x\npid: service:gone", 'no Container "gone"'),
        ("image: x\nvolumes_from: ['gone:ro']", 'no Container "gone"'),
    ],
)
def test_other_targets_must_be_declared_only_when_everything_is(spec: str, missing: str) -> None:
    files = container(spec), container("image: x", name="db")

    assert problems(*files) == []
    assert missing in problems(*files, complete=True)[0]


def test_a_dependency_that_is_not_required_may_be_missing() -> None:
    spec = "image: x\ndepends_on: {db: {condition: service_started, required: false}}"

    assert problems(container(spec), complete=True) == []


def test_two_containers_can_not_have_one_name() -> None:
    spec = "image: x\ncontainer_name: one"

    (problem,) = problems(container(spec, name="a"), container(spec, name="b"))

    assert problem == 'stdin:13:19: Container "b": container_name "one" is taken by container/default/a'


def test_two_containers_can_not_publish_one_port() -> None:
    spec = "image: x\nports: ['80:80']"

    (problem,) = problems(container(spec, name="a"), container(spec, name="b"))

    assert problem == 'stdin:13:11: Container "b": host port 80/tcp is taken by container/default/a'
