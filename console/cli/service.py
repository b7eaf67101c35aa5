"""`ergon service install`, `uninstall`, `status`: have systemd run the controller, from the start of the machine on."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from console.cli.failures import fail
from console.cli.options import json_option, print_json
from console.cli.session import Session, note, pass_session
from console.cli.systemctl import Systemd
from console.cli.systemd_unit import NAME, Scope, Unit
from console.cli.text import visible
from controller.client import Json

# What decides which Docker the controller reaches, and how.
_KEPT = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


def _scoped(command: Callable[..., Any]) -> Callable[..., Any]:
    system = click.option("--system", "scope", flag_value="system", help="For the machine; what root means.")
    user = click.option("--user", "scope", flag_value="user", help="For this user; what others mean.")
    return system(user(command))


@click.group()
def service() -> None:
    """Have systemd run the controller."""


@service.command()
@_scoped
@click.option("--dry-run", is_flag=True, help="Print the unit, and change nothing.")
@pass_session
def install(session: Session, scope: Scope | None, dry_run: bool) -> None:
    """Run it now and whenever the machine starts.

    It uses the state folder and the Docker of this command (ERGON_STATE_DIR, DOCKER_HOST). A second time
    changes nothing, or brings the unit up to date.
    """
    systemd = Systemd(scope or _usual_scope())
    text = Unit(systemd.scope, _command(), session.state_dir, _environment()).text()
    if dry_run:
        click.echo(text, nl=False)
        return
    systemd.require()
    active = systemd.properties().get("ActiveState") == "active"
    if not active and session.backend.controller_is_ready():
        raise fail("a controller runs already, and it is not the service's", "end it with `ergon shutdown`")
    # The unit may write there, so it has to be there.
    session.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    changed = systemd.install(text)
    systemd.call("enable", NAME)
    systemd.call("restart" if changed and active else "start", NAME)
    note(f"{'Installed' if changed else 'Already installed'}: {systemd.path}; the controller runs.")
    if systemd.scope == "user":
        note("It ends when you log out, unless `loginctl enable-linger` lets your services stay.")


@service.command()
@_scoped
@pass_session
def uninstall(session: Session, scope: Scope | None) -> None:  # noqa: ARG001 - every command is given one
    """End the service and remove it.

    Containers keep running, and what is declared stays.
    """
    systemd = Systemd(scope or _usual_scope())
    systemd.require()
    note("The service is removed; containers keep running." if systemd.remove() else "There is no service.")


@service.command()
@_scoped
@json_option
@pass_session
def status(session: Session, scope: Scope | None, as_json: bool) -> None:
    """Show whether it is installed and runs, which version, and where."""
    systemd = Systemd(scope or _usual_scope())
    systemd.require()
    answer = _status(session, systemd)
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        click.echo(f"{name.replace('_', ' ').capitalize() + ':':15}{visible(_shown(value))}")


def _status(session: Session, systemd: Systemd) -> Json:
    known = systemd.properties()
    installed = known.get("LoadState") == "loaded"
    environment = known.get("Environment", "")
    state_dir = next((word[16:] for word in environment.split() if word.startswith("ERGON_STATE_DIR=")), None)
    return {
        "scope": systemd.scope,
        "installed": installed,
        "enabled": known.get("UnitFileState") == "enabled",
        "active": known.get("ActiveState") == "active",
        "state": f"{known.get('ActiveState', '')} ({known.get('SubState', '')})",
        "pid": int(known.get("MainPID") or 0) or None,
        "version": _version(session, state_dir),
        "state_dir": state_dir,
        "unit": str(systemd.path) if installed else None,
    }


def _version(session: Session, state_dir: str | None) -> str | None:
    """Return the version of the controller that runs on this state folder, None when none answers."""
    from console.cli.backend import Backend  # noqa: PLC0415 - of another state folder than this command's

    backend = session.backend if state_dir in (None, str(session.state_dir)) else Backend(Path(str(state_dir)))
    if not backend.controller_is_ready():
        return None
    version: str = backend.status()["controller"]["version"]
    return version


def _usual_scope() -> Scope:
    return "system" if os.geteuid() == 0 else "user"


def _command() -> list[str]:
    """Return what starts this Ergon in the foreground, by absolute paths: a service has no PATH of a person's."""
    ergon = Path(sys.executable).with_name("ergon")
    return [str(ergon), "run"] if ergon.exists() else [sys.executable, "-m", "controller"]


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if os.environ.get(name)}


def _shown(value: object) -> str:
    return (
        {True: "yes", False: "no", None: "-"}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
    )
