"""What every engine promises about volumes."""

import pytest

from desired_state.volume import VolumeSpec
from engine.errors import Conflict, NotFound
from tests.engine_contract.bench import Made


async def test_a_volume_is_observed_as_declared(made: Made) -> None:
    spec = VolumeSpec.model_validate({"labels": {"tier": "back"}})

    volume = await made.engine.create_volume(made.name("data"), spec, {"ergon.dev/kind": "Volume"})

    assert (volume.name, volume.driver) == (made.name("data"), "local")
    assert volume.labels == {"tier": "back", "ergon.dev/kind": "Volume"}
    assert await made.engine.inspect_volume(made.name("data")) == volume
    assert volume in await made.engine.list_volumes()


async def test_a_volume_that_exists_is_returned_as_it_is(made: Made) -> None:
    first = await made.engine.create_volume(made.name("data"), VolumeSpec(), {"who": "first"})

    second = await made.engine.create_volume(made.name("data"), VolumeSpec(), {"who": "second"})

    assert second == first


async def test_a_removed_volume_is_gone_and_may_be_removed_again(made: Made) -> None:
    await made.engine.create_volume(made.name("data"), VolumeSpec(), {})

    await made.engine.remove_volume(made.name("data"))
    await made.engine.remove_volume(made.name("data"))

    with pytest.raises(NotFound):
        await made.engine.inspect_volume(made.name("data"))


async def test_a_volume_in_use_is_not_removed(made: Made) -> None:
    await made.engine.create_volume(made.name("data"), VolumeSpec(), {})
    await made.created("web", volumes=["data:/data"])

    with pytest.raises(Conflict, match="in use"):
        await made.engine.remove_volume(made.name("data"))


async def test_a_named_volume_outlives_its_container(made: Made) -> None:
    before = await made.engine.create_volume(made.name("data"), VolumeSpec(), {})
    container_id = await made.created("web", volumes=["data:/data"])

    await made.engine.remove_container(container_id, force=True, volumes=True)

    assert await made.engine.inspect_volume(made.name("data")) == before
