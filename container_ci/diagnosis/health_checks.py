"""Why Docker's own health check fails: the check itself, or what it asks."""

import re
from collections.abc import Iterator
from datetime import timedelta

from container_ci.diagnosis.rule import Found, Rule, quote
from container_ci.diagnosis.situation import Check, Situation
from observed_state.finding import Quote

_MISSING = re.compile(
    r"executable file not found|stat /bin/sh: no such file|exec: \"[^\"]+\": .*(?:not found|no such file)|"
    r"(?:/bin/)?(?:ba|da|a)?sh: (?:line )?(?:\d+: )?(?P<tool>[\w./-]+): (?:not found|command not found|No such file)"
)
_TIMEOUT = re.compile(r"Health check exceeded timeout \((?P<limit>[^)]+)\)")
_REFUSED = re.compile(
    r"[Cc]onnection refused|ECONNREFUSED|Failed to connect|[Cc]ouldn't connect|can't connect to remote host"
)
_STATUS = re.compile(
    r"returned error: (?P<curl>\d{3})|server returned error: HTTP/[\d.]+ (?P<wget>\d{3})|HTTP [Ee]rror (?P<py>\d{3})|"
    r"ERROR (?P<gnu>\d{3}): |status(?: code)?:? ?(?P<any>[45]\d\d)\b"
)
_LOCAL_PORT = re.compile(
    r"(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)[:/ ](?:port )?(?P<port>\d{2,5})|port (?P<named>\d{2,5})"
)
_EARLY = timedelta(minutes=5)


def _failing(situation: Situation) -> Check | None:
    """Return the newest failed answer, while the check says that it is not well."""
    if not situation.container.running or situation.container.health not in ("unhealthy", "starting"):
        return None
    failed = [one for one in situation.checks if one.exit_code != 0 and (one.output or one.exit_code)]
    return failed[-1] if failed else None


def _quoted(check: Check) -> Quote:
    code = "" if check.exit_code is None else f"exit code {check.exit_code}: "
    return quote(f"health[{check.number}]", f"{code}{check.output}".strip(": "), check.when)


def _command_missing(situation: Situation) -> Iterator[Found]:
    check = _failing(situation)
    if check is None or not ((match := _MISSING.search(check.output)) or check.exit_code == 127):
        return
    tool = (match["tool"] if match else "") or _first_word(situation)
    cause = f"the health check runs {tool}, which the image does not have"
    yield Found(cause, (_quoted(check),), 0.96, facts={"tool": tool})


def _first_word(situation: Situation) -> str:
    test = (situation.config.get("Healthcheck") or {}).get("Test") or []
    words = [str(word) for word in test[1:]]
    return words[0].split()[0] if words and words[0].split() else "a program"


def _timed_out(situation: Situation) -> Iterator[Found]:
    check = _failing(situation)
    if check is not None and (match := _TIMEOUT.search(check.output)):
        yield Found(f"the health check takes longer than its timeout of {match['limit']}", (_quoted(check),), 0.93)


def _wrong_port(situation: Situation) -> Iterator[Found]:
    check = _failing(situation)
    if check is None or not _REFUSED.search(check.output + _curl_word(check)):
        return
    asked = _asked_port(situation, check)
    listening = sorted(_listening(situation))
    if asked is None or not listening or asked in listening:
        return
    quotes = (_quoted(check), quote("proc:net", f"listening: {', '.join(map(str, listening))}", situation.now))
    advice = (f"ask port {listening[0]} in spec.healthcheck.test",)
    yield Found(f"the health check asks port {asked}, and it listens on {listening[0]}", quotes, 0.95, advice)


def _curl_word(check: Check) -> str:
    # curl without -S says nothing, but 7 is its code for a refused connection.
    return "Connection refused" if check.exit_code == 7 else ""


def _asked_port(situation: Situation, check: Check) -> int | None:
    test = " ".join(str(word) for word in (situation.config.get("Healthcheck") or {}).get("Test") or ())
    match = _LOCAL_PORT.search(test) or _LOCAL_PORT.search(check.output)
    if match:
        return int(match["port"] or match["named"])
    return 443 if "https://" in test else 80 if "http://" in test else None


def _listening(situation: Situation) -> set[int]:
    discovery = situation.discovery
    services = [*discovery.services, *discovery.candidates] if discovery else []
    return {
        port for one in services for port in (one.port, *one.ports.values()) if port and one.status != "not-listening"
    }


def _too_early(situation: Situation) -> Iterator[Found]:
    failed = [one for one in situation.checks if one.exit_code not in (0, None)]
    passed = [one for one in situation.checks if one.exit_code == 0 and one.when is not None]
    if situation.container.health != "unhealthy" or not failed or passed:
        return
    started = situation.container.started_at
    young = started is not None and situation.age < _EARLY
    starting = any(one.status == "starting" for one in situation.discovery.services) if situation.discovery else False
    if young and starting:
        text = f"still starting {situation.age.total_seconds():.0f} s after the start"
        yield Found(
            "it was declared ill before it had finished starting", (_quoted(failed[-1]), quote("proc:net", text)), 0.7
        )


def _status(situation: Situation) -> Iterator[Found]:
    check = _failing(situation)
    if check is None:
        return
    match = _STATUS.search(check.output)
    code = next((group for group in match.groups() if group), "") if match else ""
    if code or (check.exit_code == 22):
        cause = f"the health check is answered with status {code or 'of 400 or more'}"
        advice = ("correct the path in spec.healthcheck.test",) if code in ("404", "405") else ()
        yield Found(cause, (_quoted(check),), 0.93, advice, facts={"status": int(code)} if code else {})


def _ill(situation: Situation) -> Iterator[Found]:
    check = _failing(situation)
    if situation.ill:
        quotes = (_quoted(check),) if check else (quote("inspect.State.Health", "Status=unhealthy"),)
        yield Found("Docker's health check fails", quotes, 0.65)


RULES = (
    Rule(
        "healthcheck-command-missing",
        72,
        "health",
        "The health check's program is missing",
        "The health check runs a program that the image does not have.",
        ("use a program of the image, or declare spec.probes: they ask from outside and need none",),
        _command_missing,
        "seen",
    ),
    Rule(
        "healthcheck-timeout",
        73,
        "health",
        "The health check is too slow",
        "The health check takes longer than it may.",
        ("raise spec.healthcheck.timeout if the service is meant to be slow, else look at what makes it slow",),
        _timed_out,
        "seen",
    ),
    Rule(
        "healthcheck-wrong-port",
        74,
        "health",
        "The health check asks the wrong port",
        "The health check's connection is refused, and the service listens on another port.",
        (),
        _wrong_port,
        "seen",
    ),
    Rule(
        "healthcheck-too-early",
        75,
        "health",
        "The health check begins too early",
        "All checks failed so far, and the service is still starting.",
        ("raise spec.healthcheck.start_period",),
        _too_early,
        "seen",
        "warning",
    ),
    Rule(
        "healthcheck-http-status",
        76,
        "health",
        "The health check's page answers with an error",
        "The service answers the health check, but with an error status.",
        ("ask that path by hand and read the service's log",),
        _status,
        "seen",
    ),
    Rule(
        "unhealthy-not-restarted",
        77,
        "health",
        "It is ill and goes on running",
        "Docker's health check fails, which by itself restarts nothing.",
        ("declare spec.probes.liveness to have it restarted",),
        _ill,
        "symptom",
        "warning",
    ),
)
