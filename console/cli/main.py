"""The `ergon` program: which commands there are, and where they live. A command's module is loaded when it is used."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

import click

from console.cli.failures import FAILED, FINE, ended_cleanly
from console.cli.session import Session, wants_colour

SECTIONS = {
    "Declare": ("up", "apply", "diff", "delete", "down"),
    "Look": ("status", "describe", "events", "logs", "wait"),
    "Ask": ("ci",),
    "Look back": ("why", "history", "drift", "simulate", "audit"),
    "Take over": ("import", "adopt", "release", "export"),
    "Act": ("start", "stop", "restart", "trigger", "scale", "rollback", "pause", "resume", "approve", "volume", "gc"),
    "Projects": ("dockerfile", "project", "solution", "image"),
    "Files": ("validate", "config", "compose", "schema", "policy"),
    "The controller": ("run", "shutdown", "service", "doctor", "version", "completion"),
}

COMMANDS = tuple(name for names in SECTIONS.values() for name in names)

# Commands whose module has another name than they have.
MODULES = {
    "down": "delete",
    "import": "importing",
    "release": "adopt",
    "start": "lifecycle",
    "stop": "lifecycle",
    "restart": "lifecycle",
    "trigger": "lifecycle",
    "scale": "lifecycle",
    "pause": "lifecycle",
    "resume": "lifecycle",
    "validate": "files",
    "config": "files",
    "schema": "files",
    "run": "program",
    "shutdown": "program",
    "version": "doctor",
}


class ErgonGroup(click.Group):
    """Loads commands by name, lists them by purpose, and ends every failure with one line and our exit codes."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        return sys.exit(ended_cleanly(run)) if standalone_mode else run()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"console.cli.{MODULES.get(cmd_name, cmd_name)}")
        command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            _refuse_command(args[0], ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        longest = max(map(len, COMMANDS))
        for title, names in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(f"{name:{longest}}", command.get_short_help_str(80)) for name, command in commands if command]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(
    "ergon", cls=ErgonGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Keep Docker containers as declared, and say why whenever they are not.

    Exit codes: 0 fine, 1 error, 2 differences found, 3 timed out waiting.
    ERGON_STATE_DIR says where state is kept; DOCKER_HOST and Docker contexts are honoured.
    """
    ctx.color = wants_colour()
    ctx.obj = ctx.obj or Session.from_environment()


def program() -> NoReturn:
    """Run as a program: end at once, since taking the interpreter apart takes longer than many a command."""
    code: object = FINE
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else FAILED)


def _refuse_command(given: str, ctx: click.Context) -> NoReturn:
    import difflib  # noqa: PLC0415 - for this message only

    nearest = difflib.get_close_matches(given, COMMANDS, 1)
    hint = f'did you mean "{nearest[0]}"?' if nearest else "`ergon --help` lists them"
    raise click.UsageError(f'there is no command "{given}"; {hint}', ctx)


if __name__ == "__main__":
    program()
