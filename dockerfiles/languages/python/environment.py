"""The environment variables that a project reads, found in its code: which are required, secret, or have a default."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerfiles import secrecy
from dockerfiles.analysis import Variable
from dockerfiles.languages.python.reads import Read, shown
from dockerfiles.languages.python.settings import settings_of
from dockerfiles.languages.python.sources import Module, argument, keyword, text_of
from dockerfiles.languages.python.survey import Survey
from dockerfiles.tree import Tree

_MENTIONS = re.compile(r"environ|getenv|\bconfig\(|\benv[.(]|\bEnv\(|BaseSettings|dj_database_url|envvar=|Config\(")
# Set by whatever runs the program, and nobody's to be told.
_EVERYWHERE = frozenset(
    {
        *("PATH", "HOME", "USER", "USERNAME", "LOGNAME", "PWD", "SHELL", "TERM", "LANG", "LC_ALL", "TMPDIR", "TMP"),
        *("TEMP", "HOSTNAME", "DISPLAY", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONUNBUFFERED", "EDITOR", "CI", "COLUMNS"),
        *("APPDATA", "LOCALAPPDATA", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "NO_COLOR"),
        *("KUBERNETES_SERVICE_HOST", "DYNO", "GITHUB_ACTIONS", "RUN_MAIN", "WERKZEUG_RUN_MAIN", "PYTEST_CURRENT_TEST"),
    }
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEVELOPMENT = re.compile(r"(^|/)settings?/(local|dev|develop|development|test|testing|ci)\.py$|(^|/)manage\.py$")
_EXAMPLES = (
    *(".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults", "env.example", "example.env"),
    *("sample.env", ".env-example", ".env-sample", ".env_example", ".env.prod.example", "env.sample", "env.template"),
)
_EXAMPLE_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
# What fails on None: it is given a variable that has no default only because the variable is always set.
_NEEDS_A_VALUE = frozenset({"int", "float", "Path", "loads", "urlparse", "PurePath", "Decimal", "from_url", "parse"})
_RAISES = frozenset({"exit", "_exit", "abort"})


def variables(survey: Survey) -> tuple[Variable, ...]:
    """Return the variables that a project reads, each once, by name."""
    reads: dict[str, list[Read]] = {}
    for module in survey.sources.mentioning(_MENTIONS):
        if _DEVELOPMENT.search(module.path):
            continue
        for read in (*of_module(module), *settings_of(module, survey)):
            if _NAME.fullmatch(read.name) and read.name not in _EVERYWHERE:
                reads.setdefault(read.name, []).append(read)
    found = {name: _merged(name, places) for name, places in reads.items()}
    for name, source in _examples(survey.tree):
        found.setdefault(name, Variable(name, secret=secrecy.is_secret(name), source=source))
    for name, source in survey.manifest.variables.items():
        found[name] = Variable(name, required=True, secret=secrecy.is_secret(name), build_time=True, source=source)
    return tuple(found[name] for name in sorted(found))


def of_module(module: Module) -> Iterator[Read]:
    """Yield what the code of a module reads itself, in the ways of os, decouple, environs and their like."""
    guarded = _guarded(module)
    outer = {id(child): node for node in module.nodes for child in ast.iter_child_nodes(node)}
    prefixes = _prefixes(module)
    for node in module.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if module.qualified(node.value) == "os.environ" and (name := text_of(node.slice, module)):
                yield Read(name, not _is_caught(node, outer) and name not in guarded, None, module, node.lineno)
        elif isinstance(node, ast.Call) and (read := _of_call(node, module, outer, guarded)):
            yield replace(read, name=prefixes.get(id(node), "") + read.name)


def _merged(name: str, places: list[Read]) -> Variable:
    """Return one variable of all its readings: required when one of them fails without it."""
    required = any(read.required for read in places)
    first = next((read for read in places if read.required), places[0])
    default = None if required else next((read.default for read in places if read.default is not None), None)
    secret = secrecy.is_secret(name, default or "")
    source = f"{first.module.text.path}:{first.line}"
    return Variable(name, required, secret, secrecy.showable(name, default), source=source)


def _of_call(call: ast.Call, module: Module, outer: Mapping[int, ast.AST], guarded: frozenset[str]) -> Read | None:
    qualified = module.qualified(call.func)
    if qualified in {"os.getenv", "os.environ.get", "os.environb.get", "os.environ.setdefault", "os.environ.pop"}:
        return _plain(call, module, outer, guarded)
    if qualified in {"decouple.config", "prettyconf.config"} or _is_instance(qualified, module, "Config", "AutoConfig"):
        return _with_default(call, module, "default")
    if qualified in {"click.option", "typer.Option", "typer.Argument", "click.argument"}:
        name = text_of(keyword(call, "envvar"), module)
        required = getattr(keyword(call, "required"), "value", False) is True
        return Read(name, required, None, module, call.lineno) if name else None
    if qualified.startswith("dj_database_url.config"):
        name = text_of(keyword(call, "env"), module) or "DATABASE_URL"
        return Read(name, False, None, module, call.lineno)
    return _of_env_object(call, qualified, module)


def _plain(call: ast.Call, module: Module, outer: Mapping[int, ast.AST], guarded: frozenset[str]) -> Read | None:
    name = text_of(argument(call, 0, "key"), module)
    if not name:
        return None
    given = argument(call, 1, "default")
    if given is not None and not (isinstance(given, ast.Constant) and given.value is None):
        return Read(name, False, shown(given, module), module, call.lineno)
    parent = outer.get(id(call))
    if isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or) and parent.values[-1] is not call:
        return Read(name, False, shown(parent.values[-1], module), module, call.lineno)
    return Read(name, name in guarded or _fails_without(call, parent, module), None, module, call.lineno)


def _fails_without(call: ast.Call, parent: ast.AST | None, module: Module) -> bool:
    """Return whether None at this place is an error at once: `int(os.getenv("X"))`, `bot.run(os.getenv("TOKEN"))`."""
    if isinstance(parent, ast.Attribute):
        return True
    if isinstance(parent, ast.keyword):
        return False
    if isinstance(parent, ast.Call) and call in parent.args:
        last = module.qualified(parent.func).rpartition(".")[2] or getattr(parent.func, "attr", "")
        return last in _NEEDS_A_VALUE or last in {"run", "create_engine", "connect"}
    return False


def _guarded(module: Module) -> frozenset[str]:
    """Return the variables whose absence ends the program: `if not TOKEN: raise`."""
    held: dict[str, str] = {}
    for node in module.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
            call = node.value
            if module.qualified(call.func) in {"os.getenv", "os.environ.get"} and len(call.args) == 1:
                held[node.targets[0].id] = text_of(call.args[0], module) or ""
    found = set()
    for node in module.nodes:
        if isinstance(node, ast.If) and any(_ends(step) for step in node.body):
            found |= {held[name] for name in _denied(node.test) if name in held}
        elif isinstance(node, ast.Assert) and isinstance(node.test, ast.Name) and node.test.id in held:
            found.add(held[node.test.id])
    return frozenset(found)


def _denied(test: ast.expr) -> Iterator[str]:
    """Yield the names that a test says are empty: `not a`, `a is None`, any of them joined by `or`."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            yield name
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            yield name
        case ast.BoolOp(op=ast.Or(), values=values):
            for value in values:
                yield from _denied(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name(id="all"), args=[ast.List(elts=names)])):
            yield from (each.id for each in names if isinstance(each, ast.Name))


