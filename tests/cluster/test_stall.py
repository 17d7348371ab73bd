"""A disk that stalls, on the real cluster and the real clock: a minute and a half."""

from cluster import ClusterCase, main
from disk_scenarios import StallingDiskScenarios
import private_mounts


def setUpModule():
    private_mounts.enter()


class Modern(StallingDiskScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
