"""Every kind of recording in every command: what comes, what is said, and the exit code."""

import json
import os

from fake_server import FakeCase
from harness import REPLAY, main, run
from kinds import KindMaker
from pty_session import PtySession

NO_SEAL = "note: no seal: the session crashed, or the recording was cut off\n"
LIVE = "note: live: the session goes on, this is what there is until now\n"
RECOVERED = "note: recovered: made of a recording without a seal\n"


def note_of(kind):
    """What a command says behind a recording that it read to the end."""
    if kind.live:
        return LIVE
    return NO_SEAL if kind.cut else RECOVERED if kind.state == "recovered" else ""


def text_of(kind):
    """Lines that were printed, in any order."""
    return {"needle-out": kind.out, "needle-err": kind.err}


class Kinds(KindMaker, FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls()
        cls.addClassCleanup(cls.maker.doCleanups)
        FakeCase.setUp(cls.maker)
        cls.kinds = cls.maker.make_kinds()

    def setUp(self):
        self.scratch = self.maker.scratch

    def ask(self, kind, command, *words, code=0, note="", options=None):
        """The command's output; its exit code and what it says on stderr are as they should be."""
        options = kind.options if options is None else options
        done = run([REPLAY, command, *words, *options], env=self.env_of(kind.name))
        self.assertEqual((done.code, done.errors), (code, note), done.text[-500:])
        return done.text

    def each(self, *commands):
        for kind in self.kinds:
            for command in commands:
                with self.subTest(kind=kind.name, command=command.__name__):
                    command(kind)

    def assert_text(self, kind, text):
        for word, there in text_of(kind).items():
            self.assertEqual(word in text, there, text[-500:])

    def digest_note(self, kind, start="note"):
        return f"{start}: 11 bytes of stdout are not in the recording, only their SHA-256\n" if kind.digest else ""

    def test_what_there_is(self):
        def ls(kind):
            if kind.foreign:  # named by their path: the store holds our own
                return self.ask(kind, "ls", note=f"note: no recordings in {kind.store}\n")
            listed = self.ask(kind, "ls").split("\n")
            self.assertEqual(len(listed), 3, listed)
            self.assertIn("  " + kind.state, listed[1])
            found, = json.loads(self.ask(kind, "ls", "--json"))
            return self.assertEqual(found["live"], kind.live)

        def info(kind):
            self.assertIn(kind.path, self.ask(kind, "info", kind.path))
            told = json.loads(self.ask(kind, "info", "--json", kind.path))
            ending = {"no seal": "no-seal", "live": "no-seal"}.get(kind.state, kind.state)
            self.assertEqual(told["ending"], ending)
            self.assertEqual(told["bytes"]["stderr"] > 0, kind.err and not kind.foreign)

        def note(kind):
            self.ask(kind, "note", kind.path, "seen", "by", "me")
            self.assertRegex(self.ask(kind, "note", kind.path), r"  seen by me\n\Z")

        def prune(kind):
            said = run([REPLAY, "prune", "--keep", "0"], env=self.env_of(kind.name))
            self.assertEqual((said.code, said.text), (0, ""), said.errors)
            self.assertEqual("1 of those are being written, or were a minute ago" in said.errors, not kind.foreign)
        self.each(ls, info, note, prune)

    def test_what_was_printed_and_typed(self):
        def cat(kind):
            self.assert_text(kind, self.ask(kind, "cat", kind.path, note=self.digest_note(kind) + note_of(kind)))
            typed = run([REPLAY, "cat", "--channel", "stdin", kind.path, *kind.options], env=self.env_of(kind.name))
            self.assertEqual((typed.code, typed.text), (0, kind.typed), typed.errors)

        def raw(kind):
            code = 1 if kind.digest else 0
            missing = self.digest_note(kind, "error")
            out = self.ask(kind, "cat", "--raw", kind.path, code=code, note=missing + note_of(kind))
            self.assertEqual("needle-out" in out, kind.out)
            err = self.ask(kind, "cat", "--raw", "--channel", "stderr", kind.path, note=note_of(kind))
            self.assertEqual(err, "needle-err\n" if kind.err and not kind.foreign else "")

        def play(kind):
            self.assert_text(kind, self.ask(kind, "play", kind.path, note=self.digest_note(kind) + note_of(kind)))
            with PtySession([REPLAY, "play", "-s", "16", "-i", "0.01", kind.path, *kind.options],
                            self.env_of(kind.name)) as session:
                self.assertEqual(session.wait(), 0)
                last = session.seen.decode().rpartition("\x1b[?1049l")[2].replace("\r\n", "\n")
            self.assertTrue(last.endswith(note_of(kind)), last)
            if not kind.bulk:
                self.assert_text(kind, last)

        def show(kind):
            for form in ("text", "ansi", "svg"):
                text = self.ask(kind, "show", "--format", form, kind.path, note=note_of(kind))
                if not kind.bulk:
                    self.assert_text(kind, text)
        self.each(cat, raw, play, show)

    def test_searching(self):
        def grep(kind):
            found = kind.out or kind.err
            self.ask(kind, "grep", "needle-out", kind.path, code=0 if kind.out else 1)
            self.assertEqual(self.ask(kind, "grep", "-c", "needle-...$|^needle-out", kind.path, code=0 if found else 1),
                             f"{kind.out + kind.err}\n")
            listed = self.ask(kind, "grep", "--raw", "-l", "needle", kind.path, code=0 if found else 1)
            self.assertEqual(listed, kind.path + "\n" if found else "")
            hits = [json.loads(line) for line in
                    self.ask(kind, "grep", "--json", "needle", kind.path, code=0 if found else 1).splitlines()]
            self.assertEqual(len(hits), kind.out + kind.err)
            self.ask(kind, "grep", "--stderr", "needle", kind.path, code=0 if kind.err and not kind.foreign else 1)
            self.ask(kind, "grep", "--input", "typed|masked|needle", kind.path, code=0 if kind.typed else 1)
            if not kind.foreign:  # the whole store
                self.ask(kind, "grep", "needle-out", code=0 if kind.out else 1)
        self.each(grep)

    def test_exports(self):
        def casts(kind):
            for form in ("v2", "v3"):
                text = self.ask(kind, "export", "--format", form, kind.path, note=note_of(kind))
                header, *events = [json.loads(line) for line in text.splitlines()]
                self.assertEqual((header["version"], len(events) > 0), (int(form[1]), True))
                shown = "".join(data for _, code, data in events if code == "o")
                self.assert_text(kind, shown)
                self.assertNotRegex(shown, r"[^\r]\n")
                self.assertEqual(any(code == "i" for _, code, _ in events), False)

        def text(kind):
            self.assert_text(kind, self.ask(kind, "export", "--format", "text", kind.path, note=note_of(kind)))

        def jsonl(kind):
            lines = self.ask(kind, "export", "--format", "jsonl", kind.path, note=note_of(kind)).splitlines()
            session, *events = [json.loads(line) for line in lines]
            self.assertEqual(session["type"], "session")
            self.assert_text(kind, "".join(event.get("text", "") for event in events if event["type"] == "output"))

        def svg(kind):
            image = self.ask(kind, "export", "--format", "svg", kind.path, note=note_of(kind))
            self.assertTrue(image.endswith("</svg>\n"))
            if not kind.bulk:
                self.assert_text(kind, image)
        self.each(casts, text, jsonl, svg)

    def test_trust(self):
        def verify(kind):
            done = run([REPLAY, "verify", kind.path, *kind.options], env=self.env_of(kind.name))
            self.assertEqual(done.code, kind.verify, done.text + done.errors)

        def recover(kind):
            done = run([REPLAY, "recover", kind.path, *kind.options], env=self.env_of(kind.name))
            if not kind.recovers:
                return self.assert_one_line(done, 1, os.path.basename(kind.path))
            self.assertEqual(done.code, 0, done.errors)
            copy = run([REPLAY, "cat", done.text.strip(), *kind.options], env=self.env_of(kind.name))
            self.assertEqual((copy.code, copy.errors), (0, RECOVERED))
            os.remove(done.text.strip())
            return self.assert_text(kind, copy.text)
        self.each(verify, recover)

    def test_without_the_identity(self):
        commands = [["info"], ["cat"], ["cat", "--raw"], ["play"], ["show"], ["show", "--format", "svg"], ["recover"],
                    *(["export", "--format", form] for form in ("v2", "v3", "text", "jsonl", "svg"))]
        for kind in self.kinds:
            if not kind.encrypted:
                continue
            for command in commands:
                with self.subTest(kind=kind.name, command=command):
                    done = run([REPLAY, *command, kind.path], env=self.env_of(kind.name))
                    busy = command == ["recover"] and kind.live
                    words = ["is being written"] if busy else ["encrypted", "--identity"]
                    if command != ["recover"] or kind.live or kind.recovers:
                        self.assert_one_line(done, 1, *words)
            with self.subTest(kind=kind.name):
                for where in ([], [kind.path]):
                    done = run([REPLAY, "grep", "x", *where], env=self.env_of(kind.name))
                    self.assert_one_line(done, 2, "encrypted", "--identity")
                self.assertIn(f"{kind.state}, encrypted", self.ask(kind, "ls", options=[]))
                self.assertIn("encrypted", self.ask(kind, "verify", kind.path, code=4, options=[]))
                self.ask(kind, "note", kind.path, "seen", options=[])


if __name__ == "__main__":
    main()
