"""512 MiB out and 64 MiB in, on the real cluster; over SPDY 512 MiB in, too."""

from cluster import ClusterCase, LegacyCase, LegacySpdyCase, main  # it also says where the rest is
from bulk_scenarios import BulkInScenarios, BulkScenarios


class Modern(BulkScenarios, BulkInScenarios, ClusterCase):
    pass


class Legacy(BulkScenarios, LegacyCase):
    megabytes_out = 64


class LegacySpdy(BulkScenarios, BulkInScenarios, LegacySpdyCase):
    megabytes_in = 512
    test_reader_that_waits = None  # half a minute of waiting; over WebSocket here, over SPDY with the fake server


if __name__ == "__main__":
    main()
