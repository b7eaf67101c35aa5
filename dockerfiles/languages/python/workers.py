"""Task queues: the processes that work beside the web application, on the same image, or instead of one."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles.analysis import Command, Evidence, Process
from dockerfiles.languages.python.sources import Module, dotted
from dockerfiles.languages.python.survey import Survey

_CELERY = re.compile(r"\bCelery\(|\bcelery_init_app\(|\bmake_celery\(|extensions\[.celery.\]")
_SCHEDULED = re.compile(r"beat_schedule|CELERY_BEAT_SCHEDULE|\bcrontab\(|CELERYBEAT_SCHEDULE|add_periodic_task")


@dataclass(frozen=True, slots=True)
class Worker:
    """One process of a task queue and the line that shows it."""

    process: Process
    framework: str
    evidence: Evidence
    module: Module


def found(survey: Survey, base: str = "", manage: str = "") -> tuple[Worker, ...]:
    """Return the processes of the task queues that the project uses.

    Args:
        survey: the project.
        base: the folder that its modules are imported from.
        manage: its manage.py, when it is of Django.
    """
    finders = (
        ("celery", _celery),
        ("rq", _rq),
        ("dramatiq", _dramatiq),
        ("huey", _huey),
        ("arq", _arq),
        ("taskiq", _taskiq),
    )
    workers = (
        worker
        for package, finder in finders
        if survey.uses(package) or (package == "rq" and survey.manifest.has("django-rq"))
        for worker in finder(survey, base, manage)
    )
    return tuple(workers)


def _celery(survey: Survey, base: str, _manage: str) -> Iterator[Worker]:
    for module in survey.sources.mentioning(_CELERY):
        for name, value in module.assignments:
            if not _is_celery(value, module):
                continue
            reference = _celery_reference(module, name, base)
            where = ("--workdir", base) if base else ()
            line = value.lineno
            proof = Evidence("processes", module.text.path, line, module.line(line), "celery")
            command = Command(("celery", "-A", reference, *where, "worker", "--loglevel=INFO"))
            yield Worker(Process("worker", command), "celery", proof, module)
            if scheduled := _scheduled(survey):
                schedule = ("--schedule", "/tmp/celerybeat-schedule")  # noqa: S108 - the one folder that can be written
                beat = Command(("celery", "-A", reference, *where, "beat", "--loglevel=INFO", *schedule))
                yield Worker(Process("beat", beat), "celery", scheduled, module)
            return


def _is_celery(value: ast.expr, module: Module) -> bool:
    """Return whether a value is a Celery application: made here, by a function, or taken out of a Flask one."""
    if isinstance(value, ast.Call):
        return module.qualified(value.func).rpartition(".")[2] in {"Celery", "celery_init_app", "make_celery"}
    return isinstance(value, ast.Subscript) and ast.unparse(value).endswith(".extensions['celery']")


def _celery_reference(module: Module, name: str, base: str) -> str:
    """Return what `-A` is given: the package alone where Celery finds the rest itself."""
    whole = _seen(module, base)
    package, _, last = whole.rpartition(".")
    if last == "celery" and package and name in {"app", "celery"}:
        return package
    return whole if name in {"app", "celery"} else f"{whole}:{name}"


def _scheduled(survey: Survey) -> Evidence | None:
    for module in survey.sources.mentioning(_SCHEDULED):
        line = next((number for number, text in module.text.lines() if _SCHEDULED.search(text)), 0)
        return Evidence("processes", module.text.path, line, module.line(line), "celery beat")
    if one := survey.manifest.find("django-celery-beat"):
        return Evidence("processes", one.file, one.line, one.text, "celery beat")
    return None


def _rq(survey: Survey, _base: str, manage: str) -> Iterator[Worker]:
    if manage and survey.manifest.has("django-rq"):
        one = survey.manifest.find("django-rq")
        proof = Evidence("processes", one.file if one else "", one.line if one else 0, "django-rq", "rq")
        module = survey.sources.module(manage)
        if module:
            command = Command(("python", manage, "rqworker", "default"))
            yield Worker(Process("worker", command), "rq", proof, module)
        return
    for module in survey.sources.mentioning(re.compile(r"\bWorker\(|\bQueue\(")):
        names = {name for name in module.modules_imported if name.partition(".")[0] == "rq"}
        if not names:
            continue
        line = next((number for number, text in module.text.lines() if re.search(r"\b(Worker|Queue)\(", text)), 0)
        proof = Evidence("processes", module.text.path, line, module.line(line), "rq")
        own = "Worker(" in module.text.content
        command = Command(("python", module.path) if own else ("rq", "worker", *_queue_names(module)))
        yield Worker(Process("worker", command), "rq", proof, module)
        return


def _queue_names(module: Module) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\bQueue\(\s*[\"']([\w-]+)[\"']", module.text.content)))


def _dramatiq(survey: Survey, base: str, _manage: str) -> Iterator[Worker]:
    pattern = re.compile(r"@dramatiq\.actor|@actor\b")
    modules = list(survey.sources.mentioning(pattern))
    if modules:
        names = tuple(dict.fromkeys(_seen(module, base) for module in modules))
        yield _by_mark("dramatiq", modules[0], pattern, Command(("dramatiq", *names)))


def _huey(survey: Survey, base: str, manage: str) -> Iterator[Worker]:
    pattern = re.compile(r"^(\w+) = \w*Huey\(", re.MULTILINE)
    for module in survey.sources.mentioning(pattern):
        found = pattern.search(module.text.content)
        name = found[1] if found else "huey"
        command = Command(
            ("python", manage, "run_huey") if manage else ("huey_consumer", f"{_seen(module, base)}.{name}")
        )
        yield _by_mark("huey", module, pattern, command)
        return


def _arq(survey: Survey, base: str, _manage: str) -> Iterator[Worker]:
    pattern = re.compile(r"^class (WorkerSettings)\b", re.MULTILINE)
    for module in survey.sources.mentioning(pattern):
        yield _by_mark("arq", module, pattern, Command(("arq", f"{_seen(module, base)}.WorkerSettings")))
        return


def _taskiq(survey: Survey, base: str, _manage: str) -> Iterator[Worker]:
    pattern = re.compile(r"^(\w*broker\w*) = ", re.MULTILINE)
    for module in survey.sources.mentioning(pattern):
        if found := pattern.search(module.text.content):
            command = Command(("taskiq", "worker", f"{_seen(module, base)}:{found[1]}"))
            yield _by_mark("taskiq", module, pattern, command)
            return


def _by_mark(framework: str, module: Module, pattern: re.Pattern[str], command: Command) -> Worker:
    first = pattern.search(module.text.content)
    line = module.text.content.count("\n", 0, first.start()) + 1 if first else 0
    proof = Evidence("processes", module.text.path, line, module.line(line), framework)
    return Worker(Process("worker", command), framework, proof, module)


def _seen(module: Module, base: str) -> str:
    return dotted(module.path.removeprefix(f"{base}/") if base else module.path)
