"""Each case changes one place of shop.yaml; `#!` marks the line that must be complained about."""

from pathlib import Path

import pytest

from spark_jobs.contracts.lint import lint, lint_folder

SHOP = Path(__file__).with_name("shop.yaml").read_text("utf-8")

ORDER_KEY = "      - name: order_id\n        physicalName: OrderNr\n"
REGION = "        physicalName: Area\n        logicalType: string\n"
CASES = {
    "syntax": (
        "status: active",
        "status: [active",
        "customProperties",
        "this is not YAML",
        "quotes",
    ),
    "duplicate key": ("id: shop", "id: shop\nid: other #!", "", "'id' is written twice", "line 3"),
    "duplicate key deep": (
        "      - name: region",
        "      - name: region\n        name: area #!",
        "",
        "'name' is written twice",
        "remove one",
    ),
    "no contract": (SHOP, "just words #!", "", "is no contract", "contracts new"),
    "required key": ("id: shop\n", "", "apiVersion", "the key 'id' is missing", "add 'id: ...'"),
    "misspelt key": ("status: active", "statsu: active #!", "", "'statsu' is not", "'status'"),
    "misspelt in property": (
        "        classification: conf",
        "        clasification: conf",
        "clasification",
        "'clasification' is not known",
        "'classification'",
    ),
    "misspelt option": (
        "{minLength: 2, maxL",
        "{minLenght: 2, maxL",
        "minLenght",
        "'minLenght'",
        "'minLength'",
    ),
    "number as text": ("version: 1.0.0", "version: 1.0 #!", "", "1.0 is no string", "quotes"),
    "name that YAML reads as false": (
        "physicalName: Rev",
        "physicalName: No #!",
        "",
        "false is no string",
        "in quotes",
    ),
    "wrong kind": ("kind: DataContract", "kind: Data #!", "", "'Data' is not known", "DataContr"),
    "rule without bound": (
        "            mustBeLessOrEqualTo: 10\n",
        "",
        "metric: nullValues",
        "not exactly one",
        "mustBe",
    ),
    "unknown setting": (
        "{property: encoding,",
        "{property: encodnig,",
        "encodnig",
        "'encodnig'",
        "'encoding'",
    ),
    "setting of another place": (
        "{property: encoding, value: latin-1}",
        "{property: generatedKey, value: true} #!",
        "",
        "'generatedKey' is not known here",
        "timeZone",
    ),
    "time zone": ("value: Europe/Zurich", "value: Europe/Zürich", "Zürich", "time zone", "IANA"),
    "encoding": ("value: latin-1", "value: latin-99", "latin-99", "no encoding", "utf-8"),
    "no text encoding": ("value: latin-1", "value: base64", "base64", "no encoding", "utf-8"),
    "no dataset": (SHOP[SHOP.index("schema:") :], "schema: [] #!", "", "no dataset", "orders"),
    "unknown dataset": (
        "  - name: order_items",
        "  - name: order_itmes #!",
        "",
        "'order_itmes'",
        "'order_items'",
    ),
    "dataset twice": (
        "  - name: order_items",
        "  - name: orders #!",
        "",
        "described twice",
        "keep one",
    ),
    "missing canonical column": (
        "      - name: customer_id",
        "      - name: client",
        "- name: orders",
        "orders has no property 'customer_id'",
        "add '- name: customer_id'",
    ),
    "canonical column optional": (
        "        physicalName: Client\n        logicalType: string\n        required: true\n",
        "        physicalName: Client\n        logicalType: string\n",
        "- name: customer_id",
        "customer_id may be empty",
        "required: true",
    ),
    "second key": (
        "        physicalName: Client\n",
        "        physicalName: Client\n        primaryKey: true #!\n",
        "",
        "customer_id is not the key",
        "concat(order_id, '/', line_no)",
    ),
    "no key": (
        "        primaryKey: true\n        logicalTypeOptions",
        "        logicalTypeOptions",
        "- name: order_id",
        "not marked as the key",
        "primaryKey: true",
    ),
    "property twice": (
        "      - name: revision",
        "      - name: region #!",
        "",
        "described twice",
        "keep one",
    ),
    "source twice": (
        "physicalName: Rev",
        "physicalName: ' aREA ' #!",
        "",
        "read as region",
        "transformLogic: reg",
    ),
    "from nowhere": (
        "        physicalName: Area\n",
        "",
        "- name: region",
        "comes from nowhere",
        "physicalName",
    ),
    "both origins": (
        REGION,
        REGION + "        transformLogic: order_id #!\n",
        "",
        "has both",
        "name of its own",
    ),
    "empty source": ("physicalName: Rev", "physicalName: ' ' #!", "", "is empty", "header"),
    "name not plain": ("- name: price", "- name: Price #!", "", "'Price' is not plain", "a-z"),
    "name of the pipeline": (
        "- name: price",
        "- name: received_at #!",
        "",
        "used by the pipeline",
        "another name",
    ),
    "type missing": (
        REGION,
        "        physicalName: Area\n",
        "- name: region",
        "type is missing",
        "logicalType",
    ),
    "type not read": (REGION, REGION.replace("string", "boolean #!"), "", "'boolean'", "timestamp"),
    "type differs from canonical": (
        "physicalName: Client\n        logicalType: string",
        "physicalName: Client\n        logicalType: integer #!",
        "",
        "customer_id is integer here",
        "write string; for digits only",
    ),
    "money as integer": (
        "      - name: unit_price\n        logicalType: number",
        "      - name: unit_price\n        logicalType: integer #!",
        "",
        "unit_price is integer",
        "write number",
    ),
    "unique": (REGION, REGION + "        unique: true #!\n", "", "uniqueness", "remove it"),
    "expression syntax": ("price * (1", "price * ((1", "price * ((1", "is no", ""),
    "division": ("price * (1", "price / (1", "price / (1", "divides", "multiply"),
    "unknown function": ("coalesce(disc", "nvl(disc", "nvl(", "nvl()", "coalesce"),
    "unknown name": ("concat(order_id,", "concat(ordr_id,", "ordr_id", "'ordr_id'", "'order_id'"),
    "circular": (
        "concat(order_id,",
        "concat(order_item_id,",
        "(order_item_id",
        "computed itself",
        "physical",
    ),
    "computed from computed": (
        "price * (1",
        "quantity * (1",
        "quantity * (1",
        "computed itself",
        "",
    ),
    "text in arithmetic": ("price * (1", "order_id * (1", "order_id * (1", "is a string", "concat"),
    "number in concat": ("'/', line_no", "'/', price", "'/', price", "concat() takes", ""),
    "expression of another type": (
        "transformLogic: concat(order_id, '/', line_no)",
        "transformLogic: line_no #!",
        "",
        "gives a integer",
        "use concat()",
    ),
    "fraction as quantity": (
        "transformLogic: '1'",
        "transformLogic: '1.5' #!",
        "",
        "decimal",
        "whole",
    ),
    "mixed coalesce": ("coalesce(discount, 0)", "coalesce(discount, 'x')", "'x'", "one type", ""),
    "computed time": (
        "        physicalName: Placed\n",
        "        transformLogic: order_id #!\n",
        "",
        "a timestamp cannot be computed",
        "physicalName",
    ),
    "pattern": ("'^A[0-9]+$'", r"'^A\d+$'", r"A\d", r"has the class \d", "write [0-9]"),
    "pattern of a rule": ("'^(P|Q)[0-9]{4}$'", "'^P.$'", "'^P.$'", "has a dot", "[.]"),
    "format": ("dd.MM.yyyy |", "d.M.yyyy |", "d.M.yyyy", "'d.M.yyyy' has 'M', 'd'", "epoch_ms"),
    "format of text": (
        "{minLength: 2,",
        "{format: uuid,",
        "uuid",
        "a string has no format",
        "remove",
    ),
    "ignored option": (
        "{minimum: 0, maximum: 1}",
        "{exclusiveMinimum: 0, maximum: 1}",
        "exclusiveMinimum",
        "exclusiveMinimum is not read",
        "minimum (inclusive)",
    ),
    "bounds swapped": (
        "{minimum: 0, maximum: 1}",
        "{minimum: 2, maximum: 1}",
        "minimum: 2",
        "greater than",
        "swap",
    ),
    "lengths swapped": ("minLength: 2", "minLength: 20", "minLength: 20", "greater than", "swap"),
    "bound finer than cents": ("99.50", "99.505", "99.505", "99.505", "at most 2 decimals"),
    "bound is no time": ("'2000-01-01'", "'01.01.2000'", "'01.01.2000'", "minimum is", "ISO time"),
    "bound finer than seconds": (
        "'2000-01-01'",
        "'2000-01-01T00:00:00.5'",
        "00:00.5",
        "minimum is",
        "whole seconds",
    ),
    "percent": ("value: 2.5", "value: 101", "value: 101", "badRecordsPercent is 101", "0 to 100"),
    "percent as text": ("value: 2.5", "value: 5%", "value: 5%", "is '5%'", "without %"),
    "generated key of orders": (
        "{property: versionColumn, value: revision}",
        "{property: generatedKey, value: true} #!",
        "",
        "orders cannot have a generated key",
        "order_items",
    ),
    "version column unknown": (
        "value: revision",
        "value: revison",
        "revison",
        "'revison'",
        "'revision'",
    ),
    "version column of text": (
        "value: revision",
        "value: region",
        "value: region",
        "string",
        "integer",
    ),
    "words of no status": (
        "processing: [new]",
        "procesing: [new] #!",
        "",
        "no canonical status",
        "'processing'",
    ),
    "word twice": ("[done, deliv", "[new, deliv", "[new, deliv", "'new' is listed twice", "keep"),
    "word in upper case": ("[done,", "[Done,", "[Done,", "not in lower case", "'done'"),
    "word with a quote": ("[done,", '["don\'t",', "don't", "quote", "leave it out"),
    "word is no text": ("[done,", "[1,", "[1,", "1 is no text", "quotes"),
    "words no mapping": (
        "              processing: [new]\n              delivered: [done, delivered]\n",
        "              - new\n",
        "property: words",
        "no mapping",
        "processing:",
    ),
    "words elsewhere": (
        REGION,
        REGION + "        customProperties: [{property: words, value: {}}] #!\n",
        "",
        "region has words",
        "only a status",
    ),
    "values of a number": (
        "      - name: price\n",
        "      - name: price\n        enum: [{value: '1'}] #!\n",
        "",
        "list of values",
        "minimum",
    ),
    "value with blanks": ("{value: EU}", "{value: ' EU'}", "enum:", "blanks", "trimmed"),
    "value is no text": ("{value: EU}", "{value: 1}", "enum:", "1 is no text", "quotes"),
    "severity": (
        "            severity: warn\n            mustBe: 0",
        "            severity: wran #!\n            mustBe: 0",
        "",
        "'wran'",
        "'warn'",
    ),
    "invalid values allowed": (
        "mustBe: 0",
        "mustBe: 3",
        "invalidValues",
        "another bound",
        "mustBe: 0",
    ),
    "rule without arguments": (
        "            arguments: {pattern: '^(P|Q)[0-9]{4}$'}\n",
        "",
        "invalidValues",
        "does not say",
        "validValues",
    ),
    "argument unknown": ("{pattern: '^(P", "{patern: '^(P", "patern", "'patern'", "'pattern'"),
    "metric not read": (
        "metric: nullValues",
        "metric: rowCount",
        "rowCount",
        "not read",
        "nullVal",
    ),
    "share not in percent": (
        "unit: percent",
        "unit: rows",
        "nullValues",
        "percent",
        "unit: percent",
    ),
    "share rejects": (
        "            severity: warn\n            mustBeLess",
        "            severity: reject_record #!\n            mustBeLess",
        "",
        "can only warn",
        "severity: warn",
    ),
    "share too great": ("EqualTo: 10", "EqualTo: 120", "EqualTo: 120", "share is 120", "0 to 100"),
    "rule on a dataset": (
        "  - name: order_items\n",
        "  - name: order_items\n    quality: [{type: text}] #!\n",
        "",
        "whole dataset",
        "properties",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_with_its_line_and_a_cure(name, tmp_path):
    old, new, mark, what, cure = CASES[name]
    assert SHOP.count(old) >= 1, "the case does not fit shop.yaml"
    text = SHOP.replace(old, new, 1)
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    line = next(i for i, row in enumerate(text.splitlines(), 1) if (mark or "#!") in row)
    found = [str(error) for error in lint(path)]
    assert any(
        one.startswith(f"{path}:{line}: ") and what in one and cure in one for one in found
    ), (line, found)


def test_the_unchanged_contract_has_no_complaint(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    assert lint(path) == []


def test_several_faults_are_told_at_once_by_line(tmp_path):
    path = tmp_path / "shop.yaml"
    text = SHOP.replace("Europe/Zurich", "Mars").replace("value: 2.5", "value: -1")
    path.write_text(text.replace("physicalName: Rev", "physicalName: ORDERNR"), encoding="utf-8")
    lines = [int(error.where.rpartition(":")[2]) for error in lint(path)]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_an_anchor_that_contains_itself_is_told(tmp_path):
    path = tmp_path / "loop.yaml"
    path.write_text("id: &a\n  - *a\n", encoding="utf-8")
    assert "an anchor contains itself" in str(lint(path)[0])


def test_a_file_that_is_no_utf8_is_told(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"id: caf\xe9\n")
    assert "save it as UTF-8" in str(lint(path)[0])


def test_an_empty_folder_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    assert "no contract (*.yaml, *.yml) here" in str(lint_folder(tmp_path)[0])


def test_two_contracts_with_one_id_are_told(tmp_path):
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text(SHOP, encoding="utf-8")
    (error,) = lint_folder(tmp_path)
    assert str(error).startswith(f"{tmp_path / 'b.yml'}:3: the id 'shop' is taken by")
    assert f"{tmp_path / 'a.yaml'}:3" in str(error)
