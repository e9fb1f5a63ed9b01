"""Whatever a contract looks like: the linter never stumbles, and what it lets pass can be built."""

import copy
import random
from pathlib import Path

import pytest
import yaml

from spark_jobs.contracts.document import document
from spark_jobs.contracts.lint import lint
from spark_jobs.contracts.load import load_contract
from spark_jobs.contracts.suite import refereed_times

SHOP = yaml.safe_load(Path(__file__).with_name("shop.yaml").read_text("utf-8"))
ODD = [None, "", 0, -1, 1.5, True, "x", "iso", [], {}, ["x"], {"x": 1}, [None], "^a$", "price", "'"]


def places(data, place=()):
    """Every place in nested lists and mappings."""
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in entries:
        yield (*place, key)
        if isinstance(value, dict | list):
            yield from places(value, (*place, key))


def mutated(draw: random.Random):
    """The shop's contract with one to three values replaced or removed."""
    data = copy.deepcopy(SHOP)
    for _ in range(draw.randint(1, 3)):
        *way, last = draw.choice(list(places(data)))
        parent = data
        for key in way:
            parent = parent[key]
        if draw.random() < 0.3:
            del parent[last]
        else:
            parent[last] = draw.choice(ODD)
        if not data:
            break
    return data


@pytest.mark.parametrize("seed", range(2))
def test_a_mutated_contract_is_refused_with_a_cure_or_can_be_used(seed, tmp_path):
    draw = random.Random(seed)
    path = tmp_path / "shop.yaml"
    for _ in range(25):
        path.write_text(yaml.safe_dump(mutated(draw), sort_keys=False), encoding="utf-8")
        complaints = lint(path)
        assert all(one.where.startswith(f"{path}:") and one.cure for one in complaints), complaints
        if not complaints:
            contract = load_contract(path)
            assert document(contract)
            assert all(refereed_times(rules) is not None for rules in contract.datasets.values())