def _ends(step: ast.stmt) -> bool:
    if isinstance(step, ast.Raise):
        return True
    return (
        isinstance(step, ast.Expr)
        and isinstance(step.value, ast.Call)
        and getattr(step.value.func, "attr", getattr(step.value.func, "id", "")) in _RAISES
    )


def _is_caught(node: ast.AST, outer: Mapping[int, ast.AST]) -> bool:
    """Return whether the absence of a variable is dealt with: a `try` around it, or a test that it is there."""
    child: ast.AST = node
    while (parent := outer.get(id(child))) is not None:
        if isinstance(parent, ast.Try) and child in parent.body:
            names = {ast.unparse(handler.type) if handler.type else "" for handler in parent.handlers}
            if any(not name or "KeyError" in name or name == "Exception" for name in names) and not any(
                _ends(step) for handler in parent.handlers for step in handler.body
            ):
                return True
        if (
            isinstance(parent, (ast.If, ast.IfExp))
            and child is not parent.test
            and "environ" in ast.unparse(parent.test)
        ):
            return True
        child = parent
    return False


def _with_default(call: ast.Call, module: Module, name: str) -> Read | None:
    variable = text_of(argument(call, 0, "name"), module)
    given = keyword(call, name)
    if not variable:
        return None
    return Read(variable, given is None, shown(given, module), module, call.lineno)


