"""Which shape and dataset a header belongs to: by name, in any order and case."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from spark_jobs.contracts.model import Column, Contract, DatasetContract, normalise_header
from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.violations import FileCode, Violation
from spark_jobs.facts.words import Dataset


@dataclass(frozen=True)
class Match:
    """A header that fits one dataset of one contract.

    Args:
        positions: Place in the header of each source column that is there, by `Column.name`.
        extra_columns: Names in the header that the dataset does not have, as written.
        generated_key: Whether the key column is missing, which the contract allows.
    """

    contract: Contract
    dataset: DatasetContract
    positions: dict[str, int]
    extra_columns: tuple[str, ...]
    generated_key: bool


@dataclass(frozen=True)
class Mismatch:
    """A header that cannot be used.

    Args:
        fits_nothing: Whether no dataset of any contract has its required columns in it.
    """

    problems: tuple[Violation, ...]
    fits_nothing: bool


def match_header(
    header: Sequence[str], contracts: Sequence[Contract], hint: Dataset | None
) -> Match | Mismatch:
    """The dataset of the contract that knows the most columns of the header.

    Args:
        header: Names as written in the file.
        contracts: The shapes to choose from.
        hint: The dataset that the file's folder or name promises; it decides a tie, and the
            header must confirm it.
    """
    duplicates = duplicated_names(header)
    fits = [
        (contract, dataset)
        for contract, dataset in _candidates(contracts)
        if known_columns(header, dataset) and not missing_columns(header, dataset)
    ]
    if duplicates:
        return Mismatch(tuple(duplicates), fits_nothing=not fits)
    if not fits:
        return Mismatch(_nothing_fits(header, contracts, hint), fits_nothing=True)
    most = max(known_columns(header, dataset) for _, dataset in fits)
    best = [fit for fit in fits if known_columns(header, fit[1]) == most]
    best = [fit for fit in best if fit[1].dataset == hint] or best
    contract, dataset = best[0]
    if len(best) > 1:
        names = " and ".join(f"{d.dataset} of {c.shape}" for c, d in best)
        message = f"the header fits {names} equally well"
        return Mismatch((Violation(FileCode.AMBIGUOUS_SHAPE, message),), fits_nothing=False)
    if hint is not None and dataset.dataset != hint:
        message = (
            f"the file stands as {hint}, but its header is that of {dataset.dataset} "
            f"({contract.shape}, {most} columns known)"
        )
        return Mismatch((Violation(FileCode.OTHER_DATASET, message),), fits_nothing=False)
    return match_dataset(header, contract, dataset)


def match_dataset(header: Sequence[str], contract: Contract, dataset: DatasetContract) -> Match:
    """Where the columns of a dataset stand in a header that fits it."""
    sources = _sources(dataset)
    positions = {
        name: position
        for position, written in enumerate(header)
        for name in sources.get(normalise_header(written), ())
    }
    extra = tuple(name.strip() for name in header if normalise_header(name) not in sources)
    key = dataset.column(KEYS[dataset.dataset])
    has_key = key is None or key.source is None or key.name in positions
    return Match(contract, dataset, positions, extra, generated_key=not has_key)


def known_columns(header: Sequence[str], dataset: DatasetContract) -> int:
    """How many names of the header the dataset knows."""
    return len(_sources(dataset).keys() & {normalise_header(name) for name in header})


def missing_columns(header: Sequence[str], dataset: DatasetContract) -> tuple[Column, ...]:
    """The columns that the header would need; a key that may be generated is not among them."""
    present = {normalise_header(name) for name in header}
    return tuple(
        column
        for column in dataset.required_sources
        if normalise_header(column.source or "") not in present
        and not (dataset.generated_key and column.name == KEYS[dataset.dataset])
    )


def duplicated_names(header: Sequence[str]) -> list[Violation]:
    """One violation for each name that stands in the header more than once."""
    counts = Counter(normalise_header(name) for name in header)
    return [
        Violation(
            FileCode.DUPLICATE_COLUMN, f"the column {name!r} stands {count} times in the header"
        )
        for name, count in counts.items()
        if count > 1 and name
    ]


def _candidates(contracts: Sequence[Contract]) -> Iterator[tuple[Contract, DatasetContract]]:
    for contract in contracts:
        for dataset in contract.datasets.values():
            yield contract, dataset


def _sources(dataset: DatasetContract) -> dict[str, list[str]]:
    """Names of the columns by the normalised name of their source: several may share one."""
    sources: dict[str, list[str]] = {}
    for column in dataset.source_columns:
        sources.setdefault(normalise_header(column.source or ""), []).append(column.name)
    return sources


def _nothing_fits(
    header: Sequence[str], contracts: Sequence[Contract], hint: Dataset | None
) -> tuple[Violation, ...]:
    """What the nearest dataset misses: of the hint's datasets where there is a hint."""
    candidates = [fit for fit in _candidates(contracts) if hint in (None, fit[1].dataset)]
    if not candidates:
        message = f"no contract describes {hint or 'any dataset'}"
        return (Violation(FileCode.MISSING_COLUMN, message),)
    contract, dataset = max(
        candidates,
        key=lambda fit: (known_columns(header, fit[1]), -len(missing_columns(header, fit[1]))),
    )
    unknown = [name.strip() for name in header if normalise_header(name) not in _sources(dataset)]
    missing = missing_columns(header, dataset)
    if not missing:
        message = f"no column of {dataset.dataset} of {contract.shape} is in the header"
        return (Violation(FileCode.MISSING_COLUMN, message),)
    return tuple(_missing(column, contract, dataset, unknown) for column in missing)


def _missing(
    column: Column, contract: Contract, dataset: DatasetContract, unknown: Sequence[str]
) -> Violation:
    source = column.source or column.name
    by_key = {normalise_header(name): name for name in unknown if name}
    near = get_close_matches(normalise_header(source), list(by_key), n=1)
    hint = f"; the nearest name in the header is {by_key[near[0]]!r}" if near else ""
    message = f"{source!r} is missing, required for {dataset.dataset} of {contract.shape}{hint}"
    return Violation(FileCode.MISSING_COLUMN, message, column=source)
