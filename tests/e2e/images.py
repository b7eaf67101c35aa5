"""The images that the containers under test run, by how they are dressed."""

import uuid

from tests.busybox import SLEEPS, Imported

_RUN = f'CMD ["sh", "-c", "{SLEEPS}"]'

PLAIN = "plain"
CHANGES = {
    PLAIN: [_RUN],
    "user": [_RUN, "USER 1000"],
    "env": [_RUN, "ENV FROM_IMAGE=yes PATH=/bin"],
    "volume": [_RUN, "VOLUME /data"],
    "entrypoint": [f'ENTRYPOINT ["sh", "-c", "{SLEEPS}"]'],
    "healthcheck": [_RUN, "HEALTHCHECK --interval=3s --timeout=20s --retries=100 CMD true"],
    "expose": [_RUN, "EXPOSE 8080", "EXPOSE 53/udp"],
    "dressed": [
        f'ENTRYPOINT ["sh", "-c", "{SLEEPS}"]',
        *("USER 1000", "ENV FROM_IMAGE=yes", "VOLUME /data", "EXPOSE 8080", "WORKDIR /srv", "LABEL from=image"),
        "HEALTHCHECK --interval=3s --timeout=20s --retries=100 CMD true",
    ],
}


class Images(Imported):
    """The images on one daemon, under names of their own."""

    def __init__(self, host: str) -> None:
        super().__init__(host, CHANGES, f"ergon-e2e-{uuid.uuid4().hex[:8]}:{{}}")
