"""What commands ask for, answered by the running controller or, when there is none, in this process."""

import getpass
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from controller.client import Client, Json, NotRunning, socket_path
from controller.errors import ServiceError


class Transport(Protocol):
    """A way to the service functions. Both methods raise ServiceError."""

    def call(self, verb: str, arguments: Mapping[str, Any]) -> Json:
        """Return one answer."""
        ...

    def stream(self, verb: str, arguments: Mapping[str, Any]) -> Iterator[Json]:
        """Return answers as they come."""
        ...


class Backend:
    """The service functions, with the JSON shapes of the API.

    `namespace` None means all namespaces; `name` is `web` or `container/web`. Every method raises
    ServiceError.
    """

    def __init__(self, state_dir: Path, controller: Transport | None = None) -> None:
        self.state_dir = state_dir
        self._controller = controller or Client(socket_path(state_dir))
        self._host: Transport | None = None
        self._hosted = False

    @property
    def hosted(self) -> bool:
        """Tell whether the last answer came from this process, because no controller runs."""
        return self._hosted

    # look
    def status(self, *, namespace: str | None = None, name: str | None = None) -> Json:
        return self._call("status", namespace=namespace, name=name)

    def describe(self, *, namespace: str | None, name: str) -> Json:
        return self._call("describe", namespace=namespace, name=name)

    def diff(
        self, *, namespace: str | None = None, names: Sequence[str] = (), live: bool = False, everything: bool = False
    ) -> Json:
        """Return how what runs differs from what is declared.

        `live` inspects everything anew; `everything` lists what is looked away from, too.
        """
        return self._call("diff", namespace=namespace, name=list(names), live=live, all=everything)

    def policy(self) -> Json:
        """Return what may be asked of this host."""
        return self._call("policy")

    def explain_policy(self, *, documents: list[Json]) -> Json:
        """Return what these documents ask of the host and may not."""
        return self._call("explain_policy", documents=documents)

    def held_back(self) -> Json:
        """Return what is not given up because nobody has asked for so much."""
        return self._call("held_back")

    def plan(
        self, *, documents: list[Json], sources: list[str], live: bool, prune: bool, prune_namespace: str | None
    ) -> Json:
        """Return what applying these documents would change. Writes nothing."""
        return self._call(
            "plan", documents=documents, sources=sources, live=live, prune=prune, prune_namespace=prune_namespace
        )

    def doctor(self) -> Json:
        return self._call("doctor")

    def events(self, *, namespace: str | None = None, name: str | None = None, since: str | None = None) -> list[Json]:
        """Return recorded events, oldest first. `since` is a time, ISO 8601."""
        found: list[Json] = self._call("events", namespace=namespace, name=name, since=since, follow=False)["events"]
        return found

    def follow_events(
        self, *, namespace: str | None = None, name: str | None = None, since: str | None = None
    ) -> Iterator[Json]:
        """Yield recorded events, then new ones without end."""
        return self._stream("events", namespace=namespace, name=name, since=since, follow=True)

    # look back
    def why(self, *, namespace: str | None, name: str) -> Json:
        return self._call("why", namespace=namespace, name=name)

    def history(self, *, namespace: str | None, name: str) -> Json:
        return self._call("history", namespace=namespace, name=name)

    def drift(self, *, namespace: str | None, name: str, since: str | None) -> Json:
        """Return what differed at any time since then (ISO 8601, None: ever)."""
        return self._call("drift", namespace=namespace, name=name, since=since)

    def status_at(self, *, at: str, namespace: str | None, name: str | None) -> Json:
        """Return how what was declared at a time (ISO 8601) stood then."""
        return self._call("status_at", at=at, namespace=namespace, name=name)

    def diff_at(self, *, at: str, namespace: str | None, names: Sequence[str]) -> Json:
        """Return what differed at a time (ISO 8601) from what was declared then."""
        return self._call("diff_at", at=at, namespace=namespace, name=list(names))

    def simulate(
        self,
        *,
        documents: list[Json],
        sources: list[str],
        prune_namespace: str | None,
        at: str | None,
        snapshot: Json | None,
    ) -> Json:
        """Return what applying documents would do to the state now, at a time, or of a snapshot."""
        return self._call(
            "simulate",
            documents=documents,
            sources=sources,
            prune_namespace=prune_namespace,
            at=at,
            snapshot=snapshot,
        )

    def snapshot(self, *, at: str | None) -> Json:
        """Return the state now or at a time, secrets hidden."""
        return self._call("snapshot", at=at)

    def audit(self, *, namespace: str | None, name: str | None, limit: int, verify: bool) -> Json:
        """Return the newest rows of the audit trail; `verify` checks all of it."""
        return self._call("audit", namespace=namespace, name=name, limit=limit, verify=verify)

    def logs(
        self,
        *,
        namespace: str | None,
        names: Sequence[str],
        follow: bool,
        since: str | None,
        tail: int | None,
        previous: int | None = None,
    ) -> Iterator[Json]:
        """Yield log lines of the named containers; `tail` None means all, `previous` those of an ended run."""
        wanted = {"follow": follow, "since": since, "tail": tail, "previous": previous}
        return self._stream("logs", namespace=namespace, name=list(names), **wanted)

    # ask companions
    def ci_list(self, *, namespace: str | None) -> list[Json]:
        """Return how each container stands, in the words of its companion."""
        found: list[Json] = self._call("ci_list", namespace=namespace)["companions"]
        return found

    def ci_query(self, *, name: str, namespace: str | None, query: str) -> list[Json]:
        """Return what the companions of a resource, or of any one container, say to a question."""
        answers: list[Json] = self._call("ci_query", name=name, namespace=namespace, query=query)["answers"]
        return answers

    def model_asked(
        self, *, name: str, namespace: str | None, actor: str, model: str, host: str, sha256: str, per_day: int
    ) -> Json:
        """Write down that a model is about to be asked; refused when that was done often enough today."""
        return self._call(
            "model_asked",
            name=name,
            namespace=namespace,
            actor=actor,
            model=model,
            host=host,
            sha256=sha256,
            per_day=per_day,
        )

    def model_answered(
        self,
        *,
        name: str,
        namespace: str | None,
        actor: str,
        model: str,
        host: str,
        sha256: str,
        requests: int,
        sent_bytes: int,
        tokens: int,
    ) -> Json:
        """Write down all that left for a model."""
        return self._call(
            "model_answered",
            name=name,
            namespace=namespace,
            actor=actor,
            model=model,
            host=host,
            sha256=sha256,
            requests=requests,
            sent_bytes=sent_bytes,
            tokens=tokens,
        )

    # act
    def apply(
        self,
        *,
        documents: list[Json],
        sources: list[str],
        prune: bool,
        prune_namespace: str | None,
        confirm: bool,
        actor: str,
        plan: str | None = None,
    ) -> Json:
        """Declare these documents; `confirm` lets a prune delete much of what runs.

        With `plan`, the id of one that was shown, only if exactly that would be done now.
        """
        return self._call(
            "apply",
            documents=documents,
            sources=sources,
            prune=prune,
            prune_namespace=prune_namespace,
            confirm=confirm,
            plan=plan,
            actor=actor,
        )

    def delete(
        self, *, names: Sequence[str], namespace: str | None, cascade: str = "background", force: bool = False
    ) -> Json:
        """Delete resources; with the cascade `orphan` what was made stays, with `force` nothing is waited for."""
        return self._call("delete", names=list(names), namespace=namespace, cascade=cascade, force=force)

    def recreate_volume(self, *, names: Sequence[str], namespace: str | None) -> Json:
        """Make volumes anew, without their data."""
        return self._call("recreate_volume", names=list(names), namespace=namespace)

    def down(
        self,
        *,
        namespace: str | None = None,
        documents: list[Json] | None = None,
        everything: bool = False,
        volumes: bool = False,
    ) -> Json:
        """Delete all of a namespace, of some documents, or everything; volumes only when asked to."""
        return self._call("down", namespace=namespace, documents=documents, all=everything, volumes=volumes)

    def act(self, verb: str, *, names: Sequence[str], namespace: str | None) -> Json:
        """Start, stop, restart or trigger containers: `verb` is one of these."""
        return self._call(verb, names=list(names), namespace=namespace)

    def scale(self, *, name: str, namespace: str | None, replicas: int | None) -> Json:
        """Set how many replicas there are; None leaves that to `autoscale`."""
        return self._call("scale", name=name, namespace=namespace, replicas=replicas)

    def rollback(self, *, name: str, namespace: str | None, to: int | None, dry_run: bool) -> Json:
        """Declare a kept revision anew; None: what an update began from, else the one before."""
        actor = getpass.getuser()
        return self._call("rollback", name=name, namespace=namespace, to=to, dry_run=dry_run, actor=actor)

    def pause(
        self, *, names: Sequence[str], namespace: str | None, everything: bool, for_s: float | None, reason: str
    ) -> Json:
        """Keep Ergon's hands off for `for_s` seconds; None means until resumed."""
        return self._call(
            "pause",
            names=list(names),
            namespace=namespace,
            all=everything,
            for_s=for_s,
            reason=reason,
            actor=getpass.getuser(),
        )

    def resume(self, *, names: Sequence[str], namespace: str | None, everything: bool) -> Json:
        """End pauses."""
        return self._call("resume", names=list(names), namespace=namespace, all=everything, actor=getpass.getuser())

    def approve(
        self, *, name: str, namespace: str | None, fields: Sequence[str], plan: str | None, verdict: str, reason: str
    ) -> Json:
        """Say what is to become of differences: `repair`, `accept` or `reject` them."""
        return self._call(
            "approve",
            name=name,
            namespace=namespace,
            field=list(fields),
            plan=plan,
            verdict=verdict,
            reason=reason,
            actor=getpass.getuser(),
        )

    def optimize(self, *, name: str, namespace: str | None) -> Json:
        """Declare the limits that are recommended for a container."""
        return self._call("optimize", name=name, namespace=namespace, actor=getpass.getuser())

    def confirm(self, *, names: Sequence[str], namespace: str | None) -> Json:
        """Let happen what is held back because nobody had asked for so much."""
        return self._call("confirm", names=list(names), namespace=namespace, actor=getpass.getuser())

    def collect_images(self, *, confirm: bool, older_than_s: float) -> Json:
        """Return which images can go, of those that came so long ago; `confirm` removes them."""
        return self._call("collect_images", confirm=confirm, older_than_s=older_than_s, actor=getpass.getuser())

    # images
    def images(self, *, name: str, dangling: bool) -> list[Json]:
        """Return the images whose references begin so; nameless ones when asked for."""
        found: list[Json] = self._call("images", name=name, dangling=dangling)["images"]
        return found

    def image(self, *, reference: str) -> Json:
        return self._call("image", reference=reference)

    def image_tag(self, *, image: str, references: Sequence[str]) -> Json:
        return self._call("image_tag", image=image, references=list(references))

    def image_remove(self, *, references: Sequence[str]) -> Json:
        return self._call("image_remove", references=list(references))

    def image_build(
        self,
        *,
        build: Json,
        names: Sequence[str],
        rules: Sequence[str],
        version: str,
        push: bool,
        solution: str = "",
        namespace: str | None = None,
    ) -> Iterator[Json]:
        """Yield what a build says, its outcome last; `build` is as an Image resource declares it."""
        return self._stream(
            "image_build",
            build=build,
            names=list(names),
            rules=list(rules),
            version=version,
            push=push,
            solution=solution,
            namespace=namespace,
        )

    def image_pull(self, *, reference: str, platform: str | None) -> Iterator[Json]:
        return self._stream("image_pull", reference=reference, platform=platform)

    def image_push(self, *, references: Sequence[str]) -> Iterator[Json]:
        return self._stream("image_push", references=list(references))

    # projects and solutions
    def projects(self, *, namespace: str | None) -> list[Json]:
        found: list[Json] = self._call("projects", namespace=namespace)["projects"]
        return found

    def generate(self, *, name: str, namespace: str | None, force: bool, save: bool) -> Json:
        """Make a project's Dockerfile, and register its solution."""
        return self._call("generate", name=name, namespace=namespace, force=force, save=save)

    def solutions(self, *, namespace: str | None) -> list[Json]:
        found: list[Json] = self._call("solutions", namespace=namespace)["solutions"]
        return found

    def launch(self, *, name: str, namespace: str | None, called: str, image: str, **said: Any) -> Json:
        """Return what a launch of a solution would declare; `said` are its environment, secrets, ports and replicas."""
        return self._call("launch", name=name, namespace=namespace, called=called, image=image, dry_run=True, **said)

    # take over and give back
    def import_containers(
        self,
        *,
        containers: Sequence[str],
        compose_project: str,
        everything: bool,
        name: str | None,
        namespace: str | None,
        secrets: bool,
    ) -> Json:
        """Return the declarations of what runs, what can't be declared, and which variables look secret."""
        return self._call(
            "import_containers",
            containers=list(containers),
            compose_project=compose_project,
            all=everything,
            name=name,
            namespace=namespace,
            secrets=secrets,
        )

    def export(self, *, names: Sequence[str], namespace: str | None, needs: bool) -> Json:
        """Return what is declared; with `needs` also what the named resources refer to."""
        return self._call("export", names=list(names), namespace=namespace, needs=needs)

    def adopt(
        self,
        *,
        containers: Sequence[str],
        compose_project: str,
        labelled: bool,
        documents: list[Json],
        name: str | None,
        namespace: str | None,
        replace: bool,
        dry_run: bool,
        actor: str,
    ) -> Json:
        """Take containers over; with `dry_run` only say what that would mean."""
        return self._call(
            "adopt",
            containers=list(containers),
            compose_project=compose_project,
            labelled=labelled,
            documents=documents,
            name=name,
            namespace=namespace,
            replace=replace,
            dry_run=dry_run,
            actor=actor,
        )

    def release(self, *, names: Sequence[str], namespace: str | None) -> Json:
        return self._call("release", names=list(names), namespace=namespace)

    # the controller itself
    def shutdown(self, *, stop_containers: bool = False) -> None:
        """Ask the running controller to end. Raises NotRunning when there is none."""
        self._controller.call("shutdown", {"stop_containers": stop_containers})

    def controller_is_ready(self) -> bool:
        """Tell whether a controller runs, and is ready to answer."""
        try:
            self._controller.call("ready", {})
        except ServiceError:
            return False
        return True

    def _call(self, verb: str, **arguments: Any) -> Json:
        try:
            answer = self._controller.call(verb, arguments)
        except NotRunning:
            self._hosted = True
            return self._own_host().call(verb, arguments)
        self._hosted = False
        return answer

    def _stream(self, verb: str, **arguments: Any) -> Iterator[Json]:
        try:
            answers = self._controller.stream(verb, arguments)
        except NotRunning:
            self._hosted = True
            return self._own_host().stream(verb, arguments)
        self._hosted = False
        return answers

    def _own_host(self) -> Transport:
        if self._host is None:
            from console.cli.hosted import Hosted  # noqa: PLC0415 - imports the whole controller

            self._host = Hosted(self.state_dir)
        return self._host
