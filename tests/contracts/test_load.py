from decimal import Decimal
from pathlib import Path

import pytest

from spark_jobs.contracts.files import bundled
from spark_jobs.contracts.load import load_contract, load_contracts
from spark_jobs.contracts.model import Bounds, Check, Share
from spark_jobs.facts.canonical import CANONICAL
from spark_jobs.facts.errors import ContractError
from spark_jobs.facts.words import Dataset, Kind, Severity

SHOP = Path(__file__).with_name("shop.yaml")


def column(dataset: Dataset, name: str):
    found = load_contract(SHOP).datasets[dataset].column(name)
    assert found is not None
    return found


def test_without_a_folder_the_bundled_shapes_are_loaded():
    assert [contract.shape for contract in load_contracts()] == ["basic", "thelook"]


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_a_bundled_contract_has_no_complaint_and_every_required_column(path):
    contract = load_contract(path)
    for dataset, canonical in CANONICAL.items():
        given = {c.name for c in contract.datasets[dataset].columns if c.required}
        assert {name for name, c in canonical.items() if c.required} <= given


def test_an_alias_may_change_a_merged_key():
    thelook = next(c for c in load_contracts() if c.shape == "thelook")
    on_orders, on_items = (
        next(c for c in thelook.datasets[dataset].columns if c.name == "status")
        for dataset in (Dataset.ORDERS, Dataset.ORDER_ITEMS)
    )
    assert on_orders.required
    assert not on_items.required
    assert on_items.words == on_orders.words


def test_settings_of_contract_and_dataset_are_read():
    contract = load_contract(SHOP)
    orders = contract.datasets[Dataset.ORDERS]
    assert (contract.time_zone, contract.encoding) == ("Europe/Zurich", "latin-1")
    assert (orders.bad_records_percent, orders.version_column) == (Decimal("2.5"), "revision")
    assert contract.datasets[Dataset.ORDER_ITEMS].bad_records_percent == 5


def test_options_become_bounds_and_checks():
    order_id = column(Dataset.ORDERS, "order_id")
    assert order_id.bounds == Bounds(min_length=2, max_length=9)
    assert order_id.checks == (Check(Severity.REJECT_RECORD, pattern="^A[0-9]+$"),)


def test_a_bound_of_a_time_is_in_the_contracts_zone():
    ordered_at = column(Dataset.ORDERS, "ordered_at")
    assert ordered_at.formats == ("dd.MM.yyyy", "epoch_ms")
    assert ordered_at.bounds.minimum == 946_681_200  # 2000-01-01T00:00:00+01:00


def test_words_are_turned_to_their_canonical_word():
    words = column(Dataset.ORDERS, "status").words
    assert words == {"new": "processing", "done": "delivered", "delivered": "delivered"}


def test_enum_rejects_and_a_share_of_nulls_is_told():
    region = column(Dataset.ORDERS, "region")
    assert region.checks == (Check(Severity.REJECT_RECORD, values=("EU", "US")),)
    assert region.null_share == Share(Decimal(10))


def test_a_quality_rule_may_warn():
    expected = Check(Severity.WARN, pattern="^(P|Q)[0-9]{4}$")
    assert column(Dataset.ORDER_ITEMS, "product_id").checks == (expected,)


def test_a_number_is_money_only_where_the_canonical_model_says_so():
    assert column(Dataset.ORDER_ITEMS, "unit_price").kind is Kind.MONEY
    assert column(Dataset.ORDER_ITEMS, "discount").kind is Kind.DECIMAL


def test_an_expression_names_the_columns_that_it_uses():
    unit_price = column(Dataset.ORDER_ITEMS, "unit_price")
    assert unit_price.source is None
    assert unit_price.logic.names == ("price", "discount")


def test_personal_values_are_marked():
    assert column(Dataset.ORDERS, "customer_id").personal
    assert not column(Dataset.ORDERS, "order_id").personal


def test_a_column_knows_its_line():
    lines = SHOP.read_text().splitlines()
    assert lines[column(Dataset.ORDERS, "region").line - 1].strip() == "- name: region"


def test_a_folder_replaces_the_bundled_contracts(tmp_path):
    (tmp_path / "mine.yml").write_text(SHOP.read_text().replace("id: shop", "id: thelook"))
    (contract,) = load_contracts(tmp_path)
    assert contract.shape == "thelook"
    assert contract.origin == str(tmp_path / "mine.yml")


def test_all_complaints_of_a_folder_come_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text("id: [")
    (tmp_path / "b.yaml").write_text("kind: DataContract\n")
    with pytest.raises(ContractError) as error:
        load_contracts(tmp_path)
    assert "a.yaml:" in str(error.value)
    assert "b.yaml:1: the key 'id' is missing" in str(error.value)


def test_a_missing_folder_is_told_with_a_cure(tmp_path):
    with pytest.raises(ContractError, match="no such folder of contracts; create it"):
        load_contracts(tmp_path / "none")
