"""What keeps a silent session alive reaches no process: messages without a byte, and with a channel alone, over
v5, v4 and SPDY, on the real cluster. With a client of the tests' own, which sends them when it is told to."""

import base64
import json
import os
import sys
from types import SimpleNamespace

from cluster import ClusterCase, LegacyCase, main

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fakes"))

from fake_client import V4, V5, Client, SpdyClient, exit_code  # noqa: E402

STDIN = b"\x00"


class EmptyFrames:
    offer = None

    def setUp(self):
        super().setUp()
        view = json.loads(self.admin("config", "view", "--raw", "-o", "json", "--minify", context=self.context))
        files = {"ca.crt": view["clusters"][0]["cluster"]["certificate-authority-data"],
                 "admin.crt": view["users"][0]["user"]["client-certificate-data"],
                 "admin.key": view["users"][0]["user"]["client-key-data"]}
        for name, data in files.items():
            with open(os.path.join(self.scratch.path, name), "wb") as file:
                file.write(base64.b64decode(data))

    def connect(self, kind=Client):
        server = SimpleNamespace(directory=self.scratch.path, port=self.server()[1])
        client = kind(server, certificate="admin")
        self.addCleanup(client.sock.close)
        return client

    def start(self, *command, flags):
        client = self.connect()
        self.assertEqual(client.exec(*command, flags=flags, offer=self.offer, token=None), 101)
        return client

    def test_no_end_and_no_byte_of_stdin(self):
        client = self.start("sh", "-c", "head -n 2; echo exit", flags="stdin stdout")
        for part in (b"", STDIN + b"one", b"", STDIN, b"", STDIN + b" two\n", STDIN, b"", STDIN + b"three\n"):
            client.send(part)
        channels, _ = client.rest()
        self.assertEqual(bytes(channels[1]), b"one two\nthree\nexit\n")
        self.assertEqual(exit_code(channels[3]), 0)

    def test_nothing_is_typed_on_a_tty(self):
        client = self.start("sh", "-c", "stty raw -echo; echo ready; head -c 2 | od -An -c; exit 3",
                            flags="stdin stdout tty")
        client.until(b"ready")
        for part in (b"", STDIN, STDIN + b"a", b"", STDIN, STDIN + b"b"):
            client.send(part)
        channels, _ = client.rest()
        self.assertRegex(bytes(channels[1]), rb"^\s*a +b\s*$")
        self.assertEqual(exit_code(channels[3]), 3)

    def test_spdy_no_end_and_no_byte_of_stdin(self):
        client = self.connect(SpdyClient)
        self.assertEqual(client.exec("sh", "-c", "cat; echo exit", flags="stdin stdout", token=None), 101)
        client.open("error", "stdin", "stdout")
        client.until(lambda: len(client.replies) == 3)
        for part in (b"", b"one", b"", b"", b" two\n", b""):
            client.data("stdin", part)
        client.until(lambda: bytes(client.channels["stdout"]) == b"one two\n")
        client.data("stdin", b"", fin=True)
        channels = client.rest()
        self.assertEqual(bytes(channels["stdout"]), b"one two\nexit\n")
        self.assertEqual(exit_code(channels["error"]), 0)


class Modern(EmptyFrames, ClusterCase):
    offer = V5


class Legacy(EmptyFrames, LegacyCase):
    offer = V4


if __name__ == "__main__":
    main()
