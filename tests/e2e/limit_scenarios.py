"""Sessions that end by themselves, on the real clock with short limits. Mixed into a Case."""

import time

import castfile
from harness import reason
from pty_scenarios import PROMPT, PtyShell
from tmux_screen import TmuxScreen

PUSH, POP = rb"\x1b\[22;0t", rb"\x1b\[23;0t"


def title(text):
    return PUSH + rb"\x1b\]2;secure-exec: " + text + rb"[^\x07]*\x07"


class Limits(PtyShell):
    def markers(self):
        _, events = castfile.read(self.scratch.recording())
        marks = [data.removeprefix("secure-exec: ") for _, code, data in events if code == "m"]
        return [mark for mark in marks if not mark.startswith("leash: ")]

    def assert_ended(self, session, code, *ending):
        self.assertEqual(session.wait(), code)
        self.assert_terminal_back(session)
        recording = self.scratch.recording()
        self.assertTrue(castfile.sealed(recording))
        _, events = castfile.read(recording)
        self.assertEqual(castfile.ending(events), [str(code), "client", *ending])
        self.assertNotIn(b"secure-exec: ", castfile.channel(events, "o"), "a notice is no output")


class IdleScenarios(Limits):
    def test_idle_session_is_given_notice_and_ended(self):
        session = self.open_shell("--idle-timeout", "4s")
        start = time.monotonic()
        session.expect(title(rb"idle") + rb"\x07")
        noticed = time.monotonic() - start
        session.expect(rb"secure-exec: idle for 2 s: the session ends in 2 s unless a key is pressed")
        self.assert_ended(session, 119, "idle")
        self.assertGreater(noticed, 1.5)
        self.assertGreater(time.monotonic() - start, 3.5)
        session.expect(POP)
        session.expect(rb"\r\nerror: idle for 4 s: the session was ended \(--idle-timeout\)\r\n")
        self.assertEqual(self.markers(), ["notice: idle for 2 s: the session ends in 2 s",
                                          "idle for 4 s: the session was ended (--idle-timeout)"])

    def test_a_key_answers_and_passes_through(self):
        session = self.open_shell("--idle-timeout", "6s")
        session.expect(title(rb"idle"))
        session.send("e")
        session.expect(POP)
        session.send("cho passed-$((1+1))\r")
        session.expect("\r\npassed-2\r\n")
        session.expect(PROMPT)
        session.send("exit 4\r")
        self.assertEqual(session.wait(), 4)
        self.assert_terminal_back(session)
        self.assertEqual(self.markers(), ["notice: idle for 3 s: the session ends in 3 s",
                                          "notice answered: the session goes on"])

    def test_output_is_life_unless_input_alone_counts(self):
        chatty = "while sleep 1; do echo going; done\r"
        session = self.open_shell("--idle-timeout", "3s", "--idle-on", "any")
        # Else the job in its foreground keeps it.
        other = self.open_shell("--idle-timeout", "3s", "--idle-on", "input", "--leash", "off")
        session.send(chatty)
        other.send(chatty)
        self.assertEqual(other.wait(), 119)
        for _ in range(6):
            session.expect(r"going\r\n")
        session.send("\x03")
        session.expect(PROMPT)
        session.send("exit 0\r")
        self.assertEqual(session.wait(), 0)

    def test_without_a_tty_nobody_is_idle_until_asked(self):
        quiet = self.exec("--", "sleep", "3")
        self.assertEqual((quiet.code, quiet.errors), (0, ""))
        asked = self.exec("--idle-timeout", "2s", "--", *self.marked("sleep", "20"))
        self.assertEqual((asked.code, asked.stdout), (119, b""), asked.errors)
        self.assertEqual(reason(asked.errors), "error: idle for 2 s: the session was ended (--idle-timeout)\n")

    def test_time_limit_whatever_is_typed(self):
        session = self.open_shell("--max-duration", "5s")
        session.expect(title(rb"the session's time is over soon"))
        session.expect(r"secure-exec: the session ends in [23] s: it may last 5 s, whatever is typed")
        session.send("echo typed-$((1+1))\r")
        session.expect("\r\ntyped-2\r\n")
        self.assert_ended(session, 119, "time-limit")
        session.expect(POP)
        session.expect(rb"\r\nerror: the session lasted 5 s: it was ended \(--max-duration\)\r\n")

    def test_status_file_says_whose_code_it_was(self):
        path = f"{self.scratch.path}/status"
        done = self.exec("--max-duration", "1s", "--status-file", path, "--", *self.marked("sleep", "20"))
        self.assertEqual(done.code, 119)
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), '{"origin":"client","kind":"time-limit","code":119}\n')


