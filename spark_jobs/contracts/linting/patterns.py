"""The part of regular expressions that the engines (Rust, Java) and Python read alike."""

import re
import unicodedata

MAX_REPEAT = 1000
_REPEAT = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\}")
_GROUPS = {
    "(?=": ("looks ahead", "say what the whole value looks like"),
    "(?!": ("looks ahead", "say what the whole value looks like"),
    "(?<=": ("looks behind", "say what the whole value looks like"),
    "(?<!": ("looks behind", "say what the whole value looks like"),
    "(?>": ("has an atomic group", "use a plain group: (...)"),
    "(?P<": ("names a group", "use a plain group: (...)"),
    "(?<": ("names a group", "use a plain group: (...)"),
}
_CLASSES = {
    "d": "write [0-9]",
    "w": "write [A-Za-z0-9_]",
    "s": "write the blank itself, or [ ]",
    "b": "say what stands on both sides",
    "p": "list the letters in a class, such as [A-Za-z]",
}


class PatternError(ValueError):
    """A pattern that engines read differently, with what to write instead."""

    def __init__(self, what: str, cure: str) -> None:
        self.what, self.cure = what, cure
        super().__init__(f"{what}; {cure}")


def check_pattern(pattern: str) -> None:
    """Passes for a pattern that every engine reads alike.

    Allowed are literals, classes such as `[A-Za-z0-9._-]`, groups, `|` within groups, and
    `? * + {n} {n,m}`, between `^` and `$`.

    Raises:
        PatternError: The first thing in it that is beyond this, with what to write instead.
    """
    if not (len(pattern) > 1 and pattern.startswith("^") and pattern.endswith("$")):
        raise PatternError("does not describe the whole value", "start it with ^ and end it with $")
    for letter in pattern:
        _check_letter(letter)
    _Walker(pattern[1:-1]).walk()
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise PatternError(f"does not compile ({error})", "correct it") from error


def _check_letter(letter: str) -> None:
    if letter in "'`":
        raise PatternError(f"has a quote ({letter})", "use a negated class, such as [^0-9]")
    if unicodedata.category(letter).startswith("C"):
        raise PatternError(f"has the control character {letter!r}", "remove it")


class _Walker:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.can_repeat = False

    def walk(self) -> None:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        if self.depth:
            raise PatternError("has a group that stays open", "add the missing )")

    def _step(self, letter: str) -> None:
        if letter == "\\":
            self._refuse_backslash()
        elif letter == "[":
            self._class()
        elif letter == "(":
            self._open_group()
        elif letter == ")":
            self._close_group()
        elif letter in "*+?{":
            self._repeat(letter)
        elif letter in "^$":
            cure = "for the character write [$]" if letter == "$" else "keep ^ at the start only"
            raise PatternError(f"has {letter} in its middle", cure)
        elif letter == ".":
            raise PatternError(
                "has a dot, which engines read differently at line ends",
                "for the character write [.], for anything else list what is allowed",
            )
        elif letter == "|" and not self.depth:
            raise PatternError("has | outside a group", "write ^(one|other)$")
        elif letter in "]}":
            raise PatternError(f"has a {letter} that closes nothing", "remove it")
        else:
            self.at += 1
            self.can_repeat = letter != "|"

    def _refuse_backslash(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following and not following.isalnum():
            raise PatternError(f"has a backslash (\\{following})", f"write [{following}]")
        if following.isdigit():
            raise PatternError(f"refers back (\\{following})", "write the part out again")
        cure = _CLASSES.get(following.lower(), "list the characters in a class, such as [A-Z]")
        raise PatternError(f"has the class \\{following}, which engines read differently", cure)

    def _open_group(self) -> None:
        rest = self.text[self.at :]
        for start, (what, cure) in _GROUPS.items():
            if rest.startswith(start):
                raise PatternError(f"{what} ({start})", cure)
        if rest.startswith("(?") and not rest.startswith("(?:"):
            raise PatternError("sets a flag", "list both cases in a class, such as [Aa]")
        self.at += 3 if rest.startswith("(?:") else 1
        self.depth += 1
        self.can_repeat = False

    def _close_group(self) -> None:
        if not self.depth:
            raise PatternError("closes a group that is not open", "remove the )")
        self.at += 1
        self.depth -= 1
        self.can_repeat = True

    def _repeat(self, letter: str) -> None:
        if not self.can_repeat:
            raise PatternError(
                f"has a {letter} that repeats nothing, or a second one (lazy or possessive)",
                f"keep one, or for the character write [{letter}]",
            )
        self.can_repeat = False
        if letter != "{":
            self.at += 1
            return
        match = _REPEAT.match(self.text, self.at)
        if match is None:
            raise PatternError("has a { that is no repetition", "write {2}, {2,} or {2,5}")
        low, high = int(match[1]), int(match[3] or match[1])
        if not low <= high <= MAX_REPEAT:
            raise PatternError(f"repeats {match[0]}", f"count upwards, to {MAX_REPEAT} at the most")
        self.at = match.end()

    def _class(self) -> None:
        end = self.text.find("]", self.at + 1)
        body = self.text[self.at + 1 : end].removeprefix("^")
        if end < 0:
            raise PatternError("has a [ that stays open", "add the missing ]")
        if not body:
            raise PatternError("has an empty class", "put the allowed characters between [ and ]")
        if "\\" in body:
            self.at += self.text[self.at :].index("\\")
            self._refuse_backslash()
        if "[" in body:
            raise PatternError(
                "has a [ inside a class (nested or POSIX)", "list the characters, such as [A-Za-z]"
            )
        for operator in ("&&", "--", "~~", "||"):
            if operator in body:
                raise PatternError(f"has {operator} inside a class", "list the characters once")
        if body.startswith(":") and body.endswith(":"):
            raise PatternError("has a POSIX class", "list the characters, such as [A-Za-z]")
        if re.search(".-.-.", body):
            raise PatternError("has a range after a range", "put the - itself last in the class")
        if "^" in body:
            raise PatternError("has a ^ inside a class", "leave it out, or put it first to negate")
        self.at = end + 1
        self.can_repeat = True
