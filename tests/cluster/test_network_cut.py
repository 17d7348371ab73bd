"""The network cut in the middle of a session, on the real cluster. Needs root: the cable ends in the network where
the cluster is."""

from cluster import ClusterCase, main
from cut_scenarios import CutScenarios


class Modern(CutScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
