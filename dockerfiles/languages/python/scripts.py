"""Projects with no framework to go by: which file, module or script is run, and what kind of program it is."""

import ast
import re
from dataclasses import dataclass, replace

from dockerfiles.analysis import Choice, Command, Evidence, Kind
from dockerfiles.commands import shown
from dockerfiles.failures import Ambiguous
from dockerfiles.languages.python import ports, web
from dockerfiles.languages.python.sources import Module
from dockerfiles.languages.python.survey import Start, Survey

# File names by custom, the likeliest first.
_NAMES = (
    *("main.py", "app.py", "server.py", "run.py", "start.py", "bot.py", "__main__.py", "worker.py", "application.py"),
    *("index.py", "serve.py", "api.py", "service.py", "hello.py", "consumer.py", "daemon.py", "scheduler.py", "cli.py"),
)
_SCRIPT_NAMES = ("serve", "server", "start", "run", "web", "api", "app", "main", "worker", "bot")
_ENDLESS = re.compile(
    r"\bwhile (?:True|1)\b|run_polling|start_polling|infinity_polling|run_until_disconnected|start_consuming|"
    r"run_pending|BlockingScheduler|run_forever|loop_forever|SocketModeHandler|\bKafkaConsumer\(|\.poll\(|idle\(\)"
)
_BOTS = {
    "discord": "discord",
    "nextcord": "discord",
    "disnake": "discord",
    "interactions": "discord",
    "aiogram": "aiogram",
    "telegram": "telegram",
    "telebot": "telegram",
    "telethon": "telegram",
    "pyrogram": "telegram",
    "slack_bolt": "slack",
    "twitchio": "twitch",
    "nio": "matrix",
    "irc": "irc",
}
_CLIENT = re.compile(r"client|example|demo|util|helper|script|migrate|seed|setup|config|test|download|train|generate")
_DEEDS = (ast.Expr, ast.For, ast.While, ast.With, ast.AsyncWith)
_OPEN = re.compile(
    r"__name__|\.run\(|serve|HTTPServer|start_server|add_insecure_port|add_secure_port|" + _ENDLESS.pattern
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    module: Module
    score: int
    listens: ports.Listening | None


def start(survey: Survey) -> Start | None:
    """Return how a program without a framework is started, None when nothing in the project is to be run.

    Raises:
        Ambiguous: several files are as likely, and the user said nothing.
    """
    candidates = _candidates(survey)
    if (script := _offered(survey)) and not (candidates and candidates[0].score >= 18):
        return script
    if not candidates:
        return None
    best = candidates[0]
    rivals = [one for one in candidates[1:] if one.score == best.score and one.module.folder == best.module.folder]
    if rivals and not survey.wishes.command:
        raise _undecided([best, *rivals], survey)
    return _started(best, survey)


def bots(module: Module) -> str:
    """Return the network that a program talks on as a bot, "" for none."""
    heads = {name.partition(".")[0] for name in module.modules_imported}
    return next((network for name, network in _BOTS.items() if name in heads), "")


def _candidates(survey: Survey) -> list[_Candidate]:
    sources = survey.sources
    imported = {name for module in sources.mentioning(_OPEN) for name in module.modules_imported}
    shallow = {path for path in sources.paths if path.count("/") == 0}
    looked_at = [module for path in sorted(shallow)[:40] if (module := sources.module(path))]
    looked_at += [module for module in sources.mentioning(_OPEN) if module.path not in shallow]
    found = []
    for module in looked_at:
        listens = next(iter(ports.listening(module)), None)
        score = _score(module, listens, imported, alone=len(sources.paths) == 1)
        if score > 0:
            found.append(_Candidate(module, score, listens))
    return sorted(found, key=lambda one: (-one.score, one.module.path))


def _score(module: Module, listens: ports.Listening | None, imported: set[str], *, alone: bool) -> int:
    """Return how likely a file is what is run, 0 and less for not at all."""
    name = module.path.rpartition("/")[2]
    text = module.text.content
    guarded = module.main_guard is not None
    # A file that only defines is imported; one that runs something at its top is run.
    acts = any(isinstance(node, _DEEDS) for node in _deeds(module))
    if not (guarded or acts or alone or name == "__main__.py"):
        return 0
    score = 4 + (6 if guarded else 0)
    score += max(12 - _NAMES.index(name), 2) if name in _NAMES else 0
    score += 8 if listens else 0
    score += 6 if _ENDLESS.search(text) or bots(module) else 0
    score -= 5 * module.path.count("/") if name != "__main__.py" else 2 * module.path.count("/")
    score -= 10 if _CLIENT.search(module.stem) and not alone else 0
    score -= 6 if module.dotted in imported and not guarded else 0
    return score


def _deeds(module: Module) -> list[ast.stmt]:
    """Return the statements at the top, without those that are only texts."""
    return [node for node in module.tree.body if not _is_text(node)]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _offered(survey: Survey) -> Start | None:
    """Return the start by a script that the project installs: the only one, or one whose name says so."""
    project = survey.manifest.project
    if not project.scripts or not (project.package or project.manager in {"poetry", "uv"}):
        return None
    named = {project.name.lower(), project.name.lower().replace("-", "_"), *_SCRIPT_NAMES}
    likely = [name for name in project.scripts if name.lower() in named]
    name = likely[0] if likely else next(iter(project.scripts)) if len(project.scripts) == 1 else ""
    if not name:
        return None
    target = project.scripts[name].partition(":")[0].strip()
    module = survey.sources.named(target)
    listens = next(iter(ports.listening(module)), None) if module else None
    file = survey.tree.whole(project.file)
    proof = Evidence("run_command", file, project.scripts_line, f"{name} = {project.scripts[name]}", "script")
    started = Start(Command((name,)), "job", 0.7, (proof,), "", None, honours_port=False, module=module)
    return _listening(started, module, listens) if module else started


def _started(one: _Candidate, survey: Survey) -> Start:
    module = one.module
    line = module.main_guard.lineno if module.main_guard else 1
    proof = Evidence(
        "run_command", module.text.path, line, module.line(line), "main guard" if line > 1 else "main file"
    )
    confidence = 0.8 if one.score >= 14 else 0.65
    started = Start(
        web.run(module, survey),
        _kind(module),
        confidence,
        (proof,),
        _framework(module),
        honours_port=False,
        module=module,
        cautions=tuple(web.loopback(module)),
    )
    return _listening(started, module, one.listens)


def _listening(started: Start, module: Module, listens: ports.Listening | None) -> Start:
    if listens is None:
        return started
    proof = Evidence("ports", module.text.path, listens.line, module.line(listens.line), "listens")
    return replace(started, kind="web", port=listens.port, port_evidence=proof, honours_port=listens.env == "PORT")


def _kind(module: Module) -> Kind:
    return "worker" if bots(module) or _ENDLESS.search(module.text.content) else "job"


def _framework(module: Module) -> str:
    heads = {name.partition(".")[0] for name in module.modules_imported}
    return bots(module) or ("grpc" if "grpc" in heads else "")


def _undecided(candidates: list[_Candidate], survey: Survey) -> Ambiguous:
    choices = []
    for one in candidates:
        line = shown(web.run(one.module, survey))
        choices.append(Choice("run_command", line, f"--command '{line}'", one.module.text.path))
    return Ambiguous("run_command", survey.tree.prefix or survey.tree.name, tuple(choices))
