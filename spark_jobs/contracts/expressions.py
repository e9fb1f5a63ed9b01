"""Expressions of contracts (ODCS `transformLogic`): a small language that engines read alike.

Names of other columns, numbers, quoted text, `+ - *`, and the functions below. No division:
engines round quotients of decimals differently. Arithmetic is decimal with six decimals; each
operand and each result is brought to it, half up, so that no engine's precision rules matter.
"""

import ast
from dataclasses import dataclass
from decimal import Decimal

FUNCTIONS = {"coalesce": None, "concat": None, "upper": 1, "lower": 1, "trim": 1}
"""Allowed functions with their number of arguments (None: one or more)."""

ARITHMETIC = "decimal(18,6)"

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Args:
        text: As written in the contract.
        names: The columns that it uses, in order of appearance.
    """

    text: str
    names: tuple[str, ...]

    def sql(self, columns: dict[str, str]) -> str:
        """The expression as SQL, each name replaced by its SQL from `columns`."""
        return _to_sql(ast.parse(self.text.strip(), mode="eval").body, columns)

    @property
    def is_constant(self) -> bool:
        """Whether it uses no column."""
        return not self.names


def parse_expression(text: str) -> Expression:
    """Reads an expression.

    Raises:
        ValueError: Something that the language does not have, with what to write instead.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not an expression ({error.msg})") from error
    names: list[str] = []
    _check(tree, text, names)
    return Expression(text=text, names=tuple(dict.fromkeys(names)))


def _check(node: ast.expr, text: str, names: list[str]) -> None:
    match node:
        case ast.Name(id=name):
            names.append(name)
        case ast.Constant(value=value):
            _check_constant(value, text)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _check(operand, text, names)
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod()):
            raise ValueError(f"{text!r} divides, which engines round differently: multiply instead")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            _check(left, text, names)
            _check(right, text, names)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            _check_call(function, len(arguments), text)
            for argument in arguments:
                _check(argument, text, names)
        case _:
            raise ValueError(f"{text!r} is beyond names, numbers, text, + - * and functions")


def _check_constant(value: object, text: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(  # noqa: TRY004 (it is about the contract's text, not about a type)
            f"{text!r} uses {value!r}: use numbers or quoted text"
        )
    if isinstance(value, str) and "\\" in value:
        raise ValueError(f"{text!r} has a backslash in its text, which engines read differently")


def _check_call(function: str, given: int, text: str) -> None:
    if function not in FUNCTIONS:
        raise ValueError(f"{text!r} calls {function}(): known are {', '.join(FUNCTIONS)}")
    count = FUNCTIONS[function]
    if given == 0 or (count is not None and given != count):
        raise ValueError(f"{text!r} gives {function}() a wrong number of arguments")


def _number(node: ast.expr, columns: dict[str, str]) -> str:
    return f"try_cast({_to_sql(node, columns)} as {ARITHMETIC})"


def _to_sql(node: ast.expr, columns: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.Constant(value=value):
            return _literal(value)
        case ast.UnaryOp(operand=operand):
            return f"(-{_number(operand, columns)})"
        case ast.BinOp(left=left, op=op, right=right):
            sign = _OPERATORS[type(op)]
            result = f"{_number(left, columns)} {sign} {_number(right, columns)}"
            return f"try_cast({result} as {ARITHMETIC})"
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return f"{function}({', '.join(_to_sql(a, columns) for a in arguments)})"
    raise AssertionError(f"unchecked expression node {node!r}")


def quoted(text: str) -> str:
    """Text as SQL; a doubled quote would be lost on Sail 0.7.2, an escaped one is read by both."""
    return "'" + text.replace("'", "\\'") + "'"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    return f"{Decimal(repr(value)):f}"
