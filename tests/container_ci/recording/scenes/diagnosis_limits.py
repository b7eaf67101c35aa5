"""Limits that were met: memory, processes, files, disk, rights."""

from tests.container_ci.recording.scene import Actor, Box, Scene, cause, in_turn, python

_HOLD = "import time\nkept = bytearray(%d << 20)\nprint('holding', flush=True)\nwhile True:\n    time.sleep(1)\n"
_THREADS = "import threading, time\nfor number in range(100):\n    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\nprint('all started')\ntime.sleep(600)\n"
_FILES = "kept = []\nfor number in range(1000):\n    kept.append(open('/etc/hostname'))\n"
_SPOOL = (
    "with open('/spool/queue.bin', 'wb') as queue:\n    for number in range(64):\n        queue.write(bytes(1 << 20))\n"
)
_BURN = "print('rendering', flush=True)\nwhile True:\n    sum(range(10000))\n"
_WRITE = "with open('/data/state.json', 'w') as state:\n    state.write('{}')\n"


def _read_thrice(actor: Actor) -> None:
    for _ in range(3):
        actor.rest(3)
        actor.read_counters()


def _read_for_six_minutes(actor: Actor) -> None:
    for _ in range(12):
        actor.rest(30)
        actor.read_counters()


SCENES = [
    Scene(
        "near-limit",
        "A program that stays just below its memory limit",
        "python3",
        Box(
            "python main.py",
            "corp/cachey:1",
            python("flask"),
            {"/srv/app/main.py": _HOLD % 58},
            {"mem_limit": "64m", "memswap_limit": "64m"},
            "holding",
        ),
        cause("memory-near-limit"),
        ["oom-killed", "oom-child", "memory-leak-suspected"],
        act=_read_thrice,
    ),
    Scene(
        "near-limit-redis",
        "Redis full to just below its memory limit",
        "redis-server",
        Box(
            "redis-server --protected-mode no --save '' --enable-debug-command local",
            "redis:7",
            options={"mem_limit": "64m", "memswap_limit": "64m"},
            ready=6379,
        ),
        cause("memory-near-limit"),
        ["oom-killed", "memory-leak-suspected"],
        held_out=True,
        act=in_turn(lambda actor: actor.run("redis-cli", "debug", "populate", "612000"), _read_thrice),
        how="filled by redis-cli debug populate",
    ),
    Scene(
        "page-cache-churn",
        "Reading more than the limit holds makes the kernel reclaim, and that is all",
        "coreutils",
        Box(
            [
                "sh",
                "-c",
                "head -c 200000000 /dev/zero > /tmp/big; while :; do cat /tmp/big > /dev/null; sleep 0.2; done",
            ],
            "corp/scan:1",
            options={"mem_limit": "32m", "memswap_limit": "32m"},
            ready=3.0,
        ),
        cause("memory-reclaim-churn|none"),
        ["oom-killed", "memory-near-limit", "memory-leak-suspected"],
        act=_read_thrice,
    ),
    Scene(
        "throttled",
        "A busy program with a twentieth of a CPU",
        "python3",
        Box(
            "python main.py",
            "corp/render:2",
            python("flask"),
            {"/srv/app/main.py": _BURN},
            {"nano_cpus": 50_000_000},
            "rendering",
        ),
        cause("cpu-throttled"),
        ["memory-near-limit"],
        act=_read_for_six_minutes,
    ),
    Scene(
        "busy-without-quota",
        "A busy program without a limit is not throttled",
        "python3",
        Box("python main.py", "corp/render:3", python("flask"), {"/srv/app/main.py": _BURN}, ready="rendering"),
        cause(None),
        ["cpu-throttled"],
        act=_read_thrice,
        held_out=True,
    ),
    Scene(
        "pids-threads",
        "Python can't start a thread more",
        "python3",
        Box(
            "python main.py",
            "corp/crawl:1",
            python("flask"),
            {"/srv/app/main.py": _THREADS},
            {"pids_limit": 20},
            "exit",
        ),
        cause("pids-limit"),
        ["uncaught-exception", "unknown-exit", "memory-near-limit"],
    ),
    Scene(
        "pids-shell",
        "A shell can't fork",
        "bash",
        Box(
            ["bash", "-c", "for i in $(seq 40); do sleep 600 & done; echo started; wait"],
            "corp/fan:1",
            options={"pids_limit": 12},
            ready="[Rr]esource temporarily",
        ),
        cause("pids-limit"),
        ["unknown-exit"],
        held_out=True,
        rest_s=1,
    ),
    Scene(
        "too-many-files",
        "Python opened more files than it may",
        "python3",
        Box(
            "python main.py",
            "corp/hash:1",
            python("flask"),
            {"/srv/app/main.py": _FILES},
            {"ulimits": [{"Name": "nofile", "Soft": 64, "Hard": 64}]},
            "exit",
        ),
        cause("nofile-limit"),
        ["uncaught-exception", "unknown-exit"],
    ),
    Scene(
        "too-many-sockets",
        "nginx with fewer files than its connections need only warns",
        "nginx-light",
        Box(
            ["nginx", "-g", "daemon off;"],
            "nginx:1.22",
            options={"ulimits": [{"Name": "nofile", "Soft": 64, "Hard": 64}]},
            ready=80,
        ),
        cause("none|nofile-limit"),
        ["config-syntax"],
        held_out=True,
    ),
    Scene(
        "tmpfs-full",
        "A tmpfs that is too small",
        "python3",
        Box(
            "python main.py",
            "corp/spool:1",
            python("flask"),
            {"/srv/app/main.py": _SPOOL},
            {"tmpfs": {"/spool": "size=8m"}},
            "exit",
        ),
        cause("disk-full"),
        ["uncaught-exception", "daemon-disk-full", "unknown-exit"],
    ),
    Scene(
        "tmpfs-full-redis",
        "Redis can't save to a tmpfs that is too small",
        "redis-server",
        Box(
            [
                "redis-server",
                "--dir",
                "/dump",
                "--protected-mode",
                "no",
                "--rdbcompression",
                "no",
                "--enable-debug-command",
                "local",
            ],
            "redis:7",
            options={"tmpfs": {"/dump": "size=1m"}},
            ready=6379,
        ),
        cause("disk-full"),
        ["read-only-fs", "memory-near-limit"],
        held_out=True,
        how="filled by redis-cli debug populate, then told to save",
        act=in_turn(
            lambda actor: actor.run("redis-cli", "debug", "populate", "400000"),
            lambda actor: actor.run("redis-cli", "save"),
            lambda actor: actor.rest(1),
        ),
    ),
    Scene(
        "read-only-nginx",
        "nginx on a read-only root",
        "nginx-light",
        Box(["nginx", "-g", "daemon off;"], "corp/web:11", options={"read_only": True}, ready="exit"),
        cause("read-only-fs"),
        ["config-syntax", "file-permission", "unknown-exit"],
    ),
    Scene(
        "read-only-mount",
        "Python writes to a mount that is read-only",
        "python3",
        Box(
            "python main.py",
            "corp/keep:1",
            python("flask"),
            {"/srv/app/main.py": _WRITE},
            {"volumes": {"keep-data": {"bind": "/data", "mode": "ro"}}},
            "exit",
        ),
        cause("read-only-fs"),
        ["uncaught-exception", "file-permission"],
        held_out=True,
    ),
    Scene(
        "volume-of-root",
        "A volume that belongs to root, a process that does not",
        "python3",
        Box(
            "python main.py",
            "corp/keep:2",
            python("flask"),
            {"/srv/app/main.py": _WRITE},
            {"user": "1000", "volumes": {"keep-data2": {"bind": "/data", "mode": "rw"}}},
            "exit",
        ),
        cause("file-permission"),
        ["uncaught-exception", "read-only-fs", "auth-failed"],
    ),
    Scene(
        "config-unreadable",
        "HAProxy may not read its own configuration",
        "haproxy",
        Box(
            "haproxy -db -f /etc/haproxy/secret.cfg",
            "corp/lb:9",
            files={"/etc/haproxy/secret.cfg": "defaults\n"},
            modes={"/etc/haproxy/secret.cfg": 0o600},
            options={"user": "haproxy"},
            ready="exit",
        ),
        cause("file-permission"),
        ["config-syntax", "unknown-exit"],
        held_out=True,
    ),
    Scene(
        "low-port",
        "nginx may not listen on port 80 as another user than root",
        "nginx-light",
        Box(
            "nginx -c /n.conf",
            "corp/web:12",
            files={
                "/n.conf": "daemon off;\npid /tmp/n.pid;\nerror_log /dev/stderr;\nevents {}\nhttp { access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e; server { listen 80; } }\n"
            },
            options={"user": "www-data", "sysctls": {"net.ipv4.ip_unprivileged_port_start": "1024"}},
            ready="exit",
        ),
        cause("privileged-port"),
        ["file-permission", "config-syntax"],
    ),
    Scene(
        "low-port-python",
        "Python may not listen on port 80 as another user than root",
        "python3",
        Box(
            "python3 -m http.server 80",
            "corp/share:2",
            options={"user": "1000", "sysctls": {"net.ipv4.ip_unprivileged_port_start": "1024"}},
            ready="exit",
        ),
        cause("privileged-port"),
        ["file-permission", "uncaught-exception"],
        held_out=True,
    ),
    Scene(
        "no-right-to-change-owner",
        "A start script without the capability to change owners",
        "coreutils",
        Box(
            ["sh", "-ec", "echo preparing; chown -R www-data /srv; exec sleep 600"],
            "corp/web:13",
            options={"cap_drop": ["ALL"]},
            ready="exit",
        ),
        cause("capability-missing"),
        ["file-permission", "unknown-exit"],
    ),
    Scene(
        "no-right-to-add-address",
        "A network tool without its capability",
        "iproute2",
        Box(["sh", "-ec", "ip link add vpn0 type dummy; exec sleep 600"], "corp/vpn:1", ready="exit"),
        cause("capability-missing"),
        ["unknown-exit"],
        held_out=True,
    ),
]
