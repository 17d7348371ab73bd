"""What is typed at prompts: lines that must be readable in the recording, secrets that must not be in
it. A generator with a fixed seed types as people do; the recording is judged from docs/format.md
alone. Mixed into a Case that says which shells and which prompts for secrets there are."""

import os
import random
import re
import shutil
import string
import time

import castfile
from harness import wait_for
from pty_session import PtySession

SEED = 20261127
MASK = re.compile(r"(1-7|8-15|16-31|32\+) ([0-9a-f]{32})")


def bucket(text):
    size = len(text.encode())
    return "1-7" if size < 8 else "8-15" if size < 16 else "16-31" if size < 32 else "32+"


def react(seconds):
    """No person types at once."""
    end = time.monotonic() + seconds
    wait_for("a person's reaction", lambda: time.monotonic() > end)


class Typist:
    """Types at one shell on one terminal, and keeps what should come of it."""

    def __init__(self, session, rng, prompt):
        self.session, self.rng, self.prompt = session, rng, prompt
        self.pieces = []  # (None or the secret, bytes as sent, with the line's end)
        self.count = 0

    # --- words ----------------------------------------------------------------------------------

    def word(self):
        self.count += 1
        return f"w{self.count}" + "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(3, 9)))

    def secret(self):
        letters = string.ascii_letters + string.digits + "!#%&*+-./:;<=>?@^_~"
        text = "".join(self.rng.choices(letters, k=self.rng.choice((6, 7, 8, 12, 15, 16, 24, 31, 32, 50))))
        return text + ("é漢" if self.rng.random() < 0.1 else "")

    # --- keys -----------------------------------------------------------------------------------

    def send(self, text, how=None):
        """All at once, key by key, or each key only when the one before it was answered."""
        how = how or self.rng.choice(("once", "keys", "answered"))
        if how == "once":
            return self.session.send(text)
        for key in text:
            self.session.send(key)
            if how == "answered" and key.isalnum():
                self.session.expect(re.escape(key))
        return None

    def ready(self):
        self.session.expect(re.escape(self.prompt))

    def line(self, text, how=None, until=None):
        """A line at the shell's prompt; `until`: what answers it, if not the next prompt."""
        self.pieces.append((None, text.encode()))
        self.send(text[:-1], how)
        self.session.send(text[-1])
        if until:
            self.session.expect(until)
        else:
            self.ready()

    # --- lines ----------------------------------------------------------------------------------

    def plain(self):
        self.line(f"echo {self.word()} {self.word()}\r")

    def typo(self):
        self.line(f"ecko\x7f\x7fho {self.word()}\r", "once")

    def killed(self):
        self.line(f"rm -rf {self.word()}\x15echo {self.word()}\r", self.rng.choice(("once", "keys")))

    def killed_word(self):
        self.line(f"echo wrong\x17{self.word()} x\r", self.rng.choice(("once", "keys")))

    def inserted(self):
        word = self.word()
        self.line(f"eo {word}" + "\x1b[D" * (len(word) + 2) + "ch\x1b[F\r", "once")

    def to_the_front(self):
        self.line(f"{self.word()}\x01echo \x05 end\r", self.rng.choice(("once", "keys")))

    def completed(self):
        self.line(f"echo /etc/hostna\t {self.word()}\r", self.rng.choice(("once", "keys")))

    def recalled(self):
        self.plain()
        self.line(f"\x1b[A {self.word()}\r", self.rng.choice(("once", "keys")))

    def long(self):
        self.line("echo " + " ".join(self.word() for _ in range(self.rng.randint(12, 30))) + "\r",
                  self.rng.choice(("once", "keys")))

    def interrupted(self):
        # Sent at once, the terminal would throw the line away before the shell has read it.
        self.line(f"echo {self.word()}\x03", "answered")

    def ahead(self):
        first, second = f"sleep 0.2; echo {self.word()}\r", f"echo {self.word()}\r"
        self.pieces += [(None, first.encode()), (None, second.encode())]
        self.session.send(first + second)
        self.ready()
        self.ready()

    def asked(self):
        self.line("read -p 'Name: ' x\r", "once", until=r"[\r\n]Name: ")
        self.line(f"{self.word()} {self.word()}\r")

    def to_a_program(self):
        # The terminal is the program's own again once "going" is there.
        self.line("echo going; cat\r", "once", until=r"[\r\n]going\r\n")
        text = f"{self.word()} {self.word()}"
        self.line(text + "\r", until=r"\r\n" + re.escape(text) + r"\r\n")
        self.line("\x04")

    # --- of some shells only --------------------------------------------------------------------

    def pasted(self):
        text = f"echo {self.word()} {self.word()}"
        self.pieces.append((None, f"\x1b[200~{text}\x1b[201~\r".encode()))
        self.session.send(f"\x1b[200~{text}\x1b[201~")
        self.session.expect(re.escape(text.split()[-1]))
        self.session.send("\r")
        self.ready()

    def unicode(self):
        self.line(f"echo naïve 漢字 {self.word()} ünïcödé\r")

    def searched(self):
        word = self.word()
        self.line(f"echo {word}\r", "once")
        self.line(f"\x12{word[:4]}\r", "keys")

    # --- secrets --------------------------------------------------------------------------------

    def hidden(self, command, prompts):
        """`command` asks for as many secrets as `prompts` has patterns."""
        self.pieces.append((None, f"{command}\r".encode()))
        secret = None
        self.session.send(f"{command}\r")
        for number, prompt in enumerate(prompts):
            # People type the same one twice where they are asked to.
            if number == 0 or self.rng.random() < 0.5:
                secret = self.secret()
            self.session.expect(prompt, seconds=30)
            # Some programs (openssl) print their prompt and then turn the echo off.
            react(0.05)
            sent = secret
            if self.rng.random() < 0.2:
                at = self.rng.randint(1, 5)
                sent = f"{secret[:at]}xq\x7f\x7f{secret[at:]}"
            self.pieces.append((secret, (sent + "\r").encode()))
            how = self.rng.choice(("once", "keys"))
            self.send(sent if how == "keys" else sent + "\r", how)
            if how == "keys":
                self.session.send("\r")
        self.ready()


