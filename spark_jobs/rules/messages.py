"""Sentences for violation codes: what is wrong, with the value in it, and the cure."""

from spark_jobs.facts.violations import CURES, RecordCode, WarningCode

SENTENCES: dict[str, str] = {
    RecordCode.MISSING_VALUE: "{column} is empty",
    RecordCode.TOO_LONG: '{column} "{value}" is too long',
    RecordCode.BAD_PATTERN: '{column} "{value}" does not match the contract\'s pattern',
    RecordCode.NOT_ALLOWED: '{column} "{value}" is not one of the allowed values',
    RecordCode.NOT_AN_INTEGER: '{column} "{value}" is not a whole number',
    RecordCode.NOT_A_NUMBER: '{column} "{value}" is not a number',
    RecordCode.NOT_A_TIME: '{column} "{value}" is not a time',
    RecordCode.OUT_OF_RANGE: '{column} "{value}" is out of range',
    RecordCode.IN_THE_FUTURE: '{column} "{value}" lies in the future',
    WarningCode.UNKNOWN_STATUS: 'status "{value}" is not a word that the contract knows',
    WarningCode.TIMES_OUT_OF_ORDER: '{column} "{value}" is earlier than the step before it',
    WarningCode.QUALITY: '{column} "{value}" is unusual',
    WarningCode.EXTRA_COLUMN: "column {column} is not in the contract and was not read",
    WarningCode.GENERATED_KEY: "no order_item_id: the key is order, product and n-th occurrence",
}


def message(code: str, column: str, value: str) -> str:
    """One sentence about a broken rule, ending in its cure where there is one."""
    sentence = SENTENCES.get(code, "{column} {value}").format(column=column, value=value).strip()
    cure = CURES.get(code)
    return f"{sentence}: {cure}" if cure else sentence


def violation_text(finding: str) -> str:
    """`code TAB column TAB value` of the split as `code: sentence`."""
    code, column, value = finding.split("\t", 2)
    return f"{code}: {message(code, column, value)}"
