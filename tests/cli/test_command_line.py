"""The command line without an engine: help, exit codes, errors, shared flags."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spark_jobs import __version__
from spark_jobs.cli import failures
from spark_jobs.cli import insights as insights_module
from spark_jobs.cli.call import shared_flags_first
from spark_jobs.cli.failures import guarded
from spark_jobs.cli.main import app, main
from spark_jobs.facts.errors import FatalError, TransientError

COMMANDS = [
    "demo", "run", "check", "validate", "transform", "kpis daily", "kpis category",
    "insights products", "insights customers", "insights revenue", "insights volume",
    "insights fulfilment", "insights inventory", "quarantine list", "quarantine export", "held",
    "batches", "contracts list", "contracts lint", "contracts new", "contracts show", "config",
    "generate",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"orders {command}" in result.output


def test_help_documents_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    listed = shown[shown.index("Exit codes") :].splitlines()[1:9]
    codes = {int(found.group(1)) for line in listed if (found := re.match(r" +(\d+) ", line))}
    assert codes == {0, 3, 4, 64, 70, 75, 130}


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Usage: orders" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"orders {__version__}\n"


def test_help_imports_neither_engine_nor_arrow() -> None:
    code = (
        "import sys; from spark_jobs.cli.main import main; main(['--help']);"
        "sys.exit(','.join(m for m in ('pyspark', 'pyarrow', 'yaml') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rum"], "No such command 'rum'"),
        (["run"], "LANDING"),
        (["run", "x", "--no-such"], "No such option: --no-such"),
        (["kpis"], "Missing command"),
        (["kpis", "daily", "--format", "xml"], "xml"),
        (["run", "gone"], "gone: there is no such folder; create it"),
        (["run", ".", "--received-at", "soon"], "--received-at: 'soon'"),
        (["run", ".", "--time-zone", "Mars"], "--time-zone: 'Mars'"),
        (["kpis", "daily", "--lake", "gone"], "gone: there is no lake here"),
        (["kpis", "daily", "--from", "March"], "--from: 'March' is no day"),
        (["transform", "--staged", "gone", "--lake", "x"], "gone: no verdict.json here"),
        (["insights", "revenue", "--by", "moon"], "--by: revenue has no 'moon'"),
        (["contracts", "show", "gone"], "known are basic, thelook"),
        (["contracts", "list", "--contracts", "gone"], "gone: there is no such folder"),
        (["config", "--config", "gone.toml"], "gone.toml: No such file"),
    ],
)
def test_wrong_usage_exits_64_and_says_so_without_a_traceback(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert said in captured.err
    assert "Traceback" not in captured.err


def raising(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FatalError("sums differ"), 70),
        (TransientError("busy"), 75),
        (KeyboardInterrupt(), 130),
        (ValueError("a bug"), 70),
    ],
    ids=["fatal", "transient", "interrupted", "unforeseen"],
)
def test_each_failure_has_its_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == code
    told = capsys.readouterr().err
    assert "error: " in told
    assert ("Traceback" in told) == isinstance(error, ValueError)


def test_debug_shows_where_an_error_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "gone", "--debug"]) == 64
    assert "Traceback" in capsys.readouterr().err


def test_a_broken_pipe_never_ends_green_for_a_job() -> None:
    assert guarded(raising(BrokenPipeError())) == 70


def test_a_reader_that_leaves_ends_a_listing_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m spark_jobs.cli contracts show thelook | head -1"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=tmp_path, env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("given", "first"),
    [
        (["run", "x", "--quiet", "--config", "a"], ["--quiet", "--config", "a", "run", "x"]),
        (["run", "--config=a", "x"], ["--config=a", "run", "x"]),
        (["run", "--", "--quiet"], ["run", "--", "--quiet"]),
    ],
)
def test_shared_flags_may_stand_anywhere(given: list[str], first: list[str]) -> None:
    assert shared_flags_first(given) == first


def test_config_tells_value_and_origin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_MEMORY", "4g")
    monkeypatch.setenv("ORDERS_LAEK", "x")
    Path("orders.toml").write_text("held_after_days = 3\n")
    assert main(["config", "--lake", "here", "--format", "csv"]) == 0
    captured = capsys.readouterr()
    assert "lake,here,--lake," in captured.out
    assert "memory,4g,ORDERS_MEMORY," in captured.out
    assert "held_after_days,3,orders.toml:1," in captured.out
    assert "engine,sail,default," in captured.out
    assert "ORDERS_LAEK is not read by anything; write ORDERS_LAKE" in captured.err


def test_contracts_are_listed_checked_begun_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contracts", "list", "--format", "csv"]) == 0
    assert "thelook,1.0.0,orders | order_items | products,UTC," in capsys.readouterr().out
    assert main(["contracts", "lint"]) == 0
    assert capsys.readouterr().out == "2 contracts can be used\n"
    Path("shop.csv").write_text("order_id,customer\n1,7\n")
    assert main(["contracts", "new", "--from", "shop.csv", "--name", "mine"]) == 0
    begun = capsys.readouterr().out
    assert 'id: "mine"' in begun
    Path("mine.yaml").write_text(begun)
    assert main(["contracts", "lint", "mine.yaml"]) == 64
    assert "mine.yaml:" in capsys.readouterr().err
    assert main(["contracts", "show", "thelook"]) == 0
    assert capsys.readouterr().out.startswith("# Contract `thelook`")


def test_the_insights_of_the_command_are_those_of_the_registry() -> None:
    from spark_jobs.kpis.registry import INSIGHTS

    offered = {name: each.views for name, each in insights_module.INSIGHTS.items()}
    assert offered == {name: tuple(views) for name, views in INSIGHTS.items()}


def test_interruption_says_that_the_call_can_be_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert guarded(raising(KeyboardInterrupt())) == failures.INTERRUPTED
    assert "the same call" in capsys.readouterr().err
