"""The words that give a cause away, as builders and package managers write them; the first rule that matches counts."""

import re
from dataclasses import dataclass
from functools import cached_property

from dockerfiles.build_failures.packages import Sort


@dataclass(frozen=True)
class Rule:
    """A cause and the words for it, case aside. In its texts `{0}` is the first group that matched.

    `sort` says of what that is the name, where a Debian package may have it.
    """

    code: str
    text: str
    advice: str
    words: tuple[str, ...]
    sort: Sort | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All of the words."""
        return re.compile("|".join(self.words), re.IGNORECASE)


_FIND_IT = "find the package that has it (`apt-file search {0}`) and install it before this step"
_LOCK = "run it where you develop, and commit the lock file"
_NETWORK = "is the network reachable from builds? behind a proxy, give HTTP_PROXY and HTTPS_PROXY as --build-arg"
_IN_CONTEXT = "is its path relative to the context, and does .dockerignore leave it in?"

# Those that name something exactly come first: what follows them in an output is often only their echo.
RULES = (
    Rule(
        "no-space",
        "the disk of the engine is full",
        "make room: `ergon gc images`, `docker builder prune`",
        (
            r"no space left on device",
            r"ENOSPC\b",
            r"disk quota exceeded",
        ),
    ),
    Rule(
        "missing-header",
        "the header {0} is missing",
        _FIND_IT,
        (r"fatal error: ['\x22]?([\w./+-]+\.h)['\x22]?(?: file not found|: No such file)",),
        "header",
    ),
    Rule(
        "missing-program",
        "the program {0} is missing",
        _FIND_IT,
        (r"(?:Error: )?(pg_config|mysql_config) (?:executable )?not found",),
        "program",
    ),
    Rule(
        "missing-library",
        "the library {0} is missing where it is linked",
        _FIND_IT,
        (r"(?:ld|mold|lld)(?:\.\w+)?: (?:error: )?(?:cannot|unable to) find (?:library )?-l([\w.+-]+)",),
        "library",
    ),
    Rule(
        "missing-module",
        "pkg-config does not know {0}",
        _FIND_IT,
        (
            r"Package ['\x22]?([\w.+-]+)['\x22]?,? (?:was not found in the pkg-config|required by 'virtual|not found)",
            r"(?:No package|Dependency) ['\x22]?([\w.+-]+)['\x22]? (?:found|not found)",
        ),
        "module",
    ),
    Rule(
        "missing-module",
        "pkg-config does not know {0}",
        _FIND_IT,
        (
            r"[Cc]ould not find (?:library|system library) [`'\x22]?([\w.+-]+)[`'\x22]?",
            r"The system library `([\w.+-]+)` required by crate",
        ),
        "module",
    ),
    Rule(
        "missing-program",
        "the program {0} is missing",
        _FIND_IT,
        (r"error: (?:command|linker) ['\x22`]([\w+./-]+)['\x22`] (?:failed: No such file|not found)",),
        "program",
    ),
    Rule(
        "missing-program",
        "node-gyp compiles a module and finds no Python",
        "install python3 and build-essential before this step",
        (r"gyp ERR! find Python",),
    ),
    Rule(
        "missing-program",
        "node-gyp misses the program {0}",
        _FIND_IT,
        (r"gyp ERR! stack Error: not found: ([\w+-]+)",),
        "program",
    ),
    Rule(
        "missing-program",
        "the program {0} is missing",
        _FIND_IT,
        (r"exec: ['\x22`]+(?:/\S*/)?([\w.+-]+)['\x22`]+: (?:executable file not found|stat )",),
        "program",
    ),
    Rule(
        "missing-program",
        "the compiler {0} is missing",
        _FIND_IT,
        (r"Unknown compiler\(s\): \[\['([\w+-]+)'",),
        "program",
    ),
    Rule(
        "missing-program",
        "cmake finds no compiler",
        "install build-essential before this step",
        (
            r"No CMAKE_(?:C|CXX)_COMPILER could be found",
            r"CMake was unable to find a build program",
        ),
    ),
    Rule(
        "missing-program",
        "the program {0} is missing",
        _FIND_IT,
        (
            r"Could not find `(protoc)`",
            r"Could not find (protoc)",
        ),
        "program",
    ),
    Rule(
        "lock-out-of-date",
        "package-lock.json does not fit package.json",
        f"`npm install`: {_LOCK}",
        (
            r"`npm ci` can only install packages when your package.json and package-lock.json",
            r"npm ci.*package-lock\.json.*(?:not in sync|are in sync)",
        ),
    ),
    Rule(
        "lock-missing",
        "there is no package-lock.json in the context",
        f"`npm install`: {_LOCK}; see that .dockerignore does not name it",
        (r"The `npm ci` command can only install with an existing package-lock\.json",),
    ),
    Rule(
        "lock-out-of-date",
        "pnpm-lock.yaml does not fit package.json",
        f"`pnpm install`: {_LOCK}",
        (
            r"ERR_PNPM_OUTDATED_LOCKFILE",
            r"pnpm-lock\.yaml is not up to date",
        ),
    ),
    Rule(
        "lock-out-of-date",
        "yarn.lock does not fit package.json",
        f"`yarn install`: {_LOCK}",
        (
            r"Your lockfile needs to be updated",
            r"The lockfile would have been modified by this install",
            r"YN0028",
        ),
    ),
    Rule(
        "lock-out-of-date",
        "bun.lock does not fit package.json",
        f"`bun install`: {_LOCK}",
        (r"lockfile had changes, but lockfile is frozen",),
    ),
    Rule(
        "lock-out-of-date",
        "poetry.lock does not fit pyproject.toml",
        f"`poetry lock`: {_LOCK}",
        (
            r"pyproject\.toml changed significantly since poetry\.lock",
            r"poetry\.lock is not up to date",
        ),
    ),
    Rule(
        "lock-out-of-date",
        "uv.lock does not fit pyproject.toml",
        f"`uv lock`: {_LOCK}",
        (r"The lockfile at `uv\.lock` needs to be updated",),
    ),
    Rule(
        "lock-out-of-date",
        "Pipfile.lock does not fit Pipfile",
        f"`pipenv lock`: {_LOCK}",
        (r"Your Pipfile\.lock \(.*\) is out of date",),
    ),
    Rule(
        "lock-out-of-date",
        "Cargo.lock does not fit Cargo.toml",
        f"`cargo update --workspace`: {_LOCK}",
        (
            r"the lock file .*needs to be updated but --(?:locked|frozen)",
            r"cannot update the lock file .* because --(?:locked|frozen)",
        ),
    ),
    Rule(
        "lock-out-of-date",
        "go.sum does not fit go.mod",
        f"`go mod tidy`: {_LOCK}",
        (
            r"updates to go\.(?:mod|sum) needed",
            r"missing go\.sum entry",
        ),
    ),
    Rule(
        "lock-out-of-date",
        "Gemfile.lock does not fit Gemfile",
        f"`bundle install`: {_LOCK}",
        (
            r"gemspecs? for path gems changed",
            r"deployment mode.*(?:Gemfile|lockfile)",
            r"The gemspecs for",
            r"frozen mode.*Gemfile",
            r"Gemfile\.lock.*(?:frozen|deployment)",
        ),
    ),
    Rule(
        "lock-out-of-date",
        "composer.lock does not fit composer.json",
        f"`composer update --lock`: {_LOCK}",
        (
            r"The lock file is not up to date with the latest changes in composer\.json",
            r"not present in the lock file",
        ),
    ),
    Rule(
        "wrong-version",
        "a package wants another Python ({0})",
        "choose another version: `ergon dockerfile --version`, or the project's own file",
        (r"requires a different Python: (.+)",),
    ),
    Rule(
        "wrong-version",
        "go.mod wants Go {0} or later",
        "build from a newer golang image",
        (r"go\.mod requires go >= ([\d.]+)",),
    ),
    Rule(
        "wrong-version",
        "a crate wants Rust {0} or later",
        "build from a newer rust image",
        (
            r"requires rustc ([\d.]+) or newer",
            r"package `.*` cannot be built because it requires rustc ([\d.]+)",
        ),
    ),
    Rule(
        "wrong-version",
        "a package wants another version of Node",
        "build from the Node that `engines` in package.json names",
        (
            r"npm (?:ERR!|error) (?:code )?EBADENGINE",
            r"The engine \"node\" is incompatible",
        ),
    ),
    Rule(
        "architecture",
        "a program is for another kind of processor than the build runs on",
        "build for this platform, or install the other's emulation: apt-get install qemu-user-static binfmt-support",
        (r"exec format error",),
    ),
    Rule(
        "registry-unreachable",
        "the registry {0}, from which a base image comes, was not reached",
        "is it reachable from the engine? `--base` and mirrors give other references for base images",
        (r"(?:Get|Head) \x22https?://([^/\x22]+)/v2/.*(?:no such host|refused|timeout|unreachable|reset|EOF)",),
    ),
    Rule(
        "base-missing",
        "there is no base image {0}, or it is private",
        "check its name and tag in FROM; `docker login` where it is private",
        (
            r"pull access denied for ([\w./:-]+)",
            r"manifest for (\S+) not found|([\w.-]+/\S+:[\w.-]+): not found$",
        ),
    ),
    Rule(
        "rate-limited",
        "the registry asks to wait",
        "log in (`docker login`), use a mirror (--base), or wait",
        (
            r"toomanyrequests",
            r"pull rate limit",
            r"429 Too Many Requests",
        ),
    ),
    Rule(
        "no-dockerfile",
        "there is no Dockerfile in the folder that is built",
        "`ergon dockerfile DIR --write` makes one; -f names another file",
        (r"Cannot locate specified Dockerfile", r"failed to read dockerfile: open \S+: no such file"),
    ),
    Rule(
        "missing-file",
        "the build context has no {0}",
        _IN_CONTEXT,
        (r"(?:COPY|ADD) failed: .*\bstat (\S+?): (?:file does not exist|no such file)",),
    ),
    Rule(
        "missing-file",
        "nothing in the build context has a name that this step copies",
        _IN_CONTEXT,
        (r"(?:COPY|ADD) failed: no source files were specified",),
    ),
    Rule(
        "missing-file",
        "the build context has no {0}",
        _IN_CONTEXT,
        (r"failed to (?:calculate checksum of ref|compute cache key).*\"/?([^\"]+)\": not found",),
    ),
    Rule(
        "outside-context",
        "{0} is outside of the build context",
        "build from the folder above, and name the Dockerfile with -f",
        (r"forbidden path outside the build context: (\S+)",),
    ),
    Rule(
        "missing-stage",
        "there is no stage {0} in the Dockerfile",
        "`FROM ... AS {0}` makes one",
        (
            r"invalid from flag value ([\w.-]+)",
            r"COPY --from=([\w.-]+).*not found",
            r"failed to find stage ([\w.-]+)",
            r"target stage (?:\")?([\w.-]+)(?:\")? could not be found",
            r"failed to reach build target ([\w.-]+)",
        ),
    ),
    Rule(
        "needs-buildkit",
        "this Dockerfile needs BuildKit",
        "--builder buildkit",
        (
            r"(?:the|The) --mount option requires BuildKit",
            r"--chmod option requires BuildKit",
            r"--link option requires",
            r"Unknown flag: (?:mount|link|chmod|exclude|parents)",
        ),
    ),
    Rule(
        "syntax",
        "the Dockerfile can't be read: {0}",
        "mend that line",
        (
            r"(?:dockerfile parse error|Dockerfile parse error)[^:]*: (.+)",
            r"unknown instruction: (.+)",
        ),
    ),
    Rule(
        "package-unknown",
        "Debian's package {0} does not exist in this release, or the lists were not fetched",
        "`apt-get update` in the same RUN; or the package's name in the release of the base image",
        (
            r"E: Unable to locate package (\S+)",
            r"E: Package '(\S+)' has no installation candidate",
        ),
    ),
    Rule(
        "network",
        "a name on the network was not found",
        _NETWORK,
        (
            r"temporary failure (?:in name resolution|resolving)",
            r"could not resolve host",
            r"getaddrinfo (?:EAI_AGAIN|ENOTFOUND)",
            r"name or service not known",
            r"bad address '",
            r"no such host",
            r"dns error: failed to lookup",
            r"Could not resolve '",
            r"nodename nor servname",
        ),
    ),
    Rule(
        "network",
        "a server on the network was not reached",
        _NETWORK,
        (
            r"network is unreachable",
            r"connection (?:refused|timed out|reset)",
            r"ECONNREFUSED",
            r"ECONNRESET",
            r"ETIMEDOUT",
            r"connect timeout",
            r"i/o timeout",
            r"max retries exceeded",
            r"Failed to establish a new connection",
            r"ERR_SOCKET_TIMEOUT",
        ),
    ),
    Rule(
        "certificate",
        "a server's certificate is not trusted in the image",
        "install ca-certificates before this step; behind an intercepting proxy, its certificate too",
        (
            r"certificate verify failed",
            r"self.signed certificate",
            r"x509: certificate",
            r"unable to get local issuer",
            r"SELF_SIGNED_CERT",
        ),
    ),
    Rule(
        "dependency-unknown",
        "no version of {0} fits this Python and platform",
        "check its name and version, and the Python it is for",
        (
            r"No matching distribution found for (\S+)",
            r"ERROR: Could not find a version that satisfies the requirement (\S+)",
        ),
    ),
    Rule(
        "dependency-unknown",
        "the registry has no {0}",
        "check its name and version; a private one needs a token as a build secret",
        (r"npm (?:ERR!|error) (?:404|notarget)\s+(?:'|No matching version found for )(\S+?)['.]",),
    ),
    Rule(
        "dependency-unknown",
        "there is no {0}",
        "check its name and version",
        (
            r"no matching package named `(\S+)` found",
            r"module ([\w./-]+): (?:git ls-remote|reading|not found)",
        ),
    ),
    Rule(
        "dependency-conflict",
        "the dependencies contradict each other",
        "resolve it where you develop, and commit the lock file",
        (
            r"ResolutionImpossible",
            r"npm (?:ERR!|error) (?:code )?ERESOLVE",
        ),
    ),
    Rule(
        "managed-environment",
        "pip may not write into Debian's own Python",
        "install into a virtual environment (`python3 -m venv /venv`)",
        (r"error: externally-managed-environment",),
    ),
    Rule(
        "out-of-memory",
        "the step ran out of memory and was killed",
        "give the engine more memory, or let the step do less at once (make -j1)",
        (
            r"JavaScript heap out of memory",
            r"out of memory",
            r"Killed signal terminated program",
            r"fatal error: Killed",
            r"signal: killed",
            r"returned a non-zero code: 137",
            r"exit code: 137",
        ),
    ),
    Rule(
        "permission",
        "{0} may not be used: it is not executable, or another user's",
        "`chmod +x` it where it is kept, or set USER after this step",
        (r"(?:/bin/sh: \d+: )?(\S+): permission denied",),
    ),
    Rule(
        "missing-script",
        "package.json has no script {0}",
        "name one of its scripts",
        (r"npm (?:ERR!|error) Missing script: \"([^\"]+)\"",),
    ),
    Rule(
        "missing-python-module",
        "Python finds no module {0}",
        "is it among the dependencies that this step installs?",
        (r"ModuleNotFoundError: No module named '([\w.]+)'",),
    ),
    Rule(
        "missing-node-module",
        "Node finds no module {0}",
        "are devDependencies left out before the build (NODE_ENV=production)?",
        (r"Cannot find module '([^']+)'",),
    ),
    Rule(
        "not-compiling",
        "the source does not compile",
        "build it where you develop",
        (
            r"^(.*error TS\d+: .+)$",
            r"^(.*: error: .+)$",
            r"^(error\[E\d+\]: .+)$",
            r"^(\./?\S+\.go:\d+:\d+: .+)$",
        ),
    ),
    Rule(
        "missing-program",
        "the program {0} is missing",
        _FIND_IT,
        (
            r"(?:sh|bash): (?:line )?\d*:? ?(?:exec: )?([\w+.-]+): (?:command )?not found",
            r"^([\w+.-]+): (?:command )?not found$",
        ),
        "program",
    ),
)
