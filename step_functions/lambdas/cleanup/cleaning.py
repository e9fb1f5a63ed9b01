"""Cleanup: what follows when an execution ends. By hand, twice, late, at every moment: harmless.

The order is archive, tell, release, start the next. Until the batch has ended the sweeper comes
back each minute, so that whatever dies before it is done again; after it nothing is left but the
next start, which the sweeper makes too. A batch whose files cannot all be moved stays FINISHING
until they are, but gives the lease away: it holds up no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from spark_jobs.batch.files import batch_key, files_of
from spark_jobs.batch.notice import Alert, Links, escaped
from spark_jobs.batch.starting import execution_arn, start_next
from spark_jobs.batch.table import Is, Row, StateTable, Update
from spark_jobs.facts.aws import BatchState
from spark_jobs.facts.errors import TransientError

from .archive import Archiver, Fate, VerdictError
from .ending import FINISHED, Judgement, judge, judge_again, release
from .request import Request
from .settings import Settings
from .telling import Told, tell_once
from .words import alert_of, trouble_of

_ATTEMPTS = 5
_RUNS_ON = ("RUNNING", "PENDING_REDRIVE")
_LEASE = 1
"""The position of the lease's write in a release."""


@dataclass
class Answer:
    """What cleanup says.

    Args:
        state: Of the batch; empty where there is none.
        more: Whether it is to be called again, for files are left that it had no time for.
        note: Why nothing was done, or in what the caller was wrong.
        started: The next execution.
    """

    batch_id: str
    state: str = ""
    more: bool = False
    note: str = ""
    started: str | None = None
    fates: Counter[Fate] = field(default_factory=Counter)

    def document(self) -> dict[str, Any]:
        """The answer as JSON."""
        said = {"batch_id": self.batch_id, "state": self.state, "more": self.more}
        counts = {str(fate): count for fate, count in self.fates.items()}
        told = {"note": self.note, "started": self.started}
        return said | counts | {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Cleanup:
    """Cleanup with its clients.

    Args:
        in_time: Whether there is time to begin with another file.
        count: Adds to a metric.
    """

    settings: Settings
    table: StateTable
    s3: Any
    sns: Any
    states: Any
    log: Logger
    in_time: Callable[[], bool]
    count: Callable[[str, int], None]

    def run(self, request: Request) -> Answer:
        """Does what is left to do for an execution, and says so."""
        answer = Answer(request.batch_id)
        row = self._row_of(request, answer)
        if row is None:
            self.log.warning(
                "nothing to clean up", execution=escaped(request.execution), why=answer.note
            )
            return answer
        if row["state"] not in FINISHED:
            row = self._finish(request, row, answer)
        answer.state = row["state"]
        # For a call that died, or whose alert was refused.
        if row["state"] in FINISHED and self._tell(row, judge_again(row)) and "waiting" in row:
            done = [Is("state", BatchState.DONE)]
            self.table.write(Update(batch_key(row["sk"]), remove=["waiting"], when=done))
        if not answer.more:
            answer.started = start_next(self.table, self.states, self.settings.state_machine_arn)
        return answer

    def _row_of(self, request: Request, answer: Answer) -> Row | None:
        """The batch's row, where this execution is its current one and does not work any more."""
        if not request.is_of(self.settings.state_machine_arn):
            answer.note = "the execution is not of this pipeline"
            return None
        row = self.table.get(batch_key(request.batch_id)) if request.batch_id else None
        if row is None:
            answer.note = "no batch belongs to the execution"
            return None
        answer.state = row["state"]
        if row.get("execution") != request.execution:
            answer.note = "the execution is not the batch's current run"
        elif row["state"] == BatchState.RUNNING:
            answer.note = self._why_it_runs(request.execution_arn)
        elif row["state"] not in (*FINISHED, BatchState.FINISHING):
            answer.note = "the batch waits to be run again"
        return None if answer.note else row

    def _why_it_runs(self, arn: str) -> str:
        status = self._status(arn)
        if status is None:
            return "the execution has not been started yet"
        return "the execution is running" if status in _RUNS_ON else ""

    def _status(self, arn: str) -> str | None:
        """What Step Functions says of an execution; None: it knows none of that name."""
        try:
            return str(self.states.describe_execution(executionArn=arn)["status"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return None

    def _finish(self, request: Request, row: Row, answer: Answer) -> Row:
        """From FINISHING (or an execution that is gone) to DONE or FAILED; the row as it is then.

        A task that was thought dead may write its outcome meanwhile: then it is judged again.
        """
        for _ in range(_ATTEMPTS):
            judgement = judge(row)
            if request.ending not in {None, judgement.ending}:
                answer.note = f"told {request.ending}, the row says {judgement.ending}: it counts"
                self.log.warning("contradiction", batch_id=row["sk"], said=answer.note)
            judgement = self._archive(row, judgement, answer)
            if answer.more:
                return row
            told = self._tell(row, judgement)
            left = answer.fates[Fate.LEFT]
            released = self._release(row, judgement.put_off() if left else judgement, told)
            if released:
                return released
            row = self.table.get(batch_key(row["sk"])) or row
            if row["execution"] != request.execution or row["state"] in FINISHED:
                return row
        raise TransientError("the batch stayed contended", where=row["sk"], cure="call again")

    def _archive(self, row: Row, judgement: Judgement, answer: Answer) -> Judgement:
        if judgement.state is not BatchState.DONE:
            return judgement
        archiver = Archiver(
            self.table, self.s3, self.settings.landing_prefix, self.in_time, self.log
        )
        try:
            fates = archiver.archive(row)
        except VerdictError as error:
            self.log.warning("nothing was archived", batch_id=row["sk"], why=str(error))
            return judgement.failed(str(error))
        del answer.fates[Fate.LEFT]  # what an earlier round left may have gone since
        answer.fates += fates
        answer.more = bool(fates[Fate.LATER])
        self.count("ArchivedFiles", fates[Fate.PROCESSED] + fates[Fate.INVALID])
        self.count("GoneFiles", fates[Fate.GONE])
        self.count("LeftFiles", fates[Fate.LEFT])
        return judgement

    def _tell(self, row: Row, judgement: Judgement) -> bool:
        """Whether all that is to be told was sent."""
        told = True
        arn = execution_arn(self.settings.state_machine_arn, row["execution"])
        links = Links(arn, str(row.get("verdict", "")))
        if "alerted_at" not in row:
            told = self._send(row, "alerted_at", alert_of(row, judgement, links))
        if "archive_told_at" not in row:
            files = list(files_of(self.table, row["sk"]))
            trouble = trouble_of(row, judgement, files, links)
            if trouble:
                told = self._send(row, "archive_told_at", trouble) and told
        return told

    def _send(self, row: Row, mark: str, alert: Alert) -> bool:
        arn = execution_arn(self.settings.state_machine_arn, row["execution"])
        told = tell_once(
            *(self.table, self.sns, self.settings.topic_arn, row, mark, alert),
            runs=lambda: self._status(arn) in _RUNS_ON,
        )
        # A mail that fails or is another's to send must not keep the batch: the sweep looks again.
        if told is Told.NOT:
            self.log.error("alert not sent", batch_id=row["sk"], mark=mark)
            self.count("AlertsFailed", 1)
        elif told is Told.LATER:
            self.log.info("the alert is left to who has claimed it", batch_id=row["sk"], mark=mark)
        return told in {Told.NOW, Told.BEFORE}

    def _release(self, row: Row, judgement: Judgement, told: bool) -> Row | None:
        """The row as it was left; None where it is not as it was judged any more."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        end, freed = release(row, judgement, now, told=told)
        refused = self.table.transact(end, freed)
        if refused == (_LEASE,):
            # An earlier call gave it on and left files behind (else only by hand).
            self.log.info("the lease is another's", batch_id=row["sk"])
            if self.table.write(end) is None:
                return None
        elif refused:
            return None
        self.count("RejectedBatches", int(judgement.rejected))
        self.count("FailedExecutions", int(judgement.state is BatchState.FAILED))
        self.log.info(
            "batch released", batch_id=row["sk"], state=judgement.state, ending=judgement.ending
        )
        return self.table.get(batch_key(row["sk"]))
