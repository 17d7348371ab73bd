"""A shell on a terminal, on the real cluster."""

from cluster import ClusterCase, LegacyCase, LegacySpdyCase, SpdyCase, main
from pty_scenarios import PtyScenarios


class Modern(PtyScenarios, ClusterCase):
    pass


class Legacy(PtyScenarios, LegacyCase):
    pass


class LegacySpdy(PtyScenarios, LegacySpdyCase):
    pass


class ModernSpdy(PtyScenarios, SpdyCase):
    pass


if __name__ == "__main__":
    main()
