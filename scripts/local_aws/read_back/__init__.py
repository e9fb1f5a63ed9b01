"""What was written is read back as AWS gives it, so that a second plan of Terraform is empty.

(The emulator forgets attributes that it has no use for, or leaves them out of its answers.)
"""


def install() -> None:
    """Replaces the emulator's functions."""
    from scripts.local_aws.read_back import alarms, database, endpoints, flow_logs, tracing

    for part in (alarms, database, endpoints, flow_logs, tracing):
        part.install()
