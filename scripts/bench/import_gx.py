"""Prints what the bare import of Great Expectations takes: seconds, processor seconds."""

import time


def main() -> None:
    """Import it, and print both."""
    started, cpu = time.perf_counter(), time.process_time()
    import great_expectations
    import great_expectations.expectations

    print(time.perf_counter() - started, time.process_time() - cpu)
    del great_expectations


if __name__ == "__main__":
    main()
