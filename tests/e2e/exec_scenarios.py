"""A command without a terminal: channels, exit codes, stdin, messages. Mixed into a Case that says where."""

import hashlib
import json
import os
import re

import castfile
from harness import find_kubectl, run


class ExecScenarios:
    def test_exit_codes(self):
        for code in (0, 7, 255):
            with self.subTest(code=code):
                done = self.exec("--", "sh", "-c", f"exit {code}")
                self.assertEqual(done.code, code)
                self.assertEqual(done.stdout, b"")
                self.assertEqual(done.errors, f"command terminated with exit code {code}\n" if code else "")
                _, events = castfile.read(self.scratch.recording())
                self.assertEqual(castfile.ending(events), [str(code), "remote", "exit"])

    def test_stdout_and_stderr_stay_apart(self):
        done = self.exec("--", "sh", "-c", "echo out; echo err >&2; echo more; printf 'no newline' >&2")
        self.assertEqual((done.code, done.stdout, done.stderr), (0, b"out\nmore\n", b"err\nno newline"))
        self.assert_replays("stdout", b"out\nmore\n")
        self.assert_replays("stderr", b"err\nno newline")

    def test_bytes_are_exact(self):
        # Every byte, split UTF-8, NUL, a lone surrogate's encoding, an escape at the very end.
        script = r'i=0; while [ $i -lt 256 ]; do printf %b "\0$(printf %03o $i)"; i=$((i+1)); done'
        tail = r"printf '\303'; printf '\244\360\237\230'; printf '\200\355\240\200\033'"
        expected = bytes(range(256)) + b"\xc3\xa4\xf0\x9f\x98\x80\xed\xa0\x80\x1b"
        done = self.exec("--", "sh", "-c", f"{script}; {tail}")
        self.assertEqual(done.stdout, expected)
        self.assert_replays("stdout", expected)
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.channel(events, "o"), expected)

    def test_stdin_is_not_opened_without_i(self):
        done = self.exec("--", "cat", stdin=b"never sent\n")
        self.assertEqual((done.code, done.stdout), (0, b""))
        self.assert_replays("stdin", b"")

    def test_arguments_arrive_as_they_are(self):
        odd = ["a b", "", "c&d=e+f%20", "$HOME `x` \"q\" 'r'", "ä😀", "-x", "--"]
        done = self.exec("--", "sh", "-c", 'for a; do printf "<%s>" "$a"; done', "sh", *odd)
        self.assertEqual(done.text, "".join(f"<{word}>" for word in odd))
        header, _ = castfile.read(self.scratch.recording())
        self.assertEqual(header["session"]["command"][4:], odd)

    def test_status_file(self):
        path = os.path.join(self.scratch.path, "status")
        for argv, expected in ((("--", "sh", "-c", "exit 122"), {"origin": "remote", "kind": "exit", "code": 122}),
                               (("--", "true"), {"origin": "remote", "kind": "exit", "code": 0})):
            done = self.exec("--status-file", path, *argv)
            with open(path, encoding="utf-8") as file:
                status = json.load(file)
            self.assertEqual(status, expected)
            self.assertEqual(done.code, expected["code"])

    def test_status_file_of_a_client_failure(self):
        path = os.path.join(self.scratch.path, "status")
        done = self.exec("--status-file", path, "--", "true", pod="no-such-pod")
        with open(path, encoding="utf-8") as file:
            status = json.load(file)
        self.assertEqual((done.code, status["origin"], status["code"]), (1, "client", 1))

    def test_header_says_who_where_what(self):
        self.exec("--", "true")
        header, _ = castfile.read(self.scratch.recording())
        session = header["session"]
        self.assertEqual((header["version"], session["format"]), (2, "1.0"))
        self.assertEqual((session["context"], session["pod"]), (self.context, self.pod))
        self.assertEqual(session["command"], ["true"])
        for key in ("id", "pod_uid", "container", "container_id", "node", "image", "server", "cluster", "start"):
            self.assertTrue(session[key], key)
        self.assertLess(abs(session["clock_offset"]), 2_000_000_000)  # the same machine, whole seconds
        self.assertEqual(session["user"]["uid"], os.getuid())
        self.assertEqual(os.path.basename(self.scratch.recording()), session["id"] + ".cast.zst")

    def test_files_are_private(self):
        os.umask(0)
        self.addCleanup(os.umask, 0o022)
        self.exec("--", "true")
        recording = self.scratch.recording()
        self.assertEqual(os.stat(recording).st_mode & 0o7777, 0o600)
        directory = os.path.dirname(recording)
        while len(directory) >= len(self.scratch.store):
            self.assertEqual(os.stat(directory).st_mode & 0o7777, 0o700, directory)
            directory = os.path.dirname(directory)

    def test_recording_modes(self):
        text = b"0123456789" * 1000
        done = self.exec("--record-stdout", "digest", "--record-stderr", "off", "--", "sh", "-c",
                         "i=0; while [ $i -lt 1000 ]; do printf 0123456789; i=$((i+1)); done; echo secret >&2")
        self.assertEqual((done.code, done.stdout, done.stderr), (0, text, b"secret\n"))
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual([data for _, code, data in events if code == "d"],
                         [f"stdout {len(text)} {hashlib.sha256(text).hexdigest()}"])
        self.assertFalse([code for _, code, _ in events if code in "oOeE"])
        raw = self.replay("cat", "--raw", "--channel", "stdout", "last")
        self.assertNotEqual(raw.code, 0, "bytes that are not there cannot be given back exactly")

    def test_what_is_beyond_the_limit_becomes_digests(self):
        done = self.exec("--record-limit", "1000", "--", "sh", "-c",
                         "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done")
        expected = "".join(f"line {i}\n" for i in range(500)).encode()
        self.assertEqual(done.stdout, expected)
        _, events = castfile.read(self.scratch.recording())
        kept = castfile.channel(events, "o")
        self.assertTrue(expected.startswith(kept) and len(kept) <= 1000, len(kept))
        digests = [data.split() for _, code, data in events if code == "d"]
        self.assertEqual(sum(int(size) for _, size, _ in digests), len(expected) - len(kept))
        self.assertTrue(any(code == "m" and "digest" in data for _, code, data in events))

    def test_quiet_says_nothing(self):
        done = self.exec("-q", "-i", "-t", "--", "true")
        self.assertEqual((done.code, done.errors), (0, ""))

    def test_output_closed_early(self):
        # As `kubectl exec … | head -1`: ends soon, by SIGPIPE, and the recording is whole.
        quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in self.argv(
            "--", "sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"))
        done = run(["bash", "-c", f"{quoted} | head -1; echo ${{PIPESTATUS[0]}}"], env=self.scratch.env)
        self.assertEqual(done.text, "line 0\n141\n")
        self.assertTrue(castfile.sealed(self.scratch.recording()))


