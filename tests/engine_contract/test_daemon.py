"""What every engine promises about itself."""

from engine.capabilities import unsupported
from engine.protocol import Engine
from tests.engine_contract.bench import Made


async def test_an_engine_says_what_it_is(made: Made) -> None:
    info = await made.engine.info()

    assert info.id
    assert info.version
    assert (1, 24) <= info.api_version <= (1, 51)
    assert info == await made.engine.info()


async def test_a_living_engine_answers(made: Made) -> None:
    await made.engine.ping()


async def test_closing_twice_is_fine(made: Made) -> None:
    engine: Engine = made.engine

    await engine.aclose()
    await engine.aclose()


async def test_what_its_version_cant_do_is_known_beforehand(made: Made) -> None:
    version = (await made.engine.info()).api_version
    spec = made.new("web", annotations={"a": "b"}).spec

    assert bool(unsupported(spec, version)) == (version < (1, 43))
