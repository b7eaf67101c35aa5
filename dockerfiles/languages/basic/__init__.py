"""The long tail: languages whose usual projects are built and run, and about which little more is known."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from dockerfiles import serving, staging, variables
from dockerfiles.analysis import (
    Analysis,
    BaseImages,
    Caution,
    Choice,
    Command,
    Evidence,
    Healthcheck,
    PackageManager,
    Static,
    SystemPackages,
    Version,
)
from dockerfiles.failures import Ambiguous
from dockerfiles.language import Sign, Wishes, rebased
from dockerfiles.languages.basic.table import ROWS, Row
from dockerfiles.recipe import Copy, Env, Recipe, Run, Stage, Step, Workdir
from dockerfiles.sources import Hit, first, search, sources
from dockerfiles.tree import Text, Tree
from dockerfiles.variables import Way

# More is never claimed about a language of the table.
_SURE = 0.6
_UNSURE = 0.45
_HINT = 0.35
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a port of a container is reached from outside of it
_PLUMBER = 8000
_SHINY = 3838
# Scripts that prepare a machine, and are no program.
_NO_PROGRAM = re.compile(
    r"^(?:install|setup|build|deploy|release|test|lint|bootstrap|configure|uninstall|entrypoint|docker-entrypoint|run[-_]?tests?|ci|format|clean)\b"
)
_CODE = (
    *(".py", ".js", ".mjs", ".ts", ".tsx", ".go", ".rs", ".java", ".kt", ".scala", ".rb", ".php", ".c", ".cc", ".cpp"),
    *(".cs", ".fs", ".ex", ".exs", ".clj", ".hs", ".swift", ".dart", ".ipynb", ".html", ".tf"),
)
# What a program may be called in commands and paths.
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class _Program:
    """What is run: its name, its file ("" where a manifest names it), and what speaks for it."""

    name: str
    file: str
    hit: Hit | None


class Basic:
    """The languages of the table together, as `dockerfiles.language.Language` describes one."""

    name = "basic"

    def recognise(self, tree: Tree) -> Sign | None:
        for row in ROWS:
            if (file := _manifest(tree, row)) is not None:
                known = next(_programs(tree, row), None) is not None
                # By a file of its own alone a language is hardly known.
                sure = min(row.confidence, _HINT) if file.endswith(row.suffixes) and row.alone else row.confidence
                return Sign(sure if known else 0.3, file, f"a project in {row.name}", library=not known)
        return None

    def analyse(self, tree: Tree, wishes: Wishes) -> Analysis:
        row, file = _row(tree)
        program = _only(tree, row, wishes)
        texts = sources(tree, *row.suffixes, style=row.style, within=frozenset({"bin"}))
        command, port, hit = _runs(row, program, texts)
        static = row.name == "elm"
        library = not (program.hit or program.file)
        text = (
            f"{row.name} is understood at its basics: look at the commands, versions and ports before you rely on them"
        )
        return Analysis(
            root=tree.prefix,
            language=row.name,
            name=program.name,
            language_version=Version(""),
            framework="",
            package_manager=PackageManager(row.manager),
            kind="library" if library else "static" if static else "web" if port else "job",
            dependency_files=(file,),
            lock_file=row.lock if row.lock and tree.has(row.lock) else "",
            build_commands=() if library else _commands(row, program, tree, texts),
            artefacts=("/out",) if static else (".",) if row.alone else (f"/out/{program.name}",),
            run_command=None if library else serving.COMMAND if static else command,
            ports=staging.ports(serving.PORT if static else port, hit.source if hit else ""),
            env=variables.merged(variables.read_in(texts, _ways(row)), variables.of_examples(tree)),
            system_packages=SystemPackages(row.packages, row.libraries),
            healthcheck=Healthcheck("tcp" if static or port else "none"),
            static=Static("/out") if static and not library else None,
            base_images=BaseImages(row.build.reference, (row.build if row.alone else row.run_base).reference),
            warnings=(Caution("basic", tree.whole(file), 0, text),),
            confidence={
                "language": _SURE,
                "run_command": _SURE if program.hit or program.file else _UNSURE,
                "ports": _SURE if hit else _UNSURE,
            },
            evidence=(
                Evidence("language", tree.whole(file), 0, "", row.name),
                *(
                    (program.hit.speaks_for("run_command", "manifest"),)
                    if program.hit
                    else (Evidence("run_command", tree.whole(program.file), 0, "", "entry"),)
                    if program.file
                    else ()
                ),
                *((hit.speaks_for("ports", "listen"),) if hit else ()),
            ),
        )

    def recipe(self, analysis: Analysis, tree: Tree, wishes: Wishes) -> Recipe:
        row, _ = _row(tree)
        base, toolchain = staging.toolchain(row.build, row.debian, wishes)
        keeps = ("bin",) if tree.has_folder("bin") else ()
        steps: tuple[Step, ...] = (
            *toolchain,
            *staging.packages(analysis.system_packages.build, "What the build needs besides"),
            Workdir(staging.RUNS_IN if row.alone else staging.BUILT_IN),
            *((Env(row.environment, "Where its packages are kept"),) if row.environment else ()),
            staging.everything(),
            *((Run(analysis.build_commands, "The program, built"),) if analysis.build_commands else ()),
        )
        if row.alone or analysis.kind == "library":
            needed = staging.packages(analysis.system_packages.runtime, "Libraries that the program uses")
            stage = Stage("run", base, (*needed, *steps), f"The image: {row.name} and the program")
            return Recipe((stage,), staging.runtime(analysis, environment={**row.environment, **row.running}), keeps)
        build = Stage("build", base, steps, "The program, built")
        if analysis.static:
            files = Copy(("/out/",), f"{serving.ROOT}/", "The page as it was built", origin="build")
            served, runtime = serving.server([files], wishes)
            return Recipe((build, served), runtime, keeps)
        run = (
            *staging.packages(analysis.system_packages.runtime, "Libraries that the program uses"),
            *staging.placed(analysis.artefacts, "The program"),
        )
        image = Stage("run", rebased(row.run_base, wishes), run, "The image: the program")
        return Recipe((build, image), staging.runtime(analysis), keeps)


LANGUAGE = Basic()


def _row(tree: Tree) -> tuple[Row, str]:
    for row in ROWS:
        if (file := _manifest(tree, row)) is not None:
            return row, file
    raise ValueError(f"{tree.prefix or tree.name}: no project of the languages that are known at their basics")


def _manifest(tree: Tree, row: Row) -> str | None:
    if next(tree.with_suffix(*row.suffixes), None) is None:
        return None
    # Scripts beside the code of another language serve that.
    if row.name == "shell" and next(tree.with_suffix(*_CODE), None):
        return None
    text = tree.text(row.unless[0]) if row.unless else None
    if text is not None and first((text,), row.unless[1]):
        return None
    for name in row.manifests:
        if not name.startswith("."):
            found = name if tree.has(name) else None
        else:
            direct = _direct(tree, name)
            # Of several files none is the program.
            found = direct[0] if len(direct) == 1 or (direct and name not in row.suffixes) else None
        if found is not None:
            return found
    return None


def _programs(tree: Tree, row: Row) -> Iterator[_Program]:
    """Yield the programs that a project may mean, those that a manifest names before those with a usual name."""
    entry = next(_entries(tree, row), "")
    hits = list(_named(tree, row))
    if row.names and not row.entries:
        yield from (_Program(hit.groups[0].rpartition("/")[2], "", hit) for hit in hits)
    elif entry:
        name = hits[0].groups[0] if hits else re.sub(r"\W+", "-", tree.name).strip("-") or "app"
        yield _Program(name, entry, hits[0] if hits else None)


def _named(tree: Tree, row: Row) -> Iterator[Hit]:
    for where, pattern in row.names:
        paths = tree.with_suffix(where) if where.startswith(".") else tree.named(where)
        texts = [text for path in paths if path.count("/") <= 1 and (text := tree.text(path))]
        found = [hit for hit in search(texts, pattern) if _NAME.fullmatch(hit.groups[0].rpartition("/")[2])]
        yield from found
        if found:
            return


def _entries(tree: Tree, row: Row) -> Iterator[str]:
    for entry in row.entries:
        if entry.endswith("/"):
            yield from (path for path in tree.with_suffix(*row.suffixes) if path.startswith(entry))
        elif entry.startswith("."):
            direct = _direct(tree, entry)
            yield from direct if len(direct) == 1 else ()
        elif tree.has(entry):
            yield entry


def _direct(tree: Tree, suffix: str) -> list[str]:
    """Return the files at the root with a suffix that may be a program."""
    return [path for path in tree.files if "/" not in path and path.endswith(suffix) and not _NO_PROGRAM.match(path)]


def _only(tree: Tree, row: Row, wishes: Wishes) -> _Program:
    """Return the program that is meant: the named one, or the only one outside of tests."""
    found = list(_programs(tree, row))
    wanted = wishes.chosen.get("main")
    fits = [one for one in found if one.name == wanted] or [
        one for one in found if not re.search(r"(?i)test|bench|example", one.name)
    ]
    if len(fits) == 1 or (fits and row.name == "erlang"):
        return fits[0]
    if not fits:
        return _Program(re.sub(r"[^\w.-]+", "-", tree.name).strip("-.") or "app", "", None)
    choices = [
        Choice("main", one.name, f"--choose main={one.name}", one.hit.source if one.hit else one.file) for one in fits
    ]
    raise Ambiguous("main", tree.prefix or tree.name, tuple(choices))


def _commands(row: Row, program: _Program, tree: Tree, texts: Sequence[Text]) -> tuple[str, ...]:
    """Return what builds a program, without what installs from a list that is not there."""
    if row.alone and not tree.has(row.manifests[0]):
        return _packages_of_r(texts) if row.name == "r" else ()
    if row.name == "elm" and (page := tree.text("index.html")):
        script = first((page,), r"src=[\"'](?:\./|/)?([\w.-]+\.js)[\"']")
        output = f"/out/{script.groups[0]}" if script else "/out/elm.js"
        return (row.commands[0], f"elm make {quote(program.file)} --optimize --output={output}", "cp index.html /out/")
    values = {"{name}": program.name, "{file}": program.file, "{stem}": program.file.rpartition(".")[0]}
    commands = row.commands
    for mark, value in values.items():
        commands = tuple(command.replace(mark, quote(value)) for command in commands)
    return commands


def _packages_of_r(texts: Sequence[Text]) -> tuple[str, ...]:
    """Return what installs the packages that code of R loads, where no lock names them."""
    named = dict.fromkeys(hit.groups[0] for hit in search(texts, r"\b(?:library|require)\(\s*[\"']?([A-Za-z][\w.]*)"))
    packages = ", ".join(f'"{name}"' for name in named)
    return (f"Rscript -e 'install.packages(c({packages}))'",) if named else ()


def _ways(row: Row) -> tuple[Way, ...]:
    return (*(Way(pattern, required=True) for pattern in row.required), *map(Way, row.variables))


def _runs(row: Row, program: _Program, texts: Sequence[Text]) -> tuple[Command, int | None, Hit | None]:
    """Return what runs a program, and its port with the place where it is written."""
    words = tuple(word.replace("{name}", program.name).replace("{file}", program.file) for word in row.run)
    served = first(texts, row.served)
    hit = first(texts, *row.ports) if row.ports and served else None
    port = int(hit.groups[0]) if hit else row.default if served else None
    if row.name == "perl" and program.file.endswith(".psgi"):
        return (
            Command(("plackup", "-E", "production", "--host", _EVERYWHERE, "--port", "5000", program.file)),
            5000,
            None,
        )
    if row.name == "r":
        return _of_r(program, texts)
    return Command(words), port, hit


def _of_r(program: _Program, texts: Sequence[Text]) -> tuple[Command, int | None, Hit | None]:
    if hit := first(texts, r"\b(?:library|require)\(\s*(shiny)\b|\b(shinyApp)\(|\b(shinyServer)\("):
        line = f"shiny::runApp('.', host = '0.0.0.0', port = {_SHINY})"
        return Command(("Rscript", "-e", line)), _SHINY, hit
    if hit := first(texts, r"^#\*\s*@(?:get|post)\b|\b(?:library|require)\(\s*plumber\b"):
        line = f"plumber::pr_run(plumber::pr('{program.file}'), host = '0.0.0.0', port = {_PLUMBER})"
        return Command(("Rscript", "-e", line)), _PLUMBER, hit
    return Command(("Rscript", program.file)), None, None
