"""What the tasks are told: each variable is given by somebody, and read."""

from __future__ import annotations

import re

from scripts.check_asl import DEFINITION
from spark_jobs.facts.task import TASK_VARIABLES
from spark_jobs.settings import NAMES, PREFIX
from tests.aws.deployment import told


def test_the_tasks_are_told_all_that_they_read_and_nothing_else() -> None:
    by_terraform = set(told("tasks", local__task_folders__work="/work"))
    by_state_machine = set(re.findall(r'"(ORDERS_\w+)"', DEFINITION.read_text("utf-8")))
    given = by_terraform | by_state_machine
    assert set(TASK_VARIABLES) - given == set()
    settings = {f"{PREFIX}{name.upper()}" for name in NAMES}
    assert given - set(TASK_VARIABLES) - settings == set()
