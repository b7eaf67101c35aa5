"""The least that can restart a container: wait for its `die` event, start it. The floor of recovery.

    python -m bench.bare_restarter PROJECT

A process of its own, as the controller is, so that neither shares an interpreter with who measures.
"""

import os
import sys

import docker


def main(project: str) -> None:
    """Start whatever container of a project dies, until ended. Prints a line when it watches."""
    client = docker.APIClient(base_url=os.environ["DOCKER_HOST"], version="auto")
    deaths = client.events(decode=True, filters={"type": "container", "event": "die", "label": f"project={project}"})
    client.ping()  # the connection that starts will use is open now
    print("watching", flush=True)
    for death in deaths:
        client.start(death["Actor"]["ID"])


if __name__ == "__main__":
    main(sys.argv[1])
