"""Batches on AWS looked at from outside: the gate's real rows in a moto of this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from spark_jobs.batch.closing import Threshold, close
from spark_jobs.batch.files import batch_key, register
from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.starting import again, start_next
from spark_jobs.facts.errors import ConfigurationError, TransientError, UsageError
from spark_jobs.publish.changes import KpiChanges, changes_document
from spark_jobs.watch.sight import End, Mark, Sight
from spark_jobs.watch.state_table import StateTableSource
from tests.batch.aws.world import LAKE, LANDING, MACHINE, World, a_world

ONE = Threshold({"orders": 1})


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


@pytest.fixture
def source(world: World) -> StateTableSource:
    return StateTableSource(world.table.client, world.s3, world.states, world.table.name)


def wait(world: World, name: str, dataset: str = "orders") -> None:
    """A file that waits for a batch."""
    received = "2026-01-02T00:00:00+00:00"
    file = ManifestFile(LANDING, f"landing/{name}", "v1", "e", 10, received, dataset)
    register(world.table, file)


def a_batch(world: World, name: str) -> str:
    """A batch of one file, which waits for its turn."""
    wait(world, name)
    batch_id = close(world.table, world.s3, LAKE, ONE)
    assert batch_id
    return batch_id


def run(world: World) -> str | None:
    return start_next(world.table, world.states, MACHINE)


def marks(sight: Sight) -> str:
    return "".join(step.mark[0] for step in sight.steps)


def test_files_that_wait_are_counted_by_dataset(world: World, source: StateTableSource) -> None:
    wait(world, "a.csv")
    wait(world, "b.csv", "products")
    wait(world, "c.csv", "")
    assert source.look(None).waiting == {"orders": 1, "products": 1, "": 1}
    assert (source.newest(), source.choose(None)) == (None, None)


def test_the_batch_with_the_lease_comes_before_those_that_wait(
    world: World, source: StateTableSource
) -> None:
    first = a_batch(world, "a.csv")
    assert source.choose(first) == first
    assert source.look(first).steps[1].note == "next in turn"
    assert run(world) == f"{first}-r1"
    second, third = a_batch(world, "b.csv"), a_batch(world, "c.csv")
    wait(world, "d.csv")
    assert (source.newest(), source.choose(third)) == (third, first)
    sight = source.look(first)
    assert (sight.run, sight.behind, sight.waiting, marks(sight)) == (
        1,
        2,
        {"orders": 1},
        "ddnaaaa",
    )
    assert source.look(third).steps[1].note == "1 before it"
    world.fail(first)
    assert source.choose(third) == second


def test_at_its_end_the_next_batch_is_named_whether_it_waits_or_runs_already(
    world: World, source: StateTableSource
) -> None:
    first = a_batch(world, "a.csv")
    run(world)
    second = a_batch(world, "b.csv")
    world.fail(first)
    assert (source.look(first).following, source.look(first).following_runs) == (second, False)
    run(world)
    assert (source.look(first).following, source.look(first).following_runs) == (second, True)
    assert source.look(second).following is None


def test_where_nothing_waits_a_person_is_told_to_upload_and_not_to_start(
    source: StateTableSource,
) -> None:
    assert "nothing waits in landing and no batch runs; upload" in source.hint({})
    assert "start_batch.sh" not in source.hint({})
    assert "`scripts/start_batch.sh` starts one" in source.hint({"orders": 1})


def test_an_older_batch_that_waits_again_does_not_hide_the_one_that_runs(
    world: World, source: StateTableSource
) -> None:
    first = a_batch(world, "a.csv")
    run(world)
    world.fail(first)
    second = a_batch(world, "b.csv")
    run(world)
    assert again(world.table, first)
    assert source.choose(second) == second


def test_a_failed_batch_is_no_next_one_until_it_is_started_again(
    world: World, source: StateTableSource
) -> None:
    batch_id = a_batch(world, "a.csv")
    run(world)
    world.fail(batch_id)
    assert (source.choose(batch_id), source.look(batch_id).end) == (None, End.FAILED)
    assert again(world.table, batch_id)
    assert source.choose(batch_id) == batch_id
    run(world)
    assert source.look(batch_id).run == 2


def test_a_batch_that_was_missed_is_found_after_its_end(
    world: World, source: StateTableSource
) -> None:
    batches = [a_batch(world, f"{number}.csv") for number in range(3)]
    for batch_id in batches:
        world.table.write(ended(batch_id))
    assert source.choose(batches[0]) == batches[1]
    assert source.choose(batches[0], {batches[1]}) == batches[2]
    assert source.choose(batches[2]) is None


def ended(batch_id: str) -> Any:
    from spark_jobs.batch.table import Update

    return Update(batch_key(batch_id), set={"state": "DONE"}, remove=["waiting"])


def test_an_unknown_batch_and_table_are_refused(world: World, source: StateTableSource) -> None:
    with pytest.raises(UsageError, match="there is no batch 'b'"):
        source.look("b")
    elsewhere = StateTableSource(world.table.client, world.s3, world.states, "nowhere")
    with pytest.raises(ConfigurationError, match="no such table"):
        elsewhere.newest()


def test_the_changes_are_those_that_the_transform_kept(
    world: World, source: StateTableSource
) -> None:
    batch_id = a_batch(world, "a.csv")
    assert source.changes(batch_id) is None
    body = json.dumps(changes_document(batch_id, KpiChanges()))
    world.s3.put_object(Bucket=LAKE, Key=f"verdicts/{batch_id}/changes.json", Body=body)
    assert source.changes(batch_id) == KpiChanges()


@pytest.mark.parametrize("title", ["Days changed: 2 (2 new, 0 corrected)", "No day changed."])
def test_the_alert_tells_of_changes_in_its_section_alone(
    world: World, source: StateTableSource, title: str
) -> None:
    batch_id = a_batch(world, "a.csv")
    assert source.told_changes(batch_id) == ()
    lines = ["Batch b was accepted; 2 days changed.", "", title, "  2026-03-08: …", "", "Verdict"]
    world.set(batch_key(batch_id), alert_message="\n".join(lines))
    assert source.told_changes(batch_id) == [title, "  2026-03-08: …"]


class Refusing:
    """A client whose every call is refused."""

    exceptions: Any = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            del arguments
            raise self._error

        return call


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no\x1b"}}, "GetObject")


def test_without_the_right_to_the_bucket_the_row_alone_is_told(world: World) -> None:
    source = StateTableSource(
        world.table.client, Refusing(refusal("AccessDenied")), world.states, world.table.name
    )
    batch_id = a_batch(world, "a.csv")
    run(world)
    address = f"s3://{LAKE}/staged/{batch_id}/r1/verdict.json"
    world.set(batch_key(batch_id), validate_outcome="accepted", verdict=address)
    sight = source.look(batch_id)
    assert (sight.steps[2].mark, sight.steps[2].note) == (Mark.DONE, "accepted")
    assert "may not be read" in sight.notices[0]
    assert source.changes(batch_id) is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal("ThrottlingException"), TransientError),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), TransientError),
        (refusal("AccessDeniedException"), ConfigurationError),
        (refusal("ExpiredTokenException"), ConfigurationError),
        (NoCredentialsError(), ConfigurationError),
    ],
)
def test_what_passes_is_told_from_what_does_not(error: Exception, kind: type[Exception]) -> None:
    source = StateTableSource(Refusing(error), None, None, "t")
    with pytest.raises(kind) as found:
        source.newest()
    assert found.type is kind
    assert "\x1b" not in str(found.value)
