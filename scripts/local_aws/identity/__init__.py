"""Who calls: credentials of roles, what they may, and a record of what they did.

With AUTH=true every call needs a right: those that arrive over HTTP (`front`), those that Step
Functions makes with its machine's role (`state_machine_role`), those that ECS makes to start a
task (`start_role`) and those that Lambda makes for a function (`function_role`). What a call needs
stands in `needs`; who decides is the emulator's own evaluator of policies.
"""


def install() -> None:
    """Replaces the emulator's functions."""
    from scripts.local_aws.identity import (
        credentials,
        front,
        function_role,
        sessions,
        start_role,
        state_machine_role,
        state_machine_tasks,
        transport,
        wildcards,
    )

    for part in (
        transport,
        wildcards,
        sessions,
        credentials,
        front,
        start_role,
        function_role,
        state_machine_role,
        state_machine_tasks,
    ):
        part.install()
