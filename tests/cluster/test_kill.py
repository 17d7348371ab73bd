"""kill -9 in the middle, on the real cluster; scripts/soak-kill does it 500 times."""

from cluster import ClusterCase, main
from kill_scenarios import KillScenarios


class Modern(KillScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
