import gzip

import pytest
import yaml

from spark_jobs.contracts.lint import lint
from spark_jobs.contracts.load import load_contract
from spark_jobs.contracts.scaffold import scaffold
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.words import Dataset

ORDERS = "OrderNo;Customer No;Order Date;State\nA1;7;31.01.2024;Done\nA2;8;13.02.2024;Lost\n"
LINES = "OrderNo,Pos,Article,Qty,Price\nA1,1,p1,2,1.50\nA1,2,p2,1,0.99\n"


@pytest.fixture
def csv_file(tmp_path):
    def write(name: str, text: str):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def loaded(text: str, tmp_path):
    path = tmp_path / "guessed.yaml"
    path.write_text(text, encoding="utf-8")
    return load_contract(path)


def test_a_shape_that_is_recognised_is_a_contract_without_complaints(csv_file, tmp_path):
    files = [csv_file("orders.csv", ORDERS), csv_file("lines.csv", LINES)]
    contract = loaded(scaffold(files, "mine"), tmp_path)
    orders, items = contract.datasets[Dataset.ORDERS], contract.datasets[Dataset.ORDER_ITEMS]
    assert contract.shape == "mine"
    assert orders.column("customer_id").source == "Customer No"
    assert orders.column("ordered_at").formats == ("dd.MM.yyyy",)
    assert orders.column("status").words["done"] == "delivered"
    assert items.column("order_item_id").logic.names == ("order_id", "line_no")
    assert items.column("quantity").source == "Qty"


def test_an_unknown_word_is_left_to_decide(csv_file):
    text = scaffold([csv_file("orders.csv", ORDERS)], "mine")
    assert "# decide: to which status these words belong: lost" in text


def test_a_date_that_could_be_two_is_left_to_decide(csv_file):
    text = scaffold(
        [
            csv_file(
                "orders.csv",
                ORDERS.replace("31.01.2024", "01/02/2024").replace("13.02.2024", "03/04/2024"),
            )
        ],
        "mine",
    )
    assert "# decide: the sample fits dd/MM/yyyy and MM/dd/yyyy" in text


def test_epoch_milliseconds_are_recognised(csv_file, tmp_path):
    text = ORDERS.replace("31.01.2024", "1706659200000").replace("13.02.2024", "1707782400000")
    contract = loaded(scaffold([csv_file("orders.csv", text)], "mine"), tmp_path)
    assert contract.datasets[Dataset.ORDERS].column("ordered_at").formats == ("epoch_ms",)


def test_what_is_not_found_is_a_todo_that_lint_tells(csv_file, tmp_path):
    text = scaffold([csv_file("orders.csv", ORDERS.replace("State", "Zustand"))], "mine")
    path = tmp_path / "guessed.yaml"
    path.write_text(text, encoding="utf-8")
    assert "# TODO: status is required and was not found" in text
    assert "orders has no property 'status'" in str(lint(path)[0])


def test_items_without_any_key_get_a_generated_one(csv_file, tmp_path):
    text = LINES.replace("Pos", "Colour")
    contract = loaded(scaffold([csv_file("order_items/a.csv", text)], "mine"), tmp_path)
    assert contract.datasets[Dataset.ORDER_ITEMS].generated_key


def test_a_gzipped_file_is_read(tmp_path):
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(ORDERS.encode()))
    assert Dataset.ORDERS in loaded(scaffold([path], "mine"), tmp_path).datasets


@pytest.mark.parametrize("name", ['a: "b"', "#x", "\x07bell", "日付", "- [", "a\u2028b"])
def test_odd_names_and_values_still_give_yaml(name, csv_file):
    text = ORDERS.replace("State", f'"{name.replace(chr(34), chr(34) * 2)}"').replace("Lost", name)
    assert yaml.safe_load(scaffold([csv_file("orders.csv", text)], name))["id"] == name


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_told(csv_file, text):
    with pytest.raises(UsageError, match="no header"):
        scaffold([csv_file("orders.csv", text)], "mine")


def test_no_file_is_told():
    with pytest.raises(UsageError, match="no file to guess from"):
        scaffold([], "mine")
