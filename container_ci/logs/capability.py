"""The capability that answers for `logs`, and watches for errors that were never said before.

It reads when asked, when a run ends, and now and then when the log file has grown: a container that says
nothing costs a look at its file a minute. It never follows a log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from anyio import to_thread

from container_ci.capability import Answer
from container_ci.desk import Desk
from container_ci.logs.activity import Mark, log_file, mark
from container_ci.logs.asked_span import asked_since
from container_ci.logs.findings import NEW_FOR, log_findings, settled_after
from container_ci.logs.grouping import Entry, grouped
from container_ci.logs.learning import Learned, from_json, learn, to_json
from container_ci.logs.patterns import patterns
from container_ci.logs.reading import Reading, keeping, read_log
from container_ci.logs.report import LogReport, Run, log_report
from container_ci.logs.severity import Severity, severity
from container_ci.logs.telling import data_of, text_of
from observed_state.finding import Finding

TOPIC = "logs"
# How often a log file is looked at, and how long at most a log that says much is left alone between two readings.
POLL_S, SLOWEST_POLL_S = 60.0, 600.0
# Where the file can't be seen, nothing tells whether it is worth reading.
BLIND_POLL_S = 900.0
_POLLED_LINES = 1000
_LINES_PER_POLL = 100
_FEW_LINES = 50
_REMEMBER_EVERY = timedelta(minutes=15)
_BURST_TOLD_FOR = timedelta(minutes=10)

_Judged = TypeVar("_Judged")


@dataclass(frozen=True, slots=True)
class _Told:
    """A finding, and until when it is told without being found again."""

    finding: Finding
    until: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an answer rested on: while it stands, so does the answer."""

    mark: Mark | None
    run: Run
    since: datetime | None
    quoted: frozenset[str]


