"""What the lake must hold beside the KPIs: examples by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.builders import a_shop_file, an_item, an_order
from tests.oracle import OracleResult, ReceivedFile, oracle
from tests.oracle.lake import marts, stored
from tests.oracle.oracle import utc

DAY = date(2025, 3, 8)
RECEIVED = utc("2025-06-01 00:00")
BASIC = "order_id,customer_id,order_date,status\n"


def received(folder: Path, **contents: str) -> OracleResult:
    """What comes of files of the shape basic, by dataset."""
    for dataset, content in contents.items():
        (folder / dataset).write_text(content)
    return oracle([ReceivedFile(folder / dataset, dataset, RECEIVED) for dataset in contents])


def test_a_bad_record_is_kept_by_number_with_its_text_its_codes_and_its_key(tmp_path: Path) -> None:
    good = "".join(f"{number},7,2025-03-08,completed\n" for number in range(60))
    bad = (
        '\nx,"7\n1",2025-03-08,completed,more\nA 1,,tomorrow,completed\r\n90,7,2026-01-01,shipped\n'
    )
    (judged,) = received(tmp_path, orders=BASIC + good + bad).judged.values()
    told = {number: (one.raw, one.codes, one.key) for number, one in judged.bad_records.items()}
    assert told == {
        61: ('x,"7\n1",2025-03-08,completed,more', ("wrong_field_count",), None),
        62: ("A 1,,tomorrow,completed", ("missing_value", "not_a_time"), "A 1"),
        63: ("90,7,2026-01-01,shipped", ("in_the_future",), "90"),
    }
    assert not judged.rejected


def test_the_rows_of_the_lake_say_what_is_computed_and_where_they_came_from(tmp_path: Path) -> None:
    items = "order_item_id,order_id,product_id,quantity,price\n1,1,P,3,1.005\n2,unknown,P,1,1\n"
    result = received(tmp_path, orders=BASIC + "1,7,2025-03-08,completed\n", order_items=items)
    rows = stored(result, "order_items")
    assert (rows["1"]["total_price"], rows["1"]["order_month"]) == (Decimal("3.03"), "2025-03")
    assert (rows["2"]["order_date"], rows["2"]["order_month"], rows["2"]["record"]) == (
        None,
        None,
        2,
    )
    assert rows["1"]["received_at"] == RECEIVED


def test_the_marts_of_a_day_by_product_category_and_region(tmp_path: Path) -> None:
    header = BASIC.replace("status", "status,region")
    orders = f"{header}1,7,2025-03-08,completed,North\n2,8,2025-03-08,cancelled,\n"
    items = "order_id,product_id,quantity,price\n1,P,2,10\n1,Q,1,5\n2,P,1,10\n"
    found = marts(received(tmp_path, orders=orders, order_items=items))
    sold = {"units_sold": 2, "gross_revenue": 20, "net_revenue": 20}
    assert found["product_daily"][DAY, "P"] == sold | {"units_returned": 0}
    assert found["product_daily"].keys() == {(DAY, "P"), (DAY, "Q")}
    day = {"units_sold": 3, "gross_revenue": 25, "net_revenue": 25}
    assert found["category_daily"] == {(DAY, "unknown", "North"): day | {"orders": 1}}
    regions = found["region_daily"]
    assert regions[DAY, "North"] == day | {"total_orders": 1, "cancelled_orders": 0}
    assert regions[DAY, "unknown"]["cancelled_orders"] == 1


def test_the_stages_of_a_day(tmp_path: Path) -> None:
    times = {"shipped": "2025-03-08T11:00:00", "delivered": "2025-03-08T10:30:00"}
    orders = [
        an_order("1", **times),
        an_order("2", shipped="2025-03-08T13:00:00", status="shipped"),
        an_order("3", status="processing"),
        an_order("4", status="cancelled"),
    ]
    path = a_shop_file(tmp_path / "orders.csv", orders)
    items = a_shop_file(tmp_path / "items.csv", [an_item("1", "1")])
    files = [ReceivedFile(path, "orders", RECEIVED), ReceivedFile(items, "order_items", RECEIVED)]
    stages = marts(oracle(files))["fulfilment_daily"]
    shipping = stages[DAY, "order_to_shipping"]
    assert (shipping["started"], shipping["finished"], shipping["measured"]) == (3, 2, 2)
    assert shipping["open_share"] == Decimal("0.3333")
    assert (shipping["median_hours"], shipping["p90_hours"]) == (1, 3)
    delivery = stages[DAY, "shipping_to_delivery"]
    assert (delivery["out_of_order"], delivery["measured"], delivery["median_hours"]) == (
        1,
        0,
        None,
    )
