"""Recordings made on the real cluster, read by stock tools and by kubectl secure-replay."""

from cluster import ClusterCase, LegacySpdyCase, main
from format_scenarios import FormatScenarios


class Modern(FormatScenarios, ClusterCase):
    pass


class LegacySpdy(FormatScenarios, LegacySpdyCase):
    pass


if __name__ == "__main__":
    main()
