"""A receipt whose sum is wrong stops the transform before anything is changed."""

import pytest
from pyspark.sql import functions as F

from spark_jobs.facts.errors import FatalError
from spark_jobs.lake.receipts import Receipt, add_up
from spark_jobs.session import Engine
from tests.lake.stage import ORDERS, an_order, staged_frame

FIRST, SECOND = an_order(), an_order("O2", record=2)


@pytest.mark.parametrize("planned", [[FIRST], [FIRST, SECOND, SECOND]], ids=["lost", "doubled"])
def test_rows_that_a_plan_lost_or_doubled_are_told(
    sail_engine: Engine, planned: list[dict[str, object]]
) -> None:
    staged = staged_frame(sail_engine, ORDERS, [FIRST, SECOND])
    right = staged_frame(sail_engine, ORDERS, [FIRST, SECOND]).withColumn("fate", F.lit("new"))
    wrong = staged_frame(sail_engine, ORDERS, planned).withColumn("fate", F.lit("new"))

    assert add_up(ORDERS, staged, right)[0] == {"f1": Receipt(staged=2, stored=2)}
    with pytest.raises(FatalError, match="orders, file f1: the receipt does not add up"):
        add_up(ORDERS, staged, wrong)
