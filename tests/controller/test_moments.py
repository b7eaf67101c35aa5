"""What is kept of a resource comes back as it was, whatever it was."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from controller import moments
from controller.moments import Held, Moment, Seen
from desired_state.key import Key
from desired_state.resource import Pause
from observed_state.container import Attachment, Container, RestartPolicy
from observed_state.image import Image
from observed_state.instance import Instance, Restarts
from observed_state.network import Network, Subnet
from observed_state.status import Condition, Status
from observed_state.volume import Volume
from reconcilers.decision import Change, FieldChange

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WEB = Key("Container", "shop", "web")

texts = st.text(max_size=12)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - added there
values = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts | st.lists(texts, max_size=2)
fields = st.builds(
    FieldChange, texts, values, values, cause=st.just("drift"), effect=st.just("none"), since=st.none() | times
)
changes = st.builds(Change, st.just(WEB), st.just("none"), st.just("none"), st.tuples(fields), texts)
containers = st.builds(
    Container,
    id=texts,
    name=texts,
    image=texts,
    image_id=texts,
    state=st.sampled_from(["created", "running", "exited"]),
    pid=st.integers(0, 9999),
    exit_code=st.integers(0, 255),
    started_at=st.none() | times,
    restart_policy=st.builds(RestartPolicy, texts, st.integers(0, 9)),
    resources=st.dictionaries(texts, st.integers(0, 2**40) | texts, max_size=3),
    networks=st.dictionaries(texts, st.builds(Attachment, texts, texts, st.tuples(texts)), max_size=2),
)
instances = st.builds(
    Instance,
    *([texts] * 5),
    slot=st.integers(0, 9),
    name=texts,
    final_name=texts,
    generation=st.integers(1, 99),
    container_id=st.none() | texts,
    resolved=st.dictionaries(texts, texts, max_size=2),
    baseline=st.none() | containers,
    restarts=st.builds(Restarts, total=st.integers(0, 9), last_restart=st.none() | times, held=texts),
    created_at=st.none() | times,
)
kept = st.builds(
    Moment,
    st.builds(Held, times, times, sources=st.tuples(texts), pause=st.none() | st.builds(Pause, texts, texts, times)),
    st.builds(
        Status, st.integers(0, 9), texts, st.booleans(), conditions=st.tuples(st.just(Condition("Ready", "True", "x")))
    ),
    st.tuples(changes),
    st.builds(
        Seen,
        st.tuples(instances),
        st.tuples(containers),
        st.tuples(st.builds(Network, texts, texts, subnets=st.tuples(st.builds(Subnet, texts)))),
        st.tuples(st.builds(Volume, texts, labels=st.dictionaries(texts, texts, max_size=2))),
        st.dictionaries(texts, st.builds(Image, texts, st.tuples(texts)), max_size=2),
    ),
)


@given(kept)
def test_a_moment_comes_back_as_it_was(moment: Moment) -> None:
    assert moments.from_text(moments.to_text(moment)) == moment


@given(kept, times)
def test_the_time_at_which_a_condition_turned_makes_no_other_moment(moment: Moment, turned: datetime) -> None:
    condition = Condition("Ready", "True", "x", last_transition=turned)
    later = Moment(moment.held, Status(1, "Ready", True, conditions=(condition,)), moment.changes, moment.seen)
    even_later = Moment(
        moment.held,
        Status(1, "Ready", True, conditions=(Condition("Ready", "True", "x", last_transition=NOON),)),
        moment.changes,
        moment.seen,
    )

    assert moments.fingerprint(moments.to_text(later)) == moments.fingerprint(moments.to_text(even_later))


def test_what_may_be_secret_is_not_kept() -> None:
    container = Container(
        "a", "web", "i", "i", "running", {"token": "hunter2"}, frozen={"Config": {"Env": ["P=hunter2"]}}
    )
    instance = Instance("u", "Container", "shop", "web", "o", 1, "n", "n", 1, spec={"environment": {"P": "hunter2"}})
    image = Image("i", config={"Env": ["P=hunter2"]})
    moment = Moment(
        Held(NOON, NOON), Status(1, "Ready", True), (), Seen((instance,), (container,), images={"i": image})
    )

    assert "hunter2" not in moments.to_text(moment)
