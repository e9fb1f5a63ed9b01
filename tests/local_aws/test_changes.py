"""What a plan would change is told with all that differs."""

from __future__ import annotations

from scripts.local_aws.changes import Change, changes_of


def test_a_plans_changes_name_what_differs() -> None:
    before = {"tags": {"a": 1, "b": 2}, "list": [1, {"x": 1}], "same": 0}
    after = {"tags": {"a": 1, "b": 3}, "list": [1, {"x": 2}], "same": 0}
    resource = {"actions": ["update"], "before": before, "after": after}
    plan = {
        "resource_changes": [
            {"address": "aws_x.y", "change": {**resource, "after_unknown": {"arn": True}}},
            {"address": "aws_x.z", "change": {"actions": ["no-op"], "before": {}, "after": {}}},
        ]
    }
    assert changes_of(plan) == [Change("aws_x.y", ("update",), ("arn", "list[1].x", "tags.b"))]


def test_an_output_that_differs_is_a_change_of_a_plan() -> None:
    plan = {
        "output_changes": {
            "same": {"actions": ["no-op"], "before": 1, "after": 1, "after_unknown": False},
            "url": {"actions": ["update"], "before": "a", "after_unknown": True},
            "queues": {"actions": ["update"], "before": {"a": 1}, "after": {"a": 2}},
            "new": {"actions": ["create"], "before": None, "after": 1, "after_unknown": False},
        }
    }
    assert changes_of(plan) == [
        Change("output.new", ("create",), ("value",)),
        Change("output.queues", ("update",), ("value.a",)),
        Change("output.url", ("update",), ("value",)),
    ]
