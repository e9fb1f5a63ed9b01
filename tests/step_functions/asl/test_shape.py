"""What must hold for every state: timeouts, retries, catches, legal sizes, placeholders."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.check_asl import DEFINITION, EXAMPLE, FOLDER, placeholders, rendered
from spark_jobs.facts.aws import BatchState, Ending, Task
from spark_jobs.facts.words import Outcome

TEXT = DEFINITION.read_text(encoding="utf-8")
MACHINE = json.loads(TEXT)
STATES: dict[str, dict[str, Any]] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
SIZES = [s["Result"] for s in STATES.values() if "cpu" in s.get("Result", {})]
GIB = 2**30
LEGAL_GIB = {
    "256": [0.5, 1, 2],
    "512": range(1, 5),
    "1024": range(2, 9),
    "2048": range(4, 17),
    "4096": range(8, 31),
    "8192": range(16, 61, 4),
    "16384": range(32, 121, 8),
}
"""Memory that Fargate sells with each size of processor."""


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_timeout_retries_with_full_jitter_and_catches_everything(
    name: str,
) -> None:
    task = TASKS[name]
    assert 0 < task["TimeoutSeconds"] < MACHINE["TimeoutSeconds"]
    assert "HeartbeatSeconds" not in task  # no integration of ours beats
    repeated = [r for r in task["Retry"] if r.get("MaxAttempts") != 0]
    assert repeated
    for retrier in repeated:
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["BackoffRate"] > 1
        assert retrier["MaxDelaySeconds"] >= retrier["IntervalSeconds"]
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


def test_the_machine_outlives_what_its_tasks_may_take() -> None:
    attempts = 1 + len(STATES["Prepare"]["Parameters"]["ceilings"])
    longest = 2 * attempts * TASKS["RunValidationTask"]["TimeoutSeconds"]
    assert longest + 3600 <= MACHINE["TimeoutSeconds"]


def test_an_attempt_never_reads_past_the_ceilings() -> None:
    counted = STATES["Is an attempt left?"]["Choices"][0]
    assert counted["NumericLessThan"] == len(STATES["Prepare"]["Parameters"]["ceilings"])


def test_the_seeds_states_run_tasks_to_their_end() -> None:
    for name, job in (("RunValidationTask", "validate"), ("RunTransformationTask", "transform")):
        task = STATES[name]
        assert task["Resource"] == "arn:aws:states:::ecs:runTask.sync"
        assert "LaunchType" not in task["Parameters"]
        assert task["Parameters"]["CapacityProviderStrategy"]
        (container,) = task["Parameters"]["Overrides"]["ContainerOverrides"]
        assert container["Name"] == job


@pytest.mark.parametrize("size", SIZES, ids=lambda s: s["name"])
def test_every_size_is_one_that_fargate_sells(size: dict[str, Any]) -> None:
    assert int(size["memory"]) / 1024 in LEGAL_GIB[size["cpu"]]
    assert 21 <= size["storage"] <= 200


def test_sizes_grow_and_their_disks_hold_what_their_batches_need() -> None:
    order = [(int(s["cpu"]), int(s["memory"]), s["storage"]) for s in SIZES]
    assert order == sorted(order)
    assert len(order) == 4
    by_name = {s["name"]: s for s in SIZES}
    for rule in STATES["Choose the size"]["Choices"]:
        size, most = by_name[rule["Next"].lower()], rule["NumericLessThanEquals"]
        # Raw bytes, the preflight's Parquet, staged Parquet, each at most as large; spilling.
        assert size["storage"] * GIB >= 6 * most
        assert int(size["memory"]) * 2**20 >= 8 * most


def test_the_definition_is_json_with_placeholders_in_strings_that_the_document_explains() -> None:
    assert placeholders(TEXT) == set(EXAMPLE)
    document = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in document for name in EXAMPLE)
    assert "%{" not in TEXT
    assert "${" not in rendered(TEXT)


def test_words_are_those_of_the_facts() -> None:
    used = json.dumps(MACHINE)
    endings = {Ending.SUCCESS, Ending.VALIDATION_FAILED, Ending.TRANSFORMATION_FAILED}
    states = {BatchState.RUNNING, BatchState.FINISHING}
    outcomes = {Outcome.ACCEPTED, Outcome.PARTIAL, Outcome.REJECTED, Outcome.DONE}
    for word in endings | states | outcomes | {Task.VALIDATE, Task.TRANSFORM}:
        assert f'"{word}"' in used, word


def test_names_and_subjects_keep_within_the_limits_of_aws() -> None:
    assert all(len(name) <= 80 for name in STATES)
    batch = "20261122T101500Z-000001"
    subject = STATES["Prepare"]["Parameters"]["words"]["subject"].replace("{}", "%s")
    longest = subject % ("twelve-chars-order-pipeline", batch, Ending.TRANSFORMATION_FAILED)
    assert len(longest) < 100
    assert longest.isascii()
