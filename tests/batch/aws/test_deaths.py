"""Every death and every meeting of two, call by call: nothing is lost, doubled or stuck."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from spark_jobs.facts.words import Outcome
from tests.batch.aws.invariants import check_always, check_idle
from tests.batch.aws.pipeline import Pipeline, a_pipeline
from tests.batch.aws.processes import Process

ORDERS, ITEMS, BAD = "landing/orders.csv", "landing/order_items.csv", "landing/notes.txt"
SPARSE = 1 if "ORDERS_EXAMPLES" in os.environ else 4
"""Time in CI: where a death at any write is played, every fourth will do for the rest."""
Play = Callable[[Pipeline], Process]


def arrival(pipeline: Pipeline) -> Process:
    """The gate closes a batch and starts it."""
    return pipeline.deliver(pipeline.drop(ORDERS), pipeline.drop(ITEMS))


def sweep(pipeline: Pipeline) -> Process:
    """The sweeper finds files, closes a batch at its deadline, and archives a refused file."""
    pipeline.drop(ORDERS, told=False)
    pipeline.drop(BAD, told=False, belongs=False)
    pipeline.gate({"sweep": True}).finish()
    pipeline.drop(ORDERS, told=False)
    pipeline.drop(BAD, told=False, belongs=False)
    pipeline.world.long_ago()
    return pipeline.gate({"sweep": True})


def cleaning(pipeline: Pipeline) -> Process:
    """Cleanup ends a batch, and starts the next one."""
    arrival(pipeline).finish()
    arrival(pipeline).finish()
    (execution,) = pipeline.running()
    pipeline.task(execution, Outcome.ACCEPTED)
    pipeline.task(execution, Outcome.DONE)
    return pipeline.finishing(execution)


def leaving(pipeline: Pipeline) -> Process:
    """Cleanup may move no file: it puts the batch off, starts the next one, is not called again."""
    process = cleaning(pipeline)
    (execution,) = pipeline.running()
    pipeline.ends(execution, "FAILED", told=False)
    pipeline.forbid()
    return process


def lost_execution(pipeline: Pipeline) -> Process:
    """The sweeper meets an execution that died without a trace, and another batch that waits."""
    arrival(pipeline).finish()
    arrival(pipeline).finish()
    (execution,) = pipeline.running()
    pipeline.ends(execution, "ABORTED", told=False)
    return pipeline.gate({"sweep": True})


def once_more(pipeline: Pipeline) -> Process:
    """Somebody starts a failed batch again."""
    arrival(pipeline).finish()
    (execution,) = pipeline.running()
    pipeline.run_to_end(execution, Outcome.FATAL)
    (batch,) = pipeline.world.batches()
    return pipeline.gate({"again": batch["sk"]})


PLAYS: dict[str, Play] = {
    play.__name__: play for play in (arrival, sweep, cleaning, leaving, lost_execution, once_more)
}


def each_call(play: Play, meeting: Callable[[Pipeline, Process], None], every: int = 1) -> None:
    """Plays until the n-th write, for each (or every fourth) n, then lets that happen."""
    number, ended = 1, False
    while not ended:
        with a_pipeline() as pipeline:
            process = play(pipeline)
            process.only_writes = True
            ended = process.step(number).ended
            assert not (ended and number == 1), "nothing was played"
            check_always(pipeline)
            meeting(pipeline, process)
            check_always(pipeline)
            bring_to_end(pipeline)
        number += every


def bring_to_end(pipeline: Pipeline) -> None:
    """Sweeps to the end, then starts what has failed again."""
    pipeline.drain()
    check_idle(pipeline)
    if any(row["state"] == "FAILED" for row in pipeline.world.batches()):
        pipeline.again()
        pipeline.drain()
        check_idle(pipeline)


@pytest.mark.parametrize("play", PLAYS)
def test_a_death_between_any_two_calls_is_made_good_by_the_sweeper(play):
    each_call(PLAYS[play], lambda _, process: process.kill())


@pytest.mark.parametrize("play", PLAYS)
def test_a_lost_answer_of_any_call_is_made_good(play):
    def lose(_: Pipeline, process: Process) -> None:
        process.lose_answer = True
        process.finish()

    each_call(PLAYS[play], lose, SPARSE)


@pytest.mark.parametrize("play", PLAYS)
def test_a_sweep_and_new_files_may_meet_an_invocation_at_any_call(play):
    def meet(pipeline: Pipeline, process: Process) -> None:
        arrival(pipeline).finish()
        check_always(pipeline)
        pipeline.gate({"sweep": True}).finish()
        check_always(pipeline)
        process.finish()

    each_call(PLAYS[play], meet, SPARSE)


@pytest.mark.parametrize("play", PLAYS)
def test_a_zombie_that_wakes_after_its_batch_is_done_harms_nothing(play):
    def wake(pipeline: Pipeline, process: Process) -> None:
        pipeline.drain()
        pipeline.again()
        process.finish()

    each_call(PLAYS[play], wake, SPARSE)


def test_an_older_batch_that_is_started_again_may_meet_the_next_at_any_call():
    def next_batch(pipeline: Pipeline) -> Process:
        arrival(pipeline).finish()
        (execution,) = pipeline.running()
        pipeline.run_to_end(execution, Outcome.FATAL)
        return arrival(pipeline)

    def start_the_older(pipeline: Pipeline, process: Process) -> None:
        pipeline.again()
        check_always(pipeline)
        process.finish()

    each_call(next_batch, start_the_older)


def test_cleanup_by_hand_may_meet_the_execution_that_is_about_to_tell_at_any_call():
    def by_hand(pipeline: Pipeline) -> Process:
        arrival(pipeline).finish()
        (execution,) = pipeline.running()
        pipeline.task(execution, Outcome.REJECTED)
        pipeline.mark(execution)
        return pipeline.by_hand(execution)

    def tell(pipeline: Pipeline, process: Process) -> None:
        (execution,) = pipeline.running()
        pipeline.tell(execution, sent=True).finish()  # asserts that nobody else has told
        process.finish()

    each_call(by_hand, tell)


def test_what_a_sweep_has_sealed_cannot_be_added_to():
    """The files that the slow closing has not claimed yet are too few for a batch of their own."""

    def seal(pipeline: Pipeline, process: Process) -> None:
        pipeline.gate({"sweep": True}).finish()
        process.finish()

    each_call(arrival, seal)