class HalfCloseScenarios:
    """Where stdin can be closed: v5 and SPDY."""

    def test_piped_stdin_ends(self):
        done = self.exec("-i", "--", "cat", stdin=b"hi\n")
        self.assertEqual((done.code, done.stdout, done.errors), (0, b"hi\n", ""))
        self.assert_replays("stdin", b"hi\n")
        self.assert_replays("stdout", b"hi\n")

    def test_empty_stdin(self):
        done = self.exec("-i", "--", "wc", "-c", stdin=b"")
        self.assertEqual((done.code, done.text.strip()), (0, "0"))

    def test_binary_stdin(self):
        data = bytes(range(256)) * 1000
        done = self.exec("-i", "--", "sha256sum", stdin=data)
        self.assertEqual(done.text.split()[0], hashlib.sha256(data).hexdigest())
        self.assert_replays("stdin", data)


class OldServerScenarios:
    """A server without v5, by name of the protocol."""

    def test_v5_is_refused(self):
        theirs = "error: unable to upgrade connection: empty server response"
        done = self.exec("--protocol", "v5", "--", "echo", "must not run")
        self.assert_kubectls_line_and_ours(done, 1, theirs, "v5.channel.k8s.io", "1.30", "--protocol auto")
        _, events = castfile.read(self.scratch.recording())
        self.assertEqual(castfile.ending(events)[:2], ["1", "client"])

    def test_v4_alone(self):
        done = self.exec("--protocol", "v4", "--", "sh", "-c", "echo v4; exit 3")
        self.assertEqual((done.code, done.text), (3, "v4\n"), done.errors)

    def test_v4_refuses_a_piped_stdin_before_anything_runs(self):
        done = self.exec("--protocol", "v4", "-i", "--", "cat", stdin=b"hi\n")
        self.assert_one_line(done, 1, "--protocol v4", "input ended", "spdy", "-it")
        self.assertEqual(self.scratch.recordings(), [], "nothing was started, so nothing is recorded")


class LikeKubectlScenarios:
    """Without a terminal stderr stays as kubectl's, byte for byte."""

    def assert_like_kubectl(self, *arguments, explained=False, **keywords):
        """`explained`: behind kubectl's words stand ours about the pod (cluster/test_not_ready.py)."""
        theirs = self.kubectl(*arguments, **keywords)
        ours = self.exec(*arguments, **keywords)
        # The runtime's errors name the attempt: the only thing that may differ.
        said, expected = (re.sub("[0-9a-f]{64}", "ID", one.errors) for one in (ours, theirs))
        if explained:
            said, hint = said[:len(expected)], said[len(expected):]
            self.assertTrue(hint.startswith("secure-exec: "), hint)
        self.assertEqual((ours.code, ours.stdout, said), (theirs.code, theirs.stdout, expected))

    def test_remote_exit(self):
        self.assert_like_kubectl("--", "sh", "-c", "echo out; echo err >&2; exit 3")

    def test_silence(self):
        self.assert_like_kubectl("--", "true")

    def test_default_container_notice(self):
        self.assert_like_kubectl("--", "true", pod="multi")

    def test_quiet_default_container(self):
        self.assert_like_kubectl("-q", "--", "true", pod="multi")

    def test_unknown_container(self):
        self.assert_like_kubectl("-c", "nope", "--", "true", pod="multi")

    def test_not_a_terminal_notice(self):
        self.assert_like_kubectl("-it", "--", "echo", "still runs")

    def test_missing_pod(self):
        self.assert_like_kubectl("--", "true", pod="no-such-pod")

    def test_completed_pod(self):
        self.assert_like_kubectl("--", "true", pod="finished", explained=True)

    def test_missing_program(self):
        self.assert_like_kubectl("--", "/no/such/program", explained=True)

    def test_no_command(self):
        self.assert_like_kubectl("--")

    def test_wrong_context(self):
        wrong = "no-such-context"
        theirs = run([find_kubectl(), "exec", "--context", wrong, self.pod, "--", "true"], env=self.scratch.env)
        ours = self.exec("--", "true", context=wrong)
        self.assertEqual((ours.code, ours.errors), (theirs.code, theirs.errors))
