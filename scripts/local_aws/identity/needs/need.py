"""The two shapes: a right that a call needs, and the request that asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Need:
    """A right: `s3:GetObject` on an ARN. `context` holds the service's keys of conditions."""

    action: str
    resource: str = "*"
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The action's prefix."""
        return self.action.split(":", 1)[0]


@dataclass(frozen=True)
class Request:
    """An API call as it came; `action` and `resource` are what the emulator makes of it."""

    service: str
    action: str
    resource: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Any]
    region: str
    account: str

    @property
    def operation(self) -> str:
        """Without the prefix."""
        return self.action.split(":", 1)[1]

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The members of a JSON body; empty where it is none."""
        try:
            data = json.loads(self.body or b"{}")
        except (ValueError, UnicodeDecodeError):
            return {}
        return data if isinstance(data, dict) else {}

    def arn(self, resource: str, service: str = "") -> str:
        """An ARN in the request's region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"

    def asked(self, name: str) -> str:
        """A parameter of the query; empty where it is absent."""
        value = self.query.get(name, "")
        return str(value[0] if isinstance(value, list) else value)
