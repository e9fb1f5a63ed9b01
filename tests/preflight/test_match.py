"""Which shape and dataset a header belongs to."""

from dataclasses import replace

import pytest

from spark_jobs.contracts.match import Match, Mismatch, match_header
from spark_jobs.facts.words import Dataset
from tests.preflight.builders import ITEMS, ORDERS, SHOP, a_column, a_contract, a_dataset

MORE = a_contract(replace(ORDERS, columns=(*ORDERS.columns, a_column("status"))), shape="more")


def matched(header: str, *contracts, hint=None) -> Match:
    found = match_header(header.split(","), contracts or (SHOP,), hint)
    assert isinstance(found, Match)
    return found


def refused(header: str, *contracts, hint=None) -> Mismatch:
    found = match_header(header.split(","), contracts or (SHOP,), hint)
    assert isinstance(found, Mismatch)
    return found


def test_names_are_compared_without_blanks_and_case():
    found = matched(" USER_ID ,order_id,x")
    assert found.positions == {"customer_id": 0, "order_id": 1}
    assert found.extra_columns == ("x",)


def test_the_shape_that_knows_most_columns_wins():
    assert matched("order_id,user_id,status", SHOP, MORE).contract.shape == "more"
    assert matched("order_id,user_id", SHOP, MORE).contract.shape == "shop"


def test_two_shapes_that_fit_equally_well_are_refused():
    found = refused("order_id,user_id", SHOP, replace(SHOP, shape="copy"))
    assert found.problems[0].code == "ambiguous_shape"
    assert "orders of shop and orders of copy" in found.problems[0].message
    assert not found.fits_nothing


def test_the_hint_decides_between_datasets_that_fit_equally_well():
    alike = a_contract(
        a_dataset(Dataset.ORDERS, a_column("id")), a_dataset(Dataset.PRODUCTS, a_column("id"))
    )
    assert matched("id", alike, hint=Dataset.PRODUCTS).dataset.dataset == Dataset.PRODUCTS
    assert refused("id", alike).problems[0].code == "ambiguous_shape"


def test_items_that_have_all_columns_of_orders_are_items_all_the_same():
    header = "order_item_id,order_id,product_id,price,user_id"
    assert matched(header).dataset.dataset == Dataset.ORDER_ITEMS
    assert refused(header, hint=Dataset.ORDERS).problems[0].code == "other_dataset"


def test_each_missing_column_is_named_with_the_nearest_name():
    found = refused("orderid,colour", hint=Dataset.ORDERS)
    assert [problem.column for problem in found.problems] == ["order_id", "user_id"]
    assert "nearest name in the header is 'orderid'" in found.problems[0].message
    assert "nearest" not in found.problems[1].message
    assert found.fits_nothing


def test_without_a_hint_the_nearest_dataset_is_explained():
    found = refused("order_item_id,order_id,product_id")
    assert [problem.column for problem in found.problems] == ["price"]


def test_a_dataset_that_no_contract_has_is_said_so():
    found = refused("order_id,user_id", a_contract(ITEMS), hint=Dataset.PRODUCTS)
    assert found.problems[0].message == "no contract describes products"


def test_one_source_may_feed_two_columns():
    both = a_contract(
        a_dataset(Dataset.ORDERS, a_column("order_id", "id"), a_column("helper", "id"))
    )
    assert matched("x,id", both).positions == {"order_id": 1, "helper": 1}


@pytest.mark.parametrize("header", ["order_id,ORDER_ID,user_id", "a,b,a"], ids=["known", "unknown"])
def test_a_name_that_stands_twice_is_refused(header):
    assert {p.code for p in refused(header, hint=Dataset.ORDERS).problems} == {"duplicate_column"}
