"""What an account holds, and what of it Terraform knows."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.inventory import added, addresses, named

STATE = {
    "resources": [
        {"mode": "data", "type": "aws_region", "name": "here", "instances": [{"attributes": {}}]},
        {
            "mode": "managed",
            "type": "aws_s3_bucket",
            "name": "of",
            "instances": [
                {"index_key": "lake", "attributes": {"id": "the-lake", "tags": {"a": "b"}}},
                {"index_key": "logs", "attributes": {"id": "the-logs", "grant": [{"id": "c"}]}},
            ],
        },
        {"mode": "managed", "type": "aws_vpc", "name": "own", "instances": [{"index_key": 0}]},
        {"mode": "managed", "type": "aws_sns_topic", "name": "alerts", "instances": [{}]},
    ]
}


def test_what_is_left_is_neither_old_nor_ours() -> None:
    before = {"bucket": {"old"}, "queue": set[str]()}
    after = {"bucket": {"old", "mine", "left"}, "queue": {"mine"}}
    assert added(before, after, {"mine"}) == {"bucket": {"left"}}


def test_a_state_tells_each_address_and_each_text(tmp_path: Path) -> None:
    assert (addresses(tmp_path), named(tmp_path)) == (set(), set())
    (tmp_path / "terraform.tfstate").write_text(json.dumps(STATE))
    assert addresses(tmp_path) == {
        "aws_s3_bucket.of[lake]",
        "aws_s3_bucket.of[logs]",
        "aws_vpc.own[0]",
        "aws_sns_topic.alerts[]",
    }
    assert named(tmp_path) >= {"the-lake", "the-logs", "b", "c"}
    assert "here" not in named(tmp_path)
