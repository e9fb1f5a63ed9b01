"""Prints how many seconds the bare import of Great Expectations takes in a fresh process."""

import time


def main() -> None:
    """Import it, and print the seconds."""
    started = time.perf_counter()
    import great_expectations
    import great_expectations.expectations

    print(time.perf_counter() - started)
    del great_expectations


if __name__ == "__main__":
    main()
