"""Gate, sweeper, cleanup, lease and fence together, played at random.

Events come twice, late, in any order or never; invocations stand still between any two calls, go on
later, die, lose answers and send twice; executions die with and without a word, and their tasks
live on. Set ORDERS_EXAMPLES to play so many times as much.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spark_jobs.facts.words import Outcome
from tests.batch.aws.invariants import check_always, check_idle
from tests.batch.aws.pipeline import a_pipeline
from tests.batch.aws.processes import Process

MORE = int(os.environ.get("ORDERS_EXAMPLES", "1"))
KEYS = ("landing/orders.csv", "landing/order_items.csv", "landing/products/a b.csv")
ANY = st.integers(0, 2**16)
"""Which of what there is."""
STEPS = st.integers(1, 12) | st.just(1000)


class PipelineMachine(RuleBasedStateMachine):
    """Each rule is something that AWS, a person or fate does next."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.pipeline = self.stack.enter_context(a_pipeline())
        self.processes: list[Process] = []
        self.over: list[str] = []

    # -- files and time

    @rule(key=st.sampled_from(KEYS), told=st.booleans())
    def drop(self, key: str, told: bool) -> None:
        """A file comes, often under a key that was there before."""
        self.pipeline.drop(key, told=told)

    @rule(told=st.booleans())
    def drop_what_cannot_belong(self, told: bool) -> None:
        self.pipeline.drop("landing/notes.txt", told=told, belongs=False)

    @rule()
    def time_passes(self) -> None:
        self.pipeline.world.long_ago()

    # -- invocations

    @precondition(lambda self: self.pipeline.events)
    @rule(which=st.lists(ANY, min_size=1, max_size=4), again=st.booleans(), steps=STEPS)
    def deliver(self, which: list[int], again: bool, steps: int) -> None:
        """Some events come, in any order, some twice, some once more later."""
        events = self.pipeline.events
        some = [events[number % len(events)] for number in which]
        if not again:
            self.pipeline.events = [event for event in events if event not in some]
        self._begin(self.pipeline.deliver(*some), steps)

    @rule(steps=STEPS)
    def sweep(self, steps: int) -> None:
        self._begin(self.pipeline.gate({"sweep": True}), steps)

    @rule(steps=STEPS)
    def close(self, steps: int) -> None:
        self._begin(self.pipeline.gate({"close": True}), steps)

    @precondition(lambda self: self.pipeline.rows("batch"))
    @rule(which=ANY, steps=STEPS)
    def again(self, which: int, steps: int) -> None:
        """Somebody starts a batch again, whatever its state."""
        batches = self.pipeline.rows("batch")
        batch_id = batches[which % len(batches)]["sk"]
        self._begin(self.pipeline.gate({"again": batch_id}), steps)

    @precondition(lambda self: self.pipeline.phases)
    @rule(which=ANY, steps=STEPS)
    def clean_up_by_hand(self, which: int, steps: int) -> None:
        """Somebody calls cleanup for an execution, whatever it does."""
        names = list(self.pipeline.phases)
        self._begin(self.pipeline.by_hand(names[which % len(names)]), steps)

    @precondition(lambda self: self.pipeline.invocations)
    @rule(which=ANY, lost=st.booleans(), steps=STEPS)
    def invoke_cleanup(self, which: int, lost: bool, steps: int) -> None:
        """An asynchronous call arrives, or never does."""
        waiting = self.pipeline.invocations
        event = waiting.pop(which % len(waiting))
        if not lost:
            self._begin(self.pipeline.cleanup(event), steps)

    # -- what happens to invocations

    @precondition(lambda self: self.processes)
    @rule(which=ANY, steps=STEPS)
    def go_on(self, which: int, steps: int) -> None:
        self._pick(which).step(steps)

    @precondition(lambda self: self.processes)
    @rule(which=ANY)
    def die(self, which: int) -> None:
        self._pick(which).kill()

    @precondition(lambda self: self.processes)
    @rule(which=ANY, steps=STEPS)
    def lose_an_answer(self, which: int, steps: int) -> None:
        process = self._pick(which)
        process.lose_answer = True
        process.step(steps)

    @precondition(lambda self: self.processes)
    @rule(which=ANY, steps=STEPS)
    def send_twice(self, which: int, steps: int) -> None:
        process = self._pick(which)
        process.send_twice = True
        process.step(steps)

    # -- executions and their tasks

    @precondition(lambda self: self._at("validate"))
    @rule(outcome=st.sampled_from([*[Outcome.ACCEPTED] * 4, Outcome.REJECTED, Outcome.FATAL, None]))
    def validate_ends(self, outcome: Outcome | None) -> None:
        self.pipeline.task(self._at("validate")[0], outcome)

    @precondition(lambda self: self._at("transform"))
    @rule(outcome=st.sampled_from([*[Outcome.DONE] * 4, Outcome.FATAL, None]))
    def transform_ends(self, outcome: Outcome | None) -> None:
        self.pipeline.task(self._at("transform")[0], outcome)

    @precondition(lambda self: self._at("finishing"))
    @rule()
    def execution_marks_its_end(self) -> None:
        """Cleanup by hand is not refused from now on; the alert is the execution's."""
        self.pipeline.mark(self._at("finishing")[0])

    @precondition(lambda self: self._at("telling"))
    @rule(sent=st.booleans(), steps=STEPS)
    def execution_tells_and_calls_cleanup(self, sent: bool, steps: int) -> None:
        """The execution stays RUNNING while its cleanup works."""
        self._begin(self.pipeline.tell(self._at("telling")[0], sent=sent), steps)

    @precondition(lambda self: self._at("cleanup"))
    @rule(status=st.sampled_from(["SUCCEEDED", "FAILED"]), told=st.booleans())
    def execution_ends(self, status: str, told: bool) -> None:
        """Whether cleanup was done, is at work or is dead."""
        self._end(self._at("cleanup")[0], status, told=told)

    @precondition(lambda self: self.pipeline.running())
    @rule(which=ANY, status=st.sampled_from(["ABORTED", "TIMED_OUT", "FAILED"]), told=st.booleans())
    def execution_dies(self, which: int, status: str, told: bool) -> None:
        names = self.pipeline.running()
        self._end(names[which % len(names)], status, told=told)

    @precondition(lambda self: self.over)
    @rule(which=ANY)
    def zombie_transform_ends(self, which: int) -> None:
        """A task of an execution that is gone may publish only while no other holds the lease."""
        self.pipeline.zombie(self.over[which % len(self.over)])

    # -- what must hold

    @invariant()
    def one_batch_at_a_time_and_no_file_in_two(self) -> None:
        check_always(self.pipeline)

    def teardown(self) -> None:
        """The sweeper brings everything to its end, then what failed is started again."""
        try:
            for number, process in enumerate(self.processes):
                process.finish() if number % 2 else process.kill()
            self.pipeline.drain()
            check_always(self.pipeline)
            check_idle(self.pipeline)
            self.pipeline.again()
            self.pipeline.drain()
            check_idle(self.pipeline)
        finally:
            for process in self.processes:
                process.kill()
            self.stack.close()

    def _begin(self, process: Process, steps: int) -> None:
        self.processes.append(process)
        process.step(steps)
        self._forget_ended()

    def _pick(self, which: int) -> Process:
        self._forget_ended()
        return self.processes[which % len(self.processes)] if self.processes else _idle()

    def _forget_ended(self) -> None:
        self.processes = [process for process in self.processes if not process.ended]

    def _at(self, phase: str) -> list[str]:
        names = self.pipeline.running()
        return [name for name in names if self.pipeline.phases[name] == phase]

    def _end(self, execution: str, status: str, *, told: bool) -> None:
        self.pipeline.ends(execution, status, told=told)
        self.over.append(execution)


def _idle() -> Process:
    return Process(lambda: None).finish()


TestPipeline = PipelineMachine.TestCase
TestPipeline.settings = settings(
    max_examples=3 * MORE,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
