"""Applying, against a model of twenty lines."""

from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlmodel import Session

from desired_state.key import Key
from desired_state.resource import Resource
from store import changes, meta, resources, revisions, sqlite
from tests.store.builders import NOON, resource

KEYS = [Key("Container", "shop", name) for name in ("web", "db", "api")]
DECLARATIONS = st.builds(
    resource,
    st.sampled_from(KEYS),
    source=st.sampled_from(["", "/a.yaml", "/b.yaml"]),
    labels=st.sampled_from([{}, {"tier": "front"}]),
    image=st.sampled_from(["nginx:1", "nginx:2"]),
)
APPLIES = st.lists(st.lists(DECLARATIONS, unique_by=lambda one: one.key, max_size=3), max_size=6)


@dataclass
class Model:
    """What a store should hold after some applies."""

    spec: dict[Key, object] = field(default_factory=dict)
    labels: dict[Key, object] = field(default_factory=dict)
    sources: dict[Key, set[str]] = field(default_factory=dict)
    generation: dict[Key, int] = field(default_factory=dict)

    def apply(self, wanted: Resource) -> str:
        key, spec, labels = wanted.key, wanted.spec.declared(), dict(wanted.labels)
        files = self.sources.get(key, set()) | ({wanted.source} - {""})
        known = key in self.spec
        new_spec = self.spec.get(key) != spec
        changed = new_spec or self.labels.get(key) != labels or self.sources.get(key) != files
        self.spec[key], self.labels[key], self.sources[key] = spec, labels, files
        self.generation[key] = self.generation.get(key, 0) + new_spec
        return "created" if not known else "configured" if changed else "unchanged"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(applies=APPLIES)
def test_applying_does_what_the_model_does(applies: list[list[Resource]], state_dir: Path) -> None:
    with sqlite.connect_writer(state_dir / sqlite.FILE_NAME) as connection:
        follow_model(applies, connection)


def follow_model(applies: list[list[Resource]], connection: Connection) -> None:
    with Session(bind=connection) as session:
        meta.begin_epoch(session, NOON)
        model, before = Model(), changes.latest(session)
        for wanted in applies:
            applied = resources.apply(session, wanted, actor="ann", now=NOON)
            version = changes.latest(session)

            assert [one.outcome for one in applied] == [model.apply(one) for one in wanted]
            assert version - before == sum(one.outcome != "unchanged" for one in applied)
            before = version
        agree(session, model)


def agree(session: Session, model: Model) -> None:
    found = {stored.key: stored for stored in resources.all(session)}

    assert {key: one.resource.spec.declared() for key, one in found.items()} == model.spec
    assert {key: dict(one.resource.labels) for key, one in found.items()} == model.labels
    assert {key: set(one.sources) for key, one in found.items()} == model.sources
    assert {key: one.generation for key, one in found.items()} == model.generation
    assert all(len(revisions.list_for(session, key)) == one.generation for key, one in found.items())
