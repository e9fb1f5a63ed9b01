"""What containers add to processes: a deployed task is confined as Terraform defines it."""

from __future__ import annotations

import pytest

from tests.e2e.acts import hold
from tests.e2e.containers import HeldContainers, backend
from tests.e2e.shop import a_shop
from tests.e2e.world import World

pytestmark = pytest.mark.skipif(
    backend() != "containers",
    reason="a process has no user, file system or limits of its own: make e2e TASKS=containers",
)
USER = "10001:10001"
VOLUMES = {"/tmp", "/work"}  # noqa: S108 (of the container)
GIGABYTE = 1 << 30
NANOS_OF_A_CPU = 1_000_000_000
WRITES = (
    "for f in / /opt /home /var/tmp /tmp /work; do touch $f/probe 2> /dev/null && echo $f; done"
)


@pytest.mark.parametrize(
    ("job", "moment"),
    [("validate", "before:upload_staged"), ("transform", "before:merge_orders")],
    ids=["validate", "transform"],
)
def test_a_deployed_task_is_confined_to_its_user_its_two_folders_and_its_size(
    world: World, job: str, moment: str
) -> None:
    shop = a_shop()
    with world.acts(job, hold(moment)) as held:
        assert isinstance(held, HeldContainers)
        world.drop(shop.files(orders=2))
        world.until("the job stands", held.is_held)
        found, written = held.inspected(), held.run("sh", "-c", f"{WRITES}; id -u; id -g")
        held.go_on()
        world.at_rest()
    host = found["HostConfig"]
    assert found["Config"]["User"] == USER
    assert host["ReadonlyRootfs"]
    assert not host["Privileged"]
    assert (host["Memory"], host["MemorySwap"]) == (4 * GIGABYTE, 4 * GIGABYTE)
    assert host["NanoCpus"] == NANOS_OF_A_CPU
    assert {mount["Destination"] for mount in found["Mounts"]} == VOLUMES
    assert all(mount["Type"] == "volume" for mount in found["Mounts"])
    assert written.split() == [*sorted(VOLUMES), *USER.split(":")]
    assert world.kpis(shop.day)[0]["total_orders"] == 2
