"""Exports, played by asciinema 2.2 in tmux: what stands there is what `show` says, text, colours and all. It knows no
version 3, which is read here from its specification alone."""

import json
import os
import re
import signal
import sys
import xml.parsers.expat

import markup_attacks
from fake_server import FakeCase
from harness import REPOSITORY, has_open, main, wait_for
from pty_session import PtySession
from tmux_screen import TmuxScreen

sys.path.insert(0, os.path.join(REPOSITORY, "tests", "screen"))

import captures  # noqa: E402
import known_differences  # noqa: E402
import oracle  # noqa: E402

# And at which of their rests, from the end: mostly the last before the program ends.
CAPTURES = {"vim-syntax": 2, "htop": 2, "colours": 2, "cjk-cat": 2, "border": 1, "git-diff": 2, "mc": 4,
            "vim-cjk": 2, "htop-resize": 2, "nano-resize": 2}


def rows_of(lines):
    """Lines with CSI m as rows of [style, text]; underlines are one or two, blanks at the end have gone."""
    rows = []
    for runs in oracle.parse_capture([re.sub(r";21(?=[;m])", ";4:2", line) for line in lines]):
        plain = []
        for style, text in runs:
            attributes, fg, bg, _ = style.split()
            bits = int(attributes, 16)
            # `show` draws the wavy and dotted ones as one line, and what was concealed as it is.
            underline = {0: 0, 2: 2}.get(bits >> 8, 1)
            style = (bits & 0xdf, underline, fg, bg)
            if plain and plain[-1][0] == style:
                plain[-1][1] += text
            else:
                plain.append([style, text])
        # capture-pane leaves out what was erased at the end, whatever its background.
        while plain and plain[-1][0][:3] == (0, 0, "-") and (plain[-1][0][3] == "-" or not plain[-1][1].strip(" ")):
            plain[-1][1] = plain[-1][1].rstrip(" ")
            if plain[-1][1]:
                break
            plain.pop()
        rows.append(plain)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def read_v3(text):
    """(header, [(ms, code, data)]) by the specification: every line JSON, times relative, nothing cut."""
    assert text.endswith("\n"), text[-100:]
    first, *lines = text.split("\n")[:-1]
    header = json.loads(first)
    assert header["version"] == 3 and type(header["term"]["cols"]) is type(header["term"]["rows"]) is int, header
    assert set(header) <= {"version", "term", "timestamp", "idle_time_limit", "command", "title", "env", "tags"}, header
    events, now = [], 0
    for line in lines:
        if line.startswith("#"):
            continue
        match = re.match(r"\[(\d+)\.(\d{3}), ", line)
        assert match, line
        interval, code, data = json.loads(line)
        assert interval >= 0 and code in "oirmx" and isinstance(data, str), line
        data.encode("utf-8")  # no lone surrogates
        if code == "r":
            assert re.fullmatch(r"\d+x\d+", data), line
        if code == "x":
            assert re.fullmatch(r"\d+", data), line
        now += int(match[1]) * 1000 + int(match[2])
        events.append((now, code, data))
    assert events, "players refuse a cast without events"
    return header, events


