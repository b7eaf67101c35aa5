"""Why a container was never started: the daemon says it, and what the first `exec` says in the log."""

import re
from collections.abc import Callable, Iterator

from container_ci.diagnosis.rule import Found, Rule, quote, quote_entry
from container_ci.diagnosis.saying import Hit, hits, last, weight, words
from container_ci.diagnosis.situation import Situation
from engine.start_failures import in_short, port_in_use

Cause = Callable[[re.Match[str], Situation], str]
More = Callable[[re.Match[str], Situation], Iterator[str]]
Find = Callable[[Situation], Iterator[Found]]


def _refused(pattern: str, cause: Cause, more: More | None = None) -> Find:
    """Return a rule that reads the daemon's refusal."""
    known = re.compile(pattern)

    def find(situation: Situation) -> Iterator[Found]:
        if match := known.search(situation.refusal):
            source = "engine" if situation.start_error else "inspect.State.Error"
            quotes = (quote(source, in_short(situation.refusal), situation.container.finished_at),)
            advice = tuple(more(match, situation)) if more else ()
            yield Found(cause(match, situation), quotes, 0.97, advice, facts=_named(match))

    return find


def _named(match: re.Match[str]) -> dict[str, object]:
    return {name: value for name, value in match.groupdict().items() if value}


def _port_allocated(situation: Situation) -> Iterator[Found]:
    text = situation.refusal
    port = port_in_use(text)
    if port is None or "port is already allocated" not in text:
        return
    holders = [
        one.name
        for one in situation.neighbours
        if one.container is not None and any(bound.host_port == port for bound in one.container.ports)
    ]
    quotes = [quote("engine" if situation.start_error else "inspect.State.Error", in_short(text))]
    quotes += [quote(f"inspect:{name}", f"publishes host port {port}") for name in holders]
    by = f"container {holders[0]}" if holders else "another container"
    advice = [f"change or drop the host port {port} in spec.ports, or stop {by}"]
    yield Found(f"host port {port} is already published by {by}", quotes, 0.98, advice, holders, {"port": port})


def _port_in_use_on_host(situation: Situation) -> Iterator[Found]:
    text = situation.refusal
    port = port_in_use(text)
    if port is None or "address already in use" not in text:
        return
    quotes = (quote("engine" if situation.start_error else "inspect.State.Error", in_short(text)),)
    advice = (f"stop the process that listens on host port {port}, or choose another in spec.ports",)
    yield Found(f"a process of the host already listens on port {port}", quotes, 0.97, advice, facts={"port": port})


_EXEC_FORMAT = words(r"exec format error|cannot execute binary file", "exec format error", "cannot execute binary")
_EXEC_PATH = re.compile(r"exec (?P<path>/\S+|\S+\.\w+):|(?P<shell>\S+): cannot execute")
_INTERPRETER = words(
    r"^(?:exec (?P<path>\S+): no such file or directory$|/?\S*env: .{1,3}?(?P<name>[\w.-]+)\\r|"
    r".*bad interpreter|.*\$'\\r': command not found|standard_init_linux.*no such file or directory)",
    "no such file or directory",
    "bad interpreter",
    "\\r'",
)


def _platform(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _EXEC_FORMAT))
    if hit is None or not (other := _other_machine(situation, hit)):
        return
    source, name = other
    quotes = (quote_entry(hit.entry, hit.line), quote(source, f"{name}; the host is {situation.host_architecture}"))
    cause = f"the program is built for {name}, and this host is {situation.host_architecture}"
    facts = {"file": _exec_path(hit)}
    yield Found(cause, quotes, 0.97, facts=facts, weight=weight(situation, hit), entry=hit.number)


