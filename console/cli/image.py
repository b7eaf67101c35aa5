"""`ergon image`: build, push, pull, tag and remove images by hand, and look at them."""

import os
from pathlib import Path

import click

from console.cli.failures import fail
from console.cli.humane import age, megabytes
from console.cli.image_progress import follow
from console.cli.options import json_option, print_json
from console.cli.session import Session, note, pass_session
from console.cli.tables import print_section, print_table
from console.cli.text import visible
from controller.client import Json

_SHORT_ID = 12


@click.group()
def image() -> None:
    """Build, push, pull, tag and remove images; look at those that are here."""


@image.command()
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("-t", "--tag", "names", multiple=True, metavar="NAME[:TAG]", help="What it is called; several may be.")
@click.option(
    "--tags",
    "rules",
    metavar="RULES",
    default="",
    help="Tags by rule, parted by commas: latest, version, git, hash, sprint=NAME. "
    "Unless NAME:TAG is given: latest, and version where the project names one.",
)
@click.option("--version", default="", help="The project's version; what it says itself unless you say.")
@click.option("-f", "--file", "dockerfile", help="The Dockerfile, relative to DIR.")
@click.option("--target", help="The stage to build.")
@click.option(
    "--build-arg", "arguments", multiple=True, metavar="NAME[=VALUE]", help="Without a value: that of your own."
)
@click.option("--secret", "secrets", multiple=True, metavar="id=ID,src=FILE", help="A file for one step (BuildKit).")
@click.option("--platform", "platforms", multiple=True, help="linux/arm64; several (BuildKit) only with --push.")
@click.option("--builder", type=click.Choice(["classic", "buildkit"]), help="The one that is needed, unless you say.")
@click.option("--pull", is_flag=True, help="Fetch the base images anew.")
@click.option("--no-cache", is_flag=True, help="Do every step anew.")
@click.option("--push", is_flag=True, help="Give it to its registry, too.")
@click.option("-q", "--quiet", is_flag=True, help="Show the steps, not what they say.")
@json_option
@pass_session
def build(
    session: Session,
    *,
    folder: str,
    names: tuple[str, ...],
    rules: str,
    version: str,
    dockerfile: str | None,
    target: str | None,
    arguments: tuple[str, ...],
    secrets: tuple[str, ...],
    platforms: tuple[str, ...],
    builder: str | None,
    pull: bool,
    no_cache: bool,
    push: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Build an image from DIR (or a git address), and name it.

    A build that fails is explained: the line of the Dockerfile, the likely cause, what to do.
    """
    several = [one for given in platforms for one in given.split(",")]
    wanted = {
        "context": folder if "://" in folder else os.path.realpath(folder),
        "dockerfile": dockerfile,
        "target": target,
        "args": dict(map(_argument, arguments)) or None,
        "secrets": list(map(_secret, secrets)) or None,
        "platforms": several if len(several) > 1 else None,
        "platform": several[0] if len(several) == 1 else None,
        "builder": builder,
        "pull": pull or None,
        "no_cache": no_cache or None,
    }
    if len(several) > 1 and not push:
        raise click.UsageError("an engine keeps one platform of an image: several go to a registry, with --push")
    answers = session.backend.image_build(
        build={name: value for name, value in wanted.items() if value is not None},
        names=names,
        rules=[rule for rule in rules.split(",") if rule],
        version=version,
        push=push,
    )
    say_built(follow(session, answers, as_json=as_json, quiet=quiet))


@image.command()
@click.argument("reference", metavar="IMAGE")
@click.option("--platform", help="Which platform's, where there are several.")
@json_option
@pass_session
def pull(session: Session, *, reference: str, platform: str | None, as_json: bool) -> None:
    """Fetch an image from its registry."""
    answers = session.backend.image_pull(reference=reference, platform=platform)
    done = follow(session, answers, as_json=as_json)
    if done is not None:
        click.echo(f"Pulled {visible(reference)} ({_short(done['image'])}).")


@image.command()
@click.argument("references", nargs=-1, required=True, metavar="IMAGE...")
@json_option
@pass_session
def push(session: Session, *, references: tuple[str, ...], as_json: bool) -> None:
    """Give images to the registries that their names begin with."""
    done = follow(session, session.backend.image_push(references=references), as_json=as_json)
    if done is not None:
        _say_pushed(done["pushed"])


@image.command()
@click.argument("source", metavar="IMAGE")
@click.argument("references", nargs=-1, required=True, metavar="NAME[:TAG]...")
@json_option
@pass_session
def tag(session: Session, *, source: str, references: tuple[str, ...], as_json: bool) -> None:
    """Let names mean an image, whatever they meant before."""
    done = session.backend.image_tag(image=source, references=references)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{_listed(done['references'])} means {_short(done['image'])}.")


@image.command("list")
@click.argument("name", default="", metavar="[NAME]")
@click.option("-a", "--all", "dangling", is_flag=True, help="Those without a name, too.")
@json_option
@pass_session
def list_(session: Session, *, name: str, dangling: bool, as_json: bool) -> None:
    """Show the images that are here; those whose names begin with NAME."""
    found = session.backend.images(name=name, dangling=dangling)
    if as_json:
        print_json({"images": found})
        return
    rows = [
        [reference, _short(one["id"]), megabytes(one["size"]), age(one["created"], session.now()), _users(one)]
        for one in found
        for reference in one["references"] or ["-"]
    ]
    print_table(("IMAGE", "ID", "SIZE", "AGE", "USED BY"), rows, session.width)


@image.command()
@click.argument("reference", metavar="IMAGE")
@json_option
@pass_session
def inspect(session: Session, *, reference: str, as_json: bool) -> None:
    """Show what an image is, what its containers inherit, and how it was made."""
    found = session.backend.image(reference=reference)
    if as_json:
        print_json(found)
        return
    rows = [[name, text] for name, text in _facts(session, found) if text]
    print_table(("FACT", "VALUE"), rows, session.width)
    layers = [[megabytes(one["size"]), " ".join(one["command"].split())] for one in found["layers"]]
    print_section(session.width, "LAYERS", ("SIZE", "MADE BY"), layers)


@image.command()
@click.argument("references", nargs=-1, required=True, metavar="IMAGE...")
@json_option
@pass_session
def rm(session: Session, *, references: tuple[str, ...], as_json: bool) -> None:
    """Remove names of images, and each image with its last name; never one that a container was made from."""
    done = session.backend.image_remove(references=references)
    if as_json:
        print_json(done)
    else:
        click.echo(f"Removed {_listed(done['removed'])}.")


def say_built(done: Json | None) -> None:
    """Say what came of a build, nothing where that was printed as JSON."""
    if done is not None:
        click.echo(f"Built {_listed(done['references'])} ({_short(done['image'])}, {megabytes(done['size'])}).")
        _say_pushed(done["pushed"])


def _facts(session: Session, found: Json) -> list[tuple[str, str]]:
    return [
        ("id", found["id"]),
        ("names", ", ".join(found["references"])),
        ("digests", ", ".join(found["digests"])),
        ("size", megabytes(found["size"])),
        ("created", f"{found['created']} ({age(found['created'], session.now())} ago)" if found["created"] else ""),
        ("platform", found["platform"]),
        ("solution", found["solution"]),
        ("runs", " ".join([*found["entrypoint"], *found["command"]])),
        ("user", found["user"] or "root"),
        ("working dir", found["working_dir"]),
        ("ports", ", ".join(found["ports"])),
        ("volumes", ", ".join(found["volumes"])),
        ("environment", ", ".join(f"{name}={value}" for name, value in found["environment"].items())),
        ("labels", ", ".join(f"{name}={value}" for name, value in found["labels"].items())),
        ("used by", ", ".join(found["used_by"])),
    ]


def _argument(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals and name not in os.environ:
        raise click.UsageError(f"--build-arg {name}: your environment has no {name}; write {name}=VALUE")
    return name, value if equals else os.environ[name]


def _secret(given: str) -> str:
    """Return a secret with its file's path made absolute: it is read by whoever builds."""
    parts = [part.partition("=") for part in given.split(",")]
    named = {name: value for name, _, value in parts}
    source = next((name for name in ("src", "source") if name in named), None)
    if source is None and "env" not in named:
        raise fail(f"--secret {given}: it says no source", "write --secret id=npm,src=.npmrc")
    if source is not None:
        named[source] = str(Path(named[source]).absolute())
    return ",".join(f"{name}={value}" for name, value in named.items())


def _say_pushed(pushed: list[Json]) -> None:
    for one in pushed:
        click.echo(f"Pushed {visible(one['reference'])}.")
        if one["digest"]:
            note(f"exactly this image is {visible(one['digest'])}")


def _users(one: Json) -> str:
    first, *more = one["used_by"] or ["-"]
    return f"{first} and {len(more)} more" if more else str(first)


def _short(image_id: str) -> str:
    return image_id.removeprefix("sha256:")[:_SHORT_ID]


def _listed(names: list[str]) -> str:
    return visible(", ".join(names))
