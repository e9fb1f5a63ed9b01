"""What an item costs in all: its price to the cent, times its quantity."""

from pathlib import Path

import pytest

from spark_jobs.contracts.load import load_contracts
from spark_jobs.facts.words import Dataset
from spark_jobs.session import Engine
from tests.rules.received import judged


@pytest.mark.parametrize(
    ("price", "total"),
    [("1.005", "3.03"), ("0.0199999995529651", "0.06"), ("10.004", "30.00")],
)
def test_a_price_that_is_read_is_rounded_before_it_is_multiplied(
    engine: Engine, tmp_path: Path, price: str, total: str
) -> None:
    basic = next(contract for contract in load_contracts() if contract.shape == "basic")
    record = {
        "order_item_id": "1",
        "order_id": "1",
        "product_id": "P1",
        "quantity": "3",
        "unit_price": price,
    }
    [row] = (
        judged(engine, tmp_path, Dataset.ORDER_ITEMS, [[dict(record)]], contract=basic)
        .select("total_price")
        .collect()
    )
    assert str(row["total_price"]) == total