def judge(case, recording, typist):
    """(secrets masked, secrets, lines masked, lines). What was masked though it need not be is named."""
    _, events = castfile.read(recording)
    masks = [MASK.fullmatch(data) for _, code, data in events if code == "P"]
    case.assertTrue(all(masks), [data for _, code, data in events if code == "P"])
    # What was typed, in order: each piece as it was, or a mask and the piece's end.
    typed = b"".join(b"\0" if code == "P" else castfile.channel([(0, code, data)], "i")
                     for _, code, data in events if code in "PiI")
    at, masked, secrets, lost, lines = 0, 0, [], 0, 0
    hidden = []  # the secret of each mask; None for a line's
    for secret, piece in typist.pieces:
        lines += secret is None
        secrets += [] if secret is None else [secret]
        if typed.startswith(piece, at):
            at += len(piece)
            continue
        case.assertEqual(typed[at:at + 1], b"\0", (piece, typed[at:at + 80]))
        rest = next(rest for rest in (piece[cut:] for cut in range(1, len(piece) + 1)) if typed.startswith(rest, at + 1))
        at += 1 + len(rest)
        hidden.append(secret)
        if secret is None:
            lost += 1
            print("masked though echoed:", piece)
        else:
            case.assertEqual(rest, piece[-1:], "nothing of a secret")
            masked += 1
    case.assertEqual(typed[at:], b"", "nothing that was not typed")
    # A mask tells of a secret's length, roughly, and which are the same.
    hmacs = {}
    for mask, secret in zip(masks, hidden, strict=True):
        if secret is not None:
            case.assertEqual(mask[1], bucket(secret))
            case.assertEqual(hmacs.setdefault(secret, mask[2]), mask[2])
    case.assertEqual(len(set(hmacs.values())), len(hmacs))
    # Something was typed before anything is said of it.
    opened = False
    for _, code, _ in events:
        opened = opened or code == "p"
        case.assertTrue(code != "P" or opened)
    return masked, len(secrets), lost, lines


