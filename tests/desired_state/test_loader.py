"""What loading adds to the text: paths, variables, namespaces, the default network."""

from io import BytesIO, StringIO
from pathlib import Path

import pytest

from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.key import Key
from desired_state.loader import Loaded, load
from tests.desired_state.texts import container, problems, read

WEB = Key("Container", "default", "web")
NETWORK = "apiVersion: ergon/v1\nkind: Network\nmetadata: {name: default}\n"


def web(loaded: Loaded) -> ContainerSpec:
    spec = next(resource.spec for resource in loaded.resources if resource.key == WEB)
    assert isinstance(spec, ContainerSpec)
    return spec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.env").write_text("A=file\nB=file\n")
    return tmp_path


def loaded_from(folder: Path, text: str, **environment: str) -> Loaded:
    (folder / "web.yaml").write_text(text)
    return load([folder / "web.yaml"], environment=environment)


@pytest.mark.parametrize("stdin", [NETWORK, NETWORK.encode(), StringIO(NETWORK), BytesIO(NETWORK.encode())])
def test_standard_input_may_be_text_bytes_or_a_stream(stdin: str) -> None:
    loaded = load(["-"], stdin=stdin, environment={})

    assert [resource.source for resource in loaded.resources] == [""]


def test_json_is_a_state_file_too() -> None:
    text = '{"apiVersion": "ergon/v1", "kind": "Container",\n\t"metadata": {"name": "web"}, "spec": {"image": "x\\/y"}}'

    assert web(read(text)).image == "x/y"


def test_empty_documents_declare_nothing() -> None:
    assert read("# nothing\n", "", "null\n").resources == ()


def test_the_given_namespace_is_for_documents_that_name_none() -> None:
    named = NETWORK.replace("name: default", "name: a, namespace: own")

    loaded = load(["-"], stdin=f"{NETWORK}---\n{named}", environment={}, namespace="shop")

    assert [resource.key.namespace for resource in loaded.resources] == ["shop", "own"]


def test_a_merge_key_gives_what_is_not_set() -> None:
    loaded = read(container("<<: [{image: a, tty: true}, {image: b, user: me}]\ntty: false"))

    assert web(loaded).declared() == {"image": "a", "user": "me", "tty": False}


def test_an_alias_repeats_a_value() -> None:
    loaded = read(container("image: x\nlabels: &same {a: b}\nannotations: *same"))

    assert web(loaded).annotations == {"a": "b"}


def test_values_keep_their_spelling() -> None:
    loaded = read(container("image: x\nenvironment: {A: 0777, B: 1.10, C: no, D: 22:22, E: true, F: 2020-01-01}"))

    assert web(loaded).environment == {
        "A": "0777",
        "B": "1.10",
        "C": "no",
        "D": "22:22",
        "E": "true",
        "F": "2020-01-01",
    }


def test_a_file_mode_is_octal_as_written() -> None:
    loaded = read(container("image: x\nsecrets: [{source: s, mode: 0440}]"))

    assert [secret.mode for secret in web(loaded).secrets or []] == [0o440]


def test_variables_become_their_values_even_for_numbers() -> None:
    loaded = read(container("image: x:$TAG\nreplicas: ${N:-2}\nuser: $$me"), environment={"TAG": "1"})

    assert (web(loaded).image, web(loaded).replicas, web(loaded).user) == ("x:1", 2, "$me")


def test_the_documents_own_environment_wins_over_its_files(folder: Path) -> None:
    loaded = loaded_from(folder, container("image: x\nenv_file: app.env\nenvironment: {B: own}"))

    assert web(loaded).declared() == {"image": "x", "environment": {"A": "file", "B": "own"}}


def test_an_entry_without_value_is_taken_from_the_surroundings(folder: Path) -> None:
    loaded = loaded_from(folder, container("image: x\nenvironment: [HERE, GONE]"), HERE="1")

    assert web(loaded).environment == {"HERE": "1", "GONE": None}


def test_a_missing_file_of_variables_is_an_error_where_it_is_named(folder: Path) -> None:
    (problem,) = problems(container("image: x\nenv_file: [{path: no.env, required: false}, gone.env]"))

    assert problem == 'stdin:6:47: Container "web": env_file gone.env: no such file'


def test_a_wrong_file_of_variables_is_an_error_with_its_line(folder: Path) -> None:
    (folder / "bad.env").write_text("A=1\n!")

    (problem,) = problems(container(f"image: x\nenv_file: {folder}/bad.env"))

    assert f"{folder}/bad.env:2:1: write NAME=value" in problem


def test_paths_are_absolute_against_the_files_folder(folder: Path) -> None:
    mounts = "image: x\nvolumes: ['./a/../b:/1', '~/c:/2', '/d:/3', {type: bind, source: e, target: /4}]"

    loaded = loaded_from(folder, container(mounts), HOME="/home/me")

    assert [mount.source for mount in web(loaded).volumes] == [f"{folder}/b", "/home/me/c", "/d", f"{folder}/e"]


@pytest.mark.parametrize(("context", "absolute"), [(".", "{folder}"), ("https://host/x.git", "https://host/x.git")])
def test_a_build_context_is_absolute_unless_it_is_a_url(folder: Path, context: str, absolute: str) -> None:
    text = f"apiVersion: ergon/v1\nkind: Image\nmetadata: {{name: web}}\nspec: {{build: '{context}'}}\n"

    (resource,) = loaded_from(folder, text).resources

    assert isinstance(resource.spec, ImageSpec)
    assert resource.spec.build
    assert resource.spec.build.context == absolute.format(folder=folder)


def test_a_secret_stays_a_reference(folder: Path) -> None:
    head = "apiVersion: ergon/v1\nkind: Secret\nmetadata: "

    loaded = loaded_from(
        folder, f"{head}{{name: a}}\nspec: {{env: KEY}}\n---\n{head}{{name: b}}\nspec: {{file: k}}", KEY="s"
    )

    assert [resource.spec.declared() for resource in loaded.resources] == [{"env": "KEY"}, {"file": f"{folder}/k"}]


def test_a_home_that_is_not_known_is_an_error() -> None:
    (problem,) = problems(container("image: x\nvolumes: ['~/a:/a']"))

    assert "needs HOME" in problem


def test_the_default_network_appears_where_it_is_joined() -> None:
    (network, _) = read(container("image: x")).resources

    assert network.key == Key("Network", "default", "default")


@pytest.mark.parametrize("spec", ["image: x\nnetwork_mode: host", "image: x\nnetworks: []"])
def test_the_default_network_does_not_appear_where_nothing_joins_it(spec: str) -> None:
    assert len(read(container(spec)).resources) == 1


def test_a_declared_default_network_is_the_default_network() -> None:
    assert len(read(container("image: x"), NETWORK).resources) == 2


def test_a_place_is_known_for_every_field() -> None:
    loaded = read(NETWORK, container("image: x\nports: ['80']\nenvironment: [A=1]"))
    places = loaded.positions

    assert str(places.place(WEB, ("spec", "ports", 0))) == "stdin:10:11"
    assert str(places.place(WEB, ("spec", "environment", "A"))) == "stdin:11:17"
    assert str(places.place(WEB, ("spec", "replicas"))) == "stdin:9:3"
    assert places.place(Key("Network", "none", "none")) is None
