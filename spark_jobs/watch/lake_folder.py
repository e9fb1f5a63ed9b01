"""Batches of a lake in a folder, as its registry and its staged folder tell them.

Nothing here writes, takes the lake's lock or starts an engine: a run beside it is not disturbed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from spark_jobs.facts.errors import TransientError, UsageError
from spark_jobs.facts.words import Verdict
from spark_jobs.publish.changes import KpiChanges, changes_of
from spark_jobs.watch.sight import End, Mark, Sight, Step
from spark_jobs.watch.verdicts import files_words, verdict_words

BUSY_SECONDS = 5
"""As long a look may wait for a commit of the run."""
_VALIDATE = (("split", "checking every record"), ("referee", "asking the referee"))
_TRANSFORM = (
    ("outbox", "noting the days to recompute"),
    ("orders", "merging into the lake"),
    ("order_items", "merging into the lake"),
    ("order_kpi_table", "publishing the KPIs"),
    ("category_kpi_table", "publishing the KPIs"),
    ("fulfilment_daily", "computing the insights"),
    ("batches", "writing the history"),
)
"""Tables of the lake, and what a transform does when it commits to them."""
_ENDS = {"done": End.DONE, "abandoned": End.ABANDONED}


class LakeFolderSource:
    """The batches of one lake.

    Args:
        lake: Its folder, which need not be there yet.
    """

    def __init__(self, lake: Path) -> None:
        self._lake = lake

    def hint(self, waiting: Mapping[str, int]) -> str:
        """What starts a batch: a lake in a folder knows of no files before."""
        del waiting
        return "no batch runs; `orders run LANDING` starts one"

    def newest(self) -> str | None:
        """The batch that was registered last."""
        found = self._rows("select batch_id from batches order by sequence desc limit 1")
        return str(found[0][0]) if found else None

    def choose(self, after: str | None, seen: Collection[str] = ()) -> str | None:
        """The batch that a living run works at, else the oldest registered after another."""
        if self._process():
            going = self._rows(
                "select batch_id from batches where state in ('open', 'validated')"
                " order by state = 'open', sequence"
            )
            if going:
                return str(going[0][0])
        later = self._rows(
            "select batch_id from batches where state = 'done' and sequence > coalesce("
            "(select sequence from batches where batch_id = ?), 0) order by sequence",
            after,
        )
        return next((str(row[0]) for row in later if row[0] not in seen), None)

    def look(self, batch_id: str | None) -> Sight:
        """The batch, or what the running process reads."""
        if batch_id is None:
            reads = self._process() and (self._lake / "staged" / "intake").is_dir()
            step = Step("read", Mark.NOW, "the files are being read")
            return Sight(steps=(step,) if reads else ())
        found = self._rows("select state, verdict from batches where batch_id = ?", batch_id)
        if not found:
            raise UsageError(f"there is no batch {batch_id!r}", cure="see `orders batches`")
        state, verdict = found[0]
        datasets = dict(
            self._rows(
                "select dataset, count(*) from files where batch_id = ? group by 1", batch_id
            )
        )
        return Sight(
            batch_id,
            state,
            steps=self._steps(batch_id, state, datasets),
            end=_ENDS.get(state),
            verdict=Verdict(verdict) if verdict else None,
            notices=() if state in _ENDS else self._gone(),
        )

    def changes(self, batch_id: str) -> KpiChanges | None:
        """What is kept beside the batch's verdict."""
        document = _document(self._lake / "verdicts" / batch_id / "changes.json")
        return changes_of(document) if document else None

    def told_changes(self, batch_id: str) -> Sequence[str]:
        """Nothing: a lake in a folder sends no alerts."""
        del batch_id
        return ()

    def _steps(self, batch_id: str, state: str, datasets: Mapping[str, int]) -> tuple[Step, ...]:
        staged = self._lake / "staged" / batch_id
        kept = self._lake / "verdicts" / batch_id / "verdict.json"
        judged_at = staged / "verdict.json"
        document = _document(judged_at) or _document(kept)
        ended = state in _ENDS
        began, judged = _changed_at(staged / "preflight"), None
        places = [(staged / name, words) for name, words in _VALIDATE]
        words, mark = _doing(places), Mark.WRONG if ended else Mark.NOW
        if document:
            judged = datetime.fromisoformat(document["created_at"])
            began = judged - timedelta(seconds=sum(document["durations"].values()))
            words = verdict_words(document)
            mark = Mark.WRONG if document["verdict"] == Verdict.REJECTED else Mark.DONE
        transform = Step("transform")
        if state == "validated":
            doing = _doing(_commits(self._lake / "warehouse"), judged)
            transform = Step("transform", Mark.NOW, doing, judged)
        elif state == "done":
            transform = Step("transform", Mark.DONE, "", judged, _changed_at(kept))
        end = Step("end", Mark.DONE, "done") if state == "done" else Step("end")
        if state == "abandoned":
            end = Step("end", Mark.WRONG, "its run died; the files are judged anew, in a new batch")
        return (
            Step("files", Mark.DONE, files_words(datasets)),
            Step("validate", mark, words, began, judged),
            transform,
            end,
        )

    def _process(self) -> int | None:
        """The process that holds the lake's lock, or held it last, where it is alive."""
        said = _document(self._lake / "lock") or {}
        number = said.get("pid")
        if not isinstance(number, int):
            return None
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass  # another user's
        return number

    def _gone(self) -> tuple[str, ...]:
        if self._process():
            return ()
        return ("the run that made it is gone; the next `orders run` on this lake goes on with it",)

    def _rows(self, query: str, *values: object) -> list[Any]:
        path = self._lake / "registry.db"
        if not path.exists():
            return []
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as db:
                return db.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            raise TransientError(
                f"the registry cannot be read now ({error})",
                where=str(path),
                cure="a run that died left it so: the next `orders run` on this lake mends it",
            ) from error


def _doing(places: Iterable[tuple[Path, str]], since: datetime | None = None) -> str:
    """The words of the place that was changed last, since then; empty where none was."""
    changed = [(at, words) for place, words in places if (at := _changed_at(place))]
    if since is not None:
        changed = [one for one in changed if one[0] > since]
    return max(changed)[1] if changed else ""


def _commits(warehouse: Path) -> Iterator[tuple[Path, str]]:
    """The tables that have more than their creation behind them, and what their commits mean."""
    for table, words in _TRANSFORM:
        hint = warehouse / table / "metadata" / "version-hint.text"
        if hint.exists() and hint.read_text("utf-8").strip() not in ("", "1"):
            yield hint, words


def _changed_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _document(path: Path) -> dict[str, Any] | None:
    """The JSON object of a file; None where there is none, or it is being written."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
