#!/usr/bin/env python3
"""Images of recordings in a real browser: nothing recorded runs or is loaded, and what stands there is as `show` says.

    scripts/test-browser images [TEST...]

Screenshots of real programs are left in $SECURE_EXEC_SCREENSHOTS, to be looked at.
"""

import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from browser_case import BrowserCase
import markup_attacks

PROGRAMS = ["htop", "vim-syntax", "cjk-cat", "emoji", "git-log", "colours", "mc", "dialog-checklist", "tig", "border"]

# What is seen: for each row of the grid the texts in it, from left to right.
SEEN = """[...document.querySelectorAll("text")].filter(t => getComputedStyle(t).visibility == "visible")
  .map(t => [+t.getAttribute("y"), t.getBoundingClientRect().x, t.textContent])"""


class Trap(BaseHTTPRequestHandler):
    """Writes down who asks for anything."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Images(BrowserCase):
    def image(self, command, cast, *options):
        return self.write(f"{command}.svg", [self.replay(command, cast, "--format", "svg", *options)])

    def open_image(self, path):
        with open(path, encoding="utf-8") as file:
            head = file.read(300)
        size = [int(head.split(f'{name}="')[1].split('"')[0]) for name in ("width", "height")]
        self.chromium.open("file://" + path, *size)

    def assert_shows(self, text):
        """Each row has this text, blanks aside, and nothing stands on something else."""
        rows = {}
        for y, x, piece in self.chromium.value(SEEN):
            rows.setdefault(y, []).append((x, piece))
        seen = {y: "".join(piece for _, piece in sorted(row)).replace(" ", "") for y, row in rows.items()}
        expected = {22 + 17 * y: line.replace(" ", "") for y, line in enumerate(text.split("\n"))}
        self.assertEqual({y: row for y, row in seen.items() if row}, {y: row for y, row in expected.items() if row})

    def test_stills(self):
        for name in PROGRAMS:
            with self.subTest(name):
                cast, seconds = self.capture(name)
                at = str(max(1, seconds - 1))
                self.open_image(self.image("show", cast, "--at", at))
                self.keep(name)
                self.assert_shows(self.replay("show", cast, "--at", at))

    def test_moving(self):
        for name in ("htop", "vim-scroll", "less-cjk", "mc", "htop-resize"):
            cast, seconds = self.capture(name)
            self.open_image(self.image("export", cast))
            self.chromium.value("document.documentElement.pauseAnimations()")
            for second in range(1, seconds + 1, max(1, seconds // 5)):
                with self.subTest(f"{name} at {second}"):
                    self.chromium.value(f"document.documentElement.setCurrentTime({second})")
                    self.keep(f"{name}-{second}")
                    self.assert_shows(self.replay("show", cast, "--at", str(second)))

    def test_it_moves_by_itself(self):
        head = {"version": 2, "width": 20, "height": 3}
        cast = self.write("a.cast", [head, [0.0, "o", "one"], [1.0, "o", "\rtwo"]])
        self.open_image(self.image("export", cast))
        self.chromium.value("new Promise(done => { const look = () => getComputedStyle([...document.querySelectorAll("
                            "'text')].find(t => t.textContent == 'two')).visibility == 'visible' ? done(1) :"
                            " requestAnimationFrame(look); look(); })")
        self.assert_shows("two")

    def trap(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Trap)
        server.asked = []
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        return server

    def hostile(self, port):
        every = markup_attacks.everywhere(port)
        session = {"format": "1.0", "id": "019ab123-4567-7890-8abc-def012345678", "tool": every, "reason": every,
                   "start": 1763906580000000000, "user": {"local": every, "uid": 1, "host": every, "kubeconfig": every},
                   "context": every, "namespace": every, "pod": every, "container": every, "command": [every],
                   "stdin": True, "tty": True, "record": {"stdin": "all", "stdout": "all", "stderr": "all", "limit": 0}}
        head = {"version": 2, "width": 120, "height": 40, "title": every, "command": every, "env": {"TERM": every},
                "session": session}
        return self.write("hostile.cast", [head, *markup_attacks.events(port)])

    def assert_harmless(self, trap, url, names):
        self.chromium.open(url)
        # As a person does who wonders: every place is clicked on.
        self.chromium.value("""(() => { for (const e of document.querySelectorAll("*"))
            for (const kind of ["click", "mouseover", "load", "error", "focus"])
              e.dispatchEvent(new Event(kind)); })()""")
        self.assertEqual(self.chromium.value("typeof window.owned"), "undefined")
        every = "[...document.querySelectorAll('*')]"
        self.assertEqual(set(self.chromium.value(f"{every}.map(e => e.localName)")) - names, set())
        self.assertEqual(self.chromium.value(every + ".flatMap(e => [...e.attributes])"
                                             ".filter(a => /^on|href|style|src$/.test(a.name)).length"), 0)
        self.assertEqual(trap.asked, [])
        self.assertEqual({address for address in self.chromium.requests() if not address.startswith("file://")}, set())

    def test_nothing_recorded_does_anything(self):
        trap = self.trap()
        cast = self.hostile(trap.server_port)
        for command, options in (("show", ()), ("show", ("--at", "5")), ("export", ()), ("export", ("--from", "3"))):
            with self.subTest(command=command, options=options):
                image = self.image(command, cast, *options)
                self.assert_harmless(trap, "file://" + image, {"svg", "rect", "text", "g", "set"})
                self.assertIn("<script>window.owned=1</script>",
                              self.chromium.value("document.documentElement.textContent"))
                # Pasted into a report it is parsed as HTML.
                with open(image, encoding="utf-8") as file:
                    page = self.write("page.html", ["<!DOCTYPE html><html><head></head><body>",
                                                    file.read().split("?>", 1)[1], "</body></html>"])
                self.assert_harmless(trap, "file://" + page,
                                     {"html", "head", "body", "svg", "rect", "text", "g", "set"})

    def test_as_a_picture_in_a_page(self):
        for command in ("show", "export"):
            image = self.image(command, self.hostile(1))
            page = self.write("page.html", [f"<!DOCTYPE html><body><img src='{os.path.basename(image)}'></body>"])
            self.chromium.open("file://" + page)
            self.assertEqual(self.chromium.value("document.images[0].naturalWidth"), 120 * 9 + 16)

    def test_the_trap_snaps(self):
        """Else the tests above would pass whatever happened."""
        trap = self.trap()
        image = self.write("bad.svg", ["<svg xmlns='http://www.w3.org/2000/svg' onload='window.owned=1'><image "
                                       f"href='http://127.0.0.1:{trap.server_port}/x'/></svg>"])
        self.chromium.open("file://" + image)
        self.assertEqual(self.chromium.value("window.owned"), 1)
        self.assertEqual(trap.asked, ["/x"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
