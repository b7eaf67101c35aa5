"""What the program itself says is wrong: its variables, its configuration, its code, its data."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from container_ci.diagnosis.rule import Found, Rule, quote
from container_ci.diagnosis.saying import Hit, found_at, hits, last, simply, words
from container_ci.diagnosis.situation import Situation
from container_ci.logs.grouping import Entry
from container_ci.logs.severity import Severity, severity

_NAME = r"[A-Z][A-Z0-9_]{1,60}"

_ENV_MISSING = words(
    rf"^KeyError: '(?P<a>{_NAME})'|^(?P<b>{_NAME})\n?\s+Field required|"
    rf"[Mm]issing (?:required )?(?:env(?:ironment)?(?: variables?)?|"
    rf"config(?:uration)?)(?: variables?)?:?\s*['\"`(]?(?P<c>{_NAME})|"
    rf"(?:\b|['\"`$])(?P<d>{_NAME})['\"`}}]? (?:env(?:ironment)? variable )?"
    rf"(?:is|was|must be|are|has)(?: not| n't)? ?(?:been )?"
    r"(?:set|defined|required|missing|provided|specified|undefined|empty)\b|"
    rf"[Ee]nvironment variable(?:s)?:? ['\"`]?(?P<e>{_NAME})['\"`]? (?:is |was |must )?(?:not|missing|required|"
    rf"undefined|be set)|"
    rf"[Ee]nvironment variable not found: (?P<f>{_NAME})|(?P<g>{_NAME}): unbound variable|"
    rf"(?P<h>{_NAME}): parameter (?:not set|null or not set)|"
    rf"(?P<i>{_NAME}): (?:must be set|is required|required|not set|is not set)|"
    rf"[Ss]et the (?P<j>{_NAME}) environment variable|(?P<k>{_NAME}) not found\. Declare it as envvar|"
    rf"ImproperlyConfigured: The (?P<l>{_NAME}) (?:setting|environment variable)|"
    rf"required key (?P<m>{_NAME}) missing value|"
    rf"[Yy]ou need to specify (?:one of )?(?P<n>{_NAME})|(?P<o>(?i:superuser password is not specified))|"
    rf"(?P<p>(?i:Database is uninitialized and password option is not specified))|"
    rf"env: (?P<q>{_NAME}): not found|NotPresent.*(?P<r>{_NAME})|no (?P<s>{_NAME}) (?:set|given|provided|"
    rf"in (?:the )?environment)\b",
    "keyerror",
    "field required",
    "missing",
    "not set",
    "must be set",
    "required",
    "variable",
    "unbound",
    "parameter",
    "environment",
    "envvar",
    "improperlyconfigured",
    "need to specify",
    "not specified",
    "undefined",
    "defined",
    "notpresent",
    "not provided",
    "not found",
    "given",
    "is empty",
)
_IMAGE_VARIABLES = {"o": "POSTGRES_PASSWORD", "p": "MYSQL_ROOT_PASSWORD"}
_NO_VARIABLES = frozenset(
    (
        "ERROR",
        "FATAL",
        "WARNING",
        "CRITICAL",
        "INFO",
        "DEBUG",
        "LOG",
        "NOTICE",
        "ALERT",
        "EMERG",
        "WARN",
        "JSON",
        "HTTP",
        "SQL",
        "URL",
        "TLS",
        "SSL",
        "API",
        "ID",
    )
)
# pydantic tells the fields below its exception, unindented: they are entries of their own.
_TOLD_AFTER = 20
_PYDANTIC_FIELD = re.compile(r"validation errors? for (?P<model>\w*(?:Settings|Config\w*))", re.IGNORECASE)


def _env_missing(situation: Situation) -> Iterator[Found]:
    best: tuple[Hit, str] | None = None
    for hit in hits(situation, _ENV_MISSING):
        name = _variable(hit)
        if name and name not in _NO_VARIABLES and not situation.environment.get(name):
            best = (hit, name)
    for number, entry in enumerate(situation.said):
        if situation.ended is None or situation.wanted or not _PYDANTIC_FIELD.search(entry.text):
            continue
        if names := _settings_missing(situation.said[number : number + _TOLD_AFTER]):
            yield _of_settings(number, entry, names)
            return
    if best is not None:
        hit, name = best
        siblings = [one.name for one in situation.neighbours if _has(one.container, name)]
        advice = [f"set spec.environment.{name}"]
        advice += [f"{siblings[0]} has a variable of this name"] if siblings else []
        sure = severity(hit.entry) >= Severity.ERROR or hit.entry.trace or hit.number >= len(situation.said) - 5
        yield found_at(
            situation,
            hit,
            f"the environment variable {name} is not set",
            confidence=0.94 if sure else 0.7,
            advice=advice,
            facts={"variable": name},
        )


def _variable(hit: Hit) -> str:
    for group, name in _IMAGE_VARIABLES.items():
        if hit.group(group):
            return name
    if (
        hit.line.startswith("KeyError:")
        and hit.entry.trace
        and not re.search(r"environ|getenv|settings|config", hit.entry.text)
    ):
        return ""
    return hit.group(*(letter for letter in "abcdefghijklmnqrs"))


def _has(container: object, name: str) -> bool:
    frozen = getattr(container, "frozen", None) or {}
    return any(str(entry).startswith(f"{name}=") for entry in (frozen.get("Config") or {}).get("Env") or ())


def _settings_missing(entries: Sequence[Entry]) -> list[str]:
    """Return the fields that pydantic's settings say are required: each on a line above its complaint."""
    lines = [line for entry in entries for line in entry.lines]
    return [before.strip() for before, line in pairwise(lines) if line.lstrip().startswith("Field required")]


