"""Commands without a terminal, on the real cluster."""

from cluster import ClusterCase, LegacyCase, LegacySpdyCase, SpdyCase, main
from exec_scenarios import ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, OldServerScenarios


class Modern(ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, ClusterCase):
    pass


class Legacy(ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, OldServerScenarios, LegacyCase):
    """Its stdin goes over SPDY."""


class LegacySpdy(ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, LegacySpdyCase):
    pass


class ModernSpdy(ExecScenarios, HalfCloseScenarios, SpdyCase):
    pass


if __name__ == "__main__":
    main()