def _other_machine(situation: Situation, hit: Hit) -> tuple[str, str] | None:
    """Return what shows that the program is for another machine, and for which; None when nothing does."""
    host, path = situation.host_architecture, _exec_path(hit)
    image = situation.image.architecture if situation.image else ""
    if image and host and image != host:
        return "image.Architecture", image
    start = situation.files.get(path, "")
    machine = _MACHINES.get(start[18:19], "another processor") if start.startswith("\x7fELF") else host
    return (f"file:{path}", machine) if host and machine != host else None


# The byte of an ELF header that names the machine; those beyond ASCII are no text, and read as the last one.
_MACHINES = {
    ">": "amd64",
    "\x03": "386",
    "(": "arm",
    "\x15": "ppc64le",
    "\x16": "s390x",
    "\xb7": "arm64",
    "\ufffd": "arm64",
}


def _no_shebang(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _EXEC_FORMAT))
    if hit is None or _other_machine(situation, hit):
        return
    path = _exec_path(hit)
    start = situation.files.get(path, "")
    quotes = [quote_entry(hit.entry, hit.line)]
    if start:
        quotes.append(quote(f"file:{path}", start.split("\n", 1)[0][:80] or "(an empty first line)"))
    cause = f"{path or 'the command'} is no program for this machine, and has no #! line that names what runs it"
    facts = {"file": path} if path else {}
    yield Found(cause, quotes, 0.93, facts=facts, weight=weight(situation, hit), entry=hit.number)


def _exec_path(hit: Hit) -> str:
    match = _EXEC_PATH.search(hit.line)
    return (match["path"] or match["shell"]) if match else ""


def _interpreter(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _INTERPRETER))
    if hit is None:
        return
    path = hit.group("path")
    start = situation.files.get(path, "").split("\n", 1)[0]
    quotes = [quote_entry(hit.entry, hit.line)]
    if start:
        quotes.append(quote(f"file:{path}", repr(start[:80])))
    windows = "\\r" in hit.line or start.endswith("\r")
    cause = (
        f"{path or 'the script'} has Windows line ends, so its #! line names an interpreter that does not exist"
        if windows
        else f"{path or 'the command'} is there, but the interpreter or the libc that it asks for is not"
    )
    facts = {"file": path} if path else {}
    yield Found(cause, quotes, 0.93, facts=facts, weight=weight(situation, hit), entry=hit.number)


def _image_missing(situation: Situation) -> Iterator[Found]:
    text = situation.refusal
    for reason, pattern, cause, advice in _IMAGE_REASONS:
        if re.search(pattern, text, re.IGNORECASE):
            wanted = situation.container.image or (str(situation.spec.image) if situation.spec else "")
            quotes = (quote("engine", in_short(text)),)
            yield Found(f"image {wanted}: {cause}", quotes, 0.95, (advice,), facts={"reason": reason})
            return


_IMAGE_REASONS = (
    (
        "rate-limited",
        r"toomanyrequests",
        "the registry limits how often images are pulled",
        "log in to the registry, or pull through a mirror",
    ),
    (
        "denied",
        r"pull access denied|denied: requested access|unauthorized",
        "the registry does not give it without a login, or has no such repository",
        "check the name in spec.image, and log in to the registry",
    ),
    (
        "no-manifest",
        r"no matching manifest for",
        "the registry has it, but not for this platform",
        "choose another tag in spec.image, or set spec.platform",
    ),
    (
        "not-found",
        r"manifest unknown|manifest for \S+ not found",
        "the registry has no such tag",
        "check the tag in spec.image",
    ),
    (
        "registry-tls",
        r"x509:|tls: ",
        "the registry's certificate is not trusted",
        "install the registry's CA certificate on the host",
    ),
    (
        "registry-unreachable",
        r"(?:registry|https?://|/v2/).*(?:connection refused|no such host|i/o timeout|timeout)",
        "the registry does not answer",
        "check the registry's name and the host's network",
    ),
    ("absent", r"No such image", "it is not on this host", "pull or build it, or correct spec.image"),
)


def _whole(text: str) -> Cause:
    return lambda _, __: text


