"""Files are read once, whole, and only when they are files."""

import os
from pathlib import Path

import pytest

from desired_state.loader import load
from desired_state.problems import StateFileError
from tests.desired_state.texts import container

NETWORK = "apiVersion: ergon/v1\nkind: Network\nmetadata: {name: NAME}\n"


def names(*paths: Path | str) -> list[str]:
    return [resource.key.name for resource in load(paths, environment={}).resources]


def refusal(*paths: Path | str) -> str:
    with pytest.raises(StateFileError) as caught:
        load(paths, environment={})
    return str(caught.value)


def network(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NETWORK.replace("NAME", name))
    return path


def test_a_folder_stands_for_its_state_files_sorted(tmp_path: Path) -> None:
    network(tmp_path / "b.yaml", "b")
    network(tmp_path / "a" / "deep" / "c.yml", "c")
    network(tmp_path / "README.md", "readme")
    (tmp_path / "d.json").write_text('{"apiVersion": "ergon/v1", "kind": "Network", "metadata": {"name": "d"}}')

    assert names(tmp_path) == ["c", "b", "d"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    file = network(tmp_path / "a.yaml", "a")

    assert names(file, tmp_path) == ["a"]


def test_a_resource_remembers_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = network(tmp_path / "a.yaml", "a")
    monkeypatch.chdir(tmp_path)

    loaded = load(["a.yaml"], environment={})

    assert loaded.sources == (str(file),)
    assert loaded.resources[0].source == str(file)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + NETWORK.replace("NAME", "a").encode())

    assert names(tmp_path / "a.yaml") == ["a"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.yaml") == f"{tmp_path}/a.yaml: no such file"


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")

    assert refusal(tmp_path / "a.yaml").endswith("a.yaml: not a regular file")


def test_a_folder_in_place_of_a_file_is_searched_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()

    assert "the folder holds no *.yaml" in refusal(tmp_path / "a.yaml")


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    network(tmp_path / "a.yaml", "a")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "x.yaml").symlink_to(tmp_path / "y.yaml")
    (tmp_path / "y.yaml").symlink_to(tmp_path / "x.yaml")

    assert refusal(tmp_path).count("a loop of symbolic links") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    network(tmp_path / "a.yaml", "a").chmod(0)

    assert refusal(tmp_path / "a.yaml").endswith("no permission to read it")


def test_a_path_that_can_be_none_is_refused() -> None:
    assert "null" in refusal("a\0b.yaml")


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"#" * ((3 << 20) + 1))

    assert refusal(tmp_path / "a.yaml").endswith("larger than 3 MiB; split it")


def test_problems_of_all_files_come_at_once_and_in_the_order_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(container("imgae: x"))
    (tmp_path / "a.yaml").write_text("a: [")

    lines = refusal(tmp_path / "b.yaml", tmp_path / "a.yaml", tmp_path / "none.yaml").splitlines()

    assert [Path(line.split(":")[0]).name for line in lines] == ["none.yaml", "b.yaml", "b.yaml", "a.yaml"]
