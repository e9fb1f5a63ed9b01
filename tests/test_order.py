"""The order in which the tests are run."""

import pytest


def test_long_ones_come_first_in_every_process(pytestconfig: pytest.Config) -> None:
    # pytest looks at no function as a hook whose name does not begin with its own.
    impls = pytestconfig.hook.pytest_collection_modifyitems.get_hookimpls()
    assert "pytest_long_ones_first" in {impl.function.__name__ for impl in impls}
