"""Recordings made on the real cluster, read by stock tools and by kubectl secure-replay."""

from cluster import ClusterCase, main
from format_scenarios import FormatScenarios


class Modern(FormatScenarios, ClusterCase):
    pass


if __name__ == "__main__":
    main()
