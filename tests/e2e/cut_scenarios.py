"""The network cut in the middle of a session, on the real clock: what the user sees, and when. Mixed into a Case
that has server()."""

import os
import threading
import time

import castfile
import private_network
from limit_scenarios import POP, Limits, title
from pty_scenarios import PROMPT
from pty_session import PtySession
from tcp_proxy import TcpProxy


class CutScenarios(Limits):
    protocols = ("v5", "v4", "spdy")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.network = private_network.PrivateNetwork()
        cls.addClassCleanup(cls.network.close)

    def open_through(self, protocol, *flags):
        """A shell whose program sits behind the cable."""
        proxy = TcpProxy(self.server(), host=self.network.address)
        self.addCleanup(proxy.close)
        argv = self.argv("-it", "--server", proxy.url, "--tls-server-name", "127.0.0.1", "--protocol", protocol, *flags,
                         "--", *self.marked("sh"))
        session = PtySession(self.network.argv(*argv), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(PROMPT)
        session.send("echo before-the-cut\r")
        session.expect("\r\nbefore-the-cut\r\n")
        session.expect(PROMPT)
        return session

    def each(self, sessions, what):
        """`what(protocol, session)` for all at once; the first failure is raised."""
        failures = []

        def one(protocol, session):
            try:
                what(protocol, session)
            except BaseException as error:  # the thread must not keep it for itself
                failures.append(AssertionError(f"{protocol}: {error}"))
        threads = [threading.Thread(target=one, args=pair) for pair in sessions.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def seen_at(self, session, cut, pattern, seconds):
        session.expect(pattern, seconds)
        return time.monotonic() - cut

    def told(self, name, when):
        """For docs/sessions.md's table."""
        if os.environ.get("SECURE_EXEC_TEST_TIMES"):
            print(f"\n{self.id()} {name}: " + ", ".join(f"{key} {value:.1f} s" for key, value in sorted(when.items())),
                  flush=True)

    def test_cut_and_given_up(self):
        sessions = {protocol: self.open_through(protocol) for protocol in self.protocols}
        self.network.cut()
        self.addCleanup(self.network.mend)
        cut = time.monotonic()
        silent, ended = {}, {}

        def watch(protocol, session):
            session.send("echo typed-into-the-void\r")
            silent[protocol] = self.seen_at(session, cut, title(rb"no answer"), 30)
            session.expect(rb"secure-exec: no answer; given up in 5[01] s; Enter, then ~. ends the session")
            ended[protocol] = self.seen_at(session, cut, rb"i/o timeout: no answer for 61 s\r\n", 80)
            self.assertEqual(session.wait(), 122)
            self.assert_terminal_back(session)
            self.assertIn(b"\x1b[23;0t", session.seen)
        self.each(sessions, watch)
        self.told("silent", silent)
        self.told("ended", ended)
        for protocol in self.protocols:
            # The last byte may have come up to one ping ahead of the cut.
            self.assertTrue(4 < silent[protocol] < 11.5, silent)
            self.assertTrue(55 < ended[protocol] < 63, ended)
        endings = []
        for recording in self.scratch.recordings():
            self.assertTrue(castfile.sealed(recording))
            _, events = castfile.read(recording)
            endings.append(castfile.ending(events))
            self.assertIn("secure-exec: no answer from the server for 10 s",
                          [data for _, code, data in events if code == "m"])
            self.assertNotIn(b"secure-exec: ", castfile.channel(events, "o"))
        self.assertEqual(endings, [["122", "client", "connection-lost"]] * len(self.protocols))

    def test_cut_and_ended_with_the_escape(self):
        sessions = {protocol: self.open_through(protocol, "--record-stdin", "all") for protocol in self.protocols}
        for session in sessions.values():
            session.send("\r")
            session.expect(PROMPT)
            session.send("~.\r")  # the connection answers: text
            session.expect(r"~\.")
            session.expect(PROMPT)
        self.network.cut()
        self.addCleanup(self.network.mend)

        def watch(_, session):
            session.expect(title(rb"no answer"), 30)
            session.send("lost\r~")
            session.send(".")
            start = time.monotonic()
            self.assertEqual(session.wait(), 122)
            self.assertLess(time.monotonic() - start, 5)
            self.assert_terminal_back(session)
            session.expect(rb"error: ended with ~\. after the server had not answered for \d+ s")
        self.each(sessions, watch)
        for recording in self.scratch.recordings():
            _, events = castfile.read(recording)
            self.assertEqual(castfile.ending(events), ["122", "client", "disconnected"])
            self.assertEqual(castfile.channel(events, "i"), b"echo before-the-cut\r\r~.\rlost\r")

    def test_cut_and_mended(self):
        sessions = {protocol: self.open_through(protocol) for protocol in self.protocols}
        self.network.cut()

        def silent(_, session):
            session.expect(title(rb"no answer"), 30)

        def back(_, session):
            session.expect(POP, 60)
            session.expect("secure-exec: the server answers again")
            session.send("echo after-the-cut\r")
            session.expect("\r\nafter-the-cut\r\n")
            session.expect(PROMPT)
            session.send("exit 3\r")
            self.assertEqual(session.wait(), 3)
            self.assert_terminal_back(session)
        try:
            self.each(sessions, silent)
        finally:
            self.network.mend()
        self.each(sessions, back)
