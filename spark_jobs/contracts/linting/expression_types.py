"""What kind of value an expression gives."""

import ast
from collections.abc import Mapping

from spark_jobs.facts.words import Kind

_NUMBERS = frozenset({Kind.INTEGER, Kind.MONEY, Kind.DECIMAL})

_CONSTANTS: dict[type, Kind] = {str: Kind.STRING, int: Kind.INTEGER, float: Kind.DECIMAL}


def expression_kind(text: str, kinds: Mapping[str, Kind]) -> Kind:
    """The kind of a parsed expression over columns of these kinds; money gives DECIMAL.

    Raises:
        ValueError: Parts that do not go together, with what to write instead.
    """
    return _kind(ast.parse(text.strip(), mode="eval").body, kinds)


def gives(kind: Kind, wanted: Kind) -> bool:
    """Whether a value of `kind` may be stored as `wanted`."""
    if wanted in (Kind.MONEY, Kind.DECIMAL):
        return kind in _NUMBERS
    return kind is wanted


def _kind(node: ast.expr, kinds: Mapping[str, Kind]) -> Kind:
    match node:
        case ast.Name(id=name):
            return Kind.DECIMAL if kinds[name] is Kind.MONEY else kinds[name]
        case ast.Constant(value=value):
            return _CONSTANTS[type(value)]
        case ast.UnaryOp(operand=operand):
            return _number(operand, kinds)
        case ast.BinOp(left=left, right=right):
            both = {_number(left, kinds), _number(right, kinds)}
            return Kind.INTEGER if both == {Kind.INTEGER} else Kind.DECIMAL
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return _call(function, [_kind(argument, kinds) for argument in arguments])
    raise ValueError(f"{ast.unparse(node)} is beyond names, numbers, text, + - * and functions")


def _number(node: ast.expr, kinds: Mapping[str, Kind]) -> Kind:
    kind = _kind(node, kinds)
    if kind not in _NUMBERS:
        raise ValueError(
            f"{ast.unparse(node)} is a {kind}, and + - * take numbers: use concat() for text"
        )
    return kind


def _call(function: str, given: list[Kind]) -> Kind:
    if function == "concat":
        wrong = [kind for kind in given if kind not in (Kind.STRING, Kind.INTEGER)]
        if wrong:
            raise ValueError(f"concat() takes text and whole numbers, not a {wrong[0]}")
        return Kind.STRING
    if function == "coalesce":
        if len(set(given)) > 1 and not set(given) <= _NUMBERS:
            listed = ", ".join(given)
            raise ValueError(f"coalesce() takes values of one type, not {listed}")
        return Kind.DECIMAL if Kind.DECIMAL in given else given[0]
    if given != [Kind.STRING]:
        raise ValueError(f"{function}() takes text, not a {given[0]}")
    return Kind.STRING
