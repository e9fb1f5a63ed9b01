"""All that an account holds of the kinds that we make, listed by AWS itself (`inventory.toml`)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
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


def added(before: Inventory, after: Inventory, ours: Iterable[str] = ()) -> Inventory:
    """What is there now, was not, and is not ours, by kind."""
    new = {kind: ids - before[kind] - set(ours) for kind, ids in after.items()}
    return {kind: ids for kind, ids in new.items() if ids}


def addresses(root: Path) -> set[str]:
    """What Terraform has made from a folder, by its address."""
    return {
        f"{one['type']}.{one['name']}[{made.get('index_key', '')}]"
        for one in _resources(root)
        for made in one["instances"]
    }


def named(root: Path) -> set[str]:
    """Every text in the state of a folder: ids, ARNs, URLs, names of what Terraform has made."""
    return set(_texts(_resources(root)))


def _resources(root: Path) -> list[Mapping[str, Any]]:
    state = root / "terraform.tfstate"
    told = json.loads(state.read_text("utf-8"))["resources"] if state.exists() else []
    return [one for one in told if one["mode"] == "managed"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _listed(account: Account, kind: str, owner: Mapping[str, str]) -> list[str]:
    facts = FACTS["kinds"][kind]
    client = account.client(facts["service"])
    asked = {**owner, **facts.get("with", {})}
    if client.can_paginate(facts["operation"]):
        pages = client.get_paginator(facts["operation"]).paginate(**asked)
    else:
        pages = [getattr(client, facts["operation"])(**asked)]
    return [str(one) for page in pages for one in jmespath.search(facts["ids"], page) or []]
