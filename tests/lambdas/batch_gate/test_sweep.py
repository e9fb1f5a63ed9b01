"""The sweeper brings to an end what was lost, late or died half-way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from spark_jobs.batch import closing, starting
from spark_jobs.batch.files import batch_key, claim
from spark_jobs.facts.aws import ClosedBy
from step_functions.lambdas.batch_gate import lost, running, sweep
from step_functions.lambdas.batch_gate.figures import figures_of
from step_functions.lambdas.batch_gate.handler import the_gate
from tests.batch.aws.world import LANDING, MACHINE, created, queued

ORDERS, ITEMS = "landing/orders.csv", "landing/order_items.csv"


def invocations(world) -> list[dict]:
    """The calls of Lambdas from now on."""
    seen: list[dict] = []
    the_gate().functions.meta.events.register(
        "provide-client-params.lambda.Invoke", lambda params, **_: seen.append(params)
    )
    return seen


def a_batch(world, gate, *keys: str) -> str:
    """A batch of new files, started if its turn has come."""
    before = {batch["sk"] for batch in world.batches()}
    for key in keys or (ORDERS, ITEMS):
        gate(queued(created(key, world.drop(key))))
    (batch,) = [b["sk"] for b in world.batches() if b["sk"] not in before]
    return str(batch)


def test_after_the_deadline_an_incomplete_batch_is_closed(world, gate):
    gate(queued(created(ORDERS, world.drop(ORDERS))))
    gate({"sweep": True})
    assert world.batches() == []
    world.long_ago()
    answer = gate({"sweep": True})
    (batch,) = world.batches()
    assert (batch["closed_by"], batch["files"]) == ("deadline", 1)
    assert answer["started"] == f"{batch['sk']}-r1"
    json.dumps(answer)


def test_versions_without_an_event_are_found_overwritten_and_hidden_ones_too(world, gate):
    versions = [world.drop(ORDERS, b"1"), world.drop(ORDERS, b"2")]
    hidden = world.drop(ITEMS)
    world.s3.delete_object(Bucket=LANDING, Key=ITEMS)
    answer = gate({"sweep": True})
    assert answer["found"] == 3
    (batch,) = world.batches()
    wanted = {(ORDERS, versions[0]), (ORDERS, versions[1]), (ITEMS, hidden)}
    assert set(world.manifest(batch["sk"])) == wanted
    assert gate({"sweep": True})["found"] == 0


def test_a_version_that_cannot_be_read_does_not_hide_the_others(world, gate, monkeypatch):
    unreadable = "landing/a.csv"
    assert unreadable < min(ORDERS, ITEMS)
    for key in (unreadable, ORDERS, ITEMS):
        world.drop(key)
    head_object = the_gate().s3.head_object

    def refusing(**asked):
        if asked["Key"] == unreadable:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")
        return head_object(**asked)

    monkeypatch.setattr(the_gate().s3, "head_object", refusing)
    with pytest.raises(ExceptionGroup, match="1 of 9 steps"):
        gate({"sweep": True})
    (batch,) = world.batches()
    assert {key for key, _ in world.manifest(batch["sk"])} == {ORDERS, ITEMS}


def test_a_listing_that_takes_too_long_goes_on_in_the_next_sweep(world, gate, monkeypatch):
    keys = [f"landing/orders/{number}.csv" for number in range(7)]
    for key in keys:
        world.drop(key)
    list_versions = the_gate().s3.list_object_versions
    monkeypatch.setattr(
        the_gate().s3, "list_object_versions", lambda **a: list_versions(**a, MaxKeys=3)
    )
    found = [lost.note_lost(the_gate(), 0.0) for _ in range(4)]
    assert found == [3, 3, 1, 0]
    assert {row["key"] for row in world.files()} == set(keys)


def test_a_closing_that_died_before_any_claim_is_resumed(world, gate):
    gate(queued(created(ORDERS, world.drop(ORDERS))))
    batch_id = closing._begin(world.table, ClosedBy.REQUEST, datetime.now(UTC))
    gate({"sweep": True})
    assert world.executions() == {f"{batch_id}-r1": "RUNNING"}
    assert "closing" not in (world.table.get(closing.GATE) or {})


def test_a_closing_that_died_after_its_claims_is_resumed_with_them(world, gate):
    version = world.drop(ORDERS)
    gate(queued(created(ORDERS, version)))
    batch_id = closing._begin(world.table, ClosedBy.DEADLINE, datetime.now(UTC))
    assert batch_id
    assert claim(world.table, batch_id, world.files())
    gate({"sweep": True})
    assert world.manifest(batch_id) == [(ORDERS, version)]


def test_a_lease_whose_execution_was_never_started_is_started(world, gate, monkeypatch):
    monkeypatch.setattr(starting, "start", lambda *_: None)
    batch_id = a_batch(world, gate)
    monkeypatch.undo()
    assert world.executions() == {}
    assert gate({"sweep": True})["looked_after"] == f"{batch_id}-r1"
    assert world.executions() == {f"{batch_id}-r1": "RUNNING"}


def test_a_refused_start_brings_no_message_again_and_the_sweep_starts_it(
    world, gate, monkeypatch, capsys
):
    def denied(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "StartExecution")

    monkeypatch.setattr(the_gate().states, "start_execution", denied)
    events = [created(key, world.drop(key)) for key in (ORDERS, ITEMS)]
    assert gate(queued(*events)) == {"batchItemFailures": []}
    assert '"FailedStarts":[1.0]' in capsys.readouterr().out
    with pytest.raises(ExceptionGroup):
        gate({"sweep": True})
    monkeypatch.undo()
    gate({"sweep": True})
    (batch,) = world.batches()
    assert world.executions() == {f"{batch['sk']}-r1": "RUNNING"}


def test_cleanup_goes_on_with_what_is_untold_or_left_a_few_in_each_sweep(world, gate, monkeypatch):
    monkeypatch.setattr(running, "_CLEANED_AT_ONCE", 2)
    batches = [a_batch(world, gate) for _ in range(5)]
    for batch_id in batches:
        gate({"sweep": True})
        world.fail(batch_id)
    told = {"alerted_at": "2026-01-01T00:00:00+00:00"}
    world.set(batch_key(batches[0]), **told)
    world.set(batch_key(batches[1]), state="FINISHING", **told)
    world.set(batch_key(batches[2]), state="DONE")
    called, rest = invocations(world), set()
    for _ in range(40):
        answer = gate({"sweep": True})
        assert len(answer["cleaned_up"]) == 2
        rest |= set(answer["cleaned_up"])
    assert rest == {f"{batch_id}-r1" for batch_id in batches[1:]}
    arns = {json.loads(call["Payload"])["detail"]["executionArn"] for call in called}
    assert arns == {world.arn(execution) for execution in rest}


def test_a_batch_that_is_being_cleaned_up_is_left_to_its_execution(world, gate):
    batch_id = a_batch(world, gate)
    world.set(batch_key(batch_id), state="FINISHING")
    called = invocations(world)
    assert gate({"sweep": True})["cleaned_up"] == called == []


@pytest.mark.parametrize("state", ["RUNNING", "FINISHING"])
def test_an_execution_that_ended_without_cleanup_is_cleaned_up(world, gate, state):
    batch_id = a_batch(world, gate)
    world.set(batch_key(batch_id), state=state)
    called = invocations(world)
    gate({"sweep": True})
    assert called == []
    world.states.stop_execution(executionArn=world.arn(f"{batch_id}-r1"))
    gate({"sweep": True})
    (call,) = called
    assert (call["FunctionName"], call["InvocationType"]) == ("cleanup", "Event")
    detail = json.loads(call["Payload"])["detail"]
    assert detail == {
        "executionArn": world.arn(f"{batch_id}-r1"),
        "stateMachineArn": MACHINE,
        "status": "ABORTED",
    }


def test_batches_wait_for_their_turn_in_order(world, gate):
    first = a_batch(world, gate)
    second, third = a_batch(world, gate), a_batch(world, gate)
    assert world.executions() == {f"{first}-r1": "RUNNING"}
    world.fail(first)
    gate({"sweep": True})
    assert world.lease()["execution"] == f"{second}-r1"
    world.fail(second)
    gate({"sweep": True})
    assert world.lease()["execution"] == f"{third}-r1"


def test_again_starts_a_failed_batch_with_the_same_files_and_a_clean_row(world, gate):
    batch_id = a_batch(world, gate)
    world.set(batch_key(batch_id), validate_outcome="fatal", alert_subject="!", ending="X")
    world.fail(batch_id)
    answer = gate({"again": batch_id})
    assert answer == {"batch_id": batch_id, "started": f"{batch_id}-r2"}
    (batch,) = world.batches()
    assert (batch["state"], batch["run"]) == ("RUNNING", 2)
    left = {"validate_outcome", "alert_subject", "ending", "finished_at"} & set(batch)
    assert not left


@pytest.mark.parametrize(
    ("batch_id", "stands"),
    [
        ("20260101T000000Z-000001", "nobody knows it"),
        ("running", "it is RUNNING"),
        ("", "nobody knows it"),
    ],
)
def test_again_is_refused_where_nothing_failed(world, gate, batch_id, stands):
    running = a_batch(world, gate)
    answer = gate({"again": running if batch_id == "running" else batch_id})
    assert answer["refused"] == f"there is no such batch that has failed: {stands}"
    assert len(world.executions()) == 1


def test_a_step_that_fails_stops_no_other_and_is_raised(world, gate, monkeypatch):
    def broken(*_: object) -> int:
        raise RuntimeError("listing is down")

    gate(queued(created(ORDERS, world.drop(ORDERS))))
    world.long_ago()
    monkeypatch.setattr(sweep, "note_lost", broken)
    with pytest.raises(ExceptionGroup) as caught:
        gate({"sweep": True})
    assert [str(error) for error in caught.value.exceptions] == ["listing is down"]
    assert len(world.executions()) == 1


def test_the_figures_of_an_empty_pipeline_are_zeros(world, gate, capsys):
    gate({"sweep": True})
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    names = "WaitingFiles WaitingBatches OldestWaitingFileSeconds FailedBatches HoursSinceLastBatch"
    assert [told[name] for name in names.split()] == [[0.0]] * 5
    assert told["service"] == "batch-gate"


def test_figures_count_what_waits_failed_and_was_done_last(world, gate):
    now = datetime.now(UTC)
    world.fail(a_batch(world, gate))
    done = a_batch(world, gate)
    before = (now - timedelta(hours=3)).isoformat()
    world.set(batch_key(done), state="DONE", finished_at=before)
    waiting = a_batch(world, gate)
    world.set(batch_key(waiting), opened_at=before)
    gate(queued(created(ORDERS, world.drop(ORDERS))))
    figures = figures_of(world.table, now)
    assert (figures["WaitingFiles"], figures["WaitingBatches"]) == (1, 1)
    assert figures["FailedBatches"] == 1
    assert figures["OldestWaitingFileSeconds"] == pytest.approx(3 * 3600)
    assert figures["HoursSinceLastBatch"] == pytest.approx(3)
