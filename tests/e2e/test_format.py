"""Recordings made in the fake server's pods, read by stock tools and by kubectl secure-replay."""

from fake_server import FakeCase
from format_scenarios import FormatScenarios
from harness import main


class V5(FormatScenarios, FakeCase):
    pass


if __name__ == "__main__":
    main()
