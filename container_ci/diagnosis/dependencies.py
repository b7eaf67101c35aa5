"""What a container can't reach, and whether it can be reached itself."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from container_ci.diagnosis.hosts import Peer, behind, peer_of, serving, shared_networks
from container_ci.diagnosis.rule import Found, Rule, quote
from container_ci.diagnosis.saying import Hit, Words, found_at, hits, last, simply, words
from container_ci.diagnosis.situation import Neighbour, Situation
from observed_state.finding import Quote
from observed_state.service import Service

_SETTLED = timedelta(seconds=30)
_FIRST_MINUTE = timedelta(seconds=60)
_SKEW_S = 300.0


def _loopback(situation: Situation) -> Iterator[Found]:
    if situation.discovery is None or not situation.container.running or _host_network(situation):
        return
    wanted = _wanted_ports(situation)
    for service in situation.discovery.services:
        if service.status == "loopback-only" and (service.port in wanted or (wanted and not _reachable(situation))):
            text = f"{service.type} listens on 127.0.0.1:{service.port} only; published: {_listed(wanted)}"
            advice = (_bind_advice(service),)
            cause = f"{service.type} listens on 127.0.0.1 only, so nobody outside the container reaches it"
            yield Found(cause, (quote("proc:net", text, situation.now),), 0.95, advice, facts={"port": service.port})
            return


def _bind_advice(service: Service) -> str:
    known = {
        "uvicorn": "start it with --host 0.0.0.0",
        "flask": "start it with --host 0.0.0.0",
        "fastapi": "start it with --host 0.0.0.0",
        "django": "start it with runserver 0.0.0.0:PORT",
        "postgres": "set listen_addresses = '*'",
        "redis": "set bind 0.0.0.0, and a password",
        "mosquitto": "declare a `listener` in its configuration",
        "mysql": "set bind-address = 0.0.0.0",
        "mariadb": "set bind-address = 0.0.0.0",
        "vite-dev": "start it with --host",
    }
    return known.get(service.type) or known.get(service.server) or "let it listen on 0.0.0.0"


def _not_listened(situation: Situation) -> Iterator[Found]:
    if not _looked_at(situation) or situation.age < _SETTLED:
        return
    listening = sorted(_listening(situation))
    missing = sorted(_wanted_ports(situation) - set(listening))
    if listening and missing and not any(_loopback(situation)):
        quotes = (
            quote("inspect.HostConfig.PortBindings", f"published: {_listed(missing)}"),
            quote("proc:net", f"listening: {_listed(listening)}", situation.now),
        )
        advice = [f"publish the real port in spec.ports: {_host_port(situation, missing[0])}:{listening[0]}"]
        cause = f"port {missing[0]} is published, but the container listens on {_listed(listening)}"
        yield Found(cause, quotes, 0.93, advice, facts={"published": missing, "listening": listening})


def _not_yet(situation: Situation) -> Iterator[Found]:
    if not _looked_at(situation) or _listening(situation) or not _wanted_ports(situation):
        return
    waits = [one for one in (situation.discovery.services if situation.discovery else ()) if one.status == "starting"]
    if waits and situation.age < timedelta(minutes=3) and not situation.serves:
        text = f"no listener {situation.age.total_seconds():.0f} s after the start"
        yield Found(f"{waits[0].type} is still starting", (quote("proc:net", text, situation.now),), 0.65)


_DNS = words(
    r"Temporary failure in name resolution|Name or service not known|ENOTFOUND|EAI_AGAIN|no such host|"
    r"UnknownHostException|"
    r"host not found in upstream|could not translate host name|[Cc]ould not resolve host|"
    r"getaddrinfo (?:for \S+ )?failed|"
    r"[Nn]ame does not resolve|[Nn]ame resolution|nodename nor servname|bad address '|"
    r"No address associated with hostname|"
    r"[Ff]ailed to resolve|[Uu]nknown (?:MySQL|MariaDB) server host|host lookup failed|unknown host|SERVFAIL|"
    r"Lookup timed out|unable to resolve host|server misbehaving|Unknown server host",
    "name resolution",
    "name or service",
    "enotfound",
    "eai_again",
    "no such host",
    "unknownhost",
    "host not found",
    "host name",
    "resolve",
    "getaddrinfo",
    "nodename",
    "bad address",
    "no address",
    "server host",
    "host lookup",
    "unknown host",
    "servfail",
    "lookup timed out",
    "misbehaving",
    living=True,
    heals=True,
    anywhere=True,
)
_REFUSED = words(
    r"[Cc]onnection refused|ECONNREFUSED|[Cc]onnect\w* to \S+ ?.*Cannot assign requested address|"
    r"EADDRNOTAVAIL|actively refused|\(111\)|Connection to \S+ refused|Connect call failed|"
    r"\[Errno 111\]|"
    r"could not connect to server|Connection is refused|Error 111|"
    r"[Cc]annot connect to (?:amqp|redis|the Docker daemon)|no servers could be reached|"
    r"[Bb]ootstrap broker \S+ .*disconnected|"
    r"NoBrokersAvailable|all connection attempts failed|ServerSelectionTimeoutError",
    "refused",
    "requested address",
    "eaddrnotavail",
    "(111)",
    "connect call failed",
    "errno 111",
    "could not connect",
    "error 111",
    "cannot connect",
    "no servers",
    "disconnected",
    "nobrokersavailable",
    "attempts failed",
    "serverselection",
    living=True,
    heals=True,
    anywhere=True,
)
_TIMEOUT = words(
    r"^(?:TimeoutError|socket\.timeout|timeout|asyncio\.\S*TimeoutError): timed out|Timeout connecting to|"
    r"[Cc]onnection timed out|ETIMEDOUT|[Nn]o route to host|EHOSTUNREACH|"
    r"[Cc]onnect(?:ion)?[ _]?(?:\w+ )?time(?:d )?out|i/o timeout|"
    r"[Nn]etwork is unreachable|ENETUNREACH|ConnectTimeout|connect timeout|\(110: Connection timed out\)|"
    r"Read timed out|"
    r"TimeoutError: \[Errno 110\]|upstream timed out|[Tt]imeout connecting to|context deadline exceeded|"
    r"Timeout reading from|timeout expired",
    "timed out",
    "timedout",
    "timeout",
    "no route",
    "unreach",
    "deadline exceeded",
    living=True,
    heals=True,
    anywhere=True,
)
_REACHING = (_DNS, _REFUSED, _TIMEOUT)


def _dns(situation: Situation) -> Iterator[Found]:
    for hit, peer, target in _unreached(situation, _DNS):
        if target is not None and not target.up:
            continue
        advice, quotes, related = _missing_link(peer, target, situation)
        cause = f"the name {peer.host or 'of a server'} is not known" + (f": {advice[0][1]}" if advice else "")
        found = found_at(situation, hit, cause, confidence=0.93 if peer.host else 0.85, related=related)
        yield _with(found, quotes, [text for text, _ in advice])
        return


def _missing_link(
    peer: Peer, target: Neighbour | None, situation: Situation
) -> tuple[list[tuple[str, str]], list[Quote], list[str]]:
    """Return (advice, why) for a name that does not resolve, with quotes and the containers it is about."""
    own = sorted(situation.container.networks)
    if target is None:
        if peer.host and "." not in peer.host and own in (["bridge"], []):
            return (
                [
                    (
                        "join both containers to a network of your own (spec.networks)",
                        "the default network resolves no names",
                    )
                ],
                [_on(situation.container.name, own)],
                [],
            )
        return [], [], []
    if not shared_networks(target, situation) and target.container is not None:
        theirs = sorted(target.container.networks)
        why = f"{situation.container.name} and {target.name} share no network"
        return (
            [(f"join both to one network in spec.networks ({_listed(theirs)})", why)],
            [_on(situation.container.name, own), _on(target.name, theirs)],
            [target.name],
        )
    return [("wait for it: spec.depends_on", f"{target.name} runs only since shortly")], [], [target.name]


def _on(name: str, networks: Sequence[str]) -> Quote:
    return quote("inspect.NetworkSettings", f"{name} is on: {_listed(networks) or 'no network'}")


def _refused(situation: Situation) -> Iterator[Found]:
    for hit, peer, target in _unreached(situation, _REFUSED):
        if peer.local or (target is not None and not target.up):
            continue
        if target is None:
            confidence = 0.9 if peer.host else 0.8
            yield found_at(
                situation, hit, f"nothing accepts connections at {peer}", confidence=confidence, facts=_facts(peer)
            )
            return
        listens = sorted(target.ports or ())
        wrong = bool(peer.port and listens and peer.port not in listens)
        cause = f"{target.name} runs, but does not accept connections on port {peer.port or 'asked for'}"
        advice = [f"{target.name} listens on {_listed(listens)}: use that port"] if wrong else []
        found = found_at(
            situation, hit, cause, confidence=0.93, related=[target.name], advice=advice, facts=_facts(peer)
        )
        yield _with(found, [_state(target)], advice)
        return


def _localhost(situation: Situation) -> Iterator[Found]:
    for hit, peer, _ in _unreached(situation, _REFUSED):
        if not peer.local:
            continue
        target = serving(peer.port, situation)
        if target is None:
            cause = f"nothing in this container listens on {peer}; localhost is the container itself"
            yield found_at(situation, hit, cause, confidence=0.75, facts=_facts(peer))
        else:
            name = min(target.aliases, key=len, default=target.name)
            cause = f"it looks for port {peer.port} in itself (localhost), but {target.name} serves it"
            advice = [f"use the name {name} instead of {peer.host}"]
            found = found_at(
                situation, hit, cause, confidence=0.93, related=[target.name], advice=advice, facts=_facts(peer)
            )
            yield _with(found, [_state(target)], advice)
        return


def _timeout(situation: Situation) -> Iterator[Found]:
    for hit, peer, target in _unreached(situation, _TIMEOUT):
        if target is not None and not target.up:
            continue
        related = [target.name] if target else []
        link = "; they share no network" if target and not shared_networks(target, situation) else ""
        yield found_at(
            situation, hit, f"{peer} does not answer{link}", confidence=0.75, related=related, facts=_facts(peer)
        )
        return


def _down(situation: Situation) -> Iterator[Found]:
    for hit, peer, target in _unreached(situation, *_REACHING):
        if target is None or target.up:
            continue
        quotes = [_state(target)]
        cause = f"{target.name} is {target.state}"
        if target.finding is not None:
            cause += f": {target.finding.cause}"
            quotes += [quote(f"{target.name}:{one.source}", one.text, one.when) for one in target.finding.evidence[:1]]
        facts = {**_facts(peer), **({"cause_rule": target.finding.rule} if target.finding else {})}
        found = found_at(situation, hit, cause, confidence=0.95, related=[target.name], facts=facts)
        yield _with(found, quotes, [f"mend {target.name} first: `ergon ci debug {target.name}`"])
        return


_NOT_READY = words(
    r"the database system is (?:starting up|in recovery|not yet accepting|shutting down)|LOADING \w+ is loading|"
    r"LEADER_NOT_AVAILABLE|"
    r"NotLeaderForPartition|cluster_block_exception.*not recovered|not yet ready to accept|server is still starting",
    "database system is",
    "loading",
    "leader",
    "not recovered",
    "not yet ready",
    "still starting",
    living=True,
    heals=True,
    anywhere=True,
)


def _not_ready(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _NOT_READY))
    if hit is not None:
        target = behind(peer_of(hit.line, hit.entry, situation), situation)
        related = [target.name] if target else []
        who = target.name if target else "what it depends on"
        yield found_at(situation, hit, f"{who} was still starting when it was asked", confidence=0.85, related=related)


_AUTH = words(
    r"AuthenticationError|client already authenticated|AuthenticationException|SMTPAuthenticationError|AccessRefused|"
    r"HTTP Error 40[13]|not authori[sz]ed|\bUnauthorized\b|"
    r"password authentication failed for user|Access denied for user|WRONGPASS|NOAUTH|ACCESS_REFUSED|"
    r"(?:SASL )?[Aa]uthentication (?:failed|failure)|AuthenticationFailed|invalid username-password pair|"
    r"no password supplied|"
    r"no pg_hba\.conf entry|[Ii]nvalid password|Login failed for user|not authorized|Bad user name or password|"
    r"(?:returned|status|code|error|HTTP)\S*[:= ]+(?:401|403)\b|\b40[13] (?:Client Error|Unauthorized|"
    r"Forbidden)|Invalid credentials|"
    r"SASL authentication|authentication required",
    "authenticat",
    "accessrefused",
    "not authorised",
    "unauthorized",
    "access denied",
    "wrongpass",
    "noauth",
    "access_refused",
    "username-password",
    "password",
    "pg_hba",
    "login failed",
    "not authorized",
    "bad user",
    "401",
    "403",
    "credentials",
    living=True,
    heals=True,
    anywhere=True,
)


def _auth(situation: Situation) -> Iterator[Found]:
    hit = last(hit for hit in hits(situation, _AUTH) if not _served(situation))
    if hit is None:
        return
    target = behind(peer_of(hit.line, hit.entry, situation), situation)
    user = re.search(r"user(?:name)? [\"'](?P<user>[^\"'@]+)", hit.line)
    who = target.name if target else "the server"
    cause = f"{who} does not accept the credentials" + (f" of user {user['user']}" if user else "")
    weak = re.search(r"\b40[13]\b", hit.line) is not None
    related = [target.name] if target else []
    yield found_at(situation, hit, cause, confidence=0.8 if weak else 0.94, related=related)


def _served(situation: Situation) -> bool:
    """Return whether it is a server itself, whose clients were refused: their mistakes are not its own."""
    servers = (
        "postgres",
        "mysqld",
        "mariadbd",
        "redis-server",
        "mongod",
        "rabbitmq-server",
        "mosquitto",
        "nginx",
        "sshd",
    )
    return situation.program in servers or any(word.endswith(servers) for word in situation.argv[:4])


_DB_MISSING = words(
    r'database "(?P<a>[^"]+)" does not exist|Unknown database \'(?P<b>[^\']+)\'|role "(?P<c>[^"]+)" does not exist|'
    r"Cannot open database \"(?P<d>[^\"]+)\"|bucket (?P<e>\S+) not found",
    "does not exist",
    "unknown database",
    "cannot open database",
    "not found",
    living=True,
    heals=True,
    anywhere=True,
)
_MIGRATION = words(
    r'relation "(?P<a>[^"]+)" does not exist|no such table:? (?P<b>\S+)|UndefinedTable|'
    r"Table \'(?P<c>[^\']+)\' doesn\'t exist|"
    r"Can't locate revision identified by '?(?P<d>\w+)|[Pp]ending migrations?|ActiveRecord::PendingMigrationError|"
    r"database is not up to date|no such column|column \"?\S+\"? does not exist|"
    r"The table `(?P<e>[^`]+)` does not exist|"
    r"Waiting for changelog lock|Could not acquire change log lock|Schema-validation: missing table|"
    r"migrations? (?:have|has) not (?:been )?(?:run|applied)",
    "relation",
    "no such table",
    "undefinedtable",
    "doesn't exist",
    "locate revision",
    "pending migration",
    "pendingmigration",
    "not up to date",
    "no such column",
    "does not exist",
    "changelog lock",
    "change log lock",
    "schema-validation",
    "migration",
    living=True,
    heals=True,
    anywhere=True,
)
_MIGRATION_HINT = words(r"You have \d+ unapplied migration\(s\)", "unapplied migration", living=True, heals=True)
_TLS = words(
    r"certificate[ _]verify[ _]failed|x509: \S|certificate (?:has |is )?expired|unknown (?:certificate )?authority|"
    r"wrong[ _]version[ _]number|self[- ]signed certificate|unable to get local issuer|SSLHandshakeException|PKIX path|"
    r"certificate is not valid for|hostname mismatch|CERT_\w+|DEPTH_ZERO_SELF_SIGNED|tls: (?:first record|"
    r"handshake|bad|failed|protocol)|"
    r"http: server gave HTTP response to HTTPS|packet length too long|EPROTO|SSL routines",
    "verify",
    "x509",
    "certificate",
    "unknown authority",
    "wrong_version",
    "wrong version",
    "sslhandshake",
    "pkix",
    "hostname mismatch",
    "cert_",
    "depth_zero",
    "tls: ",
    "https",
    "packet length",
    "eproto",
    "ssl routines",
    living=True,
    heals=True,
    anywhere=True,
)
_TLS_CAUSES = (
    (r"expired", "the certificate has expired", "renew the certificate"),
    (
        r"wrong.version.number|HTTP response to HTTPS|first record|packet length|EPROTO",
        "it speaks TLS to a port that does not",
        "use the scheme http, or the server's TLS port",
    ),
    (
        r"hostname mismatch|not valid for|doesn't match",
        "the certificate names another host",
        "use a name that the certificate contains",
    ),
    (
        r"self.signed|local issuer|unknown.*authority|unknown authority|PKIX|verify failed|VERIFY_FAILED|DEPTH_ZERO",
        "the certificate's authority is not trusted here",
        "mount the CA's certificate and name it (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE)",
    ),
)
_CLOCK = words(
    r"certificate is not yet valid|not yet valid|RequestTimeTooSkewed|issued in the future|The token is not yet valid|"
    r"\b(?:iat|nbf)\b.*future|ImmatureSignature|[Cc]lock skew|InvalidIssuedAt",
    "not yet valid",
    "tooskewed",
    "in the future",
    "immaturesignature",
    "clock skew",
    "invalidissuedat",
    "future",
    living=True,
    heals=True,
    anywhere=True,
)
_IN_USE = words(
    r"[Aa]ddress (?:is )?already in use|EADDRINUSE|\[Errno 98\]|Port \d+ is (?:already )?in use|"
    r"Only one usage of each socket|bind\(\) to \S+ failed \(98|port is already in use|Address in use",
    "in use",
    "eaddrinuse",
    "errno 98",
    "one usage",
    "failed (98",
    anywhere=True,
    living=True,
    heals=True,
)
_CONN_LIMIT = words(
    r"too many connections|[Tt]oo many clients|max number of clients reached|remaining connection slots are reserved|"
    r"QueuePool limit of size|connection pool (?:exhausted|is full)|"
    r"[Tt]imed out fetching a new connection from the connection pool|"
    r"HikariPool.*(?:not available|timed out)|pool timeout|Connection pool is full|sorry, too many",
    "too many",
    "max number of clients",
    "connection slots",
    "queuepool",
    "pool",
    living=True,
    heals=True,
    anywhere=True,
)


def _migration(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _MIGRATION)) if not _served(situation) else None
    if hit is not None and not _DB_MISSING.pattern.search(hit.line):
        what = hit.group(*"abcde")
        yield found_at(
            situation, hit, f"the database lacks {what or 'what the program expects'}: its migrations did not run"
        )
        return
    hint = last(hits(situation, _MIGRATION_HINT))
    if hint is not None and situation.ended is not None:
        yield found_at(situation, hint, "migrations have not been applied", confidence=0.45)


def _tls(situation: Situation) -> Iterator[Found]:
    hit = last(one for one in hits(situation, _TLS) if not _CLOCK.pattern.search(one.line))
    if hit is None:
        return
    for pattern, cause, advice in _TLS_CAUSES:
        if re.search(pattern, hit.entry.text, re.IGNORECASE):
            yield found_at(situation, hit, cause, confidence=0.93, advice=[advice])
            return
    yield found_at(situation, hit, "a TLS connection could not be made", confidence=0.8)


def _clock(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _CLOCK))
    if hit is not None:
        cause = "its clock, or that of the other side, is wrong: something is dated in the future"
        yield found_at(situation, hit, cause, confidence=0.8)


def _address_in_use(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _IN_USE))
    if hit is None:
        return
    port = re.search(
        r"(?:[:\s(]|port )(?P<port>\d{2,5})\b(?!.*\b98\b.*\d{5})", re.sub(r"\(98|Errno 98|AH\d+", "", hit.line)
    )
    where = f"port {port['port']}" if port else "the port it wants"
    shared = _host_network(situation) or situation.container.network_mode.startswith("container:")
    why = "it shares the network with others" if shared else "another process of this container listens there"
    yield found_at(
        situation, hit, f"{where} is taken already: {why}", facts={"port": int(port["port"])} if port else {}
    )


def _connections(situation: Situation) -> Iterator[Found]:
    yield from simply(_CONN_LIMIT, "no more connections are given: the limit of the server or of the pool is reached")(
        situation
    )


def _unreached(situation: Situation, *wanted: Words) -> Iterator[tuple[Hit, Peer, Neighbour | None]]:
    """Yield the complaints about a peer, newest first, that have not healed since."""
    for hit in reversed(list(hits(situation, *wanted))):
        peer = peer_of(hit.line, hit.entry, situation)
        target = behind(peer, situation)
        if situation.ended is None and target is not None and target.up and _began_after(target, hit):
            continue
        yield hit, peer, target


def _began_after(target: Neighbour, hit: Hit) -> bool:
    started = target.container.started_at if target.container else None
    return started is not None and started > hit.entry.time


def _with(found: Found, quotes: Sequence[Quote], advice: Sequence[str]) -> Found:
    return Found(
        found.cause,
        (*found.quotes, *quotes),
        found.confidence,
        tuple(advice),
        found.related,
        found.facts,
        found.weight,
        found.entry,
    )


def _state(target: Neighbour) -> Quote:
    when = target.container.finished_at if target.container and not target.container.running else None
    return quote(f"inspect:{target.name}", f"State: {target.state}", when)


def _facts(peer: Peer) -> dict[str, object]:
    return {name: value for name, value in (("host", peer.host), ("port", peer.port)) if value}


def _host_network(situation: Situation) -> bool:
    return situation.container.network_mode == "host"


def _wanted_ports(situation: Situation) -> set[int]:
    """Return the ports of the container that are published."""
    bound = situation.host_config.get("PortBindings") or {}
    return {int(port.partition("/")[0]) for port in bound if port.endswith("/tcp") or "/" not in port}


def _host_port(situation: Situation, port: int) -> str:
    published = next((one.host_port for one in situation.container.ports if one.container_port == port), None)
    return str(published or port)


def _looked_at(situation: Situation) -> bool:
    known = situation.discovery is not None and situation.discovery.source == "proc"
    return known and situation.container.running and not _host_network(situation)


def _listening(situation: Situation) -> set[int]:
    services = [*situation.discovery.services, *situation.discovery.candidates] if situation.discovery else []
    open_ = [one for one in services if one.status == "listening"]
    return {port for one in open_ for port in (one.port, *one.ports.values()) if port}


def _reachable(situation: Situation) -> bool:
    return bool(_listening(situation) & _wanted_ports(situation))


def _listed(things: Iterable[int] | Iterable[str]) -> str:
    return ", ".join(str(one) for one in sorted(things))


_RESTART = "or let it retry, and declare spec.depends_on with condition service_healthy"

RULES = (
    Rule(
        "listen-loopback-only",
        43,
        "dependencies",
        "It listens on localhost only",
        "The service accepts connections from inside its container only; a published port leads nowhere.",
        (),
        _loopback,
        "seen",
    ),
    Rule(
        "published-port-not-listened",
        44,
        "dependencies",
        "The published port is not the one it listens on",
        "A port is published on which nothing in the container listens, while it listens on another.",
        (),
        _not_listened,
        "seen",
    ),
    Rule(
        "not-listening-yet",
        45,
        "dependencies",
        "It does not listen yet",
        "The container is young and its server has not opened a port.",
        ("wait; a longer start belongs into spec.healthcheck.start_period or probes.startup",),
        _not_yet,
        "symptom",
        "info",
    ),
    Rule(
        "dns-failure",
        46,
        "dependencies",
        "A name can't be resolved",
        "The name of a server is not known where the container asks for it.",
        ("check the spelling, and that both containers share a network of your own",),
        _dns,
    ),
    Rule(
        "dependency-refused",
        47,
        "dependencies",
        "A connection is refused",
        "A server is reached, but nothing listens on that port.",
        ("check the port and that the server runs", _RESTART),
        _refused,
    ),
    Rule(
        "dependency-localhost",
        48,
        "dependencies",
        "It looks for another container on localhost",
        "In a container localhost is the container itself, not the host and not another container.",
        ("use the other container's name",),
        _localhost,
    ),
    Rule(
        "dependency-timeout",
        49,
        "dependencies",
        "A server does not answer",
        "A connection gets no answer at all: firewall, network, or a hanging server.",
        ("check networks and firewalls between the two, and whether the server hangs",),
        _timeout,
    ),
    Rule(
        "dependency-not-ready",
        50,
        "dependencies",
        "A server was not ready yet",
        "What it depends on was still starting.",
        ("declare spec.depends_on with condition service_healthy, or retry",),
        _not_ready,
    ),
    Rule(
        "auth-failed",
        51,
        "dependencies",
        "Credentials are not accepted",
        "A server was reached and refuses the user or the password.",
        ("make the secret the same on both sides", "an existing database volume keeps the password it was made with"),
        _auth,
    ),
    Rule(
        "db-missing",
        52,
        "dependencies",
        "The database does not exist",
        "The server has no database or role of that name.",
        ("create it, or correct the name; an existing volume is not initialised again",),
        simply(_DB_MISSING, lambda hit: f"there is no database or role {hit.group(*'abcde')}", 0.95),
    ),
    Rule(
        "migration-pending",
        53,
        "dependencies",
        "The database's schema is not up to date",
        "Tables or columns are missing: migrations did not run.",
        ("run the migrations first, for example in spec.pre_start",),
        _migration,
    ),
    Rule("tls-error", 54, "dependencies", "TLS fails", "A secured connection could not be made.", (), _tls),
    Rule(
        "clock-skew",
        55,
        "dependencies",
        "Clocks disagree",
        "Something is dated in the future.",
        ("let the hosts keep time (NTP)",),
        _clock,
    ),
    Rule(
        "address-in-use-inside",
        56,
        "dependencies",
        "The port is taken inside the container",
        "Two processes of one network want the same port.",
        ("free one of the two: another port, or one server only",),
        _address_in_use,
    ),
    Rule(
        "dependency-down",
        57,
        "dependencies",
        "What it depends on is down",
        "The container behind the name is stopped, crashed or ill. A stopped container's name is not known either.",
        (_RESTART,),
        _down,
    ),
    Rule(
        "rate-or-conn-limit",
        58,
        "dependencies",
        "No more connections allowed",
        "The server's or the pool's number of connections is used up.",
        ("lower the size of the pool, or raise the server's limit",),
        _connections,
    ),
)
