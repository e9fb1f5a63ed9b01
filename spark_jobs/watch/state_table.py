"""Batches on AWS, as the state table tells them; Step Functions and S3 add what they may."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004
    HTTPClientError,
)

from spark_jobs.batch.files import BATCH, batch_key, files_of, waiting_files
from spark_jobs.batch.lease import LEASE
from spark_jobs.batch.manifest import split_address
from spark_jobs.batch.notice import escaped
from spark_jobs.batch.objects import read
from spark_jobs.batch.table import Row, StateTable
from spark_jobs.facts.aws import BatchState, FileState
from spark_jobs.facts.errors import ConfigurationError, TransientError, UsageError
from spark_jobs.publish.changes import KpiChanges, changes_of
from spark_jobs.watch.batch_row import END, GOING, sight_of
from spark_jobs.watch.execution import Executions
from spark_jobs.watch.sight import Sight

_NOT_THERE = "ResourceNotFoundException"
_PASSING = (
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
)
_COUNTED = (FileState.ARCHIVED, FileState.GONE)
_CHANGED_DAYS = ("Days changed", "No day changed")


class StateTableSource:
    """The batches of one environment.

    Args:
        s3: For verdicts and changes; what may not be read there is left out.
    """

    def __init__(self, dynamodb: Any, s3: Any, states: Any, name: str) -> None:
        self._table = StateTable(dynamodb, name)
        self._s3 = s3
        self._executions = Executions(states)
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._refused: dict[str, str] = {}

    def hint(self, waiting: Mapping[str, int]) -> str:
        """Files come first; those that wait need not wait for more."""
        if waiting:
            return "no batch runs; `scripts/start_batch.sh` starts one of what waits in landing"
        return "nothing waits in landing and no batch runs; upload files for the next one"

    def newest(self) -> str | None:
        """The batch that was made last."""
        with self._told():
            row = next(self._table.newest(BATCH), None)
        return str(row["sk"]) if row else None

    def choose(self, after: str | None, seen: Collection[str] = ()) -> str | None:
        """The batch that has the lease, else the next in turn, else the oldest made after."""
        with self._told():
            holds = (self._table.get(LEASE) or {}).get("batch_id")
            if holds:
                return str(holds)
            going = [row for row in self._waiting() if row["state"] in GOING]
            if going:
                return str(going[0]["sk"])
            later = None
            for row in self._table.newest(BATCH):
                if row["sk"] in seen or (after is not None and row["sk"] <= after):
                    break
                if row["state"] != BatchState.EMPTY:
                    later = str(row["sk"])
            return later

    def look(self, batch_id: str | None) -> Sight:
        """The batch, or the files that wait for one."""
        with self._told():
            if batch_id is None:
                files = Counter(str(row["dataset"]) for row in waiting_files(self._table))
                return Sight(waiting=dict(files))
            row = self._table.get(batch_key(batch_id))
            if row is None:
                newest = self.newest()
                raise UsageError(
                    f"there is no batch {batch_id!r}",
                    where=self._table.name,
                    cure=f"the last one made is {newest}" if newest else "there is none so far",
                )
            return self._sight(row)

    def changes(self, batch_id: str) -> KpiChanges | None:
        """What the transform kept beside the batch's verdict, in the lake's bucket."""
        row = self._table.get(batch_key(batch_id)) or {}
        if "manifest" not in row:
            return None
        bucket, _ = split_address(row["manifest"])
        with self._told():
            document = self._document(f"s3://{bucket}/verdicts/{batch_id}/changes.json")
        return changes_of(document) if document else None

    def told_changes(self, batch_id: str) -> Sequence[str]:
        """The alert's lines on changed days."""
        with self._told():
            row = self._table.get(batch_key(batch_id)) or {}
        lines = str(row.get("alert_message", "")).split("\n")
        first = next((i for i, line in enumerate(lines) if line.startswith(_CHANGED_DAYS)), None)
        if first is None:
            return ()
        section = lines[first:]
        return section[: section.index("")] if "" in section else section

    def _waiting(self) -> list[Row]:
        return list(self._table.waiting(BATCH))

    def _sight(self, row: Row) -> Sight:
        waiting = [other for other in self._waiting() if other["state"] == BatchState.WAITING]
        place = [other["sk"] for other in waiting]
        before = place.index(row["sk"]) if row["sk"] in place else 0
        files = list(files_of(self._table, row["sk"]))
        seen = sight_of(
            row,
            datasets=Counter(str(file["dataset"]) for file in files),
            archived=sum(file["state"] in _COUNTED for file in files),
            execution=self._executions.look(str(row.get("execution_arn", ""))),
            verdict=self._document(row["verdict"]) if "verdict" in row else None,
            before=before,
            behind=len([other for other in place if other != row["sk"]]) - before,
            waiting=Counter(str(file["dataset"]) for file in waiting_files(self._table))
            if row["state"] not in END
            else {},
        )
        told = (*seen.notices, *self._refused.values())
        following, runs = self._following(row["sk"]) if seen.end else (None, False)
        return replace(seen, notices=told, following=following, following_runs=runs)

    def _following(self, batch_id: str) -> tuple[str | None, bool]:
        """Another batch that has the lease, else the next in turn; whether it has it."""
        holds = (self._table.get(LEASE) or {}).get("batch_id")
        if holds and holds != batch_id:
            return str(holds), True
        others = (row for row in self._waiting() if row["state"] in GOING)
        return next((str(row["sk"]) for row in others if row["sk"] != batch_id), None), False

    def _document(self, address: str) -> Mapping[str, Any] | None:
        """A JSON document on S3, which never changes; None where it is missing or not ours."""
        if address in self._documents:
            return self._documents[address]
        bucket, key = split_address(address)
        if bucket in self._refused:
            return None
        try:
            content = read(self._s3, bucket, key)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in ("AccessDenied", "403"):
                raise
            self._refused[bucket] = f"the lake's bucket may not be read ({code}): no counts"
            return None
        if content is None:
            return None
        document: Mapping[str, Any] = json.loads(content)
        self._documents[address] = document
        return document

    @contextmanager
    def _told(self) -> Iterator[None]:
        """From errors of AWS to those of ours: those that pass, and those that do not."""
        try:
            yield
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == _NOT_THERE:
                raise ConfigurationError(
                    "there is no such table in this account and region",
                    where=self._table.name,
                    cure="name the environment's state table by --state-table, and its profile",
                ) from error
            if code in _PASSING:
                raise TransientError(f"AWS is busy ({code})") from error
            raise ConfigurationError(
                f"AWS refused: {escaped(str(error))}", cure="sign in, or ask for the right to read"
            ) from error
        except (ConnectionError, HTTPClientError) as error:
            raise TransientError(f"AWS does not answer: {escaped(str(error))}") from error
        except BotoCoreError as error:
            raise ConfigurationError(
                escaped(str(error)), where="AWS", cure="set AWS_PROFILE and AWS_REGION, or sign in"
            ) from error
