"""kill -9 in the middle, against the fake API server."""

from fake_server import FakeCase
from harness import main
from kill_scenarios import KillScenarios


class V5(KillScenarios, FakeCase):
    pass


if __name__ == "__main__":
    main()
