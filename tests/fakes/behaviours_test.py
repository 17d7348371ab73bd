"""Each misbehaviour of the fake API server does on the wire what its name says.

    python3 tests/fakes/behaviours_test.py
"""

import unittest

from fake_client import KEY, V5, Case, SpdyClient, exit_code


class Misbehaviour(Case):
    arguments = ("--behave", "multi=drop-0")

    def stream(self, pod, *command, flags="stdout"):
        client = self.client()
        self.assertEqual(client.exec(*(command or ("echo", "hello")), pod=pod, flags=flags), 101)
        channels, code = client.rest()
        return client, channels, code

    def test_drop_after_exactly_so_many_bytes(self):
        client, channels, code = self.stream("x-drop-100000", "seq", "100000")
        self.assertEqual((len(channels[1]), channels[3], code, client.end), (100000, b"", None, "reset"))

    def test_fin(self):
        client, channels, code = self.stream("x-fin-3")
        self.assertEqual((channels[1], channels[3], code, client.end), (b"hel", b"", None, "end"))

    def test_cut(self):
        client, channels, code = self.stream("x-cut-4")
        self.assertEqual((channels[1], channels[3], code, client.end), (b"hell", b"", None, "cut"))

    def test_close_without_a_status(self):
        for pod, expected in (("x-close", 1000), ("x-close-4000", 4000), ("x-away-2", 1001), ("x-close-empty", 0)):
            with self.subTest(pod=pod):
                _, channels, code = self.stream(pod)
                self.assertEqual((channels[3], code), (b"", expected))

    def test_by_option(self):
        self.assertEqual(self.client().exec("true", pod="multi", flags="stdout"), 101)
        client = self.client()
        client.get("/api/v1/namespaces/default/pods/multi/exec?command=true&container=first&stdout=true",
                   "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                   f"Sec-WebSocket-Protocol: {V5}", f"Sec-WebSocket-Key: {KEY}")
        client.rest()
        self.assertEqual(client.end, "reset")

    def test_statuses(self):
        split = self.stream("x-status-split-3", "sh", "-c", "exit 9")
        self.assertEqual(exit_code(split[1][3]), 9)
        self.assertEqual(sum(frame.payload[:1] == b"\x03" for frame in split[0].frames if frame.opcode == 2), 3)
        self.assertEqual(exit_code(self.stream("x-status-code-300")[1][3]), 300)
        self.assertEqual(len(self.stream("x-status-huge-2")[1][3]) >> 20, 2)

    def test_frames_that_are_valid(self):
        expected = "".join(f"{n}\n" for n in range(1, 2001)).encode()
        for pod in ("x-small-7", "x-bytewise", "x-channel", "x-empty", "x-pings-3"):
            with self.subTest(pod=pod):
                _, channels, code = self.stream(pod, "seq", "2000")
                self.assertEqual((channels[1], exit_code(channels[3]), code), (expected, 0, 1000))

    def test_fragments(self):
        client, _, code = self.stream("x-fragmented")
        parts = [frame for frame in client.frames if frame.opcode in (0, 2) and frame.payload[:1] != b"\x03"][1:]
        self.assertEqual(b"".join(part.payload for part in parts), b"\x01hello\n")
        self.assertEqual([part.first for part in parts], [0x02, 0x00, 0x80])
        self.assertEqual(code, 1000)

    def test_frames_that_are_not_valid(self):
        for pod, start in (("x-masked", b"\x82\x87mask"), ("x-oversized", b"\x82\x7f\0\0\x01\0"),
                           ("x-oversized-63", b"\x82\x7f\x80"), ("x-rsv", b"\xc2\x07"), ("x-opcode-11", b"\x8b\x07"),
                           ("x-long-ping", b"\x89\x7e\0\xc8"), ("x-split-ping", b"\x09"), ("x-continuation", b"\x80"),
                           ("x-long-form", b"\x82\x7f\0\0\0\0\0\0\0\x07"), ("x-close-short", b"\x88\x01\x03")):
            with self.subTest(pod=pod):
                client = self.client()
                self.assertEqual(client.exec("cat", pod=pod, flags="stdin stdout"), 101)
                self.assertEqual(client.frame().payload, b"\x01")
                while len(client.buffer) < len(start) and client._more():
                    pass
                self.assertTrue(client.buffer.startswith(start), client.buffer[:20])

    def test_handshakes(self):
        for pod, name in (("x-accept-missing", "Sec-WebSocket-Accept"), ("x-upgrade-missing", "Upgrade"),
                          ("x-protocol-missing", "Sec-WebSocket-Protocol")):
            with self.subTest(pod=pod):
                client = self.client()
                self.assertEqual(client.exec("true", pod=pod), 101)
                self.assertNotIn(name, client.headers)
        self.assertEqual(self.client().exec("true", pod="x-http-502"), 502)
        self.assertIsNone(self.client().exec("true", pod="x-http-empty"))
        client = self.client()
        self.assertEqual((client.exec("true", pod="x-http-403"), client.body), (403, b""))

    def test_slow_reader_takes_so_much_and_no_more(self):
        client = self.client()
        client.exec("cat", pod="x-slow-reader-10", flags="stdin stdout")
        client.send(b"\x00" + b"a" * 10)
        client.until(rb"a{10}")
        client.sock.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            while True:
                client.send(b"\x00" + b"b" * 1000)

    def test_no_pong(self):
        client = self.client()
        client.exec("cat", pod="x-no-pong", flags="stdin stdout")
        client.send(b"x", opcode=9)
        client.send(b"\x00hi")
        client.send(b"\xff\x00")
        channels, code = client.rest()
        self.assertEqual((channels[1], code, [f.opcode for f in client.frames if f.opcode > 8]), (b"hi", 1000, []))

    def test_stall_ends_with_its_client(self):
        for pod in ("x-stall", "x-mute"):
            client = self.client()
            self.assertEqual(client.exec("cat", pod=pod, flags="stdin stdout"), 101)
            client.sock.close()
            self.assertIn("gone", self.server.wait_log("end", pod)["outcome"])

    def test_flood(self):
        self.assertEqual(len(self.stream("x-flood-5000000")[1][1]), 5000000)

    def test_unknown_behaviour_is_an_unknown_pod(self):
        self.assertEqual(self.client().exec("true", pod="x-nothing"), 404)


class OverSpdy(Case):
    def stream(self, pod, *command):
        client = self.client(SpdyClient)
        self.assertEqual(client.exec(*(command or ("echo", "hello")), pod=pod, flags="stdin stdout"), 101)
        client.open("error", "stdin", "stdout")
        return client

    def test_streams_that_do_not_open(self):
        client = self.stream("x-spdy-refused")
        client.until(lambda: client.resets and len(client.replies) == 2)
        self.assertEqual((client.resets, client.replies), ({"stdout": 3}, ["error", "stdin"]))
        client = self.stream("x-spdy-no-reply")
        client.until(lambda: len(client.replies) == 2)
        self.assertEqual(client.replies, ["stdin", "stdout"])

    def test_ends(self):
        client = self.stream("x-spdy-resets")
        self.assertEqual(exit_code(client.rest()["error"]), 0)
        self.assertEqual((set(client.resets), client.ended, client.away), ({"error", "stdin", "stdout"}, set(), 0))
        client = self.stream("x-drop-3")
        self.assertEqual((client.rest()["stdout"], client.end), (b"hel", "reset"))
        client = self.stream("x-close")
        self.assertEqual((client.rest()["error"], client.ended), (b"", {"error", "stdout"}))

    def test_frames_that_are_valid(self):
        for pod in ("x-small-1", "x-bytewise", "x-channel", "x-pings-3", "x-spdy-early-goaway"):
            with self.subTest(pod=pod):
                self.assertEqual(self.stream(pod).rest()["stdout"], b"hello\n")

    def test_frames_that_are_not_valid(self):
        for pod, start in (("x-spdy-version", b"\x80\x02\0\x06"), ("x-spdy-oversized", b"\x80\x03\0\x02\0\xff\xff\xff"),
                           ("x-spdy-opens", b"\x80\x03\0\x01"), ("x-spdy-cut-ping", b"\x80\x03\0\x06\0\0\0\x03"),
                           ("x-spdy-cut-reset", b"\x80\x03\0\x03\0\0\0\x04"), ("x-spdy-garbage", b"HTTP/1.1 500"),
                           ("x-spdy-headers-garbage", b"\x80\x03\0\x08"), ("x-spdy-headers-long", b"\x80\x03\0\x08")):
            with self.subTest(pod=pod):
                client = self.stream(pod, "cat")
                client.until(lambda: len(client.replies) == 3)
                while len(client.buffer) < len(start) and client._more():
                    pass
                self.assertTrue(client.buffer.startswith(start), client.buffer[:20])

    def test_no_pong(self):
        client = self.stream("x-no-pong", "cat")
        client.until(lambda: len(client.replies) == 3)
        client.control(6, b"\0\0\0\1")
        client.data("stdin", b"hi")
        client.data("stdin", b"", fin=True)
        self.assertEqual((client.rest()["stdout"], client.pings), (b"hi", []))

    def test_headers(self):
        client = self.client(SpdyClient)
        self.assertEqual(client.exec("true", pod="x-protocol-missing"), 101)
        self.assertNotIn("X-Stream-Protocol-Version", client.headers)


if __name__ == "__main__":
    unittest.main(verbosity=2)
