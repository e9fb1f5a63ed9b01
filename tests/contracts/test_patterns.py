import re

import pytest

from spark_jobs.contracts.linting.formats import FormatError, check_format
from spark_jobs.contracts.linting.patterns import PatternError, check_pattern

READ_ALIKE = {
    "^[0-9]+$": "12",
    "^[A-Za-z0-9._-]+@[a-z]+[.][a-z]{2,6}$": "a.b@c.org",
    "^(new|done)$": "done",
    "^(?:EU|US)-[0-9]{4}(/[0-9]+)?$": "EU-2024/1",
    "^[^;,]*$": "",
    "^P[0-9]{4,}$": "P12345",
    "^[$][0-9]+$": "$5",
}
READ_DIFFERENTLY = {
    "[0-9]+": "whole value",
    "^[0-9]+": "whole value",
    "[0-9]+$": "whole value",
    "$": "whole value",
    r"^\d$": "class",
    r"^\w$": "class",
    r"^[\s]$": "class",
    r"^a\b$": "class",
    r"^\p{L}$": "class",
    r"^\.$": "backslash",
    r"^(a)\1$": "refers back",
    "^(?=a)a$": "ahead",
    "^(?!a)b$": "ahead",
    "^(?<=a)b$": "behind",
    "^(?<!a)b$": "behind",
    "^(?i)a$": "flag",
    "^(?i:a)$": "flag",
    "^(?>a)$": "atomic",
    "^(?P<x>a)$": "names",
    "^(?<x>a)$": "names",
    "^a+?$": "second one",
    "^a++$": "second one",
    "^a{2}{3}$": "second one",
    "^*a$": "repeats nothing",
    "^(+a)$": "repeats nothing",
    "^(|+a)$": "repeats nothing",
    "^a{,3}$": "no repetition",
    "^a{x}$": "no repetition",
    "^a{3,2}$": "repeats",
    "^a{5000}$": "repeats",
    "^a^b$": "middle",
    "^a$b$": "middle",
    "^a.b$": "dot",
    "^a|b$": "outside a group",
    "^[[:alpha:]]$": "inside a class",
    "^[:alpha:]$": "POSIX",
    "^[a-z&&b]$": "&&",
    "^[a--b]$": "--",
    "^[a-c-e]$": "range after",
    "^[a^]$": "^ inside",
    "^[]$": "empty class",
    "^[^]$": "empty class",
    "^[a$": "stays open",
    "^(a$": "stays open",
    "^a)$": "not open",
    "^a]$": "closes nothing",
    "^a}$": "closes nothing",
    "^[z-a]$": "compile",
    "^it's$": "quote",
    "^a\tb$": "control",
}


@pytest.mark.parametrize("pattern", READ_ALIKE)
def test_a_plain_pattern_passes(pattern):
    check_pattern(pattern)
    assert re.fullmatch(pattern, READ_ALIKE[pattern])


@pytest.mark.parametrize("pattern", READ_DIFFERENTLY)
def test_a_pattern_that_engines_read_differently_is_refused(pattern):
    with pytest.raises(PatternError, match=re.escape(READ_DIFFERENTLY[pattern])) as error:
        check_pattern(pattern)
    assert error.value.cure


@pytest.mark.parametrize(
    "name",
    ["iso", "epoch_s", "epoch_ms", "dd.MM.yyyy", "yyyyMMddHHmmss", "MM/dd/yyyy HH:mm:ss.SSS"],
)
def test_a_format_of_fixed_width_passes(name):
    check_format(name)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "no letters"),
        ("epoch", "has"),
        ("dd.MM.yy", "'y'"),
        ("EEE dd MM yyyy", "'E'"),
        ("yyyy-MM-dd'T'HH:mm", '"\'"'),
        ("yyyy-MM", "no dd"),
        ("yyyy-MM-dd dd", "dd twice"),
        ("yyyy-MM-dd HH", "gaps"),
        ("yyyy-MM-dd HH:ss", "gaps"),
        ("yyyy-MM-dd HH:mm.SSS", "gaps"),
    ],
)
def test_another_format_is_refused_with_the_list(name, what):
    with pytest.raises(FormatError) as error:
        check_format(name)
    assert what in error.value.what
    assert error.value.cure
