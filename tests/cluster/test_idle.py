"""Sessions that end by themselves, on the real cluster."""

from cluster import ClusterCase, LegacyCase, LegacySpdyCase, SpdyCase, main
from limit_scenarios import IdleScenarios, ScreenScenarios


class Modern(IdleScenarios, ScreenScenarios, ClusterCase):
    def test_full_screen_programs_are_not_damaged(self):
        make = "seq 200|sed 's/^/row /'>/tmp/r$$;clear;"
        for program, keys in (("vi", ":q!\r"), ("less", "q")):
            with self.subTest(program=program):
                self.assert_not_damaged(f"{make}{program} /tmp/r$$;rm /tmp/r$$", keys, "^row 20$")


class Legacy(IdleScenarios, LegacyCase):
    pass


class LegacySpdy(IdleScenarios, LegacySpdyCase):
    pass


class ModernSpdy(IdleScenarios, SpdyCase):
    pass


if __name__ == "__main__":
    main()
