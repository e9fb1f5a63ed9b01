"""A task of an execution: which batch it works for, and what it leaves for the state machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from spark_jobs.batch.contents import Contents
from spark_jobs.batch.notice import Alert, Links
from spark_jobs.batch.outcome import outcome_of, own_batch, write_outcome
from spark_jobs.batch.table import StateTable
from spark_jobs.facts.aws import Task
from spark_jobs.facts.effects import AwsEffect, performing
from spark_jobs.facts.errors import FatalError, OrdersError, UsageError
from spark_jobs.facts.words import Outcome
from spark_jobs.pipeline.aws.environment import TaskEnvironment
from spark_jobs.pipeline.stages import Stages
from spark_jobs.publish.alert import fatal_alert
from spark_jobs.session import Engine

Say = Callable[..., None]
"""Takes static words and fields: `say("fetched", files=3)`."""
OpenEngine = Callable[[], AbstractContextManager[Engine]]
VERDICT = "verdict.json"


@dataclass(frozen=True)
class Clients:
    """The services that a task calls: plain boto3 clients."""

    s3: Any
    dynamodb: Any


@dataclass(frozen=True)
class TaskRun:
    """One attempt of a task.

    Args:
        run: Of the batch: the n of `<batch>-r<n>`.
        manifest: `s3://` address, as the batch's row has it.
    """

    task: Task
    environment: TaskEnvironment
    clients: Clients
    say: Say
    run: int
    manifest: str

    @property
    def batch_id(self) -> str:
        """The batch."""
        return self.environment.batch_id

    @property
    def bucket(self) -> str:
        """The lake's bucket, where staged rows and verdicts lie too."""
        return self.environment.lake_bucket

    @property
    def table(self) -> StateTable:
        """The state table."""
        return StateTable(self.clients.dynamodb, self.environment.state_table)

    @property
    def contents(self) -> Contents:
        """The received contents, written under the lease of this execution."""
        return Contents(self.table, self.environment.execution)

    @property
    def prefix(self) -> str:
        """What the keys of this run's staged objects begin with, all attempts together."""
        return f"staged/{self.batch_id}/r{self.run}/"

    @property
    def verdict_key(self) -> str:
        """The one verdict of this execution."""
        return self.prefix + VERDICT

    @property
    def verdict_address(self) -> str:
        """The same as an `s3://` address."""
        return f"s3://{self.bucket}/{self.verdict_key}"

    def links(self, verdict: str = "") -> Links:
        """Where a person looks further."""
        return Links(self.environment.execution_arn, verdict)

    def stages(self) -> Stages:
        """Stages that are said with their seconds."""
        return Stages(on_done=lambda name, seconds: self.say("stage", stage=name, seconds=seconds))

    def leave(
        self, outcome: Outcome, *, code: str = "", alert: Alert | None = None, verdict: str = ""
    ) -> Outcome:
        """Writes the outcome, the last act; that of an earlier attempt counts.

        Args:
            verdict: Its `s3://` address; empty: the row's stays.
        """
        more = {"verdict": verdict} if verdict else {}
        if alert:
            more |= {"alert_subject": alert.subject, "alert_message": alert.message}
        env = self.environment
        with performing(AwsEffect.LEAVE_OUTCOME):
            left = write_outcome(
                self.table, env.batch_id, env.execution, self.task, outcome, code=code, more=more
            )
        self.say("outcome", outcome=str(left), code=code)
        return left


def perform(
    task: Task,
    environment: TaskEnvironment,
    clients: Clients,
    say: Say,
    manifest: str,
    work: Callable[[TaskRun], Outcome],
) -> Outcome:
    """Does a task's work unless an earlier attempt of this execution has left its outcome.

    What must not be repeated (numbers that cannot be trusted, settings and contracts that cannot
    be used) becomes the outcome `fatal`. Everything else that goes wrong is raised: without an
    outcome the state machine tries again.

    Args:
        manifest: As the command line names it.

    Raises:
        FencedOutError: The batch runs under another execution by now.
    """
    table = StateTable(clients.dynamodb, environment.state_table)
    row = own_batch(table, environment.batch_id, environment.execution)
    left = outcome_of(row, task)
    if left:
        say("outcome there already", outcome=str(left))
        return left
    run = TaskRun(task, environment, clients, say, int(row["run"]), str(row.get("manifest", "")))
    try:
        _check_manifest(run, manifest)
        return work(run)
    except (FatalError, UsageError) as error:
        alert = fatal_alert(environment.batch_id, task, error, run.links())
        say("fatal", error=type(error).__name__, reason=str(error))
        return run.leave(Outcome.FATAL, code=code_of(error), alert=alert)


def _check_manifest(run: TaskRun, manifest: str) -> None:
    if manifest != run.manifest:
        raise UsageError(
            f"{manifest!r} is not the batch's manifest ({run.manifest})",
            where="--manifest",
            cure="start the batch by scripts/start_batch.sh, not by hand",
        )


def code_of(error: OrdersError) -> str:
    """The error's class as a code: `fatal`, `usage`, `configuration`, `contract`."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
