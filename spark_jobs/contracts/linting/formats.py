"""Formats of times that the jobs can read on every engine."""

import re

KNOWN = ("iso", "epoch_s", "epoch_ms")
_LETTERS = re.compile("yyyy|SSS|MM|dd|HH|mm|ss")
_LITERALS = frozenset(" -/.:,_T")
_ORDER = ("HH", "mm", "ss", "SSS")
_LIST = (
    "use iso, epoch_s, epoch_ms, or fixed letters such as 'dd.MM.yyyy HH:mm:ss' "
    "(yyyy MM dd HH mm ss SSS and ' ' - / . : , _ T), several separated by ' | '"
)


class FormatError(ValueError):
    """A format that cannot be read, with what to write instead."""

    def __init__(self, what: str, cure: str = _LIST) -> None:
        self.what, self.cure = what, cure
        super().__init__(f"{what}; {cure}")


def check_format(name: str) -> None:
    """Passes for one format of a timestamp.

    Raises:
        FormatError: What is wrong with it, and which there are.
    """
    if name in KNOWN:
        return
    letters = _LETTERS.findall(name)
    unknown = sorted(set(_LETTERS.sub("", name)) - _LITERALS)
    if unknown or not letters:
        listed = ", ".join(repr(letter) for letter in unknown) or "no letters"
        raise FormatError(f"the format {name!r} has {listed}")
    twice = sorted({token for token in letters if letters.count(token) > 1})
    if twice:
        raise FormatError(f"the format {name!r} has {twice[0]} twice")
    missing = [token for token in ("yyyy", "MM", "dd") if token not in letters]
    if missing:
        raise FormatError(f"the format {name!r} has no {missing[0]}")
    clock = [token for token in _ORDER if token in letters]
    if clock and ("mm" not in clock or clock != list(_ORDER[: len(clock)])):
        raise FormatError(
            f"the format {name!r} has a clock with gaps", "use HH and mm, then ss, then SSS"
        )
