"""A batch closed by hand: `scripts/start_batch.sh` sends `{"close": true}`."""

from __future__ import annotations

from datetime import UTC, datetime

from spark_jobs.batch import closing
from spark_jobs.facts.aws import ClosedBy
from step_functions.lambdas.batch_gate import handler
from tests.batch.aws.world import created, queued


def test_close_takes_what_waits_without_waiting_for_more(world, gate):
    version = world.drop("landing/products.csv")
    gate(queued(created("landing/products.csv", version)))
    answer = gate({"close": True})
    (batch,) = world.batches()
    assert answer == {"closed": [batch["sk"]], "started": f"{batch['sk']}-r1"}
    assert batch["closed_by"] == "request"
    assert gate({"close": True}) == {"closed": [], "started": None}


def test_close_takes_what_lies_in_landing_though_no_event_has_told_of_it(world, gate):
    version = world.drop("landing/products.csv")
    answer = gate({"close": True})
    (batch,) = world.batches()
    assert answer["closed"] == [batch["sk"]]
    assert world.row("landing/products.csv", version)["batch_id"] == batch["sk"]


def test_close_takes_what_is_known_where_landing_cannot_be_listed(world, gate, monkeypatch):
    version = world.drop("landing/products.csv")
    gate(queued(created("landing/products.csv", version)))
    world.drop("landing/orders.csv")
    monkeypatch.setattr(handler, "note_lost", fails)
    assert len(gate({"close": True})["closed"]) == 1
    assert world.batches()[0]["files"] == 1


def test_close_says_that_another_closing_is_under_way_where_files_wait_behind_it(world, gate):
    world.drop("landing/products.csv")
    assert closing._begin(world.table, ClosedBy.REQUEST, datetime.now(UTC))
    answer = gate({"close": True})
    assert (answer["closed"], answer["started"]) == ([], None)
    assert "another closing is under way" in answer["busy"]
    assert world.files()[0]["state"] == "WAITING"
    gate({"sweep": True})
    assert gate({"close": True}) == {"closed": [], "started": None}


def fails(*_):
    raise PermissionError("not yours to list")
