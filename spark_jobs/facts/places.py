"""What a file's place tells of it, and which places a file may come from."""

from __future__ import annotations

import unicodedata

from spark_jobs.facts.words import Dataset

SUFFIXES = (".csv", ".csv.gz", ".gz")
"""How the name of a file of data ends, in any case; what is inside, preflight finds out."""
LONGEST_KEY = 800
"""Bytes of a key: with a batch and a version before it, it still fits into S3's 1024."""
_INVISIBLE = {"Cc", "Zl", "Zp", "Cn", "Co", "Cs"}
"""Controls and ends of lines; code points that are not assigned, private, or half a character."""
_REORDERING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def hint_of(name: str) -> Dataset | None:
    """The dataset that a relative path names: by its first folder, else by its stem."""
    first, _, rest = name.partition("/")
    folder = first if rest else ""
    if folder in set(Dataset):
        return Dataset(folder)
    stem = name.rpartition("/")[2].partition(".")[0]
    return Dataset(stem) if stem in set(Dataset) else None


def is_folder(key: str, size: int) -> bool:
    """Whether the object is what S3's console makes for a folder: it holds nothing."""
    return size == 0 and key.endswith("/")


def why_refused(key: str, size: int, largest: int) -> str | None:
    """Why an object cannot belong to any batch; None where it may.

    Args:
        key: As S3 stores it: data from outside.
        size: Bytes.
        largest: Bytes that a file may have.
    """
    if any(unicodedata.category(c) in _INVISIBLE or c in _REORDERING for c in key):
        return "the key holds control characters, or code points that are no characters"
    if {".", ".."} & set(key.replace("\\", "/").split("/")):
        return "a part of the key is '.' or '..', which leads elsewhere when it becomes a path"
    if len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
        return f"the key is longer than {LONGEST_KEY} bytes"
    if not key.lower().endswith(SUFFIXES):
        return f"the name does not end with {', '.join(SUFFIXES)}"
    if size > largest:
        return f"the file has {size} bytes, more than {largest} (ORDERS_MAX_FILE_BYTES)"
    return None


def in_ascii(text: str) -> str:
    """Text from outside, for logs, mails and headers: printable ASCII, the rest as escapes."""
    return ascii(text)[1:-1]
