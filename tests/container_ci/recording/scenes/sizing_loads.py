"""Containers at work whose use of memory, processors and processes is known, because it was made."""

from tests.container_ci.recording.scene import Box, Load, python

MIB = 1 << 20
_DAY, _WEEK, _THIRD = 720.0, 5040.0, 240.0
_HOLD = "import time\nkept = bytearray(b'x') * (%d << 20)\nwhile True:\n    time.sleep(1)\n"
_SPIKES = "import time\nkept = bytearray(b'x') * (30 << 20)\nwhile True:\n    time.sleep(17)\n    spike = bytearray(b'x') * (120 << 20)\n    time.sleep(3)\n    del spike\n"
_START = "import time\nspike = bytearray(b'x') * (160 << 20)\ntime.sleep(4)\ndel spike\nkept = bytearray(b'x') * (20 << 20)\nwhile True:\n    time.sleep(1)\n"
_LEAK = "import time\nkept = []\nwhile True:\n    kept.append(bytearray(b'x') * (1 << 20))\n    time.sleep(1)\n"
_DUTY = "import time\nwhile True:\n    end = time.process_time() + %.3f\n    while time.process_time() < end: pass\n    time.sleep(%.3f)\n"
_BURSTS = "import time\nwhile True:\n    end = time.process_time() + 0.6\n    while time.process_time() < end: pass\n    for _ in range(7):\n        time.sleep(1)\n"
_BURN = "while True: pass\n"
_REDIS = [
    "sh",
    "-c",
    "redis-server --protected-mode no --save '' --enable-debug-command local --daemonize yes >/dev/null; redis-cli debug populate 200000 >/dev/null; while :; do redis-benchmark -q -n 500 -c 2 >/dev/null; sleep 2; done",
]
_NGINX = ["sh", "-c", "nginx; while :; do curl -s localhost/ >/dev/null; sleep 0.2; done"]
_PG = "/usr/lib/postgresql/15/bin"
_POSTGRES = [
    "sh",
    "-c",
    f"{_PG}/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf & sleep 3; {_PG}/pgbench -q -i -s 2 postgres >/dev/null 2>&1; while :; do {_PG}/pgbench -c 2 -T 1 postgres >/dev/null 2>&1; sleep 4; done",
]
_CHILD_OOM = ["sh", "-c", "while :; do python3 -c 'kept = bytearray(b\"x\") * (200 << 20)'; sleep 5; done"]
_CHURN = ["sh", "-c", "head -c 150000000 /dev/zero > /tmp/big; while :; do cat /tmp/big > /dev/null; sleep 1; done"]
_FAN = ["sh", "-c", "i=0; while [ $i -lt 45 ]; do sleep 6000 & i=$((i+1)); done; wait"]


def _program(script: str, **options: object) -> Box:
    return Box("python3 /m.py", "corp/worker:4", python("flask"), {"/m.py": script}, options, 0.5)


