"""Much data through small memory, against the fake API server."""

from bulk_scenarios import BulkInScenarios, BulkScenarios
from fake_server import FakeCase, FakeSpdyCase
from harness import SANITIZED, main


class V5(BulkScenarios, BulkInScenarios, FakeCase):
    server_keeps_output = True
    megabytes_out = 8 if SANITIZED else 64
    megabytes_in = 8 if SANITIZED else 32


class Spdy(BulkScenarios, BulkInScenarios, FakeSpdyCase):
    server_keeps_output = True
    megabytes_out = 8 if SANITIZED else 64
    megabytes_in = 8 if SANITIZED else 32


if __name__ == "__main__":
    main()
