"""kill -9 at any instant: what was shown is in the recording. Mixed into a Case.

The moments come from a seed, so a failure can be repeated: SECURE_EXEC_KILL_SEED, _KILL_ROUNDS.
"""

import os
import random
import select
import signal
import subprocess
import time

import castfile
from harness import deadline, has_open, wait_for
from pty_session import PtySession

# Finite, so that nothing stays behind in the container. Bursts and pauses, text and binary.
BUSY = r"""i=0; while [ $i -lt 400 ]; do echo "line $i of a busy session"; i=$((i+1));
case $i in *00) head -c 300000 /dev/urandom;; *50) seq 1 20000;; *25) printf '\303\244\377\0x';; esac; done"""
TRICKLE = r"""i=0; while [ $i -lt 3000 ]; do printf "%s," $i; i=$((i+1)); done; sleep 1"""


class KillScenarios:
    rounds = int(os.environ.get("SECURE_EXEC_KILL_ROUNDS", "20"))
    seed = int(os.environ.get("SECURE_EXEC_KILL_SEED", "20240601"))

    def test_kill_at_random_moments(self):
        chooser = random.Random(self.seed)
        shown_bytes = killed = self.recovered = 0
        for number in range(self.rounds):
            script = chooser.choice((BUSY, BUSY, TRICKLE))
            on_terminal = chooser.random() < 0.3
            # By bytes shown and then by time: both early and late moments, and those within a burst.
            after_bytes = int(10 ** chooser.uniform(0, 6.3 if script == BUSY else 3.5))
            after_seconds = chooser.choice((0, 0, chooser.uniform(0, 0.02)))
            whole_group = chooser.random() < 0.5
            where = f"seed {self.seed} round {number}: after {after_bytes} bytes and {after_seconds:.6f} s"
            with self.subTest(where):
                one = self._on_terminal if on_terminal else self._on_pipe
                shown, was_killed = one(script, after_bytes, after_seconds, whole_group)
                shown_bytes += len(shown)
                killed += was_killed
                self._check(shown)
            if number % 25 == 24:
                self.end_what_was_left()
        # Else the test would pass without having tried anything.
        self.assertGreater(shown_bytes, self.rounds * 100)
        self.assertGreater(killed, self.rounds // 2)
        self.assertGreater(self.recovered, self.rounds // 2)

    def _pause(self, seconds):
        if seconds:
            select.select([], [], [], seconds)

    def _on_pipe(self, script, after_bytes, after_seconds, whole_group):
        with open(os.path.join(self.scratch.path, "errors"), "w+b") as errors:
            process = subprocess.Popen(self.argv("--", *self.marked("sh", "-c", script)), env=self.scratch.env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                       start_new_session=True)
        shown = b""
        end = deadline(60)
        while len(shown) < after_bytes:
            piece = os.read(process.stdout.fileno(), min(65536, after_bytes - len(shown)))
            if not piece:
                break
            shown += piece
            self.assertLess(time.monotonic(), end)
        self._pause(after_seconds)
        was_killed = process.poll() is None
        if was_killed:
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        while piece := os.read(process.stdout.fileno(), 65536):
            shown += piece
        process.stdout.close()
        return shown, was_killed

    def _on_terminal(self, script, after_bytes, after_seconds, whole_group):
        with open(os.path.join(self.scratch.path, "errors"), "wb") as errors:
            session = PtySession(self.argv("-it", "--", *self.marked("sh", "-c", "stty -opost; " + script)),
                                 self.scratch.env, stderr=errors)
        with session:
            end = deadline(60)
            while len(session.seen) < after_bytes and session.process.poll() is None:
                select.select([session.master], [], [], 0.05)
                session._drain()
                self.assertLess(time.monotonic(), end)
            self._pause(after_seconds)
            was_killed = session.process.poll() is None
            if was_killed:
                (os.killpg if whole_group else os.kill)(session.pid, signal.SIGKILL)
            session.wait()
            # kill -9 leaves the terminal as it was: the drain reads raw bytes, or all of them.
            return session.seen, was_killed

    def _check(self, shown):
        # The process that owns the disk outlives the one that was killed by a moment.
        wait_for("the disk process to end", lambda: not has_open(self.scratch.store))
        recording = self.scratch.recording()
        recorded = self._recorded(recording)
        self.assertEqual(recorded[:len(shown)], shown, "shown, but not in the recording")
        back = self.replay("cat", "--raw", "--channel", "stdout", recording)
        self.assertEqual((back.code, back.stdout), (0, recorded), back.errors)
        text = self.replay("cat", recording)
        self.assertEqual(text.code, 0, text.errors)
        verdict = self.replay("verify", recording)
        self.assertIn(verdict.code, (0, 1, 3), verdict.text + verdict.errors)
        if verdict.code == 1:
            self._check_recovery(recording, recorded)

    def _check_recovery(self, recording, recorded):
        with open(recording, "rb") as file:
            before = file.read()
        made = self.replay("recover", recording)
        self.assertEqual(made.code, 0, made.errors)
        recovered = made.text.strip()
        with open(recovered, "rb") as file:
            first = file.read()
        self.assertEqual(self._recorded(recovered), recorded)
        verdict = self.replay("verify", recovered)
        self.assertEqual(verdict.code, 1, verdict.text + verdict.errors)
        self.assertIn("recovered", verdict.text)
        # Again, and not because the first one is still there.
        again = self.replay("recover", "--output", recovered + ".again", recording)
        self.assertEqual(again.code, 0, again.errors)
        self._same_recovery(first, recovered + ".again")
        with open(recording, "rb") as file:
            self.assertEqual(file.read(), before, "recover changed what it read")
        os.remove(recovered)
        os.remove(recovered + ".again")
        self.recovered += 1

    def _same_recovery(self, first, path):
        with open(path, "rb") as file:
            self.assertEqual(file.read(), first)

    def _recorded(self, recording):
        _, events = castfile.read(recording)
        return castfile.channel(events, "o")


class EncryptedKillScenarios(KillScenarios):
    """The same, encrypted with age's own key: sealed ones are decrypted by age, and cut ones by the program."""

    def setUp(self):
        super().setUp()
        self.key = os.path.join(self.scratch.path, "key.txt")
        subprocess.run(["age-keygen", "-o", self.key], check=True, stderr=subprocess.DEVNULL)
        made = subprocess.run(["age-keygen", "-y", self.key], check=True, stdout=subprocess.PIPE)
        self.recipient = made.stdout.decode().strip()
        self.scratch.env["SECURE_EXEC_IDENTITY"] = self.key

    def argv(self, *arguments, **options):
        return super().argv("--recipient", self.recipient, *arguments, **options)

    def _recorded(self, recording):
        self.assertTrue(recording.endswith(".cast.zst.age"), recording)
        opened = recording + ".opened.cast.zst"
        age = subprocess.run(["age", "-d", "-i", self.key, "-o", opened, recording], stderr=subprocess.PIPE)
        seal = os.path.exists(recording[:-len(".cast.zst.age")] + ".seal")
        self.assertFalse(seal and age.returncode != 0, age.stderr)
        if age.returncode == 0:
            recorded = super()._recorded(opened)
            os.remove(opened)
            return recorded
        if os.path.exists(opened):
            os.remove(opened)
        back = self.replay("cat", "--raw", "--channel", "stdout", recording)
        self.assertEqual(back.code, 0, back.errors)
        return back.stdout

    def _same_recovery(self, first, path):
        # Another file key each time, so other bytes; what is inside is the same.
        named = path + ".first.cast.zst.age"
        with open(named, "wb") as file:
            file.write(first)
        inside = [subprocess.run(["age", "-d", "-i", self.key, name], check=True, stdout=subprocess.PIPE).stdout
                  for name in (named, path)]
        os.remove(named)
        self.assertEqual(*inside)
