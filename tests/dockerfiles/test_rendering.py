"""What goes for every Dockerfile, whatever the language."""

import pytest

from dockerfiles.analysis import Analysis, Command, Healthcheck
from dockerfiles.existing import Declaration, read
from dockerfiles.health import healthcheck
from dockerfiles.language import Wishes, rebased
from dockerfiles.recipe import Base, Copy, Packages, Recipe, Run, Runtime, Stage
from dockerfiles.rendering import Flavour, dockerfile
from dockerfiles.signing import is_ours, signed, was_ours

DEBIAN = Base("debian", "bookworm-slim")
SCRATCH = Base("scratch", "", "")
INSTALL = Run(
    ("pip install --no-cache-dir -r requirements.txt",),
    "The libraries",
    caches={"pip": "/root/.cache/pip"},
    secrets={"pip": "/root/.config/pip/pip.conf"},
)


def text(runtime: Runtime, *stages: Stage, flavour: Flavour = "classic") -> str:
    return dockerfile(Recipe(stages, runtime), Analysis("", "python"), flavour).text


def run(**changes: object) -> Runtime:
    return Runtime(Command(("serve",)), **changes)  # type: ignore[arg-type]


def stage(*steps: Copy | Run | Packages, base: Base = DEBIAN, name: str = "run") -> Stage:
    return Stage(name, base, steps, "The image")


def words(found: str) -> list[str]:
    return [each.word for each in read(found)]


def test_the_default_flavour_has_nothing_that_the_classic_builder_refuses() -> None:
    found = text(run(), stage(INSTALL))

    assert "--mount" not in found
    assert "--no-cache-dir" in found
    assert "which BuildKit's flavour mounts" in found


def test_the_flavour_for_buildkit_mounts_caches_and_secrets_and_needs_no_frontend() -> None:
    found = text(run(), stage(INSTALL), flavour="buildkit")

    assert "--mount=type=cache,id=pip,target=/root/.cache/pip" in found
    assert "--mount=type=secret,id=pip,target=/root/.config/pip/pip.conf" in found
    assert "--no-cache-dir" not in found
    assert "syntax=" not in found


def test_folders_that_are_written_are_made_last_and_given_to_the_user() -> None:
    found = text(run(writable=("/app/data",)), stage(Copy((".",), "/app", "The source")))

    assert found.index("COPY . /app") < found.index("chown -R 10001:10001 /app/data")


def test_without_a_shell_the_stage_before_makes_them() -> None:
    builder, image = stage(name="build"), stage(base=SCRATCH)
    found = text(run(writable=("/data",)), builder, image)

    assert "COPY --from=build --chown=10001:10001 /writable/data/ /data/" in found
    assert words(found[found.index("FROM scratch") :]).count("RUN") == 0


def test_without_a_shell_anywhere_they_are_refused() -> None:
    with pytest.raises(ValueError, match="has no shell"):
        text(run(writable=("/data",)), stage(base=SCRATCH))


def test_the_image_ends_with_a_numeric_user_and_a_command_in_exec_form() -> None:
    found = Declaration("Dockerfile", "", tuple(read(text(run(user="1654:1654"), stage()))))

    assert [each.rest for each in found.last[-2:]] == ["1654:1654", '["serve"]']
    assert found.said("STOPSIGNAL")


@pytest.mark.parametrize("reference", ["", "-x", "a b", "a\nUSER root", "${IMAGE}"])
def test_what_is_no_image_reference_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match="no image reference"):
        text(run(), stage(base=Base(reference, "")))


@pytest.mark.parametrize("probe", ["python", "node", "php", "ruby", "bash", "wget"])
@pytest.mark.parametrize("check", [Healthcheck("tcp"), Healthcheck("http", "/healthz")])
def test_health_is_asked_at_the_port_that_can_be_overridden(probe: str, check: Healthcheck) -> None:
    asked = healthcheck(run(probe=probe, port=8123, honours_port=True, healthcheck=check))
    fixed = healthcheck(run(probe=probe, port=8123, healthcheck=check))

    assert asked is not None
    assert fixed is not None
    assert "PORT" in asked[1][-1]
    assert "8123" in asked[1][-1]
    assert "PORT" not in fixed[1][-1]
    assert all((check.path in found[1][-1]) for found in (asked, fixed))


@pytest.mark.parametrize("path", ["/a b", "/'+x+'", "health", "/$(id)", '/"', "/a?b=$X"])
def test_a_path_that_could_be_more_than_one_is_not_asked_for(path: str) -> None:
    asked = healthcheck(run(probe="python", port=80, healthcheck=Healthcheck("http", path)))

    assert asked == healthcheck(run(probe="python", port=80, healthcheck=Healthcheck("tcp")))


@pytest.mark.parametrize("changes", [{"port": None}, {"probe": "none"}, {"healthcheck": Healthcheck()}])
def test_where_nothing_can_be_asked_there_is_no_healthcheck(changes: dict[str, object]) -> None:
    assert healthcheck(run(**{"port": 80, "healthcheck": Healthcheck("tcp"), **changes})) is None


@pytest.mark.parametrize(
    ("bases", "reference"),
    [
        ({}, "python:3.12"),
        ({"python": "lan/py"}, "lan/py:3.12"),
        ({"*": "mirror.lan/hub/"}, "mirror.lan/hub/python:3.12"),
        ({"": "debian:12"}, "debian:12"),
    ],
)
def test_base_images_are_where_the_user_has_them(bases: dict[str, str], reference: str) -> None:
    assert rebased(Base("python", "3.12"), Wishes(bases=bases)).reference == reference


def test_a_mirror_replaces_the_registry_and_never_scratch() -> None:
    mirrored = Wishes(bases={"*": "mirror.lan"})

    assert (
        rebased(Base("gcr.io/distroless/static", "nonroot"), mirrored).reference
        == "mirror.lan/distroless/static:nonroot"
    )
    assert rebased(SCRATCH, mirrored) == SCRATCH


def test_one_changed_character_makes_a_generated_file_somebodys() -> None:
    ours = signed("FROM scratch\n")

    assert is_ours(ours)
    assert is_ours(ours.replace("\n", "\r\n"))
    assert not is_ours(ours + "#\n")
    assert was_ours(ours + "#\n")
    assert not is_ours("FROM scratch\n")
