"""Convergence: the KPI tables are a function of the files received, and of nothing else."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from spark_jobs.session import Engine
from tests.proof.harness import (
    assert_conserved,
    assert_equals_oracle,
    assert_settled,
    judge_shop,
    lake_of,
    run_shop,
    tolerant_contracts,
)
from tests.proof.shops import Shop, shops

MORE = int(os.environ.get("ORDERS_EXAMPLES", "1"))
"""Multiplies the examples, for a longer search."""

Setting = Callable[[Callable[..., None]], Callable[..., None]]


def examples(count: int) -> Setting:
    """As many shops; derandomised in CI, so that a red run stays red."""
    return settings(
        max_examples=count * MORE,
        deadline=None,
        derandomize=MORE == 1,
        database=None,
        phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if MORE > 1 else ())),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tolerant_contracts(tmp_path_factory.mktemp("contracts"))


@pytest.mark.slow
@pytest.mark.timeout(900)
@examples(12)
@given(shop=shops())
def test_any_batches_of_a_shop_give_the_tables_of_the_oracle_on_sail(
    sail_engine: Engine, contracts: Path, shop: Shop
) -> None:
    _converges(sail_engine, contracts, shop)


@pytest.mark.slow
@pytest.mark.timeout(900)
@examples(1)
@given(shop=shops())
def test_any_batches_of_a_shop_give_the_tables_of_the_oracle_on_spark(
    spark_engine: Engine, contracts: Path, shop: Shop
) -> None:
    _converges(spark_engine, contracts, shop)


def _converges(engine: Engine, contracts: Path, shop: Shop) -> None:
    with tempfile.TemporaryDirectory(prefix="orders-shop-") as name:
        folder = Path(name)
        reports = run_shop(engine, shop, folder, contracts)
        expected = judge_shop(shop, folder, contracts)
        lake = lake_of(engine, folder / "lake")
        assert_equals_oracle(lake, expected)
        assert_conserved(reports)
        assert_settled(engine, folder / "lake")
        last = next((r.transform for r in reversed(reports) if r.transform), None)
        assert last is None or last.held == len(expected.held)
