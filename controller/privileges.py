"""Which profile holds in which namespace, as the administrator of this host says, and who exceeds it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from controller.engine_link import EngineLink
from controller.errors import ServiceError
from desired_state.model import Declared
from desired_state.places import shown
from desired_state.privilege_rules import denials
from desired_state.privileges import DOCKERS_OWN, Allowed, Denial, Host, Profile
from desired_state.resource import Resource
from reconcilers.world import Exceeds

FILE_NAME = "policy.yaml"
VARIABLE = "ERGON_POLICY"
_PROFILES: tuple[Profile, ...] = ("privileged", "baseline", "restricted")


class PrivilegePolicy(Declared):
    """The policy file. `action` says what becomes of what exceeds its profile: `deny` it, or only `warn`."""

    default: Profile = "baseline"
    action: Literal["deny", "warn"] = "deny"
    namespaces: dict[str, Profile] = Field(default_factory=dict)
    allowed: Allowed = Allowed()


@dataclass(frozen=True, slots=True)
class Read:
    """A policy, where it comes from, and a digest of what was read ("" for none)."""

    policy: PrivilegePolicy
    source: str
    digest: str = ""


class Privileges:
    """The policy of one controller. The file is read again whenever it has changed."""

    def __init__(self, state_dir: Path, link: EngineLink) -> None:
        self._state_dir = state_dir
        self._file = str(state_dir / FILE_NAME)
        self._link = link
        self._seen: tuple[int, int] | None = None
        self._read: Read | None = None

    def current(self) -> Read:
        """Return what holds now.

        Raises:
            ServiceError: the file is wrong, or others could have written it.
        """
        try:
            status = os.stat(self._file)  # noqa: PTH116 - asked for each resource; `Path` would cost more than the call
        except FileNotFoundError:
            self._read = _without_file(os.environ.get(VARIABLE, ""))
            self._seen = None
            return self._read
        if self._read is None or self._seen != (status.st_mtime_ns, status.st_size):
            self._read = _from_file(Path(self._file), status)
            self._seen = (status.st_mtime_ns, status.st_size)
        return self._read

    def profile_of(self, namespace: str) -> Profile:
        """Return the profile of a namespace."""
        return _profile(self.current().policy, namespace)

    def denies(self) -> bool:
        """Return whether what exceeds its profile is refused rather than told."""
        return self.current().policy.action == "deny"

    def of(self, resource: Resource) -> list[Denial]:
        """Return what one resource asks that its profile does not allow."""
        policy = self.current().policy
        return denials(resource.spec, _profile(policy, resource.key.namespace), self._host(policy))

    def exceeded_by(self, resource: Resource) -> Exceeds | None:
        """Return what a stored resource asks and may not, None for nothing. While the file is wrong, all is denied."""
        try:
            policy = self.current().policy
        except ServiceError as error:
            return Exceeds("unknown", (f"{error.message}; {error.hint}",), denied=True)
        profile = _profile(policy, resource.key.namespace)
        why = tuple(f"{shown(denial.path)}: {denial}" for denial in denials(resource.spec, profile, self._host(policy)))
        return Exceeds(profile, why, policy.action == "deny") if why else None

    def problems(self, resources: Sequence[Resource]) -> list[Mapping[str, Any]]:
        """Return everything that these resources ask and may not, each with the field it stands at."""
        return [
            {
                "kind": one.key.kind,
                "namespace": one.key.namespace,
                "name": one.key.name,
                "path": ["spec", *denial.path],
                "message": f'{one.key.kind} "{one.key.name}": {shown(denial.path)}: {denial} '
                f"(policy {self.profile_of(one.key.namespace)})",
            }
            for one in resources
            for denial in self.of(one)
        ]

    def shown(self) -> dict[str, Any]:
        """Return the policy that holds, for people."""
        read = self.current()
        about = {"source": read.source, "digest": read.digest, "file": self._file}
        return {**read.policy.model_dump(mode="json"), **about}

    def refuse(self, resources: Sequence[Resource]) -> None:
        """Return if these may be declared.

        Raises:
            ServiceError: with all that they may not (403), under a policy that denies.
        """
        if self.denies() and (found := self.problems(resources)):
            source = self.current().source
            message = "\n".join(str(one["message"]) for one in found)
            raise ServiceError(message, f"an administrator of this host can allow it: {source}", 403, found)

    def _host(self, policy: PrivilegePolicy) -> Host:
        root = self._link.info.root_dir if self._link.info else ""
        own = (*DOCKERS_OWN, *([root] if root else []), str(self._state_dir))
        return Host(policy.allowed, os.path.realpath, tuple(dict.fromkeys(own)))


def _profile(policy: PrivilegePolicy, namespace: str) -> Profile:
    return policy.namespaces.get(namespace, policy.default)


# Every look at a resource asks for it; where there is no file it hangs on one word only.
@cache
def _without_file(chosen: str) -> Read:
    if not chosen:
        return Read(PrivilegePolicy(action="warn"), "the default")
    profile: Profile | None = next((one for one in _PROFILES if one == chosen), None)
    if profile is None:
        raise ServiceError(f'there is no policy "{chosen}"', f"choose one of {', '.join(_PROFILES)}")
    return Read(PrivilegePolicy(default=profile), "--policy")


def _from_file(file: Path, status: os.stat_result) -> Read:
    if status.st_mode & 0o022:
        raise ServiceError(f"{file} may be written by others", f"chmod go-w {file}", 409)
    if status.st_uid not in (0, os.geteuid()):
        raise ServiceError(f"{file} belongs to somebody else", f"chown it to root or uid {os.geteuid()}", 409)
    text = file.read_bytes()
    try:
        policy = PrivilegePolicy.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        raise ServiceError("\n".join(_wrong(file, error)), "docs/policies.md shows one", 409) from error
    except yaml.YAMLError as error:
        raise ServiceError(
            f"{file} is not YAML: {str(error).splitlines()[0]}", "docs/policies.md shows one", 409
        ) from error
    chosen = os.environ.get(VARIABLE, "")
    if chosen in _PROFILES:
        policy = policy.model_copy(update={"default": chosen})
    return Read(policy, str(file), sha256(text).hexdigest())


def _wrong(file: Path, error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False):
        yield f"{file}: {shown(one['loc'])}: {one['msg']}"
