"""Which values of an environment look like secrets, by their name or by what they hold."""

import re

_NAMES = re.compile(
    r"(?:^|[_.-])(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKENS?|CREDENTIALS?|CREDS?|(?:API|ACCESS|PRIVATE|SECRET|"
    r"ENCRYPTION|SIGNING|AUTH|MASTER|LICENSE)_?KEY|KEY|AUTH|SALT|COOKIE|DSN)(?:$|[_.-])|PASSWORD|APIKEY|SECRET",
    re.IGNORECASE,
)
# These point to a secret, or say something about one.
_HARMLESS = re.compile(r"(?:_FILE|_PATH|_DIR|_ID|_NAME|_URL|_HOST|_PORT|_TTL|_TYPE|_LENGTH|_METHOD)$", re.IGNORECASE)
_LOGIN_IN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KNOWN_TOKENS = re.compile(r"^(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|AKIA|eyJ[A-Za-z0-9_-]+\.eyJ)")
_HARMLESS_VALUES = {"", "true", "false", "yes", "no", "0", "1", "none", "null"}


def looks_secret(name: str, value: object) -> bool:
    """Return whether a variable is not to be shown. Errs on the side of silence; what is no text is no secret."""
    if not isinstance(value, str) or value.lower() in _HARMLESS_VALUES:
        return False
    if _LOGIN_IN_URL.search(value) or _PRIVATE_KEY.search(value) or _KNOWN_TOKENS.match(value):
        return True
    return bool(_NAMES.search(name)) and not _HARMLESS.search(name)
