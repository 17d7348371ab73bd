"""What krew would install, run by the real kubectl against the fake API server."""

from fake_server import FakeCase
from harness import main
from krew_scenarios import KrewScenarios


class V5(KrewScenarios, FakeCase):
    pass


if __name__ == "__main__":
    main()
