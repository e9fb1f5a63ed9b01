"""Objects on S3: exact versions down, files up, in parallel, by parts, and every byte verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.exceptions import ClientError

from spark_jobs.batch.notice import escaped
from spark_jobs.batch.objects import GONE, code_of
from spark_jobs.facts.errors import TransientError
from spark_jobs.storage.checksums import stated_checksum

CONNECTIONS = 10
_PART = 16 * 2**20
_TRANSFER = TransferConfig(
    multipart_threshold=2 * _PART,
    multipart_chunksize=_PART,
    max_concurrency=CONNECTIONS,
    max_io_queue=64,  # of 256 KiB: what waits to be written is held in memory
    preferred_transfer_client="classic",  # the other takes no version ids
)
_MOST_KEYS = 1000

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Download:
    """An object that is wanted as a local file.

    Args:
        size: Bytes that it must have.
        version_id: The very version; empty: the current one.
        etag: Its checksum where it is an MD5.
    """

    bucket: str
    key: str
    size: int
    path: Path
    version_id: str = ""
    etag: str = ""

    @property
    def version(self) -> dict[str, str]:
        """The version as an argument of S3."""
        return {"VersionId": self.version_id} if self.version_id else {}


class GoneError(TransientError):
    """An object or version that is wanted is not there (any more)."""


def download(client: Any, wanted: Sequence[Download]) -> None:
    """Brings objects into files, by ranges where they are large; their sizes are checked.

    Cancelled as a whole when one fails or the process is told to stop.

    Raises:
        GoneError: One of them does not exist.
        TransientError: One came with another size.
    """
    with create_transfer_manager(client, _TRANSFER) as transfers:
        running = [
            transfers.download(one.bucket, one.key, str(one.path), extra_args=one.version)
            for one in wanted
        ]
        for one, transfer in zip(wanted, running, strict=True):
            try:
                transfer.result()
            except ClientError as error:
                if code_of(error) in GONE:
                    raise _gone(one) from error
                raise
    for one in wanted:
        size = one.path.stat().st_size
        if size != one.size:
            raise TransientError(
                f"{size} bytes came instead of {one.size}", where=escaped(one.key), cure="try again"
            )


def verify(client: Any, wanted: Sequence[Download]) -> list[str]:
    """Compares downloaded files with the checksums that S3 has of them.

    Returns:
        For each file what it was compared by: `ChecksumCRC64NVME`, …, `ETag`, or `size`.

    Raises:
        TransientError: A file has another checksum.
    """

    def compared(one: Download) -> str:
        head = client.head_object(
            Bucket=one.bucket, Key=one.key, ChecksumMode="ENABLED", **one.version
        )
        found = stated_checksum({"ETag": one.etag, **head})
        if found is None:
            return "size"
        if found.of(one.path) != found.value:
            raise TransientError(
                f"the bytes that came have not the object's {found.name}",
                where=escaped(one.key),
                cure="try again",
            )
        return found.name

    return in_parallel(compared, wanted)


def upload(client: Any, bucket: str, files: Iterable[tuple[Path, str]]) -> None:
    """Puts files under keys, by parts where they are large; S3 verifies each part's checksum.

    Cancelled as a whole, parts removed, when one fails or the process is told to stop.
    """
    checked = {"ChecksumAlgorithm": "SHA256"}
    with create_transfer_manager(client, _TRANSFER) as transfers:
        running = [
            transfers.upload(str(path), bucket, key, extra_args=checked) for path, key in files
        ]
        for transfer in running:
            transfer.result()


def remove(client: Any, bucket: str, keys: Sequence[str]) -> None:
    """Removes objects; harmless where they are gone."""
    for start in range(0, len(keys), _MOST_KEYS):
        objects = [{"Key": key} for key in keys[start : start + _MOST_KEYS]]
        client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


def in_parallel(work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """What the work returns for each item, in order; after an error no further one is begun."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        return list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)


def _gone(one: Download) -> GoneError:
    version = f", version {escaped(one.version_id)}" if one.version_id else ""
    return GoneError(
        f"this object{version} is not there any more",
        where=f"s3://{one.bucket}/{escaped(one.key)}",
    )
