"""The scenario folders of `hostile/`: one received file and its expected outcome each.

`hostile/<name>/<dataset>/<file>` is dropped as it is; `hostile/<name>/expected.json` says why it
is there, the verdict on the file, its records (null: as many as were read before it was given
up), how many are staged and quarantined, and all violation codes (`a|b`: one of them).
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spark_jobs.pipeline import RunReport
from spark_jobs.rules.verdict import FileVerdict

ROOT = Path(__file__).parent / "hostile"
SCENARIOS = sorted(path.name for path in ROOT.iterdir() if path.is_dir())


@dataclass(frozen=True)
class HostileRun:
    """All scenarios in one batch on one engine, and the quarantine table afterwards."""

    lake: Path
    report: RunReport
    quarantine: list[dict[str, Any]]

    def verdict(self, scenario: str) -> FileVerdict:
        """The verdict on a scenario's file."""
        name = landing_name(scenario)
        return next(file for file in self.report.files if file.name == name)

    def quarantined(self, scenario: str) -> list[dict[str, Any]]:
        """The quarantined records of a scenario's file."""
        name = landing_name(scenario)
        return [row for row in self.quarantine if row["file"] == name]


def received_file(scenario: str) -> Path:
    """The file of a scenario."""
    (path,) = (ROOT / scenario).glob("*/*")
    return path


def landing_name(scenario: str) -> str:
    """Where it is dropped: below the folder of its dataset."""
    path = received_file(scenario)
    return f"{path.parent.name}/{scenario}/{path.name}"


def expected(scenario: str) -> dict[str, Any]:
    """The expected outcome."""
    text = (ROOT / scenario / "expected.json").read_text(encoding="utf-8")
    outcome: dict[str, Any] = json.loads(text)
    return outcome


def drop_corpus(landing: Path) -> None:
    """Drops the files of all scenarios."""
    for scenario in SCENARIOS:
        target = landing / landing_name(scenario)
        target.parent.mkdir(parents=True)
        shutil.copyfile(received_file(scenario), target)
