"""Requests over loopback count as sent over TLS.

AWS is reached over HTTPS, and the bucket and queue policies of this system refuse all else by
`aws:SecureTransport`; the emulator speaks plain HTTP, but on loopback alone. No other key of a
condition is answered otherwise than it was.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator

from scripts.local_aws.replaced import replace

_Resolve = Callable[[str, Any], Any]


def install() -> None:
    """Answers `aws:SecureTransport` with "true"."""
    replace(iam_evaluator, "_resolve_condition_key", _with_tls)


def _with_tls(stock: _Resolve) -> _Resolve:
    def resolve(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else stock(key, context)

    return resolve
