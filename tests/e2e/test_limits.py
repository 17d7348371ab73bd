"""Sessions that end by themselves, against the fake API server."""

import os

from fake_server import FakeCase, FakeSpdyCase, FakeV4Case
from harness import main, wait_for
from limit_scenarios import IdleScenarios, ScreenScenarios


class V5(IdleScenarios, ScreenScenarios, FakeCase):
    def test_full_screen_programs_are_not_damaged(self):
        path = os.path.join(self.scratch.path, "text")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"row {number}\n" for number in range(200))
        for program, keys in (("less", "q"), ("less -X", "q"), ("vim -u NONE", ":q\r"), ("busybox vi", ":q\r"),
                              ("busybox less", "q")):
            with self.subTest(program=program):
                self.assert_not_damaged(f"clear; {program} {path}", keys, "^row 20$")


    def test_a_silent_session_is_kept_awake(self):
        done = self.exec("--", "sleep", "62", seconds=90)
        self.assertEqual((done.code, done.errors), (0, ""))
        end = wait_for("the server's log", lambda: [one for one in self.fake.requests() if one["event"] == "end"])[-1]
        self.assertEqual(end["empty_frames"], 1)
        self.assertGreaterEqual(end["pings"], 11)


class V4(IdleScenarios, FakeV4Case):
    pass


class Spdy(IdleScenarios, FakeSpdyCase):
    pass


if __name__ == "__main__":
    main()
