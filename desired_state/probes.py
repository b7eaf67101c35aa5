"""Probes: questions asked from outside the container about whether it started, is ready, is alive."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from desired_state.model import Declared
from desired_state.values import Duration

Port = Annotated[int, Field(ge=1, le=65535)]


class HttpProbe(Declared):
    """GET a path; any status from 200 to 399 passes."""

    port: Port
    path: Annotated[str, Field(pattern=r"^/")] = "/"
    scheme: Literal["http", "https"] = "http"
    headers: dict[str, str] = {}


class TcpProbe(Declared):
    """Open a connection."""

    port: Port


class Probe(Declared):
    """One question, how often it is asked, and how many answers settle it."""

    http: HttpProbe | None = None
    tcp: TcpProbe | None = None
    interval: Duration = 10.0
    timeout: Duration = 1.0
    initial_delay: Duration = 0.0
    failure_threshold: Annotated[int, Field(ge=1, le=1000)] = 3
    success_threshold: Annotated[int, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _one_question(self) -> "Probe":
        if (self.http is None) == (self.tcp is None):
            raise ValueError("a probe asks exactly one question: http or tcp")
        return self


class Probes(Declared):
    """Startup holds the other two back; readiness gates traffic and dependents; liveness restarts."""

    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
