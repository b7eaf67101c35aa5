"""What the restricted profile asks beyond the baseline: good practice, stated in the declaration itself."""

from desired_state.container import ContainerSpec
from desired_state.privileges import Denial, Denials

_NO_NEW_PRIVILEGES = ("no-new-privileges", "no-new-privileges=true")
_ALLOWED_BACK = "NET_BIND_SERVICE"


def denials(spec: ContainerSpec) -> Denials:
    """Yield what a container does not promise of itself."""
    options = [option.replace(":", "=", 1) for option in spec.security_opt or ()]
    if not any(option in _NO_NEW_PRIVILEGES for option in options):
        why = "a process may gain privileges by a setuid program"
        yield Denial(("security_opt",), "no new privileges", why, "write security_opt: [no-new-privileges]")
    yield from _capabilities(spec)
    yield from _user(spec)
    if not spec.read_only:
        why = "what breaks in may change the program"
        yield Denial(("read_only",), "read-only root", why, "write read_only: true, and tmpfs for what it writes")
    if not spec.memory_bytes:
        yield Denial(("mem_limit",), "memory limit", "it may take all memory of the host", "write mem_limit: 256m")
    if not spec.pids or spec.pids < 0:
        yield Denial(("pids_limit",), "process limit", "it may take all processes", "write pids_limit: 100")
    if spec.image_reference and "@sha256:" not in spec.image_reference:
        why = f"{spec.image_reference} may mean another image tomorrow"
        yield Denial(("image",), "image digest", why, "pin it: NAME@sha256:...")


def _capabilities(spec: ContainerSpec) -> Denials:
    dropped = {name.upper().removeprefix("CAP_") for name in spec.cap_drop or ()}
    if "ALL" not in dropped:
        why = "it keeps the capabilities that Docker gives by default"
        yield Denial(("cap_drop",), "capabilities", why, "write cap_drop: [ALL]")
    for index, name in enumerate(spec.cap_add or ()):
        if name.upper().removeprefix("CAP_") != _ALLOWED_BACK:
            why = f"{name} is more than a service needs"
            yield Denial(("cap_add", index), "capabilities", why, f"only {_ALLOWED_BACK} may be added back")


def _user(spec: ContainerSpec) -> Denials:
    user = (spec.user or "").partition(":")[0]
    if user in ("", "0", "root"):
        why = "it runs as root" if user else "it runs as whoever its image says, which may be root"
        yield Denial(("user",), "user", why, 'write user: "1000:1000"')
