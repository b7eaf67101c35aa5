"""Whether a container is to be restarted because something it depends on was (`depends_on: {db: {restart: true}}`)."""

from observed_state.instance import Instance
from reconcilers.world import ContainerWorld


def behind_its_dependency(world: ContainerWorld, instance: Instance) -> str:
    """Return which dependency was started anew since this container was, "" when none was.

    As in Compose, a restart after a crash does not count: only one that somebody or a new container asked for. Both
    moments are the controller's own, so no daemon's clock is compared with it.
    """
    restarts = instance.restarts
    mine = max((moment for moment in (restarts.began, restarts.last_restart) if moment), default=None)
    if mine is None:
        return ""
    for name, dependency in world.spec.depends_on.items():
        fact = world.dependencies.get(name)
        if dependency.restart and fact and fact.began and fact.began > mine:
            return f"{name}, which it depends on, was started anew"
    return ""
