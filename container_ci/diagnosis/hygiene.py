"""What could be better about a container, though it ends nothing: never named as the cause of a failure."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from container_ci.diagnosis.rule import Found, Rule, quote
from container_ci.diagnosis.situation import Situation
from container_ci.logs.redaction import is_secret_name
from container_ci.moments import moment_in
from observed_state.finding import Severity

Find = Callable[[Situation], Iterator[Found]]

_POWERFUL = frozenset(("ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_MODULE", "DAC_READ_SEARCH", "SYS_RAWIO"))
_DEFAULTS = frozenset(
    (
        "password",
        "admin",
        "root",
        "postgres",
        "changeme",
        "secret",
        "test",
        "example",
        "123456",
        "mysql",
        "guest",
        "passw0rd",
        "redis",
    )
)
_DATABASES = frozenset((3306, 5432, 6379, 27017, 9200, 11211, 5672, 1433, 9042, 2379, 8086, 9092, 2375))
_EVERYWHERE = frozenset(("", "0.0.0.0", "::"))  # noqa: S104  # compares, binds nothing
_OLD = timedelta(days=180)
_LEFT_OVER = timedelta(days=7)
_ZOMBIES = 5
_DATA = re.compile(r"/var/lib/(?:postgresql|mysql|mongodb|redis|rabbitmq|influxdb|grafana)|^/data(?:/db)?$")
_DEVELOPS = re.compile(
    r"manage\.py runserver|\bflask(?: --\S+(?: \S+)?)* run\b|--reload\b|\bvite(?: |$)|next dev|nodemon|"
    r"webpack(?:-dev-server| serve)|"
    r"rails (?:s|server)\b.*development|php -S |http\.server|ng serve|npm run dev"
)
_DEBUG = {
    "DEBUG": ("1", "true", "yes", "on"),
    "FLASK_DEBUG": ("1", "true"),
    "DJANGO_DEBUG": ("1", "true"),
    "FLASK_ENV": ("development",),
    "NODE_ENV": ("development",),
    "RAILS_ENV": ("development",),
    "APP_DEBUG": ("1", "true"),
    "ASPNETCORE_ENVIRONMENT": ("development",),
}
_SECRET_ARGUMENT = re.compile(
    r"--?(?P<name>[\w-]*(?:password|passwd|secret|token|api-?key|requirepass)[\w-]*)[= ](?P<value>\S{3,})",
    re.IGNORECASE,
)


def _limit_absent(field: str, docker: tuple[str, ...], what: str) -> Find:
    def find(situation: Situation) -> Iterator[Found]:
        if not any(situation.container.resources.get(name) for name in docker):
            yield Found(
                f"nothing limits its {what}",
                (quote("inspect.HostConfig", f"{docker[0]}=0"),),
                0.95,
                (f"set spec.{field}",),
            )

    return find


def _no_healthcheck(situation: Situation) -> Iterator[Found]:
    spec = situation.spec
    probed = spec is not None and spec.probes is not None
    if situation.container.health == "none" and not probed and situation.container.running:
        yield Found("nobody notices when it hangs", (quote("inspect.State", "Health: none"),), 0.95)


def _runs_as_root(situation: Situation) -> Iterator[Found]:
    if not situation.user:
        yield Found(
            "its processes are root", (quote("inspect.Config", f"User={situation.config.get('User') or ''}"),), 0.95
        )


def _flag(name: str, told: str) -> Find:
    def find(situation: Situation) -> Iterator[Found]:
        if situation.host_config.get(name):
            yield Found(told, (quote("inspect.HostConfig", f"{name}=true"),), 0.99)

    return find


def _docker_socket(situation: Situation) -> Iterator[Found]:
    for mount in situation.mounts:
        if mount.source.endswith("docker.sock"):
            text = f"{mount.source} -> {mount.target}"
            yield Found("it may do to the host whatever Docker may", (quote("inspect.HostConfig.Binds", text),), 0.99)


def _host_namespaces(situation: Situation) -> Iterator[Found]:
    host = situation.host_config
    shared = [
        name for name, mode in (("PidMode", host.get("PidMode")), ("IpcMode", host.get("IpcMode"))) if mode == "host"
    ]
    shared += ["NetworkMode"] if situation.container.network_mode == "host" else []
    if shared:
        text = ", ".join(f"{name}=host" for name in shared)
        yield Found("it shares namespaces with the host", (quote("inspect.HostConfig", text),), 0.99)


def _capabilities(situation: Situation) -> Iterator[Found]:
    added = sorted(_POWERFUL & set(situation.host_config.get("CapAdd") or ()))
    if added:
        text = ", ".join(added)
        yield Found(f"it has powers over the host: {text}", (quote("inspect.HostConfig.CapAdd", text),), 0.99)


def _tag(situation: Situation) -> str | None:
    """Return the tag of its image, "" for none, None for a digest or an id."""
    name = situation.container.image
    if "@" in name or name.startswith("sha256:") or re.fullmatch(r"[0-9a-f]{12,64}", name):
        return None
    return name.rpartition("/")[2].partition(":")[2]


def _latest(situation: Situation) -> Iterator[Found]:
    tag = _tag(situation)
    if tag == "latest":
        yield Found(
            "`latest` means another image tomorrow",
            (quote("inspect.Config", f"Image={situation.container.image}"),),
            0.95,
        )


def _no_tag(situation: Situation) -> Iterator[Found]:
    if _tag(situation) == "" and situation.container.image:
        yield Found(
            "no tag means `latest`, another image tomorrow",
            (quote("inspect.Config", f"Image={situation.container.image}"),),
            0.95,
        )


def _stale(situation: Situation) -> Iterator[Found]:
    image = situation.image
    moved = (
        image is not None and situation.container.image in image.references and image.id != situation.container.image_id
    )
    if moved and image is not None:
        text = f"{situation.container.image} is {image.id[:19]}; it runs {situation.container.image_id[:19]}"
        yield Found("its tag means a newer image by now", (quote("image", text),), 0.95)


def _made_at(situation: Situation) -> Iterator[Found]:
    created = situation.container.labels.get("org.opencontainers.image.created", "")
    when = moment_in(created)
    if when is not None and situation.now - when > _OLD:
        text = f"org.opencontainers.image.created={created}"
        yield Found("its image is older than half a year", (quote("inspect.Config.Labels", text),), 0.9)


def _secrets_in_env(situation: Situation) -> Iterator[Found]:
    brought = set((situation.image.config.get("Env") or ()) if situation.image else ())
    names = [
        name
        for name, value in situation.environment.items()
        if is_secret_name(name) and f"{name}={value}" not in brought and _looks_secret(name, value)
    ]
    if names:
        text = ", ".join(f"{name}=<secret:{name}>" for name in names[:10])
        advice = (f"put it into a secret: spec.secrets, and {names[0]}_FILE if the program knows that",)
        yield Found(
            f"everybody who may inspect it reads {names[0]}",
            (quote("inspect.Config.Env", text),),
            0.85,
            advice,
            facts={"variables": names},
        )


def _looks_secret(name: str, value: str) -> bool:
    path = value.startswith("/") or name.upper().endswith(("_FILE", "_PATH", "_DIR"))
    return bool(value) and not path and (_entropy(value) >= 2.0 or bool(re.search(r"pass|pwd", name, re.IGNORECASE)))


def _entropy(text: str) -> float:
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def _secret_in_command(situation: Situation) -> Iterator[Found]:
    if match := _SECRET_ARGUMENT.search(" ".join(situation.argv)):
        text = f"--{match['name'].lstrip('-')}=<secret:{match['name']}>"
        yield Found(
            "every user of the host sees it in the list of processes", (quote("inspect.Config.Cmd", text),), 0.9
        )


def _default_password(situation: Situation) -> Iterator[Found]:
    weak = [
        name for name, value in situation.environment.items() if is_secret_name(name) and value.lower() in _DEFAULTS
    ]
    if weak:
        yield Found(
            f"{weak[0]} is a password that everybody tries first",
            (quote("inspect.Config.Env", f"{weak[0]}=<secret:{weak[0]}>"),),
            0.95,
        )


def _log_unbounded(situation: Situation) -> Iterator[Found]:
    log = situation.host_config.get("LogConfig") or {}
    if log.get("Type") == "json-file" and not (log.get("Config") or {}).get("max-size"):
        yield Found(
            "its log grows until the disk is full",
            (quote("inspect.HostConfig.LogConfig", "json-file without max-size"),),
            0.95,
        )


def _no_restart(situation: Situation) -> Iterator[Found]:
    if situation.spec is None and situation.container.restart_policy.name == "no" and situation.container.running:
        yield Found("nobody starts it again when it crashes", (quote("inspect.HostConfig", "RestartPolicy=no"),), 0.9)


def _oneshot(situation: Situation) -> Iterator[Found]:
    ends = [one for one in situation.exits[-5:] if not one.deliberate]
    if situation.restarts and len(ends) >= 3 and all(one.exit_code == 0 for one in ends):
        yield Found(
            "it ends well each time: a job, which is begun anew without end",
            (quote("exits", "exit code 0, each time"),),
            0.85,
        )


def _writable_root(situation: Situation) -> Iterator[Found]:
    if not situation.host_config.get("ReadonlyRootfs"):
        yield Found(
            "whoever breaks in may change its programs", (quote("inspect.HostConfig", "ReadonlyRootfs=false"),), 0.9
        )


def _published(situation: Situation) -> Iterator[Found]:
    open_ = [
        one for one in situation.container.ports if one.container_port in _DATABASES and one.host_ip in _EVERYWHERE
    ]
    if open_:
        one = open_[0]
        text = f"{one.host_ip or '0.0.0.0'}:{one.host_port} -> {one.container_port}"  # noqa: S104  # shows it, binds nothing
        advice = (
            f"publish it as 127.0.0.1:{one.host_port}:{one.container_port}, or not at all: containers reach it by name",
        )
        yield Found(
            "a database answers on every address of the host",
            (quote("inspect.NetworkSettings.Ports", text),),
            0.95,
            advice,
        )


def _zombies(situation: Situation) -> Iterator[Found]:
    if situation.zombies > _ZOMBIES:
        yield Found(
            f"{situation.zombies} processes have ended and nobody reaps them",
            (quote("proc:status", f"{situation.zombies} in state Z"),),
            0.9,
        )


def _anonymous(situation: Situation) -> Iterator[Found]:
    for mount in situation.mounts:
        if mount.type == "volume" and re.fullmatch(r"[0-9a-f]{64}|", mount.source) and _DATA.search(mount.target):
            text = f"{mount.source[:12] or 'an anonymous volume'} -> {mount.target}"
            yield Found("its data is lost with the container", (quote("inspect.Mounts", text),), 0.95)
            return


def _develops(situation: Situation) -> Iterator[Found]:
    if match := _DEVELOPS.search(" ".join(situation.argv)):
        yield Found("a server for developers is neither fast nor safe", (quote("inspect.Config.Cmd", match[0]),), 0.9)


def _debug(situation: Situation) -> Iterator[Found]:
    for name, values in _DEBUG.items():
        if situation.environment.get(name, "").lower() in values:
            yield Found(
                "its errors show its inside to everybody",
                (quote("inspect.Config.Env", f"{name}={situation.environment[name]}"),),
                0.85,
            )
            return


def _left_over(situation: Situation) -> Iterator[Found]:
    ended = situation.container.finished_at
    if situation.spec is None and not situation.container.running and ended and situation.now - ended > _LEFT_OVER:
        yield Found("it ended long ago and nobody removed it", (quote("inspect.State", "State: exited", ended),), 0.9)


def _same_ports(situation: Situation) -> Iterator[Found]:
    bound = situation.host_config.get("PortBindings") or {}
    mine = {str(one.get("HostPort")) for entries in bound.values() for one in entries or () if one.get("HostPort")}
    for one in situation.neighbours:
        theirs = one.container.frozen.get("HostConfig") or {} if one.container else {}
        wanted = {
            str(b.get("HostPort")) for entries in (theirs.get("PortBindings") or {}).values() for b in entries or ()
        }
        if same := sorted(mine & wanted):
            text = f"{one.name} wants host port {same[0]} too"
            yield Found(
                f"{one.name} wants the same host port", (quote(f"inspect:{one.name}", text),), 0.8, related=(one.name,)
            )
            return


def _time_zone(situation: Situation) -> Iterator[Found]:
    zone = situation.environment.get("TZ", "")
    others = {
        str(entry).partition("=")[2]
        for one in situation.neighbours
        if one.container
        for entry in (one.container.frozen.get("Config") or {}).get("Env") or ()
        if str(entry).startswith("TZ=")
    }
    if zone and others and zone not in others:
        yield Found(
            "its neighbours live in another time zone",
            (quote("inspect.Config.Env", f"TZ={zone}; others: {', '.join(sorted(others))}"),),
            0.8,
        )


def _swap(situation: Situation) -> Iterator[Found]:
    if situation.memory_limit and situation.container.resources.get("MemorySwap") == -1:
        yield Found(
            "it swaps without end where its memory is limited", (quote("inspect.HostConfig", "MemorySwap=-1"),), 0.95
        )


def _check(rule: str, severity: Severity, title: str, advice: str, find: Find) -> Rule:
    return Rule(rule, 0, "hygiene", title, title + ".", (advice,) if advice else (), find, "symptom", severity)


_LIMITS = "deploy.resources.limits"
_warned = partial(_check, severity="warning")
_told = partial(_check, severity="info")

RULES = (
    _told(
        "no-memory-limit",
        title="No memory limit",
        advice="`ergon ci optimize` proposes one",
        find=_limit_absent(f"{_LIMITS}.memory", ("Memory",), "memory"),
    ),
    _told(
        "no-cpu-limit",
        title="No processor limit",
        advice="",
        find=_limit_absent(f"{_LIMITS}.cpus", ("NanoCpus", "CpuQuota"), "processor time"),
    ),
    _told(
        "no-pids-limit",
        title="No limit of processes",
        advice="",
        find=_limit_absent(f"{_LIMITS}.pids", ("PidsLimit",), "number of processes"),
    ),
    _told(
        "no-healthcheck",
        title="No health check and no probe",
        advice="declare spec.probes.readiness; `ergon ci status` proposes one",
        find=_no_healthcheck,
    ),
    _told("runs-as-root", title="Runs as root", advice="set spec.user", find=_runs_as_root),
    _warned(
        "privileged",
        title="Privileged",
        advice="remove spec.privileged and add the one capability it needs",
        find=_flag("Privileged", "it is root on the host"),
    ),
    _warned(
        "docker-sock-mounted",
        title="Docker's socket is mounted",
        advice="give it a proxy that allows only what it needs",
        find=_docker_socket,
    ),
    _warned(
        "host-namespaces",
        title="Shares the host's namespaces",
        advice="remove network_mode, pid or ipc: host if it does without",
        find=_host_namespaces,
    ),
    _warned(
        "caps-added",
        title="Powerful capabilities added",
        advice="remove them from spec.cap_add if it does without",
        find=_capabilities,
    ),
    _told("latest-tag", title="Image tag `latest`", advice="name a version in spec.image", find=_latest),
    _told("no-tag", title="Image without tag", advice="name a version in spec.image", find=_no_tag),
    _told(
        "image-stale",
        title="A newer image has this tag",
        advice="apply with a policy that follows it (spec.image_policy)",
        find=_stale,
    ),
    _told("image-old", title="Old image", advice="build or pull it anew for security updates", find=_made_at),
    _warned("secrets-in-env", title="Secrets in the environment", advice="", find=_secrets_in_env),
    _warned(
        "secret-in-cmd",
        title="A secret on the command line",
        advice="give it in a file: spec.secrets",
        find=_secret_in_command,
    ),
    _warned(
        "default-password", title="A default password", advice="choose a password of your own", find=_default_password
    ),
    _told(
        "log-unbounded",
        title="Log without limit",
        advice='set spec.logging.options max-size: 10m and max-file: "3"',
        find=_log_unbounded,
    ),
    _told(
        "no-restart-policy",
        title="No restart policy",
        advice="declare it with Ergon, or give it `--restart unless-stopped`",
        find=_no_restart,
    ),
    _told(
        "restart-always-oneshot",
        title="A job that is restarted for ever",
        advice="set spec.restart: on-failure, or a spec.schedule",
        find=_oneshot,
    ),
    _told(
        "writable-rootfs",
        title="Writable root file system",
        advice="set spec.read_only: true and spec.tmpfs for what it writes",
        find=_writable_root,
    ),
    _warned("published-all-interfaces", title="Database published to everybody", advice="", find=_published),
    _warned("zombies", title="Ended processes are not reaped", advice="set spec.init: true", find=_zombies),
    _warned(
        "anonymous-volume-data",
        title="Data in an anonymous volume",
        advice="mount a named volume there (spec.volumes)",
        find=_anonymous,
    ),
    _warned(
        "dev-server-in-prod",
        title="Development server",
        advice="use a production server (gunicorn, uvicorn without --reload, a built front end)",
        find=_develops,
    ),
    _told("debug-env", title="Debug mode", advice="switch it off in spec.environment", find=_debug),
    _told("exited-old", title="Left over", advice="remove it, or declare it", find=_left_over),
    _warned(
        "duplicate-port-candidates",
        title="Two containers want one host port",
        advice="give one of them another port in spec.ports",
        find=_same_ports,
    ),
    _told(
        "time-zone-mismatch",
        title="Another time zone than its neighbours",
        advice="set the same spec.environment.TZ",
        find=_time_zone,
    ),
    _told("swap-unlimited", title="Unlimited swap", advice="set spec.memswap_limit", find=_swap),
)