class Exports(FakeCase):
    def size_of(self, cast):
        """Of the terminal at the end: asciinema 2.2 does not resize the one that it plays on."""
        columns, rows = cast[0]["width"], cast[0]["height"]
        for _, code, data in cast[1:]:
            if code == "r":
                columns, rows = map(int, data.split("x"))
        return columns, rows

    def export(self, recording, *options):
        path = os.path.join(self.scratch.path, "exported.cast")
        done = self.replay("export", recording, "--force", "-o", path, *options)
        self.assertEqual(done.code, 0, done.errors)
        self.assertEqual(done.stdout, b"")
        return path

    def assert_plays(self, recording, *options, at=()):
        """asciinema leaves the screen that `show` shows; returns its text."""
        path = self.export(recording, *options)
        with open(path, encoding="utf-8") as file:
            cast = [json.loads(line) for line in file]
        columns, rows = self.size_of(cast)
        # It needs a terminal for its keys, and that one's answers to the recorded questions are not to be seen; RIS, for
        # what the start of tmux left there.
        screen = TmuxScreen(["sh", "-c", 'stty -echo; printf "\\033c"; exec asciinema play -i 0.01 -s 100 "$0"', path],
                            {**self.scratch.env, "LC_ALL": "C.UTF-8"}, rows=rows, columns=columns)
        self.addCleanup(screen.close)
        self.assertEqual(screen.code(), 0, screen.text())
        shown = self.replay("show", recording, *at, "--format", "ansi")
        self.assertEqual(shown.code, 0, shown.errors)
        played = screen("capture-pane", "-p", "-e", "-N")
        self.assertEqual(rows_of(played.split("\n")), rows_of(shown.text.split("\n")))
        text = self.replay("show", recording, *at, "--format", "text").text
        self.assertEqual([line.rstrip() for line in screen.text().rstrip("\n").split("\n")],
                         [line.rstrip() for line in text.rstrip("\n").split("\n")])
        self.assert_v3_says_the_same(recording, cast, *options)
        screen.close()
        return text

    def assert_v3_says_the_same(self, recording, v2, *options):
        with open(self.export(recording, "--format", "v3", *options), encoding="utf-8") as file:
            header, events = read_v3(file.read())
        self.assertEqual((header["term"]["cols"], header["term"]["rows"]), (v2[0]["width"], v2[0]["height"]))
        for key in ("timestamp", "title", "command"):
            self.assertEqual(header.get(key), v2[0].get(key))
        shared = [event for event in events if event[1] != "x"]
        # At the end v2 has an empty event for the length, v3 the exit code.
        expected = [event for event in v2[1:] if event[2]]
        self.assertEqual([event[1:] for event in shared if event[2]], [tuple(event[1:]) for event in expected])
        for (ms, _, _), (seconds, _, _) in zip([event for event in shared if event[2]], expected):
            self.assertEqual(ms, int(seconds * 1e6 + 0.5) // 1000)
        self.assertEqual(events[-1][0], int(v2[-1][0] * 1e6 + 0.5) // 1000)

    def cast_of(self, name, rest):
        columns, rows, events = captures.load(name)
        path = os.path.join(self.scratch.path, name + ".cast")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps({"version": 2, "width": columns, "height": rows}) + "\n")
            pending, lines = b"", 0
            for code, data in events[:[at for at, event in enumerate(events) if event[0] == "m"][-rest] + 1]:
                if code == "o":
                    pending += data
                    continue
                pending = known_differences.without_differences(pending).decode("utf-8")
                lines += 1
                file.write(json.dumps([lines, "o", pending]) + "\n")
                pending = b""
                if code == "r":
                    file.write(json.dumps([lines, "r", f"{data[0]}x{data[1]}"]) + "\n")
        return path

    def test_real_programs(self):
        for name, rest in CAPTURES.items():
            with self.subTest(name):
                self.assertGreater(self.assert_plays(self.cast_of(name, rest)).count("\n"), 5)

    def test_parts_of_real_programs(self):
        for name, rest in CAPTURES.items():
            with self.subTest(name):
                cast = self.cast_of(name, rest)
                with open(cast, encoding="utf-8") as file:
                    end = json.loads(file.readlines()[-1])[0]
                for begin in {end // 2, end - 1, end}:
                    self.assertGreater(self.assert_plays(cast, "--from", str(begin)).count("\n"), 5)

    def on_terminal(self, *command, rows=24, columns=80):
        session = PtySession(self.argv("-it", "--", *command), self.scratch.env, rows=rows, columns=columns)
        self.addCleanup(session.close)
        return session

    def test_typed_on_a_terminal(self):
        session = self.on_terminal("sh")
        for line in ("printf '\\033[1;35mpurple\\033[0m \\303\\244\\n'", "seq 30", "ls /nonexistent"):
            session.expect(r"[#$] ")
            session.send(line + "\r")
        session.expect("nonexistent(?s:.*)nonexistent(?s:.*)[#$] ")
        session.send("exit 3\r")
        self.assertEqual(session.wait(), 3)
        self.assertIn("exit 3", self.assert_plays("last"))

    def test_vim(self):
        session = self.on_terminal("env", "LC_ALL=C.UTF-8", "vim", "-u", "NONE", "-N", "-i", "NONE")
        session.expect("~")
        session.send("ione\r\x16u6f22 two\x1b")
        session.expect("\u6f22 two")
        session.resize(30, 100)
        session.expect(r"\x1b\[30;1H")
        session.send(":q!\r")
        self.assertEqual(session.wait(), 0)
        # While it stands: behind it tmux has rows of vim's on the main screen where its window grew meanwhile.
        events = [json.loads(line) for line in self.replay("export", "last", "--format", "jsonl").text.splitlines()]
        resized = next(at for at, event in enumerate(events) if event["type"] == "resize")
        drawn = f"{events[resized + 1]['t']:.6f}"
        self.assertIn("\u6f22 two", self.assert_plays("last", "--to", drawn, at=("--at", drawn)))

    def test_without_a_terminal(self):
        done = self.exec("--", "sh", "-c", r"printf 'one\ntwo\r\n'; echo err >&2; printf '\033[7mthree\033[m\n\tfour'")
        self.assertEqual(done.code, 0, done.errors)
        text = self.assert_plays("last")
        for line in ("one", "two", "three", "        four"):
            self.assertRegex(text, f"(?m)^(?:err)?{line}")
        self.assertIn("err", text)

    def test_bytes_that_are_no_text(self):
        done = self.exec("--", "sh", "-c", r"printf 'a\377b\303'; sleep 0.2; printf '\244c\000d\303'")
        self.assertEqual(done.code, 0, done.errors)
        self.assertEqual(self.assert_plays("last"), "a\ufffdb\u00e4cd\ufffd\n")

    def test_cut_in_a_line(self):
        session = self.on_terminal("sh", "-c", r"printf 'first\n'; printf 'sec\303'; read x")
        session.expect("sec\\xc3".encode("latin-1"))
        session.kill(signal.SIGKILL)
        session.wait()
        wait_for("the disk process to end", lambda: not has_open(self.scratch.store))
        recording = self.scratch.recording()
        self.assertEqual(self.assert_plays(recording), "first\nsec\ufffd\n")
        # And the last line of the tail in half.
        stem = recording[:-len(".cast.zst")]
        tail, = [name for name in os.listdir(os.path.dirname(recording)) if ".tail." in name]
        tail = os.path.join(os.path.dirname(stem), tail)
        os.truncate(tail, os.path.getsize(tail) - 3)
        self.assertRegex(self.assert_plays(recording), r"\Afirst\n")

    def test_a_part(self):
        session = self.on_terminal("sh")
        for number in range(3):
            session.expect(r"[#$] ")
            session.send(f"printf '\\033[3{number + 1}mstep%s\\n' {number}\r")
            session.expect(f"step{number}")
        session.send("exit\r")
        session.wait()
        hits = [json.loads(line) for line in self.replay("grep", "--json", "^step.$", "last").text.splitlines()]
        self.assertEqual(len(hits), 3)
        first, second = hits[0]["offset"], hits[1]["offset"]
        begin, end = f"{first:.6f}", f"{second:.6f}"
        text = self.assert_plays("last", "--from", begin, "--to", end, at=("--at", end))
        self.assertIn("step1", text)
        self.assertNotIn("step2", text)
        self.assertEqual(self.replay("info", self.export("last", "--from", begin)).code, 0)

    def test_asciinema_cat(self):
        self.assertEqual(self.exec("--", "sh", "-c", "echo one; echo two >&2").code, 0)
        player = PtySession(["asciinema", "cat", self.export("last")], self.scratch.env)
        self.addCleanup(player.close)
        self.assertEqual(player.wait(), 0)
        self.assertEqual(sorted(player.seen.decode().split("\r\n")), ["", "one", "two"])


# Everything that an image may be made of. Nothing here loads, runs, or points elsewhere.
NUMBER = r"-?\d+(\.\d+)?"
COLOUR = "#[0-9a-f]{6}"
PLACED = {"x": NUMBER, "y": NUMBER, "width": f"{NUMBER}|100%", "height": f"{NUMBER}|100%", "fill": COLOUR}
ALLOWED = {
    "svg": {"xmlns": r"http://www\.w3\.org/2000/svg", "width": NUMBER, "height": NUMBER,
            "viewBox": r"0 0 \d+ \d+", "font-family": r"[A-Za-z, ']+", "font-size": NUMBER},
    "rect": PLACED,
    "text": {**PLACED, "textLength": NUMBER, "lengthAdjust": "spacingAndGlyphs", "text-anchor": "middle",
             "font-weight": "bold", "font-style": "italic", "fill-opacity": NUMBER, "xml:space": "preserve"},
    "g": {"visibility": "hidden"},
    "set": {"attributeName": "visibility", "to": "visible|hidden", "begin": r"[\d.]+s", "dur": r"[\d.]+s"},
}


def parts_of(image):
    """The texts of an image, which is XML and has nothing but what is allowed."""
    texts, parser = [], xml.parsers.expat.ParserCreate()

    def start(name, attributes):
        assert name in ALLOWED, name
        for key, value in attributes.items():
            assert re.fullmatch(ALLOWED[name].get(key, "(?!)"), value), (name, key, value)

    def never(*what):
        raise AssertionError(what)
    parser.StartElementHandler = start
    parser.CharacterDataHandler = texts.append
    for handler in ("ProcessingInstructionHandler", "CommentHandler", "StartCdataSectionHandler",
                    "StartDoctypeDeclHandler", "EntityDeclHandler"):
        setattr(parser, handler, never)
    parser.Parse(image, True)
    return "".join(texts)


class Images(FakeCase):
    def test_nothing_recorded_is_markup(self):
        every = markup_attacks.everywhere(1)
        path = os.path.join(self.scratch.path, "hostile.cast")
        with open(path, "w", encoding="utf-8") as file:
            head = {"version": 2, "width": 120, "height": 40, "title": every, "command": every, "env": {"TERM": every}}
            for line in [head, *markup_attacks.events(1)]:
                file.write(json.dumps(line) + "\n")
        for command in (["show"], ["show", "--at", "3.5"], ["export"], ["export", "--from", "2", "--to", "9"]):
            with self.subTest(command):
                done = self.replay(*command, path, "--format", "svg")
                self.assertEqual(done.code, 0, done.errors)
                texts = parts_of(done.stdout)
                self.assertIn("<script>window.owned=1</script>", texts)
                self.assertNotIn("javascript:window.owned=1\x1b", texts)

    def test_real_programs_are_well_formed(self):
        for name in captures.names():
            with self.subTest(name):
                path = os.path.join(self.scratch.path, name + ".cast")
                columns, rows, events = captures.load(name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(json.dumps({"version": 2, "width": columns, "height": rows}) + "\n")
                    for at, (code, data) in enumerate(events):
                        if code == "o":
                            file.write(json.dumps([at / 10, "o", data.decode("utf-8", "replace")]) + "\n")
                        elif code == "r":
                            file.write(json.dumps([at / 10, "r", "{}x{}".format(*data)]) + "\n")
                for command in (["show", "--at", "0.5"], ["export"]):
                    done = self.replay(*command, path, "--format", "svg")
                    self.assertEqual(done.code, 0, done.errors)
                    parts_of(done.stdout)


if __name__ == "__main__":
    main()
