"""What can be asked of Ergon: one method per question, the same with a controller running or without.

Answers are JSON-ready (`views`). Writing needs a store opened for writing. Raises ServiceError.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from controller import planned, run_views, views
from controller.acting import Acting
from controller.admission import admit, parse
from controller.asked_times import moment_asked
from controller.asking_companions import AskingCompanions
from controller.build_keys import keys_of
from controller.deleting import complete_sources, gone_sources
from controller.denials import record_denial
from controller.doctor import checks
from controller.ending import Ending
from controller.errors import ServiceError
from controller.hindsight import Hindsight
from controller.imaging import Imaging
from controller.logs import merged_logs
from controller.model_questions import ModelQuestions
from controller.optimizing import optimized
from controller.planning import Prune, plan_with, pruned
from controller.previous_logs import logs_of_previous
from controller.program_info import VERSION
from controller.projects import Projects
from controller.records import declared_reference
from controller.rolling_back import RollingBack, update_of
from controller.service_ground import explained
from controller.taking_over import TakingOver
from desired_state.key import Key
from desired_state.resource import Resource
from store import actions, applying, events, exit_reports, exits, meta

Json = dict[str, Any]


class Service(Acting, AskingCompanions, Ending, Hindsight, Imaging, ModelQuestions, Projects, RollingBack, TakingOver):
    """The questions, over one runtime. `live` says whether its loop runs."""

    # look

    async def status(self, *, namespace: str | None = None, name: str | None = None) -> Json:
        """Return how everything declared stands, and what else runs on the host."""
        runtime = self._runtime
        if not self._live:
            await self._refresh_statuses()
        wanted = self._wanted(namespace, [name] if name else [])
        managed = {one.container_id for one in runtime.records.instances()}
        link = runtime.link
        return {
            "controller": {"running": self._live, "pid": os.getpid() if self._live else None, "version": VERSION},
            "engine": {
                "reachable": link.reachable,
                "version": link.info.version if link.info else "",
                "api_version": "{}.{}".format(*link.info.api_version) if link.info else "",
                "message": link.message,
            },
            "resources": [self._row(stored) for stored in wanted],
            "unmanaged": views.unmanaged(row for row in runtime.observed.summaries.values() if row.id not in managed),
        }

    async def describe(self, *, name: str, namespace: str | None = None, kind: str = "") -> Json:
        """Return everything known about one resource."""
        runtime = self._runtime
        key = self._find(f"{kind}/{name}" if kind else name, namespace)
        stored = runtime.records.resources[key]
        if not self._live:
            await self._refresh_statuses()
        changes = (await self._planned([key])).changes if runtime.link.reachable else []
        read = runtime.store.read
        row = self._row(stored)
        return {
            "resource": views.document(stored),
            "status": row,
            "instances": row["instances"],
            "update": update_of(runtime, stored),
            "runs": [run_views.run(one) for one in runtime.records.runs.of(stored)],
            "changes": views.changes(changes),
            "events": [views.event(one) for one in await read(partial(events.recent, key=key, limit=50))],
            "actions": [views.action(one) for one in await read(partial(actions.of, key=key, limit=50))],
            "exits": await read(partial(_exits, key=key)),
        }

    async def diff(
        self,
        *,
        namespace: str | None = None,
        name: Sequence[str] = (),
        live: bool = False,
        all: bool = False,  # noqa: A002 - the word of the API
    ) -> Json:
        """Return how what runs differs from what is declared.

        From the cache after a barrier: the events up to now, a list, and an inspect of what these name.
        `live` inspects everything; `all` lists what policies and people look away from, too.
        """
        wanted = [stored.key for stored in self._wanted(namespace, name)]
        return await self._shown(await self._planned_now(wanted, inspect_all=live), unshown=all)

    async def plan(
        self,
        *,
        documents: Sequence[Json],
        sources: Sequence[str] = (),
        live: bool = False,
        prune: bool = False,
        prune_namespace: str | None = None,
    ) -> Json:
        """Return what applying these documents would change. Writes nothing, here or in Docker."""
        declared, asked = parse(documents), Prune(sources if prune else (), prune_namespace)
        self._admit(declared, self._leaving(declared, asked))
        await self._barrier(inspect_all=live)
        with explained():
            found = await plan_with(self._runtime, declared, asked)
        return await self._shown(found)

    async def events(
        self, *, namespace: str | None = None, name: str | None = None, since: str | None = None, follow: bool = False
    ) -> Any:
        """Return recorded events, oldest first; with `follow` an iterator that goes on with new ones."""
        key = self._find(name, namespace) if name else None
        moment = moment_asked(since)
        if follow:
            return self._follow_events(namespace, key, moment)
        rows = await self._runtime.store.read(partial(events.recent, key=key, since=moment, limit=1000))
        return {"events": [views.event(row) for row in rows if namespace in (None, row.namespace)]}

    async def _follow_events(
        self, namespace: str | None, key: Key | None, since: datetime | None
    ) -> AsyncIterator[Json]:
        seen = 0
        while True:
            rows = await self._runtime.store.read(
                partial(events.recent, key=key, since=since, after_id=seen or None, limit=1000)
            )
            for row in rows:
                seen = max(seen, row.id or 0)
                if namespace in (None, row.namespace):
                    yield views.event(row)
            await self._runtime.clock.sleep(0.5)

    async def logs(
        self,
        *,
        name: Sequence[str],
        namespace: str | None = None,
        follow: bool = False,
        since: str | None = None,
        tail: int | None = None,
        previous: int | None = None,
    ) -> AsyncIterator[Json]:
        """Return the log lines of resources' containers, merged by time.

        With `previous` (from 1) those that were kept of their last run but so many, also where the container has
        been replaced; the last line of each says how it ended.
        """
        if previous is not None:
            keys = [await self._find_past(one, namespace) for one in name]
            return await logs_of_previous(self._runtime.store, keys, previous, tail=tail)
        wanted = self._wanted(namespace, name)
        instances = [one for stored in wanted for one in self._runtime.records.instances_of(stored.key)]
        return merged_logs(
            self._runtime.engine,
            [one for one in instances if one.kind == "Container" and one.container_id],
            follow=follow,
            since=moment_asked(since),
            tail=tail,
        )

    async def policy(self) -> Json:
        """Return what may be asked of this host, and where that is written."""
        return self._runtime.worlds.privileges.shown()

    async def explain_policy(self, *, documents: Sequence[Json]) -> Json:
        """Return everything that these documents ask and may not, whether it is denied or only told."""
        privileges = self._runtime.worlds.privileges
        return {"problems": privileges.problems(parse(documents)), "denies": privileges.denies()}

    async def doctor(self) -> Json:
        """Return what is right and wrong with the surroundings, each with its mend."""
        return {"checks": await checks(self._runtime, live=self._live)}

    # declare

    async def apply(
        self,
        *,
        documents: Sequence[Json],
        sources: Sequence[str] = (),
        prune: bool = False,
        prune_namespace: str | None = None,
        confirm: bool = False,
        plan: str | None = None,
        actor: str = "api",
    ) -> Json:
        """Make these documents the declared ones, all or none.

        A prune is about `prune_namespace` alone where one is named. One that would delete much of what runs is refused
        (409) unless `confirm` says it is meant.
        With the id of a `plan` that was shown, it is refused unless exactly that would be done now.
        """
        declared, asked = parse(documents), Prune(sources if prune else (), prune_namespace)
        leaving = self._leaving(declared, asked)
        try:
            self._admit(declared, leaving)
        except ServiceError as error:
            await record_denial(self._runtime, error, actor)
            raise
        if not confirm:
            self._refuse_to_prune_much(leaving)
        versions = await self._versions_of(plan, declared, asked) if plan is not None else None
        now, images, known = (self._runtime.clock.now(), self._runtime.images, self._runtime.records.resources.values())
        complete, gone = complete_sources(known, asked.sources), gone_sources(known)
        builds = images.wanting(await keys_of(declared))

        def write(session: Any) -> tuple[list[applying.Applied], int]:
            planned.require_versions(session, versions or {})
            done = applying.apply(
                session,
                declared,
                actor=actor,
                now=now,
                prune_sources=complete,
                prune_namespace=prune_namespace,
                gone_sources=gone,
            )
            if versions is not None:
                planned.require_only(done, versions)
            images.note_wanted(session, builds, now)
            return done, meta.resource_version(session)

        done, version = await self._write(write)
        images.show(*builds)
        retried = images.try_again(declared_reference(one.stored) for one in done)
        self._changed(
            one.stored
            for one in done
            if one.outcome != "unchanged" or one.key.kind == "Image" or declared_reference(one.stored) in retried
        )
        return {
            "results": [views.applied(result) for result in done],
            "resource_version": version,
            "warnings": self._runtime.worlds.privileges.problems(declared),
        }

    async def optimize(self, *, name: str, namespace: str | None = None, actor: str = "api") -> Json:
        """Declare the limits that are recommended for a container, as an apply of its document would, in one revision.

        `limits` is empty, and nothing is declared, where nothing is recommended.
        """
        found = optimized(self._runtime, self._find(name, namespace))
        done = await self.apply(documents=found.documents, actor=actor) if found.documents else {"results": []}
        return {"results": done["results"], "limits": found.limits, "message": found.message}

    async def _versions_of(self, plan: str, declared: Sequence[Resource], prune: Prune) -> Mapping[Key, int]:
        """Return the versions that a plan is about, once it is known to be what would be done now."""
        await self._barrier(inspect_all=False)
        with explained():
            return (await planned.as_shown(self._runtime, declared, prune, plan)).versions

    def _leaving(self, declared: Sequence[Resource], prune: Prune) -> list[Key]:
        return [stored.key for stored in pruned(self._runtime, {resource.key for resource in declared}, prune)]

    def _admit(self, declared: Sequence[Resource], leaving: Sequence[Key]) -> None:
        admit(self._runtime, declared, leaving, live=self._live)

    def _refuse_to_prune_much(self, leaving: Sequence[Key]) -> None:
        guard = self._runtime.guard
        containers = guard.containers_of(key for key in leaving if key.kind == "Container")
        if containers > guard.limit():
            raise ServiceError(
                f"this would delete {containers} of {guard.managed()} containers, which these files no longer declare",
                "see which with --dry-run; add --yes if that is meant",
                409,
            )


def _exits(session: Session, key: Key) -> list[Json]:
    ends = exits.of(session, key, 20)
    known = exit_reports.of(session, ends)
    return [views.exit_of_run(one, known.get(one.id)) for one in ends]
