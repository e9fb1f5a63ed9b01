"""The checker names every fault, planted one at a time into an account that is as it must be."""

from __future__ import annotations

import copy

import pytest

from tests.e2e.checker import CHECKS, News, complaints
from tests.e2e.checker.expected import Judge
from tests.e2e.checker.faults import FAULTS, Fault
from tests.e2e.checker.lake_faults import LAKE_FAULTS
from tests.e2e.checker.stage import healthy
from tests.e2e.observed import Observed

PLANTED = FAULTS | LAKE_FAULTS


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    return healthy(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def observed(made: Observed) -> Observed:
    """An account as it must be, to be broken by one test."""
    return copy.deepcopy(made)


def test_an_account_that_is_as_it_must_be_has_no_complaint(observed: Observed) -> None:
    assert complaints(observed, Judge()) == []


def test_every_check_is_broken_by_some_fault() -> None:
    assert {check.__name__ for check in CHECKS} == PLANTED.keys()


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        pytest.param(check, fault, id=f"{check}-{number}")
        for check, faults in PLANTED.items()
        for number, fault in enumerate(faults)
    ],
)
def test_a_fault_is_named_by_its_check(check: str, fault: Fault, observed: Observed) -> None:
    fault(observed)
    named = {complaint.partition(":")[0] for complaint in complaints(observed, Judge())}
    assert check in named


def test_a_complaint_is_told_once_and_again_when_it_was_mended_meanwhile() -> None:
    news = News()
    assert news.of(["a is lost"]) == ["a is lost"]
    assert news.of(["a is lost", "b is lost"]) == ["b is lost"]
    assert news.of(["a is lost", "a is lost"]) == ["a is lost"]
    assert news.of([]) == []
    assert news.of(["a is lost"]) == ["a is lost"]
