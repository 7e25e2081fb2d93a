"""What was measured, what it is held to, and the one table of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measured:
    """One figure of one run, and the ceiling that was measured beside it."""

    value: float
    ceiling: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.ceiling if self.ceiling else None


@dataclass(frozen=True)
class Line:
    """A line of the table. The target is one of the ratio where `of` names a ceiling, else of the figure itself."""

    part: str
    key: str
    name: str
    unit: str
    of: str = ""
    must: float | None = None
    aim: float | None = None
    least: bool = True
    """Whether more is better."""

    def cells(self, runs: Sequence[Measured]) -> tuple[str, ...]:
        values = [run.value for run in runs]
        ceilings = [run.ceiling for run in runs if run.ceiling]
        ratios = [run.ratio for run in runs if run.ratio]
        judged = median(ratios) if ratios else median(values)
        return (
            self.name,
            f"{_number(median(values))} {self.unit}",
            f"{_number(min(values))} to {_number(max(values))}",
            f"{_number(median(ceilings))} {self.of}" if ceilings else "",
            f"{median(ratios):.2f}" if ratios else "",
            self._target(self.must),
            self._target(self.aim),
            self._verdict(judged),
        )

    def _target(self, target: float | None) -> str:
        return "" if target is None else f"{'>=' if self.least else '<='} {target:g}"

    def _verdict(self, judged: float) -> str:
        if self.must is None:
            return ""
        if self._holds(judged, self.aim):
            return "aim met"
        return "met" if self._holds(judged, self.must) else "MISSED"

    def _holds(self, judged: float, target: float | None) -> bool:
        if target is None:
            return False
        return judged >= target if self.least else judged <= target


def _asked(key: str, name: str, must: float | None = None, aim: float | None = None) -> tuple[Line, ...]:
    """What an app asks: how often, and what one costs."""
    return (
        Line("apps", key, name, "/s", "bare", must, aim),
        Line("apps", f"{key}-cpu", "  CPU of one", "ms"),
        Line("apps", f"{key}-p50", "  half within", "ms"),
        Line("apps", f"{key}-p99", "  99 in 100 within", "ms"),
    )


LINES = (
    Line("intake", "bare", "intake: a bare endpoint", "/s"),
    Line("intake", "accepted", "intake: accepted", "/s", "verify", 0.3, 0.5),
    Line("intake", "visible", "intake: visible at home", "/s", "store", 0.2, 0.4),
    Line("intake", "cpu", "intake: CPU of a note", "ms", must=2.5, aim=1.0, least=False),
    Line("fanout", "rate-100", "fan-out: 500 on 100 hosts", "/s", "signs", 0.25),
    Line("fanout", "last-100", "  from the form to the last answer", "s"),
    Line("fanout", "rate-400", "fan-out: 2,000 on 400 hosts", "/s", "signs", 0.25),
    Line("fanout", "last-400", "  from the form to the last answer", "s"),
    Line("fanout", "cpu", "  CPU of a delivery", "ms", must=1.2, least=False),
    Line("fanout", "slow", "100 hosts that take 100 ms: the last answer", "s", must=0.6, least=False),
    Line("fanout", "follows", "500 Follows accepted", "/s", must=150),
    Line("reads", "webfinger", "webfinger", "/s", "bare", 0.5),
    Line("reads", "actor", "actor document", "/s", "bare", 0.5),
    Line("reads", "object", "object", "/s", "bare", 0.5),
    Line("reads", "outbox", "outbox of a group", "/s", "bare", 0.5),
    Line("reads", "context", "page of a context", "/s", "bare", 0.5),
    Line("reads", "page", "HTML page of a group", "/s", "bare", 0.15),
    *_asked("home", "app: home of 40 statuses", 0.12, 0.25),
    *_asked("home-20", "app: home of 20 statuses"),
    *_asked("public", "app: public timeline of 20", 0.15),
    *_asked("status", "app: one status", 0.5),
    *_asked("thread", "app: thread of 500 answers"),
    *_asked("notifications", "app: 40 notifications"),
    *_asked("token", "app: a token is checked"),
    Line("apps", "post", "app: a post to 2,000 followers, beside intake", "/s"),
    Line("apps", "post-p50", "  half within", "ms"),
    Line("apps", "post-p99", "  99 in 100 within", "ms", must=50, least=False),
    Line("memory", "start", "cold start to the first answer", "s", must=1.5, least=False),
    Line("memory", "idle", "resident, idle", "MiB", must=130, aim=100, least=False),
    Line("memory", "peak", "resident, at the peak of the load", "MiB", must=220, least=False),
    Line("growth", "cpu", "CPU of a note at 10 times the posts", "ms", "ms before", 1.3, least=False),
    Line("growth", "home", "CPU of her home at 10 times the posts", "ms", "ms before", 1.3, least=False),
    Line("growth", "page", "CPU of a group's page at 10 times the posts", "ms", "ms before", 1.3, least=False),
    Line("streaming", "p50", "streaming: a post to 500 sockets, half within", "ms"),
    Line("streaming", "p99", "  99 in 100 within", "ms"),
    Line("streaming", "last", "  all within", "ms", must=100, least=False),
    Line("streaming", "cpu", "  CPU of one post", "ms"),
)
HEAD = ("", "median", "spread", "ceiling", "ratio", "must", "aim", "")


def table(title: str, runs: Mapping[tuple[str, str], Sequence[Measured]]) -> str:
    rows = [HEAD, *(line.cells(runs[line.part, line.key]) for line in LINES if (line.part, line.key) in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{title}:", lines[0], "-" * max(len(line) for line in lines), *lines[1:]])


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
