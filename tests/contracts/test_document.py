from pathlib import Path

import pytest

from spark_jobs.contracts.document import document
from spark_jobs.contracts.files import bundled
from spark_jobs.contracts.load import load_contract

SHOP = Path(__file__).with_name("shop.yaml")


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_every_column_of_a_contract_has_a_row(path):
    contract = load_contract(path)
    page = document(contract)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    columns = [c.name for rules in contract.datasets.values() for c in rules.columns]
    assert [row.split("`")[1] for row in rows][: len(columns)] == columns


def test_every_row_of_a_table_has_as_many_cells_as_its_header():
    page = document(load_contract(SHOP)).replace("\\|", "")
    tables = [block for block in page.split("\n\n") if block.startswith("|")]
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_rules_are_told_with_what_happens_when_they_are_broken():
    page = document(load_contract(SHOP))
    assert "like `^A[0-9]+$`" in page
    assert "at least 1999-12-31 23:00:00 UTC" in page
    assert "one of `EU`, `US`<br>at most 10 % empty | rejects the record<br>warns |" in page
    assert "computed: `price * (1 - coalesce(discount, 0))`" in page
    assert "`discount` (not stored)" in page
    assert "like `^(P\\|Q)[0-9]{4}$` | warns" in page
    assert "the greater `revision` wins" in page