LOADS = [
    Load(
        "steady-no-limit",
        "Steady memory, no limit",
        "python3",
        _program(_HOLD % 80),
        _DAY,
        {"mem_limit": "seen", "pids_limit": "seen"},
        ["cpus"],
    ),
    Load(
        "steady-large",
        "Steady memory of 200 MiB, no limit",
        "python3",
        _program(_HOLD % 200),
        _DAY,
        {"mem_limit": "seen"},
        ["cpus"],
        held_out=True,
    ),
    Load(
        "generous-day",
        "A limit far too large, seen for a day: lessened by half at most",
        "python3",
        _program(_HOLD % 60, mem_limit="1g"),
        _DAY * 1.1,
        {"mem_limit": [512 * MIB, 768 * MIB]},
    ),
    Load(
        "generous-week",
        "A limit far too large, seen for a week",
        "python3",
        _program(_HOLD % 60, mem_limit="1g"),
        _WEEK * 1.1,
        {"mem_limit": "seen"},
    ),
    Load(
        "generous-hours",
        "A limit far too large, seen for eight hours: not lessened yet",
        "python3",
        _program(_HOLD % 60, mem_limit="1g"),
        _THIRD,
        {},
        ["mem_limit-"],
        held_out=True,
    ),
    Load(
        "fitting-limit",
        "A limit that fits",
        "python3",
        _program(_HOLD % 80, mem_limit="112m"),
        _DAY * 1.1,
        {},
        ["mem_limit"],
    ),
    Load(
        "tight-limit",
        "A limit that is all but reached",
        "python3",
        _program(_HOLD % 59, mem_limit="64m", memswap_limit="64m"),
        _THIRD,
        {"mem_limit": [80 * MIB, 128 * MIB]},
        ["mem_limit-"],
    ),
    Load(
        "child-killed",
        "Children are killed for memory again and again",
        "python3",
        Box(_CHILD_OOM, "corp/batch:9", options={"mem_limit": "64m", "memswap_limit": "64m"}, ready=0.5),
        _THIRD,
        {"mem_limit": [96 * MIB, 192 * MIB]},
        ["mem_limit-"],
    ),
    Load(
        "child-killed-large",
        "Children are killed for memory at a limit of 128 MiB",
        "python3",
        Box(_CHILD_OOM, "corp/batch:9", options={"mem_limit": "128m", "memswap_limit": "128m"}, ready=0.5),
        _DAY,
        {"mem_limit": [192 * MIB, 320 * MIB]},
        ["mem_limit-"],
        held_out=True,
    ),
    Load(
        "throttled-little",
        "A busy program with a twenty-fifth of a processor",
        "python3",
        _program(_BURN, nano_cpus=40_000_000),
        _THIRD,
        {"cpus": [0.06, 0.15]},
        ["cpus-"],
    ),
    Load(
        "throttled-least",
        "A busy program with a fiftieth of a processor",
        "python3",
        _program(_BURN, nano_cpus=20_000_000),
        _DAY,
        {"cpus": [0.03, 0.1]},
        ["cpus-"],
        held_out=True,
    ),
    Load(
        "cpu-least",
        "A limit of processors that is the least there is fits a program that does nothing",
        "python3",
        _program(_HOLD % 10, nano_cpus=50_000_000),
        _DAY * 1.1,
        {},
        ["cpus"],
    ),
    Load(
        "cpu-generous",
        "A limit of processors far too large, seen for a week",
        "python3",
        _program(_DUTY % (0.01, 0.09), nano_cpus=1_500_000_000),
        _WEEK * 1.1,
        {"cpus": "seen"},
        held_out=True,
    ),
    Load(
        "cpu-bursts",
        "A program of short bursts, seen for a week: its bursts count",
        "python3",
        _program(_BURSTS, nano_cpus=2_000_000_000),
        _WEEK * 1.1,
        {"cpus": "seen"},
    ),
    Load(
        "idle",
        "A program that does nothing",
        "coreutils",
        Box("sleep 6000", "corp/idle:1", ready=0.5),
        _DAY,
        {"mem_limit": [32 * MIB, 32 * MIB], "pids_limit": [64, 64]},
        ["cpus"],
    ),
    Load(
        "spikes",
        "Memory that is needed for moments only",
        "python3",
        _program(_SPIKES),
        _DAY,
        {"mem_limit": "seen"},
        ["cpus"],
    ),
    Load(
        "spikes-limited",
        "Memory that is needed for moments only, with a limit that the average would undercut",
        "python3",
        _program(_SPIKES, mem_limit="224m"),
        _DAY * 1.1,
        {},
        ["mem_limit-"],
        held_out=True,
    ),
    Load(
        "start-up-peak",
        "A start that needs more memory than all that follows",
        "python3",
        _program(_START),
        _DAY,
        {"mem_limit": "seen"},
    ),
    Load(
        "leak",
        "Memory that grows for ever is not sized",
        "python3",
        _program(_LEAK, mem_limit="512m"),
        _DAY,
        {},
        ["mem_limit"],
    ),
    Load(
        "leak-no-limit",
        "Memory that grows for ever, without a limit",
        "python3",
        _program(_LEAK),
        _DAY,
        {},
        ["mem_limit"],
        held_out=True,
    ),
    Load(
        "few-samples",
        "Too few samples",
        "python3",
        _program(_HOLD % 40, mem_limit="512m"),
        _DAY,
        {},
        ["mem_limit-"],
        enough=False,
        samples=40,
    ),
    Load(
        "short-span",
        "Many samples of too short a time",
        "python3",
        _program(_HOLD % 40, mem_limit="512m"),
        60.0,
        {},
        ["mem_limit-"],
        enough=False,
    ),
    Load(
        "few-but-killed",
        "Too few samples, but killed for memory: that is enough to give more",
        "python3",
        Box(_CHILD_OOM, "corp/batch:9", options={"mem_limit": "64m", "memswap_limit": "64m"}, ready=0.5),
        10.0,
        {"mem_limit": [96 * MIB, 192 * MIB]},
        ["mem_limit-"],
        enough=False,
        samples=40,
    ),
    Load(
        "page-cache",
        "Reading files fills what there is of memory, and needs none of it",
        "coreutils",
        Box(_CHURN, "corp/scan:9", options={"mem_limit": "64m", "memswap_limit": "64m"}, ready=0.5),
        _DAY,
        {},
        ["cpus"],
        held_out=True,
    ),
    Load(
        "many-processes",
        "45 processes and no limit of them",
        "coreutils",
        Box(_FAN, "corp/fan:9", ready=0.5),
        _DAY,
        {"pids_limit": [96, 128], "mem_limit": "seen"},
    ),
    Load(
        "redis-busy",
        "Redis with 200 000 keys under redis-benchmark",
        "redis-server",
        Box(_REDIS, "corp/cache:99", ready=4.0),
        _DAY,
        {"mem_limit": "seen"},
    ),
    Load(
        "nginx-busy",
        "nginx that is asked five times a second",
        "nginx-light",
        Box(_NGINX, "corp/web:99", options={"nano_cpus": 1_000_000_000, "mem_limit": "512m"}, ready=1.0),
        _WEEK * 1.1,
        {"mem_limit": "seen", "cpus": "seen"},
        held_out=True,
    ),
    Load(
        "postgres-busy",
        "PostgreSQL under pgbench",
        "postgresql-15",
        Box(_POSTGRES, "corp/db:99", ("USER postgres",), ready=6.0),
        _DAY,
        {"mem_limit": "seen"},
    ),
]
