"""Whom a line speaks of: the host and port in an error, and the container behind them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from container_ci.diagnosis.situation import Neighbour, Situation
from container_ci.logs.grouping import Entry

_HOST = r"(?P<host>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]|::1)"
_PORT = r"(?P<port>\d{2,5})"

# From the most to the least telling; each names the host, most the port.
_WITH_PORT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"server at \"{_HOST}\" \([^)]*\), port {_PORT} failed",
        rf"server at \"{_HOST}\", port {_PORT} failed",
        rf"[Ii]s the server running on host \"{_HOST}\".*?port {_PORT}",
        rf"host='{_HOST}', port={_PORT}",
        rf"ECONNREFUSED {_HOST}:{_PORT}",
        rf"(?:ETIMEDOUT|EHOSTUNREACH|ECONNRESET) {_HOST}:{_PORT}",
        rf"dial (?:tcp|udp)[46]? {_HOST}:{_PORT}",
        rf"Failed to connect to {_HOST}(?: \([^)]*\))? port {_PORT}",
        rf"connect to {_HOST} port {_PORT}",
        rf"(?:MySQL|MariaDB) server on '{_HOST}:{_PORT}'",
        rf"upstream: \"\w+://{_HOST}:{_PORT}",
        rf"Connection to {_HOST}:{_PORT} refused",
        rf"connecting to {_HOST}:{_PORT}",
        rf"Connect call failed \('{_HOST}', {_PORT}",
        rf"connect to host {_HOST} port {_PORT}",
        rf"\('{_HOST}', {_PORT}\)",
        rf"\b[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?{_HOST}:{_PORT}",
        rf"/dev/tcp/{_HOST}/{_PORT}",
        rf"{_HOST} \(\d[\d.]+\) {_PORT} ",
        rf"(?<![\w/.:]){_HOST}:{_PORT}\b(?!:\d)",
        rf"{_HOST},? port:? {_PORT}\b",
        rf"[Hh]ost(?:name)?[:=]\s*['\"]?{_HOST}['\"]?.*?port[:=]\s*{_PORT}",
    )
)
_ALONE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"could not translate host name \"{_HOST}\"",
        rf"getaddrinfo (?:ENOTFOUND|EAI_AGAIN|for) {_HOST}",
        rf"host not found in upstream \"{_HOST}",
        rf"lookup {_HOST}(?: on \S+)?: ",
        rf"UnknownHostException: {_HOST}",
        rf"[Ff]ailed to resolve '{_HOST}'",
        rf"[Cc]ould not resolve (?:host(?:name)?:? )?['\"]?{_HOST}",
        rf"bad address '{_HOST}",
        rf"unknown host '?{_HOST}",
        rf"unable to resolve (?:host )?(?:address )?[\u2018'\"]?{_HOST}",
        rf"server on '{_HOST}'",
        rf"connection to server at \"{_HOST}\"",
        rf"could not connect to host {_HOST}",
        rf"resolv\w+ (?:host )?['\"]{_HOST}['\"]",
        (
            rf"{_HOST}: (?:Name or service not known|Temporary failure in name resolution|No address associated|"
            rf"forward host lookup failed)"
        ),
        rf"\b[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?{_HOST}\b",
        rf"connect\w* (?:to|with) ['\"]?{_HOST}",
    )
)
_NO_HOSTS = frozenset(("error", "errno", "host", "server", "the", "line", "at", "port", "to", "connection", "failed"))
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0", "ip6-localhost"))  # noqa: S104  # names it, binds nothing


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom an error is about. "" and None where the line does not say."""

    host: str = ""
    port: int | None = None

    @property
    def local(self) -> bool:
        """Whether it is the container itself."""
        return self.host in _LOCAL or self.host.startswith("127.")

    def __str__(self) -> str:
        return f"{self.host or 'a server'}{f':{self.port}' if self.port else ''}"


def peer_of(line: str, entry: Entry, situation: Situation) -> Peer:
    """Return whom a line speaks of: by its own words, those of its trace, else by what the variables name."""
    for text in (line, *reversed(entry.lines[-40:])):
        if (peer := _peer_in(text)) is not None:
            return peer
    configured = [peer for peer in configured_peers(situation) if behind(peer, situation) is not None]
    down = [peer for peer in configured if not (found := behind(peer, situation)) or not found.up]
    only = down or configured
    return only[0] if len({peer.host for peer in only}) == 1 else Peer()


def _peer_in(text: str) -> Peer | None:
    for pattern in _WITH_PORT:
        for match in pattern.finditer(text):
            if _is_host(match["host"]):
                return Peer(match["host"].strip("[]"), int(match["port"]))
    for pattern in _ALONE:
        alone = pattern.search(text)
        if alone and _is_host(alone["host"]):
            return Peer(alone["host"].strip("[]"))
    return None


def _is_host(text: str) -> bool:
    # `main.py:12` and `12:30` are places and times.
    place = re.search(r"\.(?:py|js|ts|go|rb|java|php|rs|c|cc|cpp|lua|pl|ex|conf|cfg|ya?ml|json)$", text)
    return not place and text.lower() not in _NO_HOSTS and not text.isdecimal()


def configured_peers(situation: Situation) -> Iterator[Peer]:
    """Yield the servers that the container's variables name: in URLs, and as HOST with PORT."""
    for name, value in situation.environment.items():
        for url in re.findall(r"[a-z][a-z0-9+.-]*://[^\s,]+", value):
            try:
                parts = urlsplit(url)
                yield Peer(parts.hostname or "", parts.port)
            except ValueError:
                continue
        if name.upper().endswith(("HOST", "SERVER", "ADDR", "ADDRESS", "BROKER")) and value:
            host, _, port = value.partition(":")
            sibling = situation.environment.get(re.sub(r"(?i)(HOST|SERVER|ADDR|ADDRESS|BROKER)$", "PORT", name), "")
            number = port or sibling
            yield Peer(host, int(number) if number.isdecimal() else None)


def behind(peer: Peer, situation: Situation) -> Neighbour | None:
    """Return the container that a host name or an address means, None when none of those known is."""
    if not peer.host or peer.local:
        return None
    named = [one for one in situation.neighbours if peer.host == one.name or peer.host in one.aliases]
    if not named:
        named = [one for one in situation.neighbours if peer.host in _addresses(one)]
    # Of several replicas the one that is not well is what there is to tell.
    return min(named, key=lambda one: (one.up, one.name), default=None)


def _addresses(one: Neighbour) -> set[str]:
    joined = one.container.networks.values() if one.container else ()
    return {address for place in joined for address in (place.ipv4, place.ipv6) if address}


def shared_networks(one: Neighbour, situation: Situation) -> Sequence[str]:
    """Return the networks that both containers are on."""
    theirs = set(one.container.networks) if one.container else set()
    return sorted(theirs & set(situation.container.networks))


def serving(port: int | None, situation: Situation) -> Neighbour | None:
    """Return the neighbour that listens on a port, None when none is known to."""
    return next((one for one in situation.neighbours if port and port in _ports(one)), None)


def _ports(one: Neighbour) -> frozenset[int]:
    if one.ports is not None:
        return one.ports
    exposed = (one.container.frozen.get("Config") or {}).get("ExposedPorts") or {} if one.container else {}
    return frozenset(int(port.partition("/")[0]) for port in exposed)
