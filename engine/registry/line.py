"""HTTP to a registry: challenges answered, addresses tried in turn, every answer bounded in size and time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal
from urllib.parse import urljoin, urlsplit

import requests
from requests import Response, Session
from requests.exceptions import RequestException, SSLError, Timeout
from requests.utils import parse_header_links
from urllib3.exceptions import HTTPError, ReadTimeoutError

from engine.errors import PullFailed
from engine.registry import tokens
from engine.registry.credentials import Credentials
from engine.registry.endpoints import Endpoint
from engine.registry.failures import refused, unauthorized, unreachable

_CONNECT_S = 5.0
_SILENCE_S = 20.0
_WHOLE_S = 60.0
_MOST_BYTES = 16 << 20
_PIECE = 64 << 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, read to its end. `next_page` is the path of the next one of a list."""

    headers: Mapping[str, str]
    body: bytes = b""
    next_page: str | None = None


@dataclass(slots=True)
class _Known:
    """What was learned about a registry: where it answers, and what it wants to see."""

    endpoint: Endpoint | None = None
    authorizations: dict[str, str] = field(default_factory=dict)


class _TooMuch(Exception):
    """An answer that is larger, or takes longer, than anything a registry has to say."""


class Line:
    """A conversation with one registry. Every failure is a PullFailed."""

    def __init__(self, registry: str, endpoints: Sequence[Endpoint], credentials: Credentials | None) -> None:
        self._registry = registry
        self._endpoints = endpoints
        self._credentials = credentials
        self._known = _Known()
        self._session = Session()

    def close(self) -> None:
        self._session.close()

    def ask(
        self, doing: str, path: str, repository: str, *, accept: str = "", method: Literal["GET", "HEAD"] = "GET"
    ) -> Answer:
        """Return the answer to one question about a repository.

        Args:
            doing: the deed in the infinitive, for messages.
            path: with its query; from `/v2/` on.
            repository: whose reading is asked leave for.
            accept: the media types that are understood.
            method: HEAD asks for the headers only.

        Raises:
            PullFailed: no, or nothing; says which registry, why, and what to do.
        """
        headers = {"Accept": accept} if accept else {}
        if known := self._known.authorizations.get(repository):
            headers["Authorization"] = known
        with self._said(doing, self._request(doing, method, path, headers)) as answer:
            if answer.status_code == HTTPStatus.UNAUTHORIZED and not known:
                headers["Authorization"] = self._authorization(doing, answer, repository)
                self._known.authorizations[repository] = headers["Authorization"]
                return self._second(doing, self._request(doing, method, path, headers))
            return self._taken(doing, answer)

    def _second(self, doing: str, response: Response) -> Answer:
        with self._said(doing, response) as answer:
            return self._taken(doing, answer)

    def _said(self, doing: str, response: Response) -> "_Reading":
        return _Reading(self, doing, response)

    def failure(self, doing: str, error: Exception) -> PullFailed:
        """Return what a broken conversation means."""
        if isinstance(error, Timeout | ReadTimeoutError | TimeoutError):
            return unreachable(doing, self._registry, "did not answer in time")
        if isinstance(error, _TooMuch):
            return unreachable(doing, self._registry, str(error))
        if isinstance(error, SSLError):
            return unreachable(doing, self._registry, f"can't prove who it is ({_innermost(error)})")
        if isinstance(error, requests.ConnectionError) and not isinstance(
            error, requests.exceptions.ChunkedEncodingError
        ):
            return unreachable(doing, self._registry, f"can't be reached ({_innermost(error)})")
        return unreachable(doing, self._registry, "broke off its answer")

    def _request(self, doing: str, method: str, path: str, headers: Mapping[str, str]) -> Response:
        """Send to where it answered before, or to each address in turn."""
        failure: Exception | None = None
        for endpoint in [self._known.endpoint] if self._known.endpoint else self._endpoints:
            try:
                response = self._send(method, endpoint.url + path, headers, verify=endpoint.verify)
            except RequestException as error:
                failure = error
                continue
            self._known.endpoint = endpoint
            return response
        assert failure is not None  # noqa: S101 - there is always an address
        raise self.failure(doing, failure) from failure

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        verify: bool | str,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        # `auth` keeps a .netrc from putting its own word in.
        return self._session.request(
            method,
            url,
            headers=dict(headers),
            data=form,
            verify=verify,
            auth=lambda request: request,
            timeout=(_CONNECT_S, _SILENCE_S),
            stream=True,
        )

    def _taken(self, doing: str, response: Response) -> Answer:
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise refused(
                doing, self._registry, response.status_code, response.headers, known=self._credentials is not None
            )
        return Answer(response.headers, _body(response), _next_page(response))

    def _authorization(self, doing: str, response: Response, repository: str) -> str:
        asked = tokens.challenge(response.headers.get("WWW-Authenticate", ""))
        endpoint = self._known.endpoint
        assert endpoint is not None  # noqa: S101 - it has just answered
        if asked.scheme == "basic" and self._credentials is not None:
            return self._credentials.basic
        if asked.scheme != "bearer" or not asked.realm:
            raise unauthorized(doing, self._registry, known=self._credentials is not None)
        realm = urljoin(endpoint.url, asked.realm)
        if self._credentials is not None and not tokens.may_carry_secrets(realm, endpoint.url):
            raise unreachable(doing, self._registry, f"wants credentials sent in clear text to {realm}")

        def fetch(url: str, query: Mapping[str, str], form: Mapping[str, str] | None, authorization: str) -> bytes:
            prepared = requests.Request("GET", url, params=dict(query)).prepare().url or url
            headers = {"Authorization": authorization} if authorization else {}
            method = "POST" if form else "GET"
            reply = self._send(method, prepared, headers, verify=endpoint.verify, form=form)
            with self._said(doing, reply) as token:
                return self._taken(doing, token).body

        try:
            return tokens.bearer(
                tokens.Challenge(asked.scheme, realm, asked.service, asked.scope),
                f"repository:{repository}:pull",
                self._credentials,
                fetch,
            )
        except RequestException as error:
            raise self.failure(doing, error) from error
        except ValueError as error:
            raise unreachable(doing, self._registry, f"gives no token ({error})") from error


