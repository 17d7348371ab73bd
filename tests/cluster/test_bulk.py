"""512 MiB out and 64 MiB in, on the real cluster; over SPDY 512 MiB in, too."""

from cluster import ClusterCase, LegacyCase, LegacySpdyCase, main  # it also says where the rest is
from bulk_scenarios import BulkInScenarios, BulkScenarios


class Modern(BulkScenarios, BulkInScenarios, ClusterCase):
    pass


class Legacy(BulkScenarios, LegacyCase):
    megabytes_out = 64


class LegacySpdy(BulkScenarios, BulkInScenarios, LegacySpdyCase):
    megabytes_in = 512


if __name__ == "__main__":
    main()
