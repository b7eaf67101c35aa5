"""Pull policies and image policies: what may be written, what it means, and what can't be had."""

import pytest

from desired_state.build import Build
from desired_state.image import ImageSpec
from desired_state.image_policy import ImagePolicy, pull_policy, refresh_s
from desired_state.image_reference import parse
from desired_state.versions import may_stand, newest_first
from tests.desired_state.texts import container, problems

DAY = 86400.0


@pytest.mark.parametrize(
    ("written", "canonical", "period"),
    [
        ("always", "always", None),
        ("missing", "missing", None),
        ("if_not_present", "missing", None),
        ("never", "never", None),
        ("daily", "daily", DAY),
        ("weekly", "weekly", 7 * DAY),
        ("every_12h", "every_12h", DAY / 2),
        ("every 90m", "every_90m", 5400.0),
        ("every_1d12h", "every_1d12h", 1.5 * DAY),
    ],
)
def test_a_pull_policy_has_one_spelling_and_maybe_a_period(written: str, canonical: str, period: float | None) -> None:
    assert (pull_policy(written), refresh_s(pull_policy(written))) == (canonical, period)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("allways", 'did you mean "always"?'),
        ("build", "is declared by an Image with build"),
        ("every_1s", "once a minute at most"),
        ("every_soon", "is not a duration"),
    ],
)
def test_a_pull_policy_that_is_none_is_refused_with_the_next_step(written: str, words: str) -> None:
    [problem] = problems(container(f"image: web\npull_policy: {written}"))

    assert problem.startswith('stdin:6:16: Container "web": pull_policy: ')
    assert words in problem


def test_a_word_is_short_for_what_is_done_on_a_move() -> None:
    assert ImagePolicy.model_validate("notify") == ImagePolicy(on_move="notify")


@pytest.mark.parametrize(
    ("spec", "place", "words"),
    [
        ("image: web:1\nimage_policy: {on_mvoe: auto}", "6:18", 'did you mean "on_move"?'),
        ("image: web:1\nimage_policy: {semver: newest}", "6:26", "is not a range of versions"),
        ("image: web:1\nimage_policy: {check_every: 1s}", "6:31", "at least 60"),
        ("image: web:2.0.0\nimage_policy: {semver: ^1.4}", "6:26", 'the tag "2.0.0" is not in "^1.4"'),
        ("image: web@sha256:1f\nimage_policy: auto", "6:17", "a digest never moves"),
        ("image: {resource: api}\nimage_policy: {semver: ^1}", "6:26", "belongs to the Image resource"),
    ],
)
def test_a_policy_that_can_not_be_had_is_refused_at_its_place(spec: str, place: str, words: str) -> None:
    [problem] = problems(container(spec))

    assert problem.startswith(f"stdin:{place}: ")
    assert words in problem


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"build": "/src", "pull_policy": "always"}, "what is built is not pulled"),
        ({"build": "/src", "image_policy": {"semver": "^1"}}, "has no versions"),
        ({"reference": "web", "push": True}, "only what is built here can be pushed"),
        ({"build": {"context": "/src", "platforms": ["linux/amd64", "linux/arm64"]}}, "add push: true"),
        ({"build": {"context": "/src", "builder": "classic", "ssh": ["default"]}}, "only BuildKit does this"),
        ({"build": {"context": "/src", "secrets": [{"id": "a"}]}}, "either a file or an environment variable"),
    ],
)
def test_an_image_that_contradicts_itself_is_refused(spec: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ImageSpec.model_validate(spec)


def test_a_build_secret_may_be_written_as_docker_does() -> None:
    build = Build.model_validate({"context": "/src", "secrets": ["id=npm,src=/run/token", "id=key,env=KEY"]})

    assert build.declared()["secrets"] == [{"id": "npm", "file": "/run/token"}, {"id": "key", "environment": "KEY"}]
    assert build.with_buildkit


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "familiar"),
    [
        ("busybox", "docker.io", "library/busybox", "latest", "busybox:latest"),
        ("docker.io/library/busybox:1", "docker.io", "library/busybox", "1", "busybox:1"),
        ("shop/web:1", "docker.io", "shop/web", "1", "shop/web:1"),
        ("localhost/web", "localhost", "web", "latest", "localhost/web:latest"),
        ("reg.test:5000/a/b:1", "reg.test:5000", "a/b", "1", "reg.test:5000/a/b:1"),
    ],
)
def test_a_reference_is_taken_apart_as_docker_does(
    text: str, registry: str, repository: str, tag: str, familiar: str
) -> None:
    found = parse(text)

    assert (found.registry, found.repository, found.tag, found.familiar) == (registry, repository, tag, familiar)


def test_a_reference_with_a_digest_has_no_tag_unless_it_says_one() -> None:
    assert parse("web@sha256:1f").tag == ""
    assert parse("web:1@sha256:1f").familiar == "web:1@sha256:1f"


def test_versions_are_ordered_as_versions_and_only_whole_ones_count() -> None:
    tags = ["1.9.0", "1.10.0", "v1.11.0", "1.12", "latest", "2.0.0", "1.13.0-rc.1", "nightly"]

    assert newest_first(tags, "^1") == ["v1.11.0", "1.10.0", "1.9.0"]


@pytest.mark.parametrize(("tag", "may"), [("1.4", True), ("1", True), ("latest", True), ("2", False), ("edge", False)])
def test_a_tag_may_stand_beside_a_range_that_it_is_in(tag: str, may: bool) -> None:
    assert may_stand(tag, ">=1 <2") == may