def _of_settings(number: int, entry: Entry, names: Sequence[str]) -> Found:
    variables = [name.upper() for name in names]
    quotes = [quote(f"log:{entry.stream}", entry.failure, entry.time)]
    quotes += [quote(f"log:{entry.stream}", f"{name}\n  Field required", entry.time) for name in names[:3]]
    advice = [f"set spec.environment.{name}" for name in variables]
    cause = f"required settings are missing: {', '.join(names)}"
    return Found(cause, quotes, 0.95, advice, facts={"variables": variables}, weight=4.0, entry=number)


_ENV_INVALID = words(
    rf"(?:[Ii]nvalid|[Bb]ad|[Ii]llegal|[Uu]nsupported) (?:value )?(?:for |"
    rf"of )?(?:env(?:ironment)?(?: variable)? )?['\"`]?(?P<a>{_NAME})\b|"
    rf"(?:\b|['\"`$])(?P<b>{_NAME})['\"`]? (?:is invalid|is not (?:a )?valid|must be (?:an? )?(?:int|num|bool|"
    rf"url|one of|valid|positive|between)|has an invalid value|cannot be parsed)|"
    r"invalid literal for int\(\) with base 10: (?P<c>'[^']*')|could not convert string to float: (?P<d>'[^']*')|"
    r"Input should be (?P<e>.*)|strconv\.\w+: parsing \"(?P<f>[^\"]*)\"|ERR_INVALID_URL|"
    r"Could not parse (?:SQLAlchemy|rfc1738) URL|"
    r"Expected string or URL object|options\.port should be|port out of range|Port could not be cast to integer|"
    r"ERR_SOCKET_BAD_PORT",
    "invalid",
    "illegal",
    "unsupported",
    "bad value",
    "not valid",
    "not a valid",
    "must be",
    "cannot be parsed",
    "could not convert",
    "input should be",
    "strconv",
    "could not parse",
    "expected string",
    "options.port",
    "out of range",
    "could not be cast",
    "bad_port",
    anywhere=True,
)


def _env_invalid(situation: Situation) -> Iterator[Found]:
    for hit in reversed(list(hits(situation, _ENV_INVALID))):
        name = hit.group("a", "b")
        value = hit.group("c", "d", "f").strip("'")
        if name in situation.environment:
            variables = [name]
        elif value:
            variables = [known for known, held in situation.environment.items() if held == value and value]
        else:
            variables = _read_in(hit.entry, situation)
        if variables:
            advice = [f"correct spec.environment.{variables[0]}"]
            cause = f"the value of {variables[0]} is not what the program expects"
            yield found_at(situation, hit, cause, confidence=0.88, advice=advice, facts={"variable": variables[0]})
            return


def _read_in(entry: Entry, situation: Situation) -> list[str]:
    """Return the variables that a trace's own lines name."""
    folded = {name.lower(): name for name in situation.environment}
    told = [folded[word.lower()] for word in re.findall(r"\b\w{3,}\b", entry.text) if word.lower() in folded]
    return [name for name in dict.fromkeys(told) if name not in ("PATH", "HOME", "LANG", "PWD", "HOSTNAME", "PORT_")]


