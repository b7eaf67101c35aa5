"""Errors of the docker SDK and the libraries below it, as `engine.errors`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import APIError, DockerException
from requests import RequestException, Timeout
from requests.exceptions import ChunkedEncodingError
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from engine.errors import (
    Conflict,
    EngineError,
    EngineUnreachable,
    NameTaken,
    NotFound,
    NotSupported,
    PermissionDenied,
    Refused,
    ServerError,
)
from engine.start_failures import in_short, start_failure

_NAME_HOLDER = re.compile(r'is already in use by container "?([0-9a-f]{12,64})')
_TOO_OLD_OR_NEW = re.compile(r"client version .* is too (new|old)")
# 20.10 answers 500 to these.
_WRONG_STATE = re.compile(r"^Container \S+ is (?:not|already) (?:paused|running)")
# 409 means "look again" except here: the numbers themselves can't be.
_LIMITS_CONTRADICT = "Memory limit should be smaller than already set memoryswap limit"


@contextmanager
def translated(doing: str, where: str = "Docker", *, starting: bool = False) -> Iterator[None]:
    """Raise what goes wrong inside as an `EngineError` that begins `cannot <doing>:`.

    Args:
        doing: the deed in the infinitive, "restart container 3f2a91c0d4e7".
        where: the daemon's address, named when it can't be reached.
        starting: read refusals as reasons why a container can't start.
    """
    try:
        yield
    except APIError as error:
        status, text = error.status_code or 500, (error.explanation or str(error)).strip()
        raise refusal(doing, status, text, starting=starting) from error
    except (RequestException, HTTPError, DockerException, OSError) as error:
        raise unreachable(doing, where, error) from error


def refusal(doing: str, status: int, text: str, *, starting: bool = False) -> EngineError:
    """Return the error for a reply with an HTTP status of 400 or above and its message."""
    message = f"cannot {doing}: {in_short(text) if starting else text}"
    if holder := _NAME_HOLDER.search(text):
        return NameTaken(message, holder.group(1))
    if status == 501 or _TOO_OLD_OR_NEW.search(text):
        return NotSupported(message)
    if status == 404 and not (starting and "executable file" in text):
        return NotFound(message)
    if starting and (failure := start_failure(message, status, text)):
        return failure
    if status == 409 or _WRONG_STATE.search(text):
        return Refused(message) if _LIMITS_CONTRADICT in text else Conflict(message)
    return ServerError(message) if status >= 500 else Refused(message)


def unreachable(doing: str, where: str, error: BaseException) -> EngineError:
    """Return the error for a daemon that could not be asked or did not answer, with the next step."""
    cause = _root_cause(error)
    if isinstance(cause, PermissionError):
        return PermissionDenied(
            f"cannot {doing}: this user may not use {where}; run as root or as a member of the group that owns it"
        )
    if isinstance(error, Timeout | ReadTimeoutError) or isinstance(cause, TimeoutError):
        return EngineUnreachable(f"cannot {doing}: the Docker daemon at {where} did not answer in time")
    if isinstance(cause, FileNotFoundError):
        return EngineUnreachable(f"cannot {doing}: there is no Docker daemon at {where}; start it or set DOCKER_HOST")
    if isinstance(cause, ConnectionRefusedError):
        return EngineUnreachable(f"cannot {doing}: no Docker daemon listens at {where}; start it or set DOCKER_HOST")
    return EngineUnreachable(f"cannot {doing}: the connection to the Docker daemon at {where} {_how(cause)}")


def _how(cause: BaseException) -> str:
    if isinstance(cause, ProtocolError | ChunkedEncodingError):
        return "broke off"
    return f"failed: {getattr(cause, 'strerror', None) or cause}"


def _root_cause(error: BaseException) -> BaseException:
    """Return the operating system's own error, which the libraries wrap in their arguments and causes."""
    seen: list[BaseException] = []
    pending: list[BaseException] = [error]
    while pending:
        current = pending.pop()
        if isinstance(current, OSError) and not isinstance(current, RequestException):
            return current
        if any(current is other for other in seen):
            continue
        seen.append(current)
        reasons = (*current.args, getattr(current, "reason", None), current.__cause__, current.__context__)
        pending.extend(reason for reason in reasons if isinstance(reason, BaseException))
    return error
