"""What the documents name exists: files, make targets, commands and their flags, settings."""

import re
from typing import Any

import pytest
from typer.main import get_command

from spark_jobs.cli.main import app
from spark_jobs.facts.exits import Exit
from spark_jobs.settings import NAMES
from tests.docs import shown

LICENCE_AND_MORE = {"ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "docs/command.md"}
every_document = pytest.mark.parametrize("document", shown.DOCUMENTS)


@every_document
def test_every_path_in_a_document_exists(document: str) -> None:
    places = (shown.ROOT, shown.ROOT / "spark_jobs")
    missing = [
        path
        for path in shown.paths_of(document)
        if not any((place / path).exists() for place in places)
    ]
    assert not missing


@every_document
def test_every_link_leads_somewhere(document: str) -> None:
    folder = (shown.ROOT / document).parent
    assert not [link for link in shown.links_of(document) if not (folder / link).exists()]


@every_document
def test_every_make_target_exists(document: str) -> None:
    makefile = (shown.ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([\w.-]+):", makefile, re.MULTILINE))
    assert not set(shown.targets_of(document)) - known


@every_document
def test_every_command_and_flag_exists(document: str) -> None:
    faults = [fault for words in shown.commands_of(document) if (fault := fault_of(words))]
    assert not faults


def test_the_readme_links_licence_contributing_and_the_pages() -> None:
    assert set(shown.links_of("README.md")) >= LICENCE_AND_MORE


def test_the_readme_names_every_setting_and_every_exit_code() -> None:
    readme = shown.text_of("README.md")
    assert not [name for name in NAMES if f"| `{name}` | `ORDERS_{name.upper()}` |" not in readme]
    assert not [
        code for code in Exit if not re.search(rf"^\| {int(code)} \|", readme, re.MULTILINE)
    ]


def test_every_error_text_of_the_troubleshooting_is_one_that_the_code_says() -> None:
    section = shown.text_of("README.md").partition("## Troubleshooting")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    texts = [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]
    sources = [*(shown.ROOT / "spark_jobs").rglob("*.py"), shown.ROOT / "scripts/set_up.sh"]
    code = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    pieces = [piece.strip() for text in texts for piece in re.split("…|: ", text)]
    assert len(texts) > 20
    assert not [piece for piece in pieces if piece not in code]


def test_the_command_page_names_every_command() -> None:
    shown_there = {" ".join(words[:2]) for words in shown.commands_of("docs/command.md")}
    known = get_command(app).commands  # type: ignore[attr-defined]
    lacking = [name for name in known if not any(s.split()[:1] == [name] for s in shown_there)]
    assert not lacking


@pytest.mark.parametrize(
    "words",
    [["runn", "landing"], ["kpis", "weekly"], ["run", "landing", "--lak", "x"], ["held", "--nope"]],
    ids=" ".join,
)
def test_what_does_not_exist_is_found(words: list[str]) -> None:
    assert fault_of(words)


def fault_of(words: list[str]) -> str:
    """What of a command line the command does not know; nothing where it knows all."""
    command: Any = get_command(app)
    flags = {name for parameter in command.params for name in parameter.opts}
    rest = list(words)
    while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return f"{' '.join(words)}: no command {name!r}"
        command = command.commands[name]
    flags |= {name for parameter in command.params for name in parameter.opts} | {"--help", "-h"}
    given = [word.partition("=")[0] for word in rest if word.startswith("--")]
    unknown = [flag for flag in given if flag not in flags]
    return f"{' '.join(words)}: no flag {unknown}" if unknown else ""
