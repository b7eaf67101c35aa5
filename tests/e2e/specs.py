"""Container specs that differ in one attribute each: whatever Docker makes of it must not be taken for drift."""

from typing import Any

from tests.e2e.images import CHANGES

SPECS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "blkio": {"blkio_config": {"weight": 300}},
    "cap-add": {"cap_add": ["NET_ADMIN", "SYS_TIME"]},
    "cap-drop": {"cap_drop": ["ALL"]},
    "command": {"command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 2 & wait $$!; done"]},
    "cpu-quota": {"cpu_period": 50000, "cpu_quota": 25000},
    "cpu-shares": {"cpu_shares": 256},
    "cpus": {"cpus": 0.5},
    "cpuset": {"cpuset": "0"},
    "deploy": {"deploy": {"resources": {"limits": {"cpus": "0.25", "memory": "48M", "pids": 50}}}},
    "device": {"devices": ["/dev/null:/dev/nothing:r"]},
    "dns": {"dns": ["192.0.2.1"], "dns_search": ["example.org"], "dns_opt": ["ndots:2"]},
    "domain": {"hostname": "host", "domainname": "example.org"},
    "entrypoint": {"entrypoint": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 2 & wait $$!; done"]},
    "environment": {"environment": {"A": "1", "EMPTY": "", "FROM_IMAGE": "changed"}},
    "expose": {"expose": ["9090", "9091/udp"]},
    "extra-hosts": {"extra_hosts": ["somewhere:192.0.2.7", "host:host-gateway"]},
    "group-add": {"group_add": ["10", "20"]},
    "health-off": {"healthcheck": {"disable": True}},
    "healthcheck": {"healthcheck": {"test": ["CMD", "true"], "interval": "3s", "timeout": "20s", "retries": 50}},
    "hostname": {"hostname": "a-name"},
    "init": {"init": True},
    "ipc": {"ipc": "shareable"},
    "labels": {"labels": {"a": "b", "org.example.empty": ""}},
    "logging": {"logging": {"driver": "json-file", "options": {"max-size": "1m", "max-file": "2"}}},
    "memory": {"mem_limit": "32M"},
    "memory-reservation": {"mem_reservation": "16M", "mem_limit": "64M"},
    "memory-swap": {"mem_limit": "32M", "memswap_limit": "48M"},
    "memory-swap-unlimited": {"mem_limit": "32M", "memswap_limit": -1},
    "network-aliases": {"networks": {"inside": {"aliases": ["other", "another"]}}},
    "network-host": {"network_mode": "host"},
    "network-none": {"network_mode": "none"},
    "networks": {"networks": ["inside", "outside"]},
    "oom": {"oom_score_adj": 300},
    "pid": {"pid": "host"},
    "pids": {"pids_limit": 40},
    "ports": {"ports": ["127.0.0.1::8080", "53/udp"]},
    "read-only": {"read_only": True, "tmpfs": ["/tmp:size=1m"]},
    "replicas": {"replicas": 2},
    "restart": {"restart": "on-failure:3"},
    "restart-delegated": {"restart": "delegated"},
    "security": {"security_opt": ["no-new-privileges:true"]},
    "shm": {"shm_size": "8M"},
    "stop": {"stop_signal": "SIGINT", "stop_grace_period": "3s"},
    "sysctls": {"sysctls": {"net.core.somaxconn": "256"}},
    "tmpfs": {"volumes": [{"type": "tmpfs", "target": "/scratch", "tmpfs": {"size": "1M"}}]},
    "tty": {"tty": True, "stdin_open": True},
    "ulimits": {"ulimits": {"nofile": {"soft": 512, "hard": 1024}, "nproc": 100}},
    "user": {"user": "1234:5678"},
    "volume": {"volumes": ["data:/data"]},
    "volume-anonymous": {"volumes": ["/anonymous"]},
    "volume-bind": {"volumes": ["/etc/hostname:/etc/name:ro"]},
    "working-dir": {"working_dir": "/tmp"},
}

# Attributes that Compose has no word for, or that need more than the container: tried for drift alone.
FURTHER_SPECS: dict[str, dict[str, Any]] = {
    "config-and-secret": {"configs": ["settings"], "secrets": [{"source": "password", "mode": "0400"}]},
    "config-read-only": {"read_only": True, "configs": [{"source": "settings", "target": "/run/app/settings"}]},
    "cpuset-mems": {"cpuset_mems": "0"},
    "device-rules": {"device_cgroup_rules": ["c 1:3 r"]},
    "environment-from": {"environment": {"PASSWORD": {"secret": "password"}}, "env_from": [{"config": "settings"}]},
    "init-off": {"init": False},
    "mac-address": {"mac_address": "02:42:ac:11:99:01"},
    "network-address": {"networks": {"fixed": {"ipv4_address": "10.214.7.9"}}},
    "publish-all": {"publish_all_ports": True, "expose": ["7070"]},
    "runtime": {"runtime": "runc"},
    "user-namespace": {"userns_mode": "host", "uts": "host"},
    "volume-no-copy": {"volumes": [{"type": "volume", "source": "data", "target": "/d", "volume": {"nocopy": True}}]},
}
EVERY_SPEC = SPECS | FURTHER_SPECS

DRESSES = tuple(CHANGES)


def dress_of(name: str, turn: int = 0) -> str:
    """Return the image that a spec is tried on: each in turn, so that every kind of image meets many specs.

    In as many turns as there are images each spec meets each image once.
    """
    return DRESSES[(sorted(EVERY_SPEC).index(name) + turn) % len(DRESSES)]
