"""Full and unwritable stores, on the real cluster."""

from cluster import ClusterCase, LegacySpdyCase, main
from disk_scenarios import ClosedStoreScenarios, FullDiskScenarios
import private_mounts


def setUpModule():
    private_mounts.enter()


class Full(FullDiskScenarios, ClusterCase):
    pass


class FullSpdy(FullDiskScenarios, LegacySpdyCase):
    pass


class Closed(ClosedStoreScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
