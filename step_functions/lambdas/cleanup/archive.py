"""Into the archive: each file of a batch as its verdict says, several at once, in pieces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from spark_jobs.batch.archive import Moved, archive_key, move
from spark_jobs.batch.files import archived, file_key, files_of, gone, manifest_file
from spark_jobs.batch.manifest import split_address
from spark_jobs.batch.notice import counted, escaped
from spark_jobs.batch.table import Row, StateTable, key_of
from spark_jobs.facts.aws import Archive, FileState
from spark_jobs.facts.errors import OrdersError, TransientError
from spark_jobs.facts.words import Verdict

AT_ONCE = 8
_BUSY = ("SlowDown", "RequestTimeout", "OperationAborted")
_SERVER_ERROR, _TOO_MANY = 500, 429
_PLACES = {
    Verdict.ACCEPTED: Archive.PROCESSED,
    Verdict.PARTIAL: Archive.PROCESSED,
    Verdict.SKIPPED: Archive.PROCESSED,
    Verdict.REJECTED: Archive.INVALID,
}


class Fate(StrEnum):
    """What became of one file in this call."""

    PROCESSED = "processed"
    INVALID = "invalid"
    GONE = "gone"
    LEFT = "left"
    """It could not be moved, and waiting does not help: a person must act."""
    LATER = "later"
    """Time is up."""


class VerdictError(OrdersError):
    """The verdict does not say of each file of the batch where it belongs."""


@dataclass(frozen=True)
class Archiver:
    """Moves the files of a batch.

    Args:
        in_time: Whether there is time to begin with another file.
    """

    table: StateTable
    s3: Any
    landing_prefix: str
    in_time: Callable[[], bool]
    log: Logger

    def archive(self, row: Row) -> Counter[Fate]:
        """Moves what is not in the archive yet, and tells how many files met which fate.

        At least one file is tried in each call, so that every piece of the work gets on.

        Raises:
            VerdictError: Nothing was moved.
        """
        files = list(files_of(self.table, row["sk"]))
        pending = [file for file in files if file["state"] == FileState.CLAIMED]
        if not pending:
            return Counter()
        places = self._places(row, files)

        def one(number: int, file: Row) -> Fate:
            late = number > 0 and not self.in_time()
            return Fate.LATER if late else self._file(row["sk"], file, places[file["sk"]])

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return Counter(pool.map(one, range(len(pending)), pending))

    def _places(self, row: Row, files: list[Row]) -> Mapping[str, Archive]:
        """Where each file goes, by its row's `sk`; checked before the first is moved."""
        address = str(row.get("verdict", ""))
        try:
            bucket, key = split_address(address)
            document = json.loads(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            named = [
                (
                    file_key(one["bucket"], one["key"], one["version_id"]).sk,
                    _PLACES[one["verdict"]],
                )
                for one in document["files"]
            ]
        except ClientError as error:
            if _passes(error):
                raise
            code = error.response["Error"]["Code"]
            raise VerdictError(f"the verdict cannot be read: {code}", where=address) from error
        except (OrdersError, ValueError, KeyError, TypeError) as error:
            raise VerdictError("the verdict cannot be read", where=address) from error
        # As lists: a file that is named twice may be named for two places.
        if sorted(sk for sk, _ in named) != sorted(file["sk"] for file in files):
            raise VerdictError(
                f"the verdict names {counted(len(named), 'file')}, not exactly the "
                f"{len(files):,} of the batch, each once",
                where=address,
            )
        return dict(named)

    def _file(self, batch_id: str, row: Row, place: Archive) -> Fate:
        file, key = manifest_file(row), key_of(row)
        target = archive_key(place, batch_id, file.version_id, file.key, self.landing_prefix)
        try:
            moved = move(self.s3, file, target)
        except (ClientError, TransientError) as error:
            if isinstance(error, ClientError) and _passes(error):
                raise
            self.log.warning("file stays in landing", key=escaped(file.key), why=_why(error))
            return Fate.LEFT
        if moved is Moved.GONE:
            self.log.error("file is gone", key=escaped(file.key), version=escaped(file.version_id))
            gone(self.table, key, "neither in landing nor in the archive")
            return Fate.GONE
        archived(self.table, key, target)
        return Fate(place)


def _why(error: ClientError | TransientError) -> str:
    """Without the text of S3, which may quote the key."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return error.what


def _passes(error: ClientError) -> bool:
    """Whether the same call may succeed later, by itself."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _SERVER_ERROR)
    code = error.response["Error"]["Code"]
    busy = code in _BUSY or "Thrott" in code
    return busy or status >= _SERVER_ERROR or status == _TOO_MANY
