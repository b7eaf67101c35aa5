"""The words of the Compose specification, and what becomes of those that mean nothing to Ergon."""

# Service attributes that a Container's spec has under the same name.
SERVICE_FIELDS = frozenset((
    "annotations", "blkio_config", "cap_add", "cap_drop", "cgroup", "cgroup_parent", "command", "configs",
    "container_name", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset",
    "depends_on", "deploy", "device_cgroup_rules", "devices", "dns", "dns_opt", "dns_search", "domainname",
    "entrypoint", "env_file", "environment", "expose", "external_links", "extra_hosts", "gpus", "group_add",
    "healthcheck", "hostname", "image", "init", "ipc", "labels", "links", "logging", "mac_address", "mem_limit",
    "mem_reservation", "mem_swappiness", "memswap_limit", "network_mode", "networks", "oom_kill_disable",
    "oom_score_adj", "pid", "pids_limit", "platform", "ports", "post_start", "pre_start", "pre_stop", "privileged",
    "pull_policy", "read_only", "restart", "runtime", "scale", "secrets", "security_opt", "shm_size", "stdin_open",
    "stop_grace_period", "stop_signal", "storage_opt", "sysctls", "tmpfs", "tty", "ulimits", "user", "userns_mode",
    "uts", "volumes", "volumes_from", "working_dir",
))  # fmt: skip

# Attributes that change nothing about what runs: said, and left out.
IGNORED = {
    "attach": "it only says whose output `docker compose up` shows",
    "develop": "it is for `docker compose watch`",
}

# Attributes that Ergon can't honour: refused, because leaving them out would run something else.
REFUSED = {
    "provider": "a service that another program provides can't be kept by Ergon",
    "models": "models are run by another program than Docker",
    "use_api_socket": "mount /var/run/docker.sock under `volumes` instead",
    "credential_spec": "it is for Windows containers",
    "isolation": "it is for Windows containers",
    "cpu_count": "it is for Windows containers; use cpus",
    "cpu_percent": "it is for Windows containers; use cpus",
}

# Attributes that are worked off while the file is read.
HANDLED = frozenset({"build", "extends", "profiles", "label_file", "pull_refresh_after"})

# What `deploy` may say that means nothing on one host.
DEPLOY_IGNORED = {
    "placement": "there is one host to place it on",
    "endpoint_mode": "it is Swarm's",
}

TOP_LEVEL = ("name", "version", "services", "networks", "volumes", "configs", "secrets", "include")