class _Reading:
    """One response while it is read: closed afterwards, and whatever breaks is named."""

    def __init__(self, line: Line, doing: str, response: Response) -> None:
        self._line = line
        self._doing = doing
        self._response = response

    def __enter__(self) -> Response:
        return self._response

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._response.close()
        if isinstance(error, RequestException | HTTPError | OSError | _TooMuch):
            raise self._line.failure(self._doing, error) from error


def _body(response: Response) -> bytes:
    """Return the whole body.

    Raises:
        _TooMuch: it is too large, trickles in, or ends before its end.
    """
    until = time.monotonic() + _WHOLE_S
    body = bytearray()
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > _MOST_BYTES:
            raise _TooMuch(f"answers with more than {_MOST_BYTES >> 20} MiB")
        if time.monotonic() > until:
            raise _TooMuch("answers too slowly")
    if response.raw.length_remaining:
        raise _TooMuch("broke off its answer")
    return bytes(body)


def _next_page(response: Response) -> str | None:
    """Return the path of a list's next page (RFC 5988); another host's is not followed."""
    links = parse_header_links(response.headers.get("Link", ""))
    url = next((one["url"] for one in links if one.get("rel") == "next"), None)
    if url is None:
        return None
    target = urlsplit(urljoin(response.url, url))
    return f"{target.path}?{target.query}" if target.netloc == urlsplit(response.url).netloc else None


def _innermost(error: BaseException) -> str:
    """Return the words of the cause that the libraries wrap, without their own."""
    inner: BaseException = error
    while (deeper := getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)) is not None:
        if not isinstance(deeper, BaseException):
            break
        inner = deeper
    cause = inner.__cause__ or inner.__context__ or inner
    return str(getattr(cause, "strerror", None) or cause)
