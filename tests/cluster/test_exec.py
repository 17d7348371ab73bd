"""Commands without a terminal, on the real cluster."""

from cluster import ClusterCase, LegacyCase, main
from exec_scenarios import ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios


class Modern(ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, ClusterCase):
    pass


class Legacy(ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, LegacyCase):
    """Its stdin goes over SPDY."""


if __name__ == "__main__":
    main()
