"""Violation codes: the stable names that people filter, count and alert on."""

from dataclasses import dataclass
from enum import StrEnum


class FileCode(StrEnum):
    """Why a whole file is rejected."""

    EMPTY_FILE = "empty_file"
    NOT_CSV = "not_csv"
    BAD_ENCODING = "bad_encoding"
    DECOMPRESSION_CAP = "decompression_cap"
    DAMAGED_ARCHIVE = "damaged_archive"
    DUPLICATE_COLUMN = "duplicate_column"
    MISSING_COLUMN = "missing_column"
    AMBIGUOUS_SHAPE = "ambiguous_shape"
    OTHER_DATASET = "other_dataset"
    UNCLOSED_QUOTE = "unclosed_quote"
    TOO_MANY_BAD_RECORDS = "too_many_bad_records"
    CHANGED_WHILE_READING = "changed_while_reading"
    VERSION_GONE = "version_gone"
    BATCH_REJECTED = "batch_rejected"


class SkipCode(StrEnum):
    """What became of a content that comes again, and is not judged again."""

    RECEIVED_BEFORE = "received_before"
    REJECTED_BEFORE = "rejected_before"


class RecordCode(StrEnum):
    """Why a record is rejected."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    MALFORMED_QUOTING = "malformed_quoting"
    NUL_BYTE = "nul_byte"
    FIELD_TOO_LONG = "field_too_long"
    MISSING_VALUE = "missing_value"
    TOO_LONG = "too_long"
    BAD_PATTERN = "bad_pattern"
    NOT_ALLOWED = "not_allowed"
    NOT_AN_INTEGER = "not_an_integer"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_TIME = "not_a_time"
    OUT_OF_RANGE = "out_of_range"
    IN_THE_FUTURE = "in_the_future"


class WarningCode(StrEnum):
    """What is told and does not reject."""

    NO_RECORDS = "no_records"
    EXTRA_COLUMN = "extra_column"
    UNKNOWN_STATUS = "unknown_status"
    TIMES_OUT_OF_ORDER = "times_out_of_order"
    DUPLICATE_KEY = "duplicate_key"
    GENERATED_KEY = "generated_key"
    CORRECTED_WITHOUT_ID = "corrected_without_id"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_PRODUCT = "unknown_product"
    QUALITY = "quality"


CURES: dict[str, str] = {
    FileCode.EMPTY_FILE: "send the file again with a header and records",
    FileCode.NOT_CSV: "send delimited text (CSV), plain or gzipped",
    FileCode.BAD_ENCODING: "save the file as UTF-8, or name its encoding in the contract",
    FileCode.DECOMPRESSION_CAP: "split the file, or raise max_decompressed_bytes",
    FileCode.DAMAGED_ARCHIVE: "compress and send the file again",
    FileCode.DUPLICATE_COLUMN: "name every column once",
    FileCode.MISSING_COLUMN: "add the column, or correct its name in the header",
    FileCode.AMBIGUOUS_SHAPE: "remove one of the contracts, or rename the columns",
    FileCode.OTHER_DATASET: "move the file to the folder of its dataset, or correct its header",
    FileCode.UNCLOSED_QUOTE: 'close the quote, or double it ("") inside a quoted field',
    FileCode.TOO_MANY_BAD_RECORDS: "correct the records and send the file again",
    FileCode.CHANGED_WHILE_READING: "write the file elsewhere and move it in when complete",
    FileCode.VERSION_GONE: "upload the file again",
    FileCode.BATCH_REJECTED: "correct the file that was rejected and send all of them again",
    RecordCode.WRONG_FIELD_COUNT: "give the record as many fields as the header; quote delimiters",
    RecordCode.MALFORMED_QUOTING: 'quote the whole field and double quotes inside it ("")',
    RecordCode.NUL_BYTE: "remove the NUL bytes",
    RecordCode.FIELD_TOO_LONG: "shorten the field",
    RecordCode.MISSING_VALUE: "fill in the value",
    RecordCode.TOO_LONG: "shorten the value",
    RecordCode.BAD_PATTERN: "write the value as the contract's pattern asks",
    RecordCode.NOT_ALLOWED: "use one of the values that the contract lists",
    RecordCode.NOT_AN_INTEGER: "write a whole number in digits",
    RecordCode.NOT_A_NUMBER: "write digits with a decimal point, without separators or exponent",
    RecordCode.NOT_A_TIME: "write a time that exists, in a format that the contract names",
    RecordCode.OUT_OF_RANGE: "use a value within the contract's bounds",
    RecordCode.IN_THE_FUTURE: "correct the time: it lies over a day after the file was received",
}
"""What to do about each code that rejects; every such code has a cure."""


@dataclass(frozen=True)
class Violation:
    """One broken rule.

    Args:
        code: One of the codes above.
        message: What is wrong, with the value in it.
        column: The column it is about, empty for a whole record or file.
    """

    code: str
    message: str
    column: str = ""
