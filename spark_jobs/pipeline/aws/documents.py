"""The documents that a task reads: whole, or the task ends, for no attempt would find others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from spark_jobs.batch.manifest import Manifest, ManifestFile, read_manifest, split_address
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Dataset
from spark_jobs.pipeline.documents import verdict_of

Document = dict[str, Any]
"""A verdict as `verdict.schema.json` describes it, with what it has on S3 only."""


class UnreadableDocumentError(FatalError):
    """A manifest or verdict that is missing, or that the pipeline has not written like this."""


def manifest_at(s3: Any, address: str) -> Manifest:
    """The manifest at an `s3://` address.

    Raises:
        UnreadableDocumentError: It is missing, or is none.
        UsageError: It is of another version.
    """
    bucket, key = split_address(address)
    with _whole("manifest", address):
        try:
            manifest = read_manifest(s3, bucket, key)
        except s3.exceptions.NoSuchKey as error:
            raise _unreadable("the manifest is not there", address) from error
        for file in manifest.files:
            _check(file)
    return manifest


def verdict_in(content: bytes, address: str) -> Document:
    """The verdict of an attempt.

    Raises:
        UnreadableDocumentError: It is none.
        UsageError: It is of another version.
    """
    with _whole("verdict", address):
        document: Document = json.loads(content)
        verdict_of(document, address)
        named = [document["attempt"], *(one["key"] for one in document["objects"])]
        named += [one["sha256"] for one in document["objects"]]
        _check_types(named, [one["size"] for one in document["objects"]])
    return document


@contextmanager
def _whole(kind: str, address: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(f"this is no {kind} ({type(error).__name__})", address) from error


def _unreadable(what: str, address: str) -> UnreadableDocumentError:
    cure = "nobody but the pipeline may write or remove it: restore its version in the lake bucket"
    return UnreadableDocumentError(what, where=address, cure=cure)


def _check(file: ManifestFile) -> None:
    texts = [file.bucket, file.key, file.version_id, file.etag, file.received_at, file.dataset]
    _check_types(texts, [file.size])
    datetime.fromisoformat(file.received_at)
    if file.dataset:
        Dataset(file.dataset)


def _check_types(texts: list[Any], sizes: list[Any]) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is none")
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise TypeError("a size is none")