_CONFIG = words(
    r"^file: '(?P<l>[^']+)', line: (?P<l_line>\d+)|File contains no section headers|"
    r"[Ee]rror in configuration file (?P<m>\S+?):? line (?P<m_line>\d+)|"
    r"(?P<n>/\S+?):(?P<n_line>\d+):\d+: [Pp]arse error|"
    r"(?P<o>/\S+?): line (?P<o_line>\d+): (?:unknown|bad|invalid|unrecognized|syntax)|"
    r"(?P<p>/\S+?):(?P<p_line>\d+)(?::\d+)?: (?:error: |unrecognized )|(?:errors? parsing|could not parse) config|"
    r"(?:unrecognized|unsupported|unknown) (?:directive|setting|configuration|config)|adapting config using|"
    r"VCL compilation failed|VCC-compiler|"
    r"errors? in (?:the )?configuration|[Ll]oading configuration file failed|[Cc]onfiguration error|"
    r"fatal: bad .*configuration|"
    r"[Ii]nvalid config(?:uration)?\b|config(?:uration)?(?: file)? (?:check|test|validation) failed|"
    r"Parse error on line \d+|"
    r"\[emerg\](?!.*host not found)(?!.* bind\(\)).* in (?P<a>/\S+?):(?P<a_line>\d+)|nginx: \[emerg\] (?!bind|"
    r"host not found)|\[emerg\] \d+#\d+: (?!bind|host not found)|"
    r"\[ALERT\].*(?:parsing \[(?P<b>[^:\]]+):(?P<b_line>\d+)\]|[Ff]atal errors? found in configuration|"
    r"[Ee]rror\(s\) found in configuration file)|"
    r"\*\*\* FATAL CONFIG FILE ERROR|Syntax error on line (?P<c_line>\d+) of (?P<c>\S+?):?$|AH00526|"
    r"Unknown configuration variable|Error: Unable to open config file|Unable to open configuration file|"
    r"ERROR: \[(?P<d>/\S+?):(?P<d_line>\d+)\]|failed to load configuration file|FPM initialization failed|"
    r"unrecognized configuration parameter|syntax error in file \"(?P<e>[^\"]+)\" line (?P<e_line>\d+)|"
    r"configuration file \"(?P<f>[^\"]+)\" contains errors|"
    r"invalid value for parameter \"|Configuration error|"
    r"(?:source: (?P<g>\S+) line: (?P<g_line>\d+).*parser failed)|\(configfile\.c|Parser failed|"
    r"[Ee]rror (?:loading|parsing|reading) config(?:uration)?(?: file)?|couldn't load configuration|(?:cannot|"
    r"failed to|could not|unable to) (?:load|parse|read) (?:the )?config\w*|"
    r"yaml: (?:line \d+|unmarshal errors?)|(?:yaml\.)?(?:scanner|parser)\.(?:Scanner|Parser)Error|"
    r"TOMLDecodeError|toml.*(?:[Ee]rror|expected)|"
    r"JSONDecodeError|SyntaxError: .* in JSON|is not valid JSON|invalid character .* looking for|YAMLException|"
    r"mapping values are not allowed|"
    r"[Uu]nknown (?:directive|option|keyword|variable|command(?: line)? (?:option|flag))|"
    r"[Bb]ad directive or wrong number of arguments|"
    r"unknown variable '|[Bb]ad configuration option|terminating, \d+ bad configuration options|"
    r"Can't open config file|Fatal error, can't open config file|[Cc]onfig file .*(?:not found|does not exist)|"
    r"\.ini.*(?:[Ee]rror|cannot)|"
    r"(?P<h>/\S+?):(?P<h_line>\d+): (?:unknown option|syntax error|unexpected|bad|invalid)|"
    r"Error: .* in (?P<i>/\S+):(?P<i_line>\d+)\b|"
    r"dnsmasq: .* at line (?P<j_line>\d+) of (?P<j>\S+)|(?P<k>/etc/\S+) line (?P<k_line>\d+): |"
    r"fatal: .*(?:parameter|main\.cf)|"
    r"configparser\.\w*Error|bad config|Error: For '.*' .*format|unable to parse config|FATAL: Bungled .*",
    "[emerg]",
    "section headers",
    "file: '",
    "parse error",
    "unrecognized",
    "unsupported",
    "compilation failed",
    "compiler",
    "error: ",
    "[alert]",
    "fatal config",
    "syntax error",
    "ah00526",
    "config",
    "fpm initialization",
    "parameter",
    "parser failed",
    "yaml",
    "toml",
    "json",
    "looking for",
    "mapping values",
    "unknown",
    "bad directive",
    "directive",
    ".ini",
    "dnsmasq",
    "bungled",
    " line ",
    "/etc/",
    "configparser",
    "error: for '",
    anywhere=True,
)
_STATED = ("a", "b", "c", "d", "e", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p")


def _config(situation: Situation) -> Iterator[Found]:
    found = [hit for hit in hits(situation, _CONFIG) if severity(hit.entry) >= Severity.WARNING or situation.ended]
    if situation.ended is not None and situation.ended.exit_code == 0:
        return
    hit = next((one for one in found if _stated(one)), None) or (found[0] if found else None)
    if hit is None or _in_own_code(hit):
        return
    path, number = _stated(hit) or (hit.group("f"), 0)
    where = f"{path}:{number}" if path and number else path
    found_ = found_at(
        situation,
        hit,
        f"the configuration is wrong{f' at {where}' if where else ''}",
        confidence=0.94,
        facts={"file": path, "line": number} if path else {},
    )
    shown = situation.files.get(path, "").splitlines()[number - 1 : number] if number else []
    extra = [quote(f"file:{where}", line) for line in shown]
    details = [quote(f"log:{one.entry.stream}", one.line, one.entry.time) for one in found if one is not hit][:2]
    yield Found(
        found_.cause,
        (*found_.quotes, *extra, *details),
        found_.confidence,
        found_.advice,
        (),
        found_.facts,
        found_.weight,
        found_.entry,
    )


def _stated(hit: Hit) -> tuple[str, int] | None:
    groups = hit.match.groupdict()
    for name in _STATED:
        if groups.get(f"{name}_line"):
            return (groups.get(name) or "").strip("'\":,"), int(groups[f"{name}_line"])
    return None


def _in_own_code(hit: Hit) -> bool:
    """Return whether a trace of the program merely parsed what it got, at run time: not its configuration."""
    parses = re.search(r"JSON|Decode|Scanner|Parser", hit.line)
    return bool(
        hit.entry.trace
        and parses
        and not re.search(r"conf|setting|\.ya?ml|\.json|\.toml|\.ini", hit.entry.text, re.IGNORECASE)
    )


_MODULE = words(
    r"ModuleNotFoundError: No module named '(?P<a>[^']+)'|ImportError: (?:No module named (?P<b>\S+)|"
    r"cannot import name '(?P<c>\w+)'|(?P<l>lib\S+): cannot open)|"
    r"Cannot find (?:module|package) '(?P<d>[^']+)'|ERR_MODULE_NOT_FOUND|"
    r"(?:java\.lang\.)?(?:ClassNotFoundException|NoClassDefFoundError): (?P<e>\S+)|"
    r"Could not find or load main class (?P<f>\S+)|cannot load such file -- (?P<g>\S+)|"
    r"error while loading shared libraries: (?P<h>[^:\s]+)|"
    r"(?P<i>GLIBC\w*_[\d.]+)' not found|Error loading shared library (?P<j>\S+?):|"
    r"Can't locate (?P<k>\S+) in @INC|Unable to access jarfile (?P<m>\S+)|"
    r"no main manifest attribute|Error relocating \S+: (?P<n>\S+): symbol not found|"
    r"can't open file '(?P<o>[^']+)': \[Errno 2\]|Could not open input file: (?P<p>\S+)|"
    r"Class \"(?P<q>[^\"]+)\" not found|Failed opening required '(?P<r>[^']+)'",
    "no module named",
    "cannot import name",
    "cannot open",
    "cannot find",
    "err_module",
    "classnotfound",
    "noclassdef",
    "main class",
    "cannot load such file",
    "shared librar",
    "glibc",
    "can't locate",
    "jarfile",
    "manifest attribute",
    "error relocating",
    "can't open file",
    "could not open input",
    "not found",
    "failed opening",
)


def _module(situation: Situation) -> Iterator[Found]:
    for hit in reversed(list(hits(situation, _MODULE))):
        if _imported_app(hit.line, situation):
            continue
        name = hit.group(*"abcdefghijklmnopqr") or "something it needs"
        library = hit.group("h", "i", "j", "l", "n")
        what = f"the library {name}" if library else name
        advice = _module_advice(name, hit, situation)
        yield found_at(
            situation, hit, f"{what} is not in the image", confidence=0.94, advice=advice, facts={"module": name}
        )
        return


def _module_advice(name: str, hit: Hit, situation: Situation) -> list[str]:
    if hit.group("i"):
        return ["the program was built for a newer libc: build it on the image's own base, or use a newer base"]
    hides = next(
        (one for one in situation.mounts if re.search(r"^/(?:app|usr/src|srv|code|workspace)\b", one.target)), None
    )
    advice = [f"add {name} to what the image installs"]
    if hides is not None:
        advice.append(f"the {hides.type} mounted at {hides.target} hides what the image has there")
    return advice


def _imported_app(line: str, situation: Situation) -> bool:
    """Return whether it is the application itself, as its server was told it on the command line, that is not found."""
    match = re.search(r"No module named '(?P<name>[^'.]+)", line)
    served = {"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "celery", "flask", "uwsgi"}
    command = " ".join(situation.argv)
    told = bool(match and re.search(rf"(?:^|[\s=]){re.escape(match['name'])}(?:[.:]\S+|\s|$)", command))
    return told and any(name in command for name in served)


_APP = words(
    r"Error loading ASGI app\. (?:Could not import module \"(?P<a>[^\"]+)\"|"
    r"Attribute \"(?P<b>[^\"]+)\" not found)|Import string \"(?P<k>[^\"]*)\" must be in format|"
    r"Could not import module \"(?P<c>[^\"]+)\"|Failed to find attribute '(?P<d>[^']+)' in '(?P<e>[^']+)'|"
    r"Failed to find application object '?(?P<f>[^',]+)|Error: (?:Could not import|"
    r"While importing) '(?P<g>[^']+)'|Failed to find Flask application|"
    r"Error: Could not locate a Flask application|Unable to load celery application|"
    r"The module (?P<h>\S+) was not found|"
    r"^ModuleNotFoundError: No module named '(?P<i>[^']+)'|unable to load app|no python application found|"
    r"AppImportError|"
    r"The file/path provided \((?P<j>[^)]+)\) does not appear to exist|Error: Failed to (?:find|parse) ",
    "asgi app",
    "could not import",
    "failed to find",
    "while importing",
    "flask application",
    "celery application",
    "import string",
    "was not found",
    "no module named",
    "unable to load app",
    "no python application",
    "appimport",
    "does not appear to exist",
    "failed to parse",
    anywhere=True,
)


def _app_path(situation: Situation) -> Iterator[Found]:
    for hit in reversed(list(hits(situation, _APP))):
        if hit.group("i") and not _imported_app(hit.line, situation):
            continue
        name = hit.group("a", "b", "c", "d", "f", "g", "h", "i", "j", "k")
        command = quote("inspect.Config", " ".join(situation.argv))
        cause = f"the server can't load the application{f' {name}' if name else ''}"
        found = found_at(situation, hit, cause, confidence=0.95, facts={"application": name} if name else {})
        yield Found(
            found.cause, (*found.quotes, command), found.confidence, (), (), found.facts, found.weight + 1, found.entry
        )
        return


_SYNTAX = words(
    r"^(?:SyntaxError|IndentationError|TabError): (?P<a>.*)|"
    r"PHP Parse error: .* in (?P<b>\S+) on line (?P<c>\d+)|Parse error: .* in (?P<d>\S+) on line (?P<e>\d+)|"
    r"^\S+: (?:line )?\d+: (?:[Ss]yntax error|syntax error near)|syntax error near unexpected token|"
    r"Syntax error: .* unexpected|SyntaxError: Unexpected|"
    r"^\S+\.rb:\d+: syntax error|syntax error, unexpected|syntax error at \S+ line \d+|UnsupportedClassVersionError",
    "syntaxerror",
    "indentationerror",
    "taberror",
    "parse error",
    "syntax error",
    "unsupportedclassversion",
    anywhere=True,
)


def _syntax(situation: Situation) -> Iterator[Found]:
    hit = last(one for one in hits(situation, _SYNTAX) if "JSON" not in one.line)
    if hit is None or _CONFIG.pattern.search(hit.line):
        return
    place = re.search(r'File "(?P<file>[^"]+)", line (?P<line>\d+)', "\n".join(hit.entry.lines[-6:]))
    where = f" at {place['file']}:{place['line']}" if place else ""
    old = "UnsupportedClassVersion" in hit.line
    cause = "the classes are built for a newer Java than the image has" if old else f"the code can't be parsed{where}"
    yield found_at(situation, hit, cause, confidence=0.93)


_AFTERLIFE = timedelta(seconds=5)


def _uncaught(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code == 0 or situation.wanted:
        return
    traces = [(number, entry) for number, entry in enumerate(situation.said) if entry.trace and entry.trace != "go"]
    for number, entry in reversed(traces):
        if _caught(situation, number, entry):
            continue
        match = re.search(r"^(?:Uncaught |Exception in thread \S+ )?(?P<type>[\w.$]+)", entry.failure)
        kind = match["type"] if match else entry.trace
        frame = _own_frame(entry)
        quotes = [quote(f"log:{entry.stream}", entry.failure, entry.time)]
        quotes += [quote(f"log:{entry.stream}", frame, entry.time)] if frame else []
        text = f"it ended with an exception that nothing caught: {entry.failure[:200]}"
        facts = {"exception": kind, "runtime": entry.trace}
        yield Found(text, quotes, 0.85, facts=facts, weight=2.0, entry=number)
        return


def _caught(situation: Situation, number: int, entry: Entry) -> bool:
    """Return whether the program went on after a trace: it was logged, and is not what ended it."""
    before = situation.said[number - 1] if number else None
    logged = (
        before is not None
        and entry.time - before.time < timedelta(milliseconds=50)
        and severity(before) == Severity.WARNING
    )
    after = [one for one in situation.said[number + 1 :] if not one.trace]
    went_on = any(severity(one) in (Severity.INFO, Severity.DEBUG) and not _ending(one) for one in after)
    return logged or went_on


def _ending(entry: Entry) -> bool:
    return bool(re.search(r"shut|stop|exit|clos|terminat|finish|cleanup|bye|fail", entry.text, re.IGNORECASE))


def _own_frame(entry: Entry) -> str:
    """Return the innermost frame that is neither of a library nor of the runtime."""
    libraries = re.compile(
        r"site-packages|dist-packages|/lib/python|node:|node_modules|<frozen|\(java|\bjdk\.|/gems/|org\.spring"
    )
    frames = [line.strip() for line in entry.lines if re.match(r'\s+(?:File "|at |from |\d+: )|^#\d+ ', line)]
    own = [line for line in frames if not libraries.search(line)]
    if not own:
        return ""
    return own[-1] if entry.trace == "python" else own[0]


_GO_PANIC = words(
    r"^(?:panic: (?P<a>.*)|fatal error: (?P<b>all goroutines are asleep.*|concurrent map.*|\S.*))",
    "panic:",
    "fatal error:",
)


def _go_panic(situation: Situation) -> Iterator[Found]:
    hit = last(one for one in hits(situation, _GO_PANIC) if one.entry.trace == "go" and "goroutine" in one.entry.text)
    if hit is not None:
        frame = next(
            (
                line.strip()
                for line in hit.entry.lines
                if re.match(r"^\t(?!/usr/local/go|/usr/lib/go)\S+\.go:\d+", line)
            ),
            "",
        )
        found = found_at(situation, hit, f"the program panicked: {hit.group('a', 'b')[:200]}", confidence=0.95)
        extra = (quote(f"log:{hit.entry.stream}", frame, hit.entry.time),) if frame else ()
        yield Found(found.cause, (*found.quotes, *extra), 0.95, weight=found.weight, entry=found.entry)


_ROOT = words(
    r'"root" execution of the PostgreSQL server is not permitted|can\'t run as root without the -u switch|'
    r"cannot be run as root|"
    r"Please (?:consult|read) .* (?:run|running) mysqld as root|(?:Running|running|run) as root (?:is not|"
    r"without)|can not run elasticsearch as root|"
    r"[Rr]efus\w+ to run as (?:root|superuser)|[Dd]o not run this as root|must not be run as root|"
    r"should not be run as root|initdb: error: cannot be run as root",
    "root",
    "superuser",
)
_DATA = words(
    r"(?P<a>Run initdb|could not access the server configuration file|is not a database cluster directory|"
    r"does not exist or is not a database)|"
    r"(?P<b>[Cc]an't change dir to|Can't (?:create/write|read dir)|can't chdir)|"
    r"(?P<c>Can't handle RDB format version|database files are incompatible with server|"
    r"was initialized by PostgreSQL version|"
    r"[Uu]pgrade (?:is not supported|after a crash is not supported)|downgrade is not)|"
    r"(?P<d>InnoDB: .*(?:[Uu]nable to lock|lock)|lock file \"[^\"]+\" already exists|"
    r"is locked by another process|DBPathInUse|could not lock|[Uu]nable to lock)|"
    r"(?P<e>Short read or OOM loading DB|RDB ERROR DETECTED|Unexpected EOF reading RDB|crc mismatch|"
    r"could not locate a valid checkpoint|[Bb]ad file format reading the append only file|[Cc]orrupt\w*|"
    r"checksum mismatch|malformed|"
    r"Wrong signature trying to load DB|invalid (?:primary )?checkpoint)|"
    r"(?P<f>[Cc]ookie file .* must be accessible by owner only)|"
    r"(?P<g>data directory \"[^\"]+\" has (?:wrong ownership|invalid permissions|group or world access))|"
    r"(?P<h>directory \"[^\"]+\" exists but is not empty|data directory has files in it|"
    r"has not been initialized|Table 'mysql\.\w+' doesn't exist|could not open directory \"[^\"]+\")",
    "initdb",
    "server configuration file",
    "loading db",
    "rdb",
    "crc mismatch",
    "database cluster",
    "change dir",
    "create/write",
    "chdir",
    "incompatible",
    "initialized by",
    "upgrade",
    "downgrade",
    "lock",
    "append only",
    "corrupt",
    "checksum",
    "malformed",
    "wrong signature",
    "checkpoint",
    "cookie file",
    "data directory",
    "not empty",
    "files in it",
    "been initialized",
    "table 'mysql",
    "read dir",
    "could not open directory",
    "not a database",
    anywhere=True,
)
_DATA_CAUSES = {
    "a": (
        "the data folder holds no database",
        "let the image's own entrypoint initialise it, or mount the right volume",
    ),
    "b": ("the data folder can't be entered", "create it, and give it to the user that the server runs as"),
    "c": (
        "the data was written by another version of the server",
        "run the former version in spec.image, or migrate the data with the server's own tool",
    ),
    "d": (
        "another process holds the data's lock",
        "make sure that one server only uses the volume; a lock may be left over from a crash",
    ),
    "e": ("the data is damaged", "restore a backup, or use the server's own check and repair tool on a copy"),
    "f": ("the cookie file is open to others than its owner", "chmod 600 it"),
    "g": ("owner or permissions of the data folder are wrong", "give the folder to the server's user, with mode 0700"),
    "h": (
        "the data folder is only half initialised, or holds something else",
        "look at what the volume holds; keep a copy before anything is removed",
    ),
}


def _data(situation: Situation) -> Iterator[Found]:
    found = list(hits(situation, _DATA))
    databases = re.compile(
        r"postgres|mysql|maria|redis|mongo|rabbit|elastic|sqlite|initdb|valkey|clickhouse|influx|etcd|kafka",
        re.IGNORECASE,
    )
    for hit in reversed(found):
        served = databases.search(" ".join(situation.argv)) or databases.search(situation.container.image)
        kind = next(name for name in _DATA_CAUSES if hit.group(name))
        if kind in "bde" and not served and not databases.search(hit.entry.text):
            continue
        cause, advice = _DATA_CAUSES[kind]
        yield found_at(situation, hit, cause, confidence=0.93, advice=[advice])
        return


_VM = words(
    r"max virtual memory areas vm\.max_map_count \[\d+\] is too low|overcommit_memory is set to 0|"
    r"Memory overcommit must be enabled|"
    r"bootstrap check failure|vm\.\w+ .*too low|fs\.\w+ .*(?:too low|increase)",
    "max_map_count",
    "overcommit",
    "bootstrap check",
    "too low",
    "fs.",
)


def _vm(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _VM))
    if hit is not None and situation.ended is not None:
        named = re.search(r"\b(?:vm|fs|net|kernel)\.\w+", hit.line)
        hard = "overcommit" not in hit.line.lower()
        name = named[0] if named else "the kernel"
        cause = f"the host's setting {name} does not allow it to run"
        yield found_at(situation, hit, cause, confidence=0.95 if hard else 0.45)


_SUPERVISED = words(
    r"(?:INFO )?gave up: (?P<a>\S+) entered FATAL state|spawnerr: (?P<b>.*)|(?P<c>\S+) entered FATAL state|"
    r"s6-supervise (?P<d>\S+): warning: unable to spawn|PM2.*(?P<e>\S+).*(?:errored|too many unstable restarts)",
    "fatal state",
    "spawnerr",
    "unable to spawn",
    "unstable",
    living=True,
)


def _supervised(situation: Situation) -> Iterator[Found]:
    hit = next((one for one in reversed(list(hits(situation, _SUPERVISED))) if one.group("a", "c", "d")), None)
    hit = hit or last(hits(situation, _SUPERVISED))
    if hit is not None:
        program = hit.group("a", "c", "d", "e") or hit.group("b")
        cause = f"its supervisor gave up on {program}, while the container itself goes on"
        yield found_at(situation, hit, cause, confidence=0.94, facts={"program": program})


_WORKER_TIMEOUT = words(
    r"WORKER TIMEOUT \(pid:\s?\d+\)|HARAKIRI (?:ON WORKER|!!!)|Terminating timed out worker|"
    r"Worker \d+ .*timed out|Timed out waiting for UP message|"
    r"Hard time limit \([^)]+\) exceeded|worker \(pid: \d+\) .*timed? ?out",
    "worker timeout",
    "harakiri",
    "timed out",
    "time limit",
    living=True,
)


RULES = (
    Rule(
        "env-missing",
        59,
        "application",
        "A variable is not set",
        "The program needs an environment variable that the container does not have.",
        (),
        _env_missing,
        holds=True,
    ),
    Rule(
        "env-invalid",
        60,
        "application",
        "A variable's value is wrong",
        "The program does not understand the value of a variable.",
        (),
        _env_invalid,
        holds=True,
    ),
    Rule(
        "config-syntax",
        61,
        "application",
        "The configuration is wrong",
        "The program can't read its configuration.",
        ("correct the file; many servers check it without starting (`nginx -t`, `haproxy -c`, `sshd -t`)",),
        _config,
        holds=True,
    ),
    Rule(
        "module-missing",
        62,
        "application",
        "A module or library is missing",
        "The program loads something that the image does not have.",
        (),
        _module,
        holds=True,
    ),
    Rule(
        "app-import-path",
        63,
        "application",
        "The server can't load the application",
        "The name of the application on the command line leads to nothing.",
        ("correct module:attribute in spec.command, or spec.working_dir",),
        _app_path,
        holds=True,
    ),
    Rule(
        "syntax-error",
        64,
        "application",
        "The code can't be parsed",
        "The program's own code has a syntax error, or is for a newer runtime.",
        ("correct the code, or use the runtime's version it was written for",),
        _syntax,
        holds=True,
    ),
    Rule(
        "uncaught-exception",
        65,
        "application",
        "An exception ended it",
        "The program did not catch an exception; the last trace before the end is quoted.",
        ("read the quoted frame: it is the innermost of the program's own",),
        _uncaught,
        "seen",
    ),
    Rule(
        "go-panic",
        66,
        "application",
        "The Go program panicked",
        "A goroutine panicked, or all of them wait for each other.",
        ("the quoted frame is the innermost of the program's own",),
        _go_panic,
        "seen",
    ),
    Rule(
        "runs-as-root-refused",
        67,
        "application",
        "It refuses to run as root",
        "The server does not run as root for safety.",
        ("set spec.user to the server's own user",),
        simply(_ROOT, "the server refuses to run as root", 0.95),
        holds=True,
    ),
    Rule(
        "data-dir-bad",
        68,
        "application",
        "The data folder can't be used",
        "The server can't use its data folder: missing, closed, of another version, locked or damaged.",
        ("never remove data before it is copied",),
        _data,
    ),
    Rule(
        "license-or-vm-setting",
        69,
        "application",
        "A setting of the host is too low",
        "The server needs a kernel setting of the host that is lower.",
        ("set it on the host with sysctl; a container can't",),
        _vm,
    ),
    Rule(
        "supervisor-child-fatal",
        70,
        "application",
        "A supervised program gave up",
        "The supervisor inside no longer restarts one of its programs; the container stays up without it.",
        ("read that program's own log", "declare a health check or probe that notices it"),
        _supervised,
    ),
    Rule(
        "worker-timeout",
        71,
        "application",
        "A worker did not answer in time",
        "The server killed a worker that was busy for too long.",
        (
            "look for calls that block; raise the server's timeout only if they are meant to",
            "a processor limit makes everything slower (rule cpu-throttled)",
        ),
        simply(_WORKER_TIMEOUT, "a worker was busy for longer than its server allows", 0.92),
    ),
)
