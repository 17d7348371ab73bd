"""Commands without a terminal, on the real cluster."""

from cluster import ClusterCase, LegacyCase, main
from exec_scenarios import ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, NoHalfCloseScenarios


class Modern(ExecScenarios, HalfCloseScenarios, LikeKubectlScenarios, ClusterCase):
    pass


class Legacy(ExecScenarios, NoHalfCloseScenarios, LikeKubectlScenarios, LegacyCase):
    # -i without a terminal is refused there: it could never end.
    test_quiet_says_nothing = None
    test_not_a_terminal_notice = None


if __name__ == "__main__":
    main()
