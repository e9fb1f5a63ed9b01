"""Following batches of a source that plays a script."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spark_jobs.facts.errors import TransientError
from spark_jobs.publish.changes import KpiChanges
from spark_jobs.watch.follow import PATIENCE_SECONDS, Follower
from spark_jobs.watch.sight import End, Mark, Sight, Step, news

T0 = datetime(2026, 1, 2, tzinfo=UTC)


class Script:
    """Looks in the order in which they are made; the last one stays."""

    def __init__(self, *looks: Any, newest: str | None = None) -> None:
        self.looks, self._newest = list(looks), newest

    def hint(self, waiting: Mapping[str, int]) -> str:
        return "do something" if waiting else "nothing is there"

    def newest(self) -> str | None:
        return self._newest

    def choose(self, after: str | None, seen: Collection[str] = ()) -> str | None:
        del after
        now = self.looks[0]
        chosen = now.batch_id if isinstance(now, Sight) else None
        if chosen in seen:
            self._next()
            return None
        return chosen

    def look(self, batch_id: str | None) -> Sight:
        now = self._next()
        if isinstance(now, Exception):
            raise now
        assert isinstance(now, Sight)
        assert now.batch_id == batch_id
        return now

    def changes(self, batch_id: str) -> KpiChanges | None:
        return KpiChanges() if batch_id != "untold" else None

    def told_changes(self, batch_id: str) -> Sequence[str]:
        return [f"alert of {batch_id}"]

    def _next(self) -> Any:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


class Notes:
    """A view that writes down what it is given."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.told: list[str] = []
        self.steps: dict[str, Step] = {}
        self.ends: list[tuple[str | None, Any, Sequence[str]]] = []

    def show(self, sight: Sight, fresh: Sequence[Step]) -> None:
        self.steps |= {step.name: step for step in sight.steps}
        self.shown += [f"{sight.batch_id} {step.name} {step.mark} {step.note}" for step in fresh]

    def tell(self, words: str) -> None:
        self.told.append(words)

    def end(self, sight: Sight, changes: KpiChanges | None, told: Sequence[str]) -> None:
        self.ends.append((sight.batch_id, changes, told))


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def a_sight(batch: str, mark: Mark, note: str = "", end: End | None = None, **more: Any) -> Sight:
    return Sight(batch, "RUNNING", 1, (Step("validate", mark, note),), end, **more)


@pytest.fixture
def notes() -> Notes:
    return Notes()


def follower(script: Script, notes: Notes) -> Follower:
    time = Time()
    now = lambda: T0 + timedelta(seconds=time.at)  # noqa: E731
    return Follower(script, notes, 1.0, time.sleep, lambda: time.at, now)


def test_a_change_is_shown_once(notes: Notes) -> None:
    running = a_sight("b1", Mark.NOW)
    script = Script(running, running, running, a_sight("b1", Mark.DONE, "fine", End.DONE))
    (last,) = follower(script, notes).follow("b1")
    assert last.end is End.DONE
    assert notes.shown == ["b1 validate now ", "b1 validate done fine"]
    assert notes.ends == [("b1", KpiChanges(), ())]
    step = notes.steps["validate"]
    assert (step.began, step.ended) == (T0, T0 + timedelta(seconds=3))


def test_times_that_somebody_noted_are_kept(notes: Notes) -> None:
    began = T0 - timedelta(minutes=5)
    first = Sight("b1", steps=(Step("validate", Mark.NOW, "", began),))
    ended = Step("validate", Mark.DONE, "", began, T0 - timedelta(minutes=1))
    list(follower(Script(first, Sight("b1", steps=(ended,), end=End.DONE)), notes).follow("b1"))
    assert notes.steps["validate"] == ended


def test_a_batch_that_ended_before_gets_no_times_of_the_watch(notes: Notes) -> None:
    list(follower(Script(a_sight("b1", Mark.DONE, "", End.DONE)), notes).follow("b1"))
    assert notes.steps["validate"] == Step("validate", Mark.DONE)


