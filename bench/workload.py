"""What is run, and the same for everybody: one small image, and its containers as each contender declares them.

Process 1 ends at SIGTERM, and nothing in the container wakes up by itself.
"""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]

BUSYBOX = Path("/bin/busybox")
PORT = 8080


def _until_told(program: str) -> tuple[str, ...]:
    return ("busybox", "sh", "-c", f"trap 'exit 0' TERM; busybox {program} & wait")


SLEEPS = _until_told("sleep 2147483647")
SERVES = _until_told(f"httpd -f -p {PORT}")
PROBES: Json = {"readiness": {"tcp": {"port": PORT}, "interval": "10s"}}


def names(count: int) -> list[str]:
    """Return the names that resources and services have, in every project alike."""
    return [f"c{number}" for number in range(count)]


def file_system() -> bytes:
    """Return the image's only layer: busybox, linked statically."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(BUSYBOX.resolve(), "bin/busybox")
    return buffer.getvalue()


def ergon_documents(namespace: str, image: str, count: int, command: Sequence[str] = SLEEPS, **spec: Any) -> list[Json]:
    """Return the resources of `count` containers on their namespace's network."""
    body = {"image": image, "command": list(command), **spec}
    containers = [_document("Container", namespace, name, body) for name in names(count)]
    return [_document("Network", namespace, "default", {}), *containers]


def _document(kind: str, namespace: str, name: str, spec: Json) -> Json:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "ergon/v1", "kind": kind, "metadata": metadata, "spec": spec}


def state_file(documents: Sequence[Json]) -> str:
    """Return documents as the text of a state file."""
    return "\n---\n".join(json.dumps(document) for document in documents)


def compose_file(image: str, count: int) -> str:
    """Return a Compose file with `count` services on its project's network."""
    return json.dumps({"services": {name: {"image": image, "command": list(SLEEPS)} for name in names(count)}})
