"""What is recorded of a container holds no values of variables."""

from controller.sealing import sealed
from observed_state.container import Container

FROZEN = {"Config": {"Env": ["A=hidden", "B"]}, "HostConfig": {}}
SEEN = Container("c1", "web", "i", "sha256:1", "running", frozen=FROZEN)


def variables(container: Container) -> list[str]:
    found: list[str] = container.frozen["Config"]["Env"]
    return found


def test_values_are_sealed_and_names_are_kept() -> None:
    sealed_a, name_alone = variables(sealed(SEEN, "key"))

    assert sealed_a.startswith("A=sealed:")
    assert "hidden" not in sealed_a
    assert name_alone == "B"


def test_sealing_twice_changes_nothing() -> None:
    assert sealed(sealed(SEEN, "key"), "key") == sealed(SEEN, "key")


def test_equal_values_have_equal_seals_under_one_key_only() -> None:
    assert variables(sealed(SEEN, "key")) == variables(sealed(SEEN, "key"))
    assert variables(sealed(SEEN, "key")) != variables(sealed(SEEN, "other key"))
