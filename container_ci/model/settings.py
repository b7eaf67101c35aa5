"""Which model is asked, and how much it may cost. Nothing is asked while this is not configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

URL, MODEL, KEY, KEY_FILE = "ERGON_AI_URL", "ERGON_AI_MODEL", "ERGON_AI_KEY", "ERGON_AI_KEY_FILE"
REQUESTS, TOKENS, SECONDS, PER_DAY = "ERGON_AI_REQUESTS", "ERGON_AI_TOKENS", "ERGON_AI_SECONDS", "ERGON_AI_PER_DAY"


class NotConfigured(Exception):
    """No model can be asked. `message` says what is missing or wrong, `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Settings:
    """An OpenAI-compatible endpoint, and the budget of one question.

    `requests` are how often the model is asked for one question, its calls of tools included; `tokens` are
    counted both ways; `per_day` bounds the questions of 24 hours.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    requests: int = 8
    tokens: int = 60_000
    seconds: float = 30.0
    per_day: int = 100

    @property
    def host(self) -> str:
        """Who is asked."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return what the environment configures.

    Raises:
        NotConfigured: nothing, or something that can't be.
    """
    url, model = (environment.get(name, "").strip() for name in (URL, MODEL))
    if not url or not model:
        missing = " and ".join(name for name, value in ((URL, url), (MODEL, model)) if not value)
        raise NotConfigured(
            f"no model is configured: {missing} not set",
            f"set {URL} to an OpenAI-compatible endpoint (http://127.0.0.1:11434/v1) and {MODEL} to a model it offers",
        )
    _check(url)
    return Settings(
        url.rstrip("/"),
        model,
        _key(environment),
        int(_number(environment, REQUESTS, 8)),
        int(_number(environment, TOKENS, 60_000)),
        _number(environment, SECONDS, 30.0),
        int(_number(environment, PER_DAY, 100)),
    )


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotConfigured(f"{URL} is no http or https address", "write it as https://host/v1")
    if parts.scheme == "http" and not _is_near(parts.hostname):
        raise NotConfigured(
            f"{URL} would send what was observed unencrypted to {parts.hostname}",
            "use https, or an endpoint on this machine or in its private network",
        )


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host


def _key(environment: Mapping[str, str]) -> str:
    if path := environment.get(KEY_FILE, ""):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NotConfigured(f"{KEY_FILE} can't be read: {path}", "name a file that holds the key alone") from error
    return environment.get(KEY, "").strip()


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10_000_000:
        raise NotConfigured(f"{name} must be a number above 0, not {text!r}", f"leave it out for {default:g}")
    return value
