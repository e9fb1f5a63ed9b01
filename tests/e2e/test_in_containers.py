"""The cases that CI runs in containers."""

import re
from pathlib import Path

import pytest

from tests.e2e.person import ROOT

SCRIPT = ROOT / "scripts" / "e2e_in_containers.sh"


def cases() -> list[str]:
    """As the script lists them: a file, or a test of it."""
    found = re.search(r"^CASES=\((.*?)^\)", SCRIPT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return found[1].split() if found else []


def test_the_script_lists_some() -> None:
    assert cases()


@pytest.mark.parametrize("case", cases())
def test_each_exists(case: str) -> None:
    # Where no engine answers the script runs none of them, and would not notice.
    path, _, name = case.partition("::")
    text = Path(__file__).with_name(path).read_text("utf-8")
    assert f"\ndef {name}(" in text if name else "\ndef test_" in text
