"""Terraform's flood of JSON in a few human words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

_EVERY_SECONDS = 5
_STEPS = {"apply_start", "apply_complete", "apply_errored"}
_WORDS: Mapping[str, str] = {
    "aws_cloudwatch_": "logs and alarms",
    "aws_dynamodb_": "tables",
    "aws_ecr_": "image repositories",
    "aws_ecs_": "tasks",
    "aws_glue_": "the lake's database",
    "aws_athena_": "queries",
    "aws_iam_": "roles and rights",
    "aws_kms_": "keys",
    "aws_lambda_": "Lambdas",
    "aws_s3_": "buckets",
    "aws_scheduler_": "schedules",
    "aws_sfn_": "the state machine",
    "aws_sns_": "alerts",
    "aws_sqs_": "queues",
}
_REST = "network and the rest"


class Progress:
    """Reads Terraform's lines and says every few seconds how far it is.

    Attributes:
        errors: What Terraform complained about.
    """

    def __init__(
        self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say, self._clock = say, clock
        self._told_at = self._clock()
        self._total = self._done = 0
        self._open: dict[str, str] = {}
        self._errors: list[str] = []

    @property
    def errors(self) -> str:
        """What Terraform complained about, one below the other."""
        return "\n".join(self._errors)

    def take(self, line: str) -> None:
        """Takes one line; what is no JSON is an error of the shell's or of Terraform's start."""
        try:
            told = json.loads(line)
        except ValueError:
            if line.strip():
                self._errors.append(line.strip())
            return
        kind = told.get("type")
        if kind == "diagnostic":
            self._diagnostic(told["diagnostic"])
        elif kind == "change_summary" and told["changes"]["operation"] == "plan":
            changes = told["changes"]
            self._total = sum(changes[name] for name in ("add", "change", "remove"))
            self._say(f"{self._total} things to do" if self._total else "nothing has changed")
        elif kind in _STEPS and told["hook"].get("action") != "read":  # a question changes nothing
            self._count(kind, told["hook"]["resource"])

    def _diagnostic(self, told: Mapping[str, Any]) -> None:
        if told["severity"] == "error":
            where = f"{told['address']}: " if told.get("address") else ""
            detail = told.get("detail") or ""
            self._errors.append(f"{where}{told['summary']}\n{detail}".strip())

    def _count(self, kind: str, resource: Mapping[str, Any]) -> None:
        address = resource["addr"]
        if kind == "apply_start":
            self._open[address] = _word(resource["resource_type"])
        else:
            self._done += 1
            self._open.pop(address, None)
        finished = kind != "apply_start" and self._done == self._total
        if finished or self._clock() - self._told_at >= _EVERY_SECONDS:
            self._told_at = self._clock()
            words = ", ".join(sorted(set(self._open.values())))
            self._say(f"{self._done} of {self._total}" + (f": {words}" if words else ""))


def _word(kind: str) -> str:
    return next((word for start, word in _WORDS.items() if kind.startswith(start)), _REST)
