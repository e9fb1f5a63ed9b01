"""The words themselves: the acts happen, and the checker sees the real account."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from tests.e2e.account import Account
from tests.e2e.acts import acting, exits, hangs, hold, kill, runs
from tests.e2e.checker import Checker
from tests.e2e.containers import HeldContainers
from tests.e2e.person import ROOT
from tests.e2e.shop import a_shop
from tests.e2e.world import World


def test_a_task_killed_at_an_effect_is_run_again_in_the_next_size(world: World) -> None:
    shop = a_shop()
    with world.acts("validate", kill("before:write_verdict")) as held:
        world.drop(shop.files())
        (batch,) = world.at_rest()
        assert held.has_ended()
    codes = exit_codes(world.account, batch["execution"], "validate")
    assert codes == [137, 0]
    assert world.kpis(shop.day)[0]["total_orders"] == 3


def test_a_task_that_is_held_goes_on_where_it_stood(world: World) -> None:
    shop = a_shop()
    with world.acts("transform", hold("before:publish_items")) as held:
        world.drop(shop.files())
        world.until("the transform is held", held.is_held)
        assert world.batch()["state"] == "RUNNING"
        assert world.kpis(shop.day) == ({}, {})
        held.go_on()
        (batch,) = world.at_rest()
    assert exit_codes(world.account, batch["execution"], "transform") == [0]
    assert world.kpis(shop.day)[0]["total_orders"] == 3


def test_the_checker_sees_what_is_wrong_in_the_account(world: World, checker: Checker) -> None:
    shop = a_shop()
    with world.acts("validate", runs()):
        versions = world.drop(shop.files())
        world.at_rest()
    assert checker.new_complaints() == []
    with without_object(world.account, world.archived(versions[0])):
        assert named(checker) == {"each_version_is_archived_once"}
    with item_changed(world.account, "order_kpi_table", shop.day):
        assert named(checker) == {
            "items_equal_the_oracle",
            "items_equal_the_lake",
            "each_day_was_told_as_it_is",
        }


def test_containers_start_as_the_next_act_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER", "true")  # needs no engine
    acts = [kill("before:x"), kill("before:x", code=9), exits(3), hold("after:y"), hangs(), runs()]
    held, processes = HeldContainers(tmp_path / "acts"), tmp_path / "processes.json"
    with acting(processes, {"spark-validate": ["usual", "validate"]}, "validate", acts, held):
        killed, coded, ended, stands, hung, usual = [asked(processes, act) for act in "abcdef"]
        assert [(held.folder / f"{n}.name").read_text() for n in range(6)] == [*"abcdef"]
    assert asked_of(processes) is None
    assert killed == {"environment": {"SIZE": "4", "ORDERS_KILL_AT": "before:x"}}
    assert usual == {"environment": {"SIZE": "4"}}
    assert coded["environment"] == killed["environment"]
    assert coded["entrypoint"][-2:] == ["orders", "validate"]
    assert code_of(*coded["entrypoint"][2:-2], "sh", "-c", "kill -9 $$") == 9
    assert code_of(*coded["entrypoint"][2:-2], "sh", "-c", "exit 0") == 0
    assert code_of(*ended["entrypoint"][2:], "--manifest") == 3
    assert stands["entrypoint"][-2:] == ["after:y", "validate"]
    assert hung["entrypoint"][2:] == ["sh", "-c", "exec sleep infinity", "sh"]


def asked_of(processes: Path) -> list[str] | None:
    """The program that is asked how a container starts."""
    program: list[str] | None = json.loads(processes.read_text()).get("spark-validate")
    return program


def asked(processes: Path, name: str) -> Any:
    """What it changes of the container of that name."""
    program, given = asked_of(processes), {"name": name, "environment": {"SIZE": "4"}}
    assert program
    said = subprocess.run(
        program, input=json.dumps(given), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(said.stdout)


def code_of(*command: str) -> int:
    """The exit code of a command."""
    return subprocess.run(command, check=False).returncode


def exit_codes(account: Account, execution: str, job: str) -> list[int]:
    """How the containers of an execution's task ended, oldest first."""
    tasks = [
        task
        for task in account.tasks("STOPPED")
        if f"/{job}-task:" in task["taskDefinitionArn"]
        and execution in str(task["overrides"]["containerOverrides"])
    ]
    tasks.sort(key=lambda task: str(task["createdAt"]))
    return [container["exitCode"] for task in tasks for container in task["containers"]]


def named(checker: Checker) -> set[str]:
    """The checks that complain of something new."""
    return {complaint.partition(":")[0] for complaint in checker.new_complaints()}


@contextmanager
def without_object(account: Account, key: str) -> Iterator[None]:
    """An archived object is lost for a while."""
    s3, body = account.client("s3"), account.content(account.landing, key)
    for stored in account.versions(account.landing, key):
        s3.delete_object(Bucket=account.landing, Key=key, VersionId=stored.version_id)
    yield
    s3.put_object(Bucket=account.landing, Key=key, Body=body)


@contextmanager
def item_changed(account: Account, table: str, day: str) -> Iterator[None]:
    """A day's revenue is one more for a while."""
    (item,) = [item for item in account.items(table) if item["order_date"] == day]
    put(account, table, item | {"total_revenue": item["total_revenue"] + 1})
    yield
    put(account, table, item)


def put(account: Account, table: str, item: dict[str, object]) -> None:
    """Writes an item."""
    attributes = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    name = account.outputs[table]
    account.client("dynamodb").put_item(TableName=name, Item=attributes)