def _is_instance(qualified: str, module: Module, *classes: str) -> bool:
    """Return whether a name at the top of a module is an object of one of these, from a library of settings."""
    for target, value in module.assignments:
        if target == qualified and isinstance(value, ast.Call):
            made = module.qualified(value.func)
            library = made.partition(".")[0]
            return made.rpartition(".")[2] in classes and library in {"starlette", "decouple", "environ", "environs"}
    return False


def _of_env_object(call: ast.Call, qualified: str, module: Module) -> Read | None:
    """Return what an `env` of django-environ or environs reads: `env("X")`, `env.bool("DEBUG", default=False)`."""
    head, _, kind = qualified.partition(".")
    if not _is_env(head, module):
        return None
    implied = {"db": "DATABASE_URL", "cache": "CACHE_URL", "email_url": "EMAIL_URL", "search_url": "SEARCH_URL"}
    implied |= {"db_url": "DATABASE_URL", "cache_url": "CACHE_URL", "email": "EMAIL_URL"}
    if kind in {"read_env", "read_envfile", "prefixed", "seal", "dump"}:
        return None
    name = text_of(argument(call, 0, "var"), module) or implied.get(kind, "")
    if not name:
        return None
    given = argument(call, 1, "default") if call.args else keyword(call, "default")
    scheme = _scheme(head, module)
    if given is None and name in scheme:
        return Read(name, False, scheme[name], module, call.lineno)
    return Read(name, given is None, shown(given, module), module, call.lineno)


def _is_env(name: str, module: Module) -> bool:
    if _is_instance(name, module, "Env", "FileAwareEnv"):
        return True
    origin = module.imports.get(name.partition(".")[0], "")
    return origin in {"environs.env", "decouple.config"} or (origin.endswith(".env") and name == origin)


def _scheme(head: str, module: Module) -> dict[str, str | None]:
    """Return the defaults that are given where the `env` is made: `environ.Env(DEBUG=(bool, False))`."""
    for target, value in module.assignments:
        if target == head and isinstance(value, ast.Call):
            pairs = ((each.arg, each.value) for each in value.keywords if each.arg)
            return {
                name: shown(given.elts[1], module)
                for name, given in pairs
                if isinstance(given, ast.Tuple) and len(given.elts) > 1
            }
    return {}


def _prefixes(module: Module) -> dict[int, str]:
    """Return the prefix for each call inside `with env.prefixed("APP_"):`."""
    found: dict[int, str] = {}
    for node in module.nodes:
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "prefixed" and call.args:
                    prefix = text_of(call.args[0], module) or ""
                    for inner in ast.walk(node):
                        if isinstance(inner, ast.Call) and inner is not call:
                            found[id(inner)] = found.get(id(inner), "") + prefix
    return found


def _examples(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the names in files that show what to set; never their values, and never a file with real ones."""
    for path in _EXAMPLES:
        text = tree.text(path)
        for number, line in text.lines() if text else ():
            if text and (found := _EXAMPLE_LINE.match(line)) and found[1] not in _EVERYWHERE:
                yield found[1], f"{text.path}:{number}"
