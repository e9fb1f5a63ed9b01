"""All that an account holds of the kinds that we make, listed by AWS itself (`inventory.toml`)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jmespath

from tests.e2e.account import Account

FACTS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
Inventory = dict[str, set[str]]
"""Ids by kind."""


def inventory(account: Account) -> Inventory:
    """Everything of the whole account, whatever made it."""
    found: Inventory = {}
    for kind in sorted(FACTS["kinds"], key=lambda kind: "each" in FACTS["kinds"][kind]):
        each = FACTS["kinds"][kind].get("each")
        owners = [{each["parameter"]: owner} for owner in found[each["of"]]] if each else [{}]
        found[kind] = {one for owner in owners for one in _listed(account, kind, owner)}
    return found


def added(before: Inventory, after: Inventory) -> Inventory:
    """What is there now and was not, by kind."""
    return {kind: ids - before[kind] for kind, ids in after.items() if ids - before[kind]}


def kinds_of(state: Path) -> set[str]:
    """The kinds of what a state of Terraform's holds."""
    resources = json.loads(state.read_text("utf-8"))["resources"]
    return {one["type"] for one in resources if one["mode"] == "managed"}


def _listed(account: Account, kind: str, owner: Mapping[str, str]) -> list[str]:
    facts = FACTS["kinds"][kind]
    client = account.client(facts["service"])
    if client.can_paginate(facts["operation"]):
        pages = client.get_paginator(facts["operation"]).paginate(**owner)
    else:
        pages = [getattr(client, facts["operation"])(**owner)]
    return [str(one) for page in pages for one in jmespath.search(facts["ids"], page) or []]
