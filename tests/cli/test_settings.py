"""Settings: the stronger source wins, and what is wrong is refused with its place."""

from pathlib import Path

import pytest

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.words import EngineName
from spark_jobs.settings import NAMES, about, load_settings, unknown_variables


def write(text: str) -> Path:
    path = Path("orders.toml")
    path.write_text(text, encoding="utf-8")
    return path


def refusal(environ: dict[str, str] | None = None, flags: dict[str, object] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ or {}, flags)
    return str(caught.value)


def test_everything_has_a_default_under_the_working_directory() -> None:
    settings = load_settings({})
    assert settings.lake == Path(".local/lake")
    assert settings.engine is EngineName.SAIL
    assert set(settings.origins.values()) == {"default"}


def test_a_flag_beats_the_environment_which_beats_the_file() -> None:
    write('# mine\nlake = "one"\nengine = "spark"\nheld_after_days = 3\n')
    settings = load_settings(
        {"ORDERS_LAKE": "two", "ORDERS_ENGINE": "sail"}, {"lake": Path("three"), "engine": None}
    )
    assert (settings.lake, settings.engine) == (Path("three"), EngineName.SAIL)
    assert settings.held_after_days == 3
    assert settings.origins["lake"] == "--lake"
    assert settings.origins["engine"] == "ORDERS_ENGINE"
    assert settings.origins["held_after_days"] == "orders.toml:4"


def test_an_empty_variable_is_not_set() -> None:
    assert load_settings({"ORDERS_MEMORY": ""}).memory is None


def test_relative_paths_of_the_file_start_at_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "my.toml"
    file.parent.mkdir()
    file.write_text('lake = "lake"\narchive = "/var/archive"\n')
    settings = load_settings({}, file=file)
    assert settings.lake == tmp_path / "elsewhere" / "lake"
    assert settings.archive == Path("/var/archive")


def test_an_unknown_setting_is_refused_with_its_line_and_the_nearest_name() -> None:
    write('lake = "x"\n\ntimezone = "UTC"\n')
    assert refusal() == "orders.toml:3: 'timezone' is no setting; write time_zone"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("held_after_days = '7'", "without quotes"),
        ("held_after_days = true", "whole number"),
        ("held_after_days = 0", "greater than 0"),
        ("held_after_days = 1.5", "whole number"),
        ("lake = 7", "write some text"),
        ("engine = 'duckdb'", "use one of sail, spark"),
        ("time_zone = 'Mars/Olympus'", "Europe/Berlin"),
        ("memory = '4 gigabytes'", "512m or 4g"),
        ("reject_batch_on = 'never'", "any_file"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(line: str, said: str) -> None:
    write(line + "\n")
    message = refusal()
    assert message.startswith("orders.toml:1: ")
    assert said in message


def test_a_wrong_variable_and_a_wrong_flag_are_named() -> None:
    assert refusal({"ORDERS_HELD_AFTER_DAYS": "soon"}).startswith("ORDERS_HELD_AFTER_DAYS: 'soon'")
    assert refusal({}, {"time_zone": "Nowhere"}).startswith("--time-zone: 'Nowhere'")


def test_a_file_that_was_named_must_exist_and_be_toml() -> None:
    with pytest.raises(ConfigurationError, match=r"gone.toml: .*--config"):
        load_settings({}, file=Path("gone.toml"))
    write("lake = \n")
    assert refusal().startswith("orders.toml: ")


def test_a_misspelt_variable_is_found_with_the_nearest_name() -> None:
    environ = {"ORDERS_LAEK": "x", "ORDERS_DEBUG": "1", "HOME": "/"}
    assert unknown_variables(environ) == {"ORDERS_LAEK": "write ORDERS_LAKE"}


def test_every_setting_says_what_it_is_for() -> None:
    assert all(about(name) for name in NAMES)
