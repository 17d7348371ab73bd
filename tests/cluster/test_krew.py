"""What krew would install, run by the real kubectl on the real cluster."""

from cluster import ClusterCase, main
from krew_scenarios import KrewScenarios


class Modern(KrewScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
