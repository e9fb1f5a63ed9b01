"""`transformLogic`, evaluated: names, numbers, quoted text, + - *, and five functions."""

import ast
from decimal import Decimal
from typing import Any


def evaluate(text: str, row: dict[str, Any]) -> Any:
    """The value of an expression over the values of a row; a missing value makes it None."""
    return _value(ast.parse(text.strip(), mode="eval").body, row)


def _value(node: ast.expr, row: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return row[node.id]
    if isinstance(node, ast.Constant):
        return Decimal(repr(node.value)) if isinstance(node.value, float) else node.value
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, row)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp):
        return _combine(node.op, _value(node.left, row), _value(node.right, row))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _call(node.func.id, [_value(argument, row) for argument in node.args])


def _combine(operator: ast.operator, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if isinstance(operator, ast.Add):
        return left + right
    return left - right if isinstance(operator, ast.Sub) else left * right


def _call(function: str, values: list[Any]) -> Any:
    if function == "coalesce":
        return next((value for value in values if value is not None), None)
    if any(value is None for value in values):
        return None
    if function == "concat":
        return "".join(str(value) for value in values)
    text = str(values[0])
    return {"upper": text.upper(), "lower": text.lower(), "trim": text.strip(" ")}[function]
