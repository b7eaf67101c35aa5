"""Settings inside programs that follow from their container's limits."""

import pytest

from container_ci.sizing.knobs import Seen, knobs

MIB = 1 << 20


def advised(
    kind: str, command: str = "serve", *, memory: int | None = 512, cpus: float | None = 1.5, **env: str
) -> dict[str, str]:
    seen = Seen([kind], command.split(), env, memory * MIB if memory else None, cpus)
    return {one.setting: one.recommended for one in knobs(seen)}


@pytest.mark.parametrize(
    ("kind", "setting", "value"),
    [
        ("tomcat", "environment.JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=70"),
        ("express", "environment.NODE_OPTIONS", "--max-old-space-size=384"),
        ("unknown-go", "environment.GOMEMLIMIT", "461MiB"),
        ("unknown-go", "environment.GOMAXPROCS", "2"),
        ("redis", "command", "--maxmemory 358mb"),
        ("postgres", "shared_buffers", "128MB"),
        ("memcached", "command", "-m 410"),
        ("nginx", "nginx worker_processes", "2"),
        ("aspnetcore", "environment.DOTNET_GCHeapHardLimitPercent", "0x4B"),
    ],
)
def test_each_program_is_told_of_its_limit_in_its_own_way(kind: str, setting: str, value: str) -> None:
    assert advised(kind)[setting] == value


def test_what_is_set_already_is_left_alone() -> None:
    assert advised("java", "java -Xmx256m -jar app.jar") == {}
    assert advised("express", NODE_OPTIONS="--max-old-space-size=300") == {}
    assert advised("unknown-go", GOMEMLIMIT="400MiB", GOMAXPROCS="1") == {}
    assert advised("redis", "redis-server --maxmemory 300mb") == {}
    assert advised("gunicorn", "gunicorn -w 5 app:app") == {}


def test_a_heap_that_fills_the_limit_is_told() -> None:
    assert advised("java", "java -Xmx500m -jar app.jar") == {"-Xmx": "358m"}


def test_more_workers_than_processors_can_run_are_told() -> None:
    assert advised("gunicorn", "gunicorn --workers 16 app:app") == {"gunicorn --workers": "5"}


def test_without_limits_nothing_follows() -> None:
    for kind in ("java", "node", "unknown-go", "redis", "postgres", "nginx", "gunicorn"):
        assert advised(kind, memory=None, cpus=None) == {}


def test_a_name_that_only_contains_another_is_not_taken_for_it() -> None:
    assert advised("mongodb") == {}
    assert advised("django") == {}
