"""The rules behind the profiles: what each denies, why, and what to write instead. Pure but for resolving links."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from desired_state import privilege_practice
from desired_state.container import ContainerSpec
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.image import ImageSpec
from desired_state.network import NetworkSpec
from desired_state.privileges import NEVER_BOUND, Denial, Denials, Host, Profile
from desired_state.resource import Spec
from desired_state.volume import VolumeSpec

# What Docker gives a container anyway, or less.
_HARMLESS_CAPABILITIES = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
_SAFE_SYSCTLS = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ]
)
_UNCONFINED = ("seccomp=unconfined", "apparmor=unconfined", "label=disable", "systempaths=unconfined")
# A local volume with these is a bind of any place in disguise.
_BIND_OPTIONS = ("type", "o", "device")
_SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key")


def denials(spec: Spec, profile: Profile, host: Host) -> list[Denial]:
    """Return everything about a spec that a profile does not allow on a host, in the order of the rules."""
    if profile == "privileged":
        return []
    found = list(_baseline(spec, host))
    if profile == "restricted" and isinstance(spec, ContainerSpec):
        found += privilege_practice.denials(spec)
    return found


def _baseline(spec: Spec, host: Host) -> Denials:
    match spec:
        case ContainerSpec():
            for rule in (_powers, _namespaces, _confinement, _devices, _ports, _mounts):
                yield from rule(spec, host)
        case VolumeSpec() if not spec.external:
            yield from _volume(spec, host)
        case NetworkSpec() if not spec.external:
            yield from _network(spec, host)
        case ImageSpec():
            yield from _build(spec)
        case ConfigSpec() | SecretSpec() if spec.file and _is_hosts_own(spec.file, host, ("/proc", "/sys", "/dev")):
            why = f"{spec.file} belongs to the kernel, to Docker or to Ergon"
            yield Denial(("file",), "file", why, "copy what the container needs to a file of its own")


def _powers(spec: ContainerSpec, _: Host) -> Denials:
    if spec.privileged:
        instead = "name what it needs with cap_add and devices"
        yield Denial(("privileged",), "privileged", "a privileged container is root on the host", instead)
    for index, name in enumerate(spec.cap_add or ()):
        capability = name.upper().removeprefix("CAP_")
        if capability not in _HARMLESS_CAPABILITIES:
            why = f"{capability} reaches beyond the container"
            yield Denial(("cap_add", index), "capability", why, "leave it out")


def _namespaces(spec: ContainerSpec, _: Host) -> Denials:
    modes = {
        "network_mode": spec.network_mode,
        "pid": spec.pid,
        "ipc": spec.ipc,
        "uts": spec.uts,
        "userns_mode": spec.userns_mode,
        "cgroup": spec.cgroup,
    }
    for field, mode in modes.items():
        if mode == "host":
            yield Denial((field,), "host namespace", f"{field} host shares the host's own", f"leave {field} out")
        elif mode and mode.startswith("container:"):
            why = f"{field} {mode} enters a container that is not declared here"
            yield Denial((field,), "foreign namespace", why, "declare that container and write service:NAME")
    for index, origin in enumerate(spec.volumes_from or ()):
        if origin.startswith("container:"):
            why = f"{origin} is not declared here"
            yield Denial(("volumes_from", index), "foreign volumes", why, "declare it and name its resource")
    if spec.cgroup_parent:
        why = "a cgroup of one's own choice escapes the limits that are set for containers"
        yield Denial(("cgroup_parent",), "cgroup parent", why, "leave it out")


def _confinement(spec: ContainerSpec, host: Host) -> Denials:
    for index, option in enumerate(spec.security_opt or ()):
        if option.replace(":", "=", 1) in _UNCONFINED:
            why = f"{option} takes the container's confinement away"
            yield Denial(("security_opt", index), "unconfined", why, "leave it out, or name a profile")
    for name in spec.sysctls or {}:
        if name not in _SAFE_SYSCTLS:
            yield Denial(("sysctls", name), "sysctl", f"{name} is not known to be safe", "leave it out")
    if spec.runtime and spec.runtime not in host.allowed.runtimes:
        allowed = ", ".join(host.allowed.runtimes)
        yield Denial(("runtime",), "runtime", f"{spec.runtime} is not allowed here", f"use one of {allowed}")


def _devices(spec: ContainerSpec, _: Host) -> Denials:
    instead = "leave it out; gpus asks for a GPU without naming devices"
    for index, device in enumerate(spec.devices or ()):
        why = f"{device.source} gives the container the host's hardware"
        yield Denial(("devices", index), "device", why, instead)
    for index, rule in enumerate(spec.device_cgroup_rules or ()):
        why = f'the rule "{rule}" opens devices of the host'
        yield Denial(("device_cgroup_rules", index), "device", why, instead)


def _ports(spec: ContainerSpec, host: Host) -> Denials:
    first, last = host.allowed.host_ports
    for index, port in enumerate(spec.ports):
        outside = [number for number in port.host_ports or () if not first <= number <= last]
        if outside:
            why = f"host port {outside[0]} is outside {first}-{last}"
            yield Denial(
                ("ports", index), "host port", why, f'publish {port.target} at another, like "8080:{port.target}"'
            )


def _mounts(spec: ContainerSpec, host: Host) -> Denials:
    for index, mount in enumerate(spec.volumes):
        if mount.type != "bind" or not mount.source:
            continue
        if why := _why_not_bound(mount.source, host):
            instead = f"use a volume, or move it under {' or '.join(host.allowed.bind_roots) or 'an allowed root'}"
            yield Denial(("volumes", index), "bind mount", why, instead)


def _why_not_bound(source: str, host: Host) -> str:
    real = host.real(source)
    shown = source if real == source else f"{source} (which is {real})"
    if real == "/":
        return f"{shown} is the whole host"
    if _is_hosts_own(real, host, NEVER_BOUND):
        return f"{shown} holds the host's secrets, its kernel, Docker or Ergon"
    if not any(_is_within(real, root) for root in host.allowed.bind_roots):
        return f"{shown} is under no allowed root"
    return ""


def _is_hosts_own(path: str, host: Host, never: tuple[str, ...]) -> bool:
    """Return whether a path lies in what is never given away, or holds what is Docker's or Ergon's own."""
    real = host.real(path)
    inside = any(_is_within(real, one) for one in (*never, *host.own))
    return inside or any(_is_within(one, real) for one in host.own)


def _is_within(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)


def _volume(spec: VolumeSpec, host: Host) -> Denials:
    driver = spec.driver or "local"
    if driver not in host.allowed.volume_drivers:
        allowed = ", ".join(host.allowed.volume_drivers)
        yield Denial(("driver",), "volume driver", f"{driver} is not allowed here", f"use one of {allowed}")
    for name in spec.driver_opts or {}:
        if driver == "local" and name in _BIND_OPTIONS:
            why = f"a local volume with {name} can be any place of the host"
            yield Denial(("driver_opts", name), "volume options", why, "leave it out")


def _network(spec: NetworkSpec, host: Host) -> Denials:
    driver = spec.driver or "bridge"
    if driver not in host.allowed.network_drivers:
        allowed = ", ".join(host.allowed.network_drivers)
        yield Denial(("driver",), "network driver", f"{driver} is not allowed here", f"use one of {allowed}")


def _build(spec: ImageSpec) -> Denials:
    build = spec.build
    if build is None:
        return
    if getattr(build, "network", None) == "host":
        yield Denial(("build", "network"), "build network", "the host's network is open to the build", "leave it out")
    if build.dockerfile and not _is_within(_normal(build.context, build.dockerfile), build.context):
        why = f"{build.dockerfile} lies outside the context {build.context}"
        yield Denial(("build", "dockerfile"), "build context", why, "move it into the context")
    for name in _secret_names(build.args or {}):
        why = f"{name} looks like a secret, and arguments stay in the image's history"
        yield Denial(("build", "args", name), "build argument", why, "pass it under build.secrets")


def _normal(context: str, path: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(context, path).parts:
        if part == "..":
            parts = parts[:-1] if len(parts) > 1 else parts
        else:
            parts.append(part)
    return str(PurePosixPath(*parts))


def _secret_names(names: object) -> Iterator[str]:
    for name in names if isinstance(names, dict) else ():
        if any(word in str(name).lower() for word in _SECRET_WORDS):
            yield str(name)
