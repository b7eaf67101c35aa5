"""Which environment variables hold secrets, by their names and values, and which defaults may be shown."""

import re

_SECRET_WORDS = frozenset(
    {
        *("secret", "secrets", "password", "passwd", "passphrase", "passcode", "pass", "pwd", "token", "tokens"),
        *("key", "keys", "apikey", "credential", "credentials", "creds", "dsn", "salt", "jwt"),
    }
)
# Written as one word by many: DBPASSWORD, dbPass, SECRETKEY.
_SECRET_PARTS = re.compile(r"password|passwd|passphrase|secret|apikey|credential|privatekey|connectionstring")
_DATABASE_LINK = re.compile(
    r"^(.*_)?(database|db|postgres|postgresql|pg|mysql|mariadb|mongo|mongodb|sqlalchemy)(_.*)?_(url|uri)$|"
    r"connection_?string|^conn_?str$"
)

# What a key is of decides whether it opens anything; and a name that ends so speaks of a secret without being one.
_PUBLIC_KEYS = frozenset(
    {
        *("public", "primary", "foreign", "partition", "sort", "routing", "cache", "publishable", "index", "row"),
        *("site", "ssh_public", "hot", "shortcut", "group", "max", "min", "num", "count"),
    }
)
_ABOUT = frozenset(
    {
        *("file", "path", "dir", "ttl", "expire", "expires", "expiry", "expiration", "minutes", "seconds", "hours"),
        *("days", "length", "len", "size", "count", "min", "max", "limit", "algorithm", "alg", "name", "prefix"),
        *("header", "type", "enabled", "field", "issuer", "audience", "lifetime", "timeout", "rounds", "hasher"),
        *("hashers", "validators", "policy", "required", "rotation", "version", "format", "age", "endpoint", "url"),
        *("exp", "provider", "location", "class", "backend", "budget", "window", "usage"),
    }
)
_USER_INFO = re.compile(r"^[a-z][a-z0-9+.\-]*://[^\s/@:]*:[^\s/@]+@", re.IGNORECASE)
_SHAPES = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|\beyJ[\w\-]{8,}\.[\w\-]{4,}\.|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|"
    r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w\-]{16,}|\b(?:sk|rk)[-_][\w\-]{16,}|"
    r"\bxox[abeoprs]-[\w\-]{10,}|\bAIza[\w\-]{30,}|\bnpm_\w{30,}|\bhvs\.[\w\-]{20,}|\bSG\.[\w\-]{16,}\."
)


def is_secret(name: str, value: str = "") -> bool:
    """Return whether a variable of this name (and value, where one is known) is a secret."""
    return _named_secret(name) or holds_secret(value)


def holds_secret(value: str) -> bool:
    """Return whether a text carries a secret, whatever it is called: `scheme://user:password@`, a known shape."""
    return bool(_USER_INFO.match(value) or _SHAPES.search(value))


def showable(name: str, default: str | None) -> str | None:
    """Return a default as it may be written down: None where there is none, or where it would tell a secret."""
    return None if default is None or is_secret(name, default) else default


def _named_secret(name: str) -> bool:
    words = _words(name)
    joined = "_".join(words)
    if _DATABASE_LINK.search(joined):
        return True
    if not words or words[-1] in _ABOUT:
        return False
    if words == ["pwd"]:  # the shell's own: the folder it is in
        return False
    if words[-1] in {"key", "keys", "token", "tokens"} and _PUBLIC_KEYS & set(words):
        return False
    return bool(_SECRET_WORDS & set(words) or _SECRET_PARTS.search(joined.replace("_", "")))


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]