class ScreenScenarios(Limits):
    """What a person sees, in tmux."""

    def in_tmux(self, *flags, rows=12):
        screen = TmuxScreen(self.argv("-q", "-it", *flags, "--", *self.marked("sh")), self.scratch.env, rows=rows)
        self.addCleanup(screen.close)
        screen.wait_text(r"[#$]$")
        screen.type("PS1='> '; clear")
        screen.keys("Enter")
        screen.wait_text(r"\A>$")
        return screen

    def test_notice_leaves_a_shells_prompt_as_it_is(self):
        for lines in (2, 30):  # in the middle of the screen, and at its bottom
            with self.subTest(lines=lines):
                screen = self.in_tmux("--idle-timeout", "8s")
                screen.type(f"seq 1 {lines}")
                screen.keys("Enter")
                screen.wait_text(rf"^{lines}\n>$")
                screen.type("echo half-typed")
                before = screen.text().rstrip("\n").split("\n")
                screen.wait_text("ends in 4 s unless a key is pressed")
                after = screen.text().rstrip("\n").split("\n")
                gone = len(before) + 1 - len(after)  # scrolled out above
                self.assertEqual(after[:-2], before[gone:-1])
                self.assertRegex(after[-2], "^secure-exec: idle for 4 s")
                self.assertEqual(after[-1], before[-1])
                screen.keys("-l", "_to_the_end")
                screen.keys("Enter")
                screen.wait_text("^half-typed_to_the_end$")
                screen.type("exit 0")
                screen.keys("Enter")
                self.assertEqual(screen.code(), 0)

    def assert_not_damaged(self, program, keys, shows):
        """The notice comes and is answered while the program is on the screen."""
        screen = self.in_tmux("--idle-timeout", "8s", "--idle-on", "input", rows=24)
        own_title = screen.title()
        screen.type(program)
        screen.keys("Enter")
        screen.wait_text(shows)
        before = screen.settled()
        self.assertEqual(screen.title(), own_title, "the notice came too soon for this test")
        screen.wait_title("secure-exec: idle")
        self.assertEqual(screen.settled(), before)
        screen.keys("-l", keys)  # the program is sent it
        screen.wait_text(r"^>$")
        self.assertEqual(screen.title(), own_title)
        self.assertNotIn("secure-exec", screen.text())
        screen.type("exit 0")
        screen.keys("Enter")
        self.assertEqual(screen.code(), 0)

    def test_cut_off_in_a_full_screen_program_the_screen_is_given_back(self):
        screen = self.in_tmux("--max-duration", "6s", rows=24)
        own_title = screen.title()
        screen.type("echo before-it")
        screen.keys("Enter")
        screen.type("vi /etc/hosts || busybox vi /etc/hosts")
        screen.keys("Enter")
        screen.wait_text("localhost")
        self.assertEqual(screen.code(), 119)
        screen.wait_text("^error: the session lasted 6 s")
        self.assertIn("before-it", screen.text())
        self.assertNotIn("localhost", screen.text())
        self.assertEqual(screen.title(), own_title)
        self.assertTrue(screen.everything().splitlines()[-1].split()[2:] == ["1", "0", "0", "0", "23", "0", "0"],
                        screen.everything().splitlines()[-1])
