"""kill -9 in the middle, on the real cluster; scripts/soak-kill does it 500 times."""

from cluster import ClusterCase, LegacySpdyCase, main
from kill_scenarios import KillScenarios


class Modern(KillScenarios, ClusterCase):
    pass


class LegacySpdy(KillScenarios, LegacySpdyCase):
    rounds = 10


if __name__ == "__main__":
    main()
