#!/usr/bin/env python3
"""Exports, versions 2 and 3, in asciinema's player for web pages: its screen is what `show` says.

    scripts/test-browser web_player          installs the player into build/browser
"""

import functools
import os
import re
import threading
import unittest
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from browser_case import BrowserCase
from harness import wait_for

PLAYER = os.path.join(os.environ["SECURE_EXEC_WEB_PLAYER"], "node_modules/asciinema-player/dist/bundle")

PAGE = """<!DOCTYPE html><meta charset="utf-8"><link rel="stylesheet" href="/player/asciinema-player.css">
<body><div id="here"></div><script src="/player/asciinema-player.min.js"></script><script>
const ended = new Promise(done => {
  const player = AsciinemaPlayer.create("/" + location.search.slice(1), document.getElementById("here"),
                                        {speed: 50, idleTimeLimit: 0.05})
  player.addEventListener("ended", done)
  player.play()
})
</script></body>"""
LINES = "[...document.querySelectorAll('.ap-line')].map(line => line.textContent)"


class Files(SimpleHTTPRequestHandler):
    def translate_path(self, path):
        if path.startswith("/player/"):
            return os.path.join(PLAYER, os.path.basename(path))
        return super().translate_path(path)

    def log_message(self, *_):
        pass


def letters(lines):
    """It draws lines, blocks and some symbols, and does not write them."""
    return [re.sub(r"[^\w.,:;%/()]|_", "", line) for line in lines]


class WebPlayer(BrowserCase):
    def setUp(self):
        super().setUp()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=self.path))
        self.addCleanup(self.server.server_close)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.shutdown)
        self.write("page.html", [PAGE])

    def test_versions(self):
        for name in ("htop", "vim-syntax", "cjk-cat", "git-diff", "mc", "htop-resize"):
            cast, seconds = self.capture(name)
            at = str(max(1, seconds // 2))
            shown = self.replay("show", cast, "--at", at)
            expected = [line for line in letters(shown.split("\n")) if line]
            self.assertGreater(len("".join(expected)), 100)
            for version in ("v2", "v3"):
                with self.subTest(name=name, version=version):
                    out = f"{name}.{version}.cast"  # the same name would come from the browser's cache
                    self.replay("export", cast, "--format", version, "--to", at, "-o", os.path.join(self.path, out))
                    self.chromium.open(f"http://127.0.0.1:{self.server.server_port}/page.html?{out}", 1300, 800)
                    self.chromium.value("ended.then(() => 1)")

                    def drawn():  # some frames after the event
                        return [line for line in letters(self.chromium.value(LINES)) if line] == expected
                    wait_for(f"the last screen; there was {self.chromium.value(LINES)}", drawn)
                    self.keep(f"player-{name}-{version}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