def test_without_kept_changes_the_alert_is_told(notes: Notes) -> None:
    list(follower(Script(a_sight("untold", Mark.DONE, "", End.DONE)), notes).follow("untold"))
    assert notes.ends == [("untold", None, ["alert of untold"])]


def test_a_failed_batch_has_no_changes_to_tell(notes: Notes) -> None:
    list(follower(Script(a_sight("b1", Mark.WRONG, "", End.FAILED)), notes).follow("b1"))
    assert notes.ends == [("b1", None, ())]


def test_the_next_batch_is_waited_for(notes: Notes) -> None:
    waiting = Sight(waiting={"orders": 1})
    script = Script(Sight(), waiting, waiting, a_sight("b2", Mark.DONE, "", End.DONE), newest="b1")
    (last,) = follower(script, notes).follow(None)
    assert last.batch_id == "b2"
    (told,) = notes.told
    assert told.startswith("waiting for a batch: nothing is there; Ctrl-C ends the watch;")
    assert "the last was b1, which `--once` shows" in told


@pytest.mark.parametrize("nothing", [End.EMPTY, End.ABANDONED])
def test_a_batch_that_comes_to_nothing_is_followed_by_the_next(notes: Notes, nothing: End) -> None:
    script = Script(a_sight("b1", Mark.NOW, "", nothing), a_sight("b2", Mark.DONE, "", End.DONE))
    ended = [sight.batch_id for sight in follower(script, notes).follow(None)]
    assert ended == ["b1", "b2"]


def test_with_all_it_goes_on_and_each_end_is_given(notes: Notes) -> None:
    script = Script(
        a_sight("b1", Mark.DONE, "", End.DONE),
        a_sight("b2", Mark.WRONG, "", End.FAILED),
        a_sight("b3", Mark.NOW, "", End.DONE),
    )
    ended: Iterator[Sight] = follower(script, notes).follow(None, go_on=True)
    assert [next(ended).batch_id for _ in range(3)] == ["b1", "b2", "b3"]


def test_silence_is_told_ever_more_seldom(notes: Notes) -> None:
    running = [a_sight("b1", Mark.NOW)] * 600
    list(follower(Script(*running, a_sight("b1", Mark.DONE, "", End.DONE)), notes).follow("b1"))
    silent = [words for words in notes.told if words.startswith("nothing has changed for")]
    assert [words.split()[4] for words in silent] == ["60", "120", "240", "480"]


def test_what_passes_is_told_once_and_asked_again(notes: Notes) -> None:
    busy = [TransientError("AWS is busy")] * 3
    script = Script(*busy, a_sight("b1", Mark.DONE, "", End.DONE))
    assert [sight.batch_id for sight in follower(script, notes).follow("b1")] == ["b1"]
    assert notes.told == ["AWS is busy; trying again"]


def test_what_does_not_pass_ends_the_watch(notes: Notes) -> None:
    script = Script(*[TransientError("AWS is busy")] * (int(PATIENCE_SECONDS) + 5))
    with pytest.raises(TransientError):
        list(follower(script, notes).follow("b1"))


def test_once_shows_a_batch_on_its_way_and_waits_for_nothing(notes: Notes) -> None:
    last = follower(Script(a_sight("b1", Mark.NOW)), notes).once(None)
    assert last.end is None
    assert (notes.shown, notes.ends) == (["b1 validate now "], [])


def test_a_notice_is_told_once(notes: Notes) -> None:
    running = a_sight("b1", Mark.NOW, notices=("no rights",))
    list(
        follower(Script(running, running, a_sight("b1", Mark.DONE, "", End.DONE)), notes).follow(
            "b1"
        )
    )
    assert notes.told == ["no rights"]


def test_another_run_of_a_batch_is_all_news() -> None:
    first, second = Sight("b1", run=1), Sight("b1", run=2)
    steps = (Step("validate", Mark.DONE),)
    one, two = Sight("b1", run=1, steps=steps), Sight("b1", run=2, steps=steps)
    assert list(news(first, one)) == list(news(one, two)) == list(steps)
    assert list(news(two, two)) == []
    assert list(news(None, second)) == []
