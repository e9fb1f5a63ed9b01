"""A real process is killed before and after each of its side effects, and run again."""

import random
import signal
import subprocess
import time

import pytest

from spark_jobs.facts.effects import Effect
from spark_jobs.session import Engine
from tests.proof.killing import KillShop, make_kill_shop, run_killed

pytestmark = [pytest.mark.kill, pytest.mark.slow]


@pytest.fixture(scope="module")
def shop(sail_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> KillShop:
    return make_kill_shop(sail_engine, tmp_path_factory.mktemp("kill"))


def test_the_three_batches_unharmed_give_the_tables_of_the_oracle(
    sail_engine: Engine, shop: KillShop
) -> None:
    shop.reset()
    reports = [shop.run(sail_engine, name) for name in ("second", "third")]
    shop.assert_right(sail_engine, reports, "second", "third")


@pytest.mark.parametrize("effect", list(Effect))
def test_a_run_killed_before_an_effect_is_made_good_by_the_next(
    sail_engine: Engine, shop: KillShop, effect: Effect
) -> None:
    _killed_at(shop, f"before:{effect}")
    again = shop.run(sail_engine, "second")
    shop.assert_right(sail_engine, [again], "second")


@pytest.mark.parametrize("effect", list(Effect))
def test_a_run_killed_after_an_effect_is_made_good_after_another_batch(
    sail_engine: Engine, shop: KillShop, effect: Effect
) -> None:
    _killed_at(shop, f"after:{effect}")
    between = shop.run(sail_engine, "third")
    again = shop.run(sail_engine, "second")
    shop.assert_right(sail_engine, [between, again], "second", "third")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_run_killed_at_random_moments_is_made_good(sail_engine: Engine, shop: KillShop) -> None:
    shop.reset()
    started = time.monotonic()
    subprocess.run(shop.command("second"), check=False, capture_output=True)
    whole = time.monotonic() - started
    chance = random.Random(100)
    for number in range(100):
        shop.reset()
        moment = chance.uniform(0.2, 1.0) * whole
        process = subprocess.Popen(
            shop.command("second"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        names = ("second", "third") if number % 2 else ("third", "second")
        reports = [shop.run(sail_engine, name) for name in names]
        try:
            shop.assert_right(sail_engine, reports, *names)
        except AssertionError as error:
            error.add_note(f"killed {moment:.3f} s after the start, the {number}. time")
            raise


def _killed_at(shop: KillShop, moment: str) -> None:
    shop.reset()
    output = shop.folder.with_name("output.txt")
    code = run_killed(shop, "second", moment, output)
    assert code == -signal.SIGKILL, f"{moment} was not reached\n{output.read_text()[-3000:]}"
