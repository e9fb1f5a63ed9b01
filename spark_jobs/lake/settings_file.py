"""One small file of a lake, in its folder or on S3: written whole, and only where nothing is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from spark_jobs.batch.objects import put_once, read
from spark_jobs.facts.errors import TransientError
from spark_jobs.session.warehouse import GlueWarehouse, Warehouse


class SettingsFile:
    """A named file beside the lake's tables.

    Attributes:
        place: The lake's folder, resolved, or its location on S3.
    """

    def __init__(self, warehouse: Warehouse, name: str) -> None:
        self._file: _InFolder | _OnS3
        if isinstance(warehouse, GlueWarehouse):
            self.place = warehouse.location
            self._file = _OnS3(warehouse.bucket, f"{warehouse.prefix}{name}")
        else:
            self.place = str(warehouse.resolve())
            self._file = _InFolder(warehouse / name)
        self._name = name

    def __str__(self) -> str:
        """Where it is, for messages."""
        return f"{self.place}/{self._name}"

    def read(self) -> bytes | None:
        """What it holds, None where it is not."""
        return self._file.read()

    def write_if_absent(self, text: str) -> bytes:
        """Write unless it is there; what is there afterwards."""
        self._file.write_if_absent(text)
        written = self._file.read()
        if written is None:
            raise TransientError("the file vanished", where=str(self), cure="start again")
        return written


class _InFolder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def write_if_absent(self, text: str) -> None:
        """A reader never sees half, a second writer loses."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, self._path)
            except FileExistsError:
                return
            except OSError:  # a file system without links
                Path(draft).replace(self._path)
        finally:
            Path(draft).unlink(missing_ok=True)


class _OnS3:
    def __init__(self, bucket: str, key: str) -> None:
        import boto3

        self._client: Any = boto3.client("s3")
        self._bucket = bucket
        self._key = key

    def read(self) -> bytes | None:
        return read(self._client, self._bucket, self._key)

    def write_if_absent(self, text: str) -> None:
        put_once(self._client, self._bucket, self._key, text.encode())
