"""What people ask of declared things while they run: the verbs that change how, not what is declared."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from controller import approving
from controller.errors import ServiceError
from controller.image_collection import shown
from controller.pauses import keys_meant, new_pause
from controller.rolling_back import go_on
from controller.run_deeds import request_run
from controller.service_ground import Ground, Json, explained, written
from desired_state.container import ContainerSpec
from store import approvals, resources


class Acting(Ground):
    """One method per verb."""

    async def start(self, *, names: Sequence[str], namespace: str | None = None, actor: str = "api") -> Json:
        """Want the containers running."""
        return await self._each(
            self._named(names, namespace), partial(resources.set_stopped, stopped=False, actor=actor), "started"
        )

    async def stop(self, *, names: Sequence[str], namespace: str | None = None, actor: str = "api") -> Json:
        """Want the containers there, but not running."""
        return await self._each(
            self._named(names, namespace), partial(resources.set_stopped, stopped=True, actor=actor), "stopped"
        )

    async def restart(self, *, names: Sequence[str], namespace: str | None = None, actor: str = "api") -> Json:
        """Want one restart of each container."""
        return await self._each(
            self._named(names, namespace), partial(resources.request_restart, actor=actor), "restarting"
        )

    async def trigger(self, *, names: Sequence[str], namespace: str | None = None, actor: str = "api") -> Json:
        """Want one run of each scheduled container now, beside those of its schedule."""
        keys, now = self._named(names, namespace), self._runtime.clock.now()
        with written():
            done = [await request_run(self._runtime.records, key, actor=actor, now=now) for key in keys]
        self._changed(done)
        return self._results(done, "triggered")

    async def pause(
        self,
        *,
        names: Sequence[str] = (),
        namespace: str | None = None,
        all: bool = False,  # noqa: A002 - the word of the API
        for_s: float | None = None,
        reason: str = "",
        actor: str = "api",
    ) -> Json:
        """Keep hands off for a while, or until resumed."""
        keys = keys_meant(self._runtime.records, names, namespace, all_of_them=all)
        pause = new_pause(self._runtime.clock.now(), for_s=for_s, reason=reason, by=actor)
        return await self._each(keys, partial(resources.set_pause, pause=pause, actor=actor), "paused")

    async def resume(
        self,
        *,
        names: Sequence[str] = (),
        namespace: str | None = None,
        all: bool = False,  # noqa: A002 - the word of the API
        actor: str = "api",
    ) -> Json:
        """Act again: ends a pause, of an update too, and lets happen what was stopped because nobody had asked."""
        keys = keys_meant(self._runtime.records, names, namespace, all_of_them=all)
        with written():
            await go_on(self._runtime, keys, actor)
        self._runtime.records.take_resources(await approving.let_go(self._runtime, keys, actor))
        return await self._each(keys, partial(resources.set_pause, pause=None, actor=actor), "resumed")

    async def approve(
        self,
        *,
        name: str,
        namespace: str | None = None,
        field: Sequence[str] = (),
        plan: str | None = None,
        verdict: approving.Word = "repair",
        reason: str = "",
        actor: str = "api",
    ) -> Json:
        """Say what is to become of what differs: repair it, accept it as it is, or reject the repair."""
        key = self._find(name, namespace)
        await self._barrier(inspect_all=False)
        words = await approving.words_on(
            self._runtime, key, verdict=verdict, fields=field, plan=plan, by=actor, reason=reason
        )
        now = self._runtime.clock.now()
        done = [await self._write(lambda session: approvals.put(session, key, words, now))]
        self._changed(done)
        return self._results(done, approving.OUTCOMES[verdict]) | {"fields": [word.path for word in words]}

    async def held_back(self) -> Json:
        """Return what is not done because nobody has asked for so much."""
        return approving.held_back(self._runtime)

    async def confirm(self, *, names: Sequence[str] = (), namespace: str | None = None, actor: str = "api") -> Json:
        """Let happen what is held back: of the resources named, of a namespace, or all of it."""
        keys = keys_meant(self._runtime.records, names, namespace, all_of_them=True)
        done = await approving.let_go(self._runtime, keys, actor)
        self._changed(done)
        return self._results(done, "confirmed")

    async def scale(self, *, name: str, replicas: int | None, namespace: str | None = None, actor: str = "api") -> Json:
        """Declare another number of replicas; None leaves the number to what `autoscale` says."""
        key = self._find(name, namespace)
        spec = self._runtime.records.resources[key].resource.spec
        if not isinstance(spec, ContainerSpec):
            raise ServiceError(f"{key} has no replicas", "only containers can be scaled")
        if replicas is None and spec.autoscale is None:
            raise ServiceError(
                f"{key} declares no autoscale", "declare `autoscale: {max: 5, cpu: 70%}`, or say a number"
            )
        now = self._runtime.clock.now()
        try:
            done = await self._write(
                lambda session: [resources.set_replicas(session, key, replicas, actor=actor, now=now)]
            )
        except ValueError as error:
            raise ServiceError(f"{key} can not have {replicas} replicas: {error}") from error
        self._changed(done)
        return self._results(done, "scaled")

    async def collect_images(self, *, confirm: bool = False, older_than_s: float = 0.0, actor: str = "api") -> Json:  # noqa: ARG002 - the deed itself is recorded
        """Return which of the images that Ergon brought here nothing needs; `confirm` removes them."""
        if not self._runtime.link.reachable:
            raise ServiceError(self._runtime.link.message, "`ergon doctor` says what is wrong", 503)
        collection, age = self._runtime.collection, timedelta(seconds=older_than_s)
        with explained(), written():
            if confirm:
                return shown(await collection.collect(age), removed=True)
            return shown([(verdict, "") for verdict in await collection.judge(age)], removed=False)
