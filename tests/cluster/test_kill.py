"""kill -9 in the middle, on the real cluster; scripts/soak-kill does it 500 times."""

from cluster import ClusterCase, LegacySpdyCase, main
from kill_scenarios import EncryptedKillScenarios, KillScenarios


class Modern(KillScenarios, ClusterCase):
    pass


class LegacySpdy(KillScenarios, LegacySpdyCase):
    rounds = 10


class ModernEncrypted(EncryptedKillScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
