"""Probes: questions asked from outside the container about whether it started, is ready, is alive."""

from typing import Annotated

from pydantic import Field, model_validator

from desired_state.model import Declared
from desired_state.questions import USUAL_PORTS, Exec, Grpc, HttpProbe, Log, Protocol, ProtocolProbe, Tcp
from desired_state.values import Duration

# The fields of a probe that are its question; exactly one is given.
QUESTIONS = ("http", "tcp", "grpc", "exec", "log", *USUAL_PORTS)


class Probe(Declared):
    """One question, how often it is asked, and how many answers settle it."""

    http: HttpProbe | None = None
    tcp: Tcp = None
    grpc: Grpc = None
    exec: Exec = None
    log: Log = None
    redis: Protocol = None
    postgres: Protocol = None
    mysql: Protocol = None
    mongodb: Protocol = None
    memcached: Protocol = None
    amqp: Protocol = None
    kafka: Protocol = None
    nats: Protocol = None
    mqtt: Protocol = None
    zookeeper: Protocol = None
    cassandra: Protocol = None
    smtp: Protocol = None
    imap: Protocol = None
    ftp: Protocol = None
    ssh: Protocol = None
    ldap: Protocol = None
    dns: Protocol = None
    interval: Duration = 10.0
    timeout: Duration = 1.0
    initial_delay: Duration = 0.0
    failure_threshold: Annotated[int, Field(ge=1, le=1000)] = 3
    success_threshold: Annotated[int, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _one_question(self) -> "Probe":
        asked = [name for name in QUESTIONS if getattr(self, name) is not None]
        if not asked:
            raise ValueError(f"a probe asks exactly one question: one of {', '.join(QUESTIONS)}")
        if len(asked) > 1:
            raise ValueError(f"a probe asks exactly one question, not {' and '.join(asked)}")
        return self

    @property
    def protocol(self) -> tuple[str, int] | None:
        """The protocol it speaks and at which port, None for the other questions."""
        for name, usual in USUAL_PORTS.items():
            if isinstance(question := getattr(self, name), ProtocolProbe):
                return name, question.port or usual
        return None


class Probes(Declared):
    """Startup holds the other two back; readiness gates traffic and dependents; liveness restarts."""

    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None

    @model_validator(mode="after")
    def _log_is_no_sign_of_life(self) -> "Probes":
        if self.liveness is not None and self.liveness.log is not None:
            raise ValueError(
                "liveness: a line that was printed once says nothing of now; use log for startup or readiness"
            )
        return self