def _spec_of_command(_: re.Match[str], situation: Situation) -> Iterator[str]:
    entrypoint = bool(situation.config.get("Entrypoint"))
    where = "spec.entrypoint (or the image's ENTRYPOINT)" if entrypoint else "spec.command (or the image's CMD)"
    yield f"correct {where}; now: {' '.join(situation.argv)[:200]}"


RULES = (
    Rule(
        "port-allocated",
        1,
        "start",
        "The host port is taken by another container",
        "Docker could not publish a port because another container publishes the same one.",
        ("a host port can be published once per address",),
        _port_allocated,
        "daemon",
    ),
    Rule(
        "port-in-use-host",
        2,
        "start",
        "The host port is taken by a process of the host",
        "Docker could not publish a port because a process outside Docker listens on it.",
        ("`ss -ltnp` on the host shows who listens",),
        _port_in_use_on_host,
        "daemon",
    ),
    Rule(
        "command-not-found",
        3,
        "start",
        "The command does not exist in the image",
        "The first word of the entrypoint or command names no program in the container.",
        (
            "check the spelling, and whether a slim image has the program at all",
            'a command that uses shell syntax needs a shell: ["sh", "-c", "..."]',
        ),
        _refused(
            r'exec: "?(?P<command>[^":]+)"?: (?:executable file not found in \$PATH|'
            r"stat \S+: no such file or directory|no such file or directory)",
            lambda match, _: f"there is no program {match['command']} in the container",
            _spec_of_command,
        ),
        "daemon",
        holds=True,
    ),
    Rule(
        "command-not-executable",
        4,
        "start",
        "The command may not be executed",
        "The file that is to run is a folder, or lacks the permission to be executed.",
        ("chmod +x it where the image is built", "a mount with noexec forbids it as well"),
        _refused(
            r'exec: "?(?P<command>[^":]+)"?: (?:permission denied|is a directory|stat \S+: permission denied)',
            lambda match, _: f"{match['command']} may not be executed",
            _spec_of_command,
        ),
        "daemon",
        holds=True,
    ),
    Rule(
        "exec-format-platform",
        5,
        "start",
        "The image is for another processor",
        "The program in the image is machine code for another architecture than the host's.",
        ("pull or build the image for this platform (spec.platform)", "or install emulation (binfmt) on the host"),
        _platform,
        "daemon",
        holds=True,
    ),
    Rule(
        "exec-format-no-shebang",
        6,
        "start",
        "The command is a script without #! line",
        "The kernel was given a text to execute that does not say what is to run it.",
        ("begin the script with #!/bin/sh", "or call it through its interpreter in spec.command"),
        _no_shebang,
        "daemon",
        holds=True,
    ),
    Rule(
        "script-crlf-or-interp",
        7,
        "start",
        "The script's interpreter does not exist",
        "The file is there, but what its #! line or its header asks for is not: Windows line ends, a missing "
        "shell, another libc.",
        ("save the script with LF line ends", "install the interpreter; a binary for glibc does not run on musl"),
        _interpreter,
        "daemon",
        holds=True,
    ),
    Rule(
        "mount-source-missing",
        8,
        "start",
        "What is to be mounted does not exist",
        "A bind mount names a path of the host that is not there.",
        ("create the path, or use a volume in spec.volumes",),
        _refused(
            r"(?:bind source path does not exist: |error while creating mount source path ')(?P<path>[^'\s]+)|"
            r"failed to mount local volume: mount (?P<source>[^:\s]+)",
            lambda match, _: f"the host has no {match['path'] or match['source']}, which is to be mounted",
        ),
        "daemon",
    ),
    Rule(
        "mount-file-dir-mismatch",
        9,
        "start",
        "A folder is mounted onto a file, or a file onto a folder",
        "Docker makes a folder where the host's file is missing; a folder can't be mounted where the image has a file.",
        ("remove the empty folder that Docker made on the host, and put the file there",),
        _refused(
            r"(?:mounting \"?(?P<path>[^\s\"]+)\"? to rootfs.*)?(?:trying to mount a directory onto a file|"
            r"rootfs.*not a directory(?:: unknown)?$)",
            lambda match, _: (
                f"{match['path'] or 'the source of a mount'} and its target in the image are not of one kind: "
                f"file and folder"
            ),
        ),
        "daemon",
    ),
    Rule(
        "user-missing",
        10,
        "start",
        "The user does not exist in the image",
        "The container is to run as a user or group that the image's passwd or group file does not name.",
        ("create the user in the image, or give a numeric id in spec.user",),
        _refused(
            r"unable to find (?P<what>user|group) (?P<name>[^:]+): no matching entries",
            lambda match, _: f"the image knows no {match['what']} {match['name']}",
        ),
        "daemon",
        holds=True,
    ),
    Rule(
        "workdir-bad",
        11,
        "start",
        "The working folder can't be entered",
        "The process can't change to its working folder: it is missing, a file, or closed to the user.",
        ("correct spec.working_dir, or give the folder to spec.user",),
        _refused(
            r'chdir to cwd \("(?P<path>[^"]*)"\) set in config\.json failed: (?P<why>[\w ]+)|'
            r"[Mm]kdir:? (?P<made>/[^\s:]+):? (?:is )?(?:not a directory|read-only file system|permission denied)",
            lambda match, _: (
                f"the working folder {match['path'] or match['made']} can't be entered"
                + (f": {match['why']}" if match["why"] else "")
            ),
        ),
        "daemon",
        holds=True,
    ),
    Rule(
        "network-missing",
        12,
        "start",
        "The network can't be joined",
        "A network is gone, an endpoint of the same name is left over, or a fixed address is taken.",
        ("let Ergon create the network anew (`ergon apply`), or free the address in spec.networks",),
        _refused(
            r"(?P<gone>network \S+ not found)|(?P<left>endpoint with name \S+ already exists in network \S+)|"
            r"(?P<taken>Address already in use|no available IPv4 addresses)",
            lambda match, _: "a network can't be joined: " + (match["gone"] or match["left"] or "its address is taken"),
        ),
        "daemon",
    ),
    Rule(
        "image-missing",
        13,
        "start",
        "The image can't be had",
        "The image is not on the host and the registry did not give it.",
        (),
        _image_missing,
        "daemon",
    ),
    Rule(
        "device-or-gpu",
        14,
        "start",
        "A device or its driver is missing",
        "A device of the host, or the runtime that hands out GPUs, is not there.",
        ("install the device's container runtime on the host, or correct spec.devices and spec.gpus",),
        _refused(
            r'could not select device driver "?(?P<driver>[^"]*)"?|'
            r'error gathering device information while adding custom device "(?P<device>[^"]+)"',
            lambda match, _: (
                f"the host has no device {match['device']}"
                if match["device"]
                else "the host has no driver for the devices asked for"
            ),
        ),
        "daemon",
    ),
    Rule(
        "resource-spec-invalid",
        15,
        "start",
        "A limit is out of range",
        "Docker does not accept a limit of memory or processors.",
        ("correct it below spec.deploy.resources.limits",),
        _refused(
            r"(?P<what>Minimum memory limit allowed is \w+|[Rr]ange of CPUs is from \S+ to \S+|"
            r"Minimum memoryswap limit[^\n]*|Memory limit should be smaller than[^\n]*|"
            r"Invalid value \S+, must be[^\n]*)",
            lambda match, _: f"a limit is out of range: {match['what']}",
        ),
        "daemon",
    ),
    Rule(
        "daemon-disk-full",
        16,
        "start",
        "The host's disk is full",
        "Docker has no room left where it keeps containers and images.",
        ("`ergon gc` removes what nothing uses; `docker system df` shows what takes the room",),
        _refused(r"no space left on device", _whole("the disk on which Docker keeps its data is full")),
        "daemon",
    ),
)