class Logs:
    """What one container says."""

    name = "logs"
    topics = (TOPIC,)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read_until: datetime | None = None
        self._mark: Mark | None = None
        self._container_id = ""
        self._learned: Learned | None = None
        self._remembered_at: datetime | None = None
        self._told: tuple[_Told, ...] = ()
        self._last: tuple[_Asked, Answer] | None = None

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:
        """Answer with what matters of the log; the words may say since when (`since 10m`)."""
        now = self._desk.tools.clock.now()
        since = asked_since(words, now)
        asked = _Asked(await self._look(), self._run(), since, self._quoted())
        if self._last is not None and asked.mark is not None and self._last[0] == asked:
            return self._last[1]
        report = await self.report(since)
        answer = Answer(topic, data_of(report), text_of(report))
        self._last = (asked, answer)
        return answer

    async def report(self, since: datetime | None = None) -> LogReport:
        """Read and judge the log as it is now, from its beginning or since then."""
        desk = self._desk
        container, now = desk.subject.container, desk.tools.clock.now()
        reading = await read_log(desk.tools.engine, container, now=now, since=since)
        judge = partial(
            log_report,
            container.name,
            reading,
            self._run(),
            desk.redactor,
            learned=await self._recalled(),
            hits=_quoting(self._quoted()),
        )
        return await _apart(judge, len(reading.lines))

    async def tend(self) -> float | None:
        """Read what was said since the last reading, if anything was; return in how many seconds to look again."""
        container, now = self._desk.subject.container, self._desk.tools.clock.now()
        if container.id != self._container_id:
            self._container_id, self._mark, self._read_until = container.id, await self._look(), now
            return self._pause(0)
        before, self._mark = self._mark, await self._look()
        if self._mark is not None and self._mark == before:
            self._tell((), now)
            return self._pause(0)
        reading = await read_log(
            self._desk.tools.engine, container, now=now, after=self._read_until, lines=_POLLED_LINES
        )
        if reading.error:
            return self._pause(0)
        self._tell(await self._judged(reading) if reading.lines else (), now)
        if reading.lines:
            self._read_until = reading.lines[-1].time
        return self._pause(len(reading.lines))

    def _pause(self, lines: int) -> float | None:
        """A container that does not run says nothing more; one that says much is read less often."""
        if not self._desk.subject.container.running:
            return None
        if self._mark is None:
            return BLIND_POLL_S
        return min(max(POLL_S * lines / _LINES_PER_POLL, POLL_S), SLOWEST_POLL_S)

    async def _judged(self, reading: Reading) -> tuple[Finding, ...]:
        """Learn from what was read, and return what is new or bursts in it."""
        lines = len(reading.lines)
        entries = await _apart(partial(grouped, reading.lines), lines)
        if not any(severity(entry) >= Severity.WARNING for entry in entries):
            return ()
        began = reading.since or entries[0].time
        learned = await self._recalled() or await self._from_before(began)
        known = learned.templates if learned else ()
        found = await _apart(partial(patterns, entries, self._desk.redactor, known), lines)
        settled = settled_after(self._desk.subject.container.started_at)
        findings = log_findings(found, learned, began=began, settled=settled, now=reading.until)
        if any(one.severity >= Severity.ERROR for one in found):
            is_news = any(one.severity >= Severity.ERROR and not one.known_as for one in found)
            await self._keep(learn(learned, found, began, reading.until), is_news=is_news)
        return findings

    async def _recalled(self) -> Learned | None:
        if self._learned is None:
            desk = self._desk
            self._learned = from_json(await desk.tools.memory.recall(desk.subject.about, TOPIC))
        return self._learned

    async def _from_before(self, until: datetime) -> Learned | None:
        """Learn from the whole log what was usual before; None when it does not reach back."""
        desk = self._desk
        reading = await read_log(desk.tools.engine, desk.subject.container, now=desk.tools.clock.now())
        lines = len(reading.lines)
        earlier = [entry for entry in await _apart(partial(grouped, reading.lines), lines) if entry.time <= until]
        if not earlier:
            return None
        found = await _apart(partial(patterns, earlier, desk.redactor), lines)
        return learn(None, found, earlier[0].time, until)

    async def _keep(self, learned: Learned, *, is_news: bool) -> None:
        """Keep what was learnt: a new error at once, mere counts now and then."""
        self._learned = learned
        due = self._remembered_at is None or learned.until - self._remembered_at >= _REMEMBER_EVERY
        if is_news or due:
            self._remembered_at = learned.until
            await self._desk.tools.memory.remember(self._desk.subject.about, TOPIC, to_json(learned))

    def _tell(self, found: Sequence[Finding], now: datetime) -> None:
        """Lay down what was found now, and what was found lately and still counts."""
        again = {_identity(one) for one in found}
        still = [one for one in self._told if one.until > now and _identity(one.finding) not in again]
        spans = {"log-new-error": NEW_FOR, "log-burst": _BURST_TOLD_FOR}
        self._told = (*(_Told(one, now + spans[one.rule]) for one in found), *still)
        self._desk.found([one.finding for one in self._told], by=self.name)

    async def _look(self) -> Mark | None:
        container = self._desk.subject.container
        info = await self._desk.tools.engine.info()
        return mark(log_file(container, keeping(container).driver, info.root_dir))

    def _run(self) -> Run:
        container = self._desk.subject.container
        return Run(container.started_at, None if container.running else container.finished_at)

    def _quoted(self) -> frozenset[str]:
        """Return the log lines that findings quote."""
        quotes = (quote for finding in self._desk.findings for quote in finding.evidence)
        return frozenset(line for quote in quotes if quote.source.startswith("log") for line in quote.text.split("\n"))


async def _apart(judge: Callable[[], _Judged], lines: int) -> _Judged:
    """Judge many lines in a thread, so that nothing else waits for them; a few are done before one has begun."""
    return judge() if lines <= _FEW_LINES else await to_thread.run_sync(judge)


def _quoting(quoted: frozenset[str]) -> Callable[[Entry], bool]:
    return lambda entry: entry.failure in quoted


def _identity(finding: Finding) -> tuple[str, object]:
    return finding.rule, finding.facts.get("template")