class EchoScenarios:
    prompts_wanted = 300

    def open(self, shell, flags=()):
        prompt = "prompt-" + shell[0] + "> "
        session = PtySession(self.argv("-q", "-i", "-t", *flags, "--",
                                       *self.marked("LANG=C.UTF-8", f"PS1={prompt}", *shell)), self.scratch.env)
        self.addCleanup(session.close)
        session.expect(re.escape(prompt))
        return session, prompt

    def assert_nowhere(self, secrets, directory):
        """Not in any file, as it is or as what is compressed in it."""
        for root, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(root, name)
                with open(path, "rb") as file:
                    data = file.read()
                if ".cast.zst" in name:
                    data += b"".join(castfile.read_lines(path))
                for secret in secrets:
                    for form in (secret.encode(), secret.encode("unicode_escape")):
                        self.assertNotIn(form, data, path)

    def test_300_prompts(self):
        rng = random.Random(SEED)
        total = [0, 0, 0, 0]
        secrets, kinds = [], {}
        shells = self.shells()
        per_session = 50
        rounds = 0
        while total[1] + total[3] < self.prompts_wanted or total[1] < self.prompts_wanted / 3:
            shell, lines, hidden = shells[rounds % len(shells)]
            rounds += 1
            audit = os.path.join(self.scratch.path, f"audit-{rounds}.log")
            session, prompt = self.open(shell, ("--audit-file", audit))
            typist = Typist(session, rng, prompt)
            # Every way once, then by chance.
            ways = list(lines) + list(hidden)
            rng.shuffle(ways)
            while len(typist.pieces) < per_session:
                way = ways.pop() if ways else rng.choice((rng.choice(lines), rng.choice(hidden)))
                if isinstance(way, str):
                    getattr(typist, way)()
                else:
                    kinds[way[0]] = kinds.get(way[0], 0) + len(way[2])
                    typist.hidden(*way[1:])
            # What the tail holds goes when the session is sealed.
            running = os.path.join(self.scratch.path, f"running-{rounds}")
            shutil.copytree(self.scratch.store, running)
            self.assertTrue(any(".tail." in name for _, _, names in os.walk(running) for name in names))
            typist.pieces.append((None, b"exit 0\r"))
            session.send("exit 0\r")
            self.assertEqual(session.wait(), 0)
            counted = judge(self, self.scratch.recording(), typist)
            total = [a + b for a, b in zip(total, counted)]
            secrets += [secret for secret, _ in typist.pieces if secret is not None]
        masked, all_secrets, lost, all_lines = total
        print(f"{self.context} {self.protocol or 'default'}: {all_secrets + all_lines} prompts; secrets masked: "
              f"{masked} of {all_secrets} ({100 * masked / all_secrets:.1f} %); lines masked: {lost} of {all_lines} "
              f"({100 * lost / all_lines:.1f} %)")
        print("secrets by prompt:", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
        self.assertGreaterEqual(masked, 0.99 * all_secrets)
        self.assertLessEqual(lost, 0.01 * all_lines)
        self.assert_nowhere(secrets, self.scratch.path)

    def test_full_screen_programs(self):
        for flags, kept in (((), False), (("--record-unechoed", "all"), True)):
            with self.subTest(flags=flags):
                session, prompt = self.open(self.shells()[0][0], flags)
                session.send("vi /tmp/none-of-it\r")
                session.expect(r"\x1b\[\?1049h")
                session.send("ifull-screen-text\r")
                session.expect("full-screen-text")
                session.send("\x1b")
                react(0.3)  # else vi takes it for the beginning of an arrow
                session.send(":q!\r")
                session.expect(r"\x1b\[\?1049l(?s:.*)" + re.escape(prompt))
                session.send("exit 0\r")
                self.assertEqual(session.wait(), 0)
                _, events = castfile.read(self.scratch.recording())
                typed = castfile.channel(events, "i")
                self.assertIn(b"vi /tmp/none-of-it\r", typed)
                self.assertEqual(b"full-screen-text" in typed, kept)
                self.assertEqual(any(code == "P" for _, code, _ in events), not kept)
                markers = [data for _, code, data in events if code == "m" and "full-screen" in data]
                self.assertEqual(len(markers), 1)
                self.assertIn("recorded as text" if kept else "masked", markers[0])

    def test_text_for_recipients_needs_some(self):
        refused = self.exec("--record-unechoed=encrypted", "--", "true")
        self.assert_one_line(refused, 1, "--record-unechoed=encrypted", "--recipient")
        self.assertEqual(self.scratch.recordings(), [])

    def test_killed_while_a_secret_is_typed(self):
        session, _ = self.open(self.shells()[0][0])
        # `read -s` prints its prompt first: what comes between that and its stty is echoed.
        session.send("stty -echo; printf 'Password: '; read x; stty echo\r")
        session.expect(r"[\r\n]Password: ")
        session.send("open-sesame")

        def announced():
            _, events = castfile.read(self.scratch.recording())
            return events and events[-1][1] == "p"

        wait_for("the placeholder", announced)
        session.kill(9)
        session.wait()
        _, events = castfile.read(self.scratch.recording())
        self.assertNotIn("P", [code for _, code, _ in events])
        self.assert_nowhere(["open-sesame"], self.scratch.store)
