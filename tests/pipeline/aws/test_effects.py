"""What a task leaves, it leaves within an effect: so each moment at which it can die has a name."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from spark_jobs.facts import effects
from spark_jobs.facts.aws import Task
from spark_jobs.facts.effects import AwsEffect, Effect
from spark_jobs.facts.words import Outcome
from tests.builders import a_shop_file, an_order
from tests.pipeline.aws.cloud import DATABASE, LAKE, LANDING, Cloud
from tests.pipeline.shop import EVENING, MORNING, a_landing, orders_with_bad_ones
from tests.publish.stage import CATEGORIES, ORDERS, STATE

KPI_TABLES = (ORDERS, CATEGORIES)
LOCAL = {
    *(Effect.WRITE_SPLIT, Effect.WRITE_QUARANTINE, Effect.WRITE_VERDICT),
    *(Effect.ARCHIVE_FILES, Effect.REMOVE_STAGED),
}
"""They leave nothing that outlives the task's own disk, or are not a task's."""

pytestmark = pytest.mark.slow


def test_between_two_effects_a_task_leaves_nothing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: set[str] = set()
    everything = Everything(cloud).now
    at = ["the start", everything()]

    def reached(moment: str) -> None:
        when, _, effect = moment.partition(":")
        now = everything()
        if when == "before":
            assert now == at[1], f"between {at[0]} and {moment}"
        else:
            seen.add(effect)
        at[:] = moment, now

    def run(task: Task, batch_id: str) -> Outcome:
        at[:] = f"the start of {task}", everything()
        outcome = cloud.run(task, batch_id)
        assert everything() == at[1], f"between {at[0]} and the end of {task}"
        return outcome

    monkeypatch.setattr(effects, "_kill_at", reached)
    a_shop_file(tmp_path / "bad" / "orders" / "x.csv", orders_with_bad_ones(1, 9))
    rejected = cloud.drop(tmp_path / "bad", MORNING)
    assert run(Task.VALIDATE, rejected) is Outcome.REJECTED
    cloud.end(rejected)
    days = {MORNING: "2025-03-08", EVENING: "2025-05-01"}
    for received_at, day in days.items():
        landing = tmp_path / day
        if received_at is MORNING:
            a_landing(landing)
        moved = an_order("1", at=f"{day}T10:00:00")
        a_shop_file(landing / "orders" / "b.csv", [moved, *orders_with_bad_ones(39, 1)[1:]])
        batch_id = cloud.drop(landing, received_at)
        assert run(Task.VALIDATE, batch_id) is Outcome.PARTIAL
        assert run(Task.TRANSFORM, batch_id) is Outcome.DONE
        cloud.end(batch_id)
    assert {*Effect, *AwsEffect} - LOCAL <= seen


class Everything:
    """All that the account holds: objects, tables of the lake, rows."""

    def __init__(self, cloud: Cloud) -> None:
        self._s3, self._dynamodb, self._glue = cloud.s3, cloud.dynamodb, boto3.client("glue")

    def now(self) -> dict[str, object]:
        """By name."""
        held: dict[str, object] = {}
        for bucket in (LANDING, LAKE):
            pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for stored in (one for page in pages for one in page.get("Versions", [])):
                held[f"{bucket}/{stored['Key']}/{stored['VersionId']}"] = stored["ETag"]
        for page in self._glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE):
            tables = page["TableList"]
            held |= {one["Name"]: one["Parameters"]["metadata_location"] for one in tables}
        for table in (STATE, *KPI_TABLES):
            pages = self._dynamodb.get_paginator("scan").paginate(TableName=table)
            held[table] = sorted((item for page in pages for item in page["Items"]), key=str)
        return held
