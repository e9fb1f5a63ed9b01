"""All checks, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from tests.e2e.checker import batches, changes, files, kpis, mails, receipts, tables, verdicts
from tests.e2e.checker.expected import Expected, Judge
from tests.e2e.observed import Observed, Observer
from tests.e2e.world import World

Check = Callable[[Observed, Expected], Iterable[str]]
CHECKS: tuple[Check, ...] = (
    batches.all_is_at_rest,
    files.landing_is_empty,
    files.each_version_has_its_row,
    files.each_version_is_archived_once,
    files.each_version_is_in_one_manifest,
    batches.one_execution_for_each_run,
    batches.no_call_was_refused,
    batches.one_mail_for_each_run,
    mails.each_mail_says_what_became_of_its_batch,
    batches.refused_files_are_told,
    verdicts.each_verdict_adds_up,
    verdicts.each_verdict_names_its_manifest,
    verdicts.each_file_is_judged_as_by_the_oracle,
    verdicts.each_content_has_a_time_of_its_own,
    receipts.each_receipt_adds_up,
    receipts.each_receipt_is_the_oracles,
    receipts.each_batch_is_in_the_history,
    tables.each_key_stands_once,
    tables.each_row_is_the_oracles,
    tables.each_quarantined_record_stands_once,
    tables.each_quarantined_record_is_as_received,
    tables.each_quarantined_record_that_came_again_is_discarded,
    tables.the_outbox_is_closed,
    kpis.items_equal_the_oracle,
    kpis.items_equal_the_lake,
    kpis.marts_add_up,
    kpis.marts_equal_the_oracle,
    kpis.stamps_are_sane,
    changes.each_transform_kept_its_changes,
    changes.each_day_was_told_as_it_is,
    changes.each_category_was_told_as_it_is,
)


def complaints(observed: Observed, judge: Judge) -> list[str]:
    """What is wrong, each with the check that found it; empty: all invariants hold."""
    expected = judge.expect(observed)
    return [
        f"{check.__name__}: {complaint}"
        for check in CHECKS
        for complaint in check(observed, expected)
    ]


class News:
    """Of what is wrong now, what was not so the last time.

    What one case broke fails one case; what was mended meanwhile and is wrong again is told again.
    """

    def __init__(self) -> None:
        self._last: Counter[str] = Counter()

    def of(self, wrong: Iterable[str]) -> list[str]:
        """What is new of it."""
        before, self._last = self._last, Counter(wrong)
        return list((self._last - before).elements())


class Checker:
    """Judges a world, again and again."""

    def __init__(self, world: World) -> None:
        self._observer, self._judge = Observer(world), Judge()
        self._news = News()

    def new_complaints(self) -> list[str]:
        """What is wrong and was not so the last time."""
        return self._news.of(self.complaints())

    def complaints(self) -> list[str]:
        """What is wrong in the world now."""
        return complaints(self._observer.look(), self._judge)
