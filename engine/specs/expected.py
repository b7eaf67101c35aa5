"""What a declaration would look like in Docker: its body, read back as if it were a container's inspect."""

from engine import observing
from engine.bodies import container_body
from engine.protocol import NewContainer
from engine.specs.host import UNMASKED
from observed_state.container import Container

_BODY_ONLY = ("HostConfig", "NetworkingConfig")


def as_declared(new: NewContainer, api_version: tuple[int, int]) -> Container:
    """Return the container that `new` asks for, with nothing in it that is not declared."""
    body = container_body(new, api_version)
    host = {"NetworkMode": "default", **body["HostConfig"]}
    if UNMASKED in (new.spec.security_opt or ()):
        host["SecurityOpt"] = [*host.get("SecurityOpt", ()), UNMASKED]
    joined = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    return observing.container(
        {
            "Id": "",
            "Name": new.name,
            "State": {"Status": "created"},
            "Config": {name: value for name, value in body.items() if name not in _BODY_ONLY},
            "HostConfig": host,
            "NetworkSettings": {"Networks": joined},
        }
    )
