"""Terminal output made from a grammar, the same for a seed: what programs send, and what none would."""

import random

SIZES = [(80, 24), (20, 6), (10, 5), (40, 12), (7, 3), (132, 43), (80, 2), (5, 10)]
WORDS = ["hello", "x", "total 64", "drwxr-xr-x", "root@demo:~# ", "     ", "|", "0123456789abcdef", "~", "E486: ",
         "the quick brown fox jumps over the lazy dog, and then over it again, and again"]
WIDE = ["中文", "日本語", "한국어", "😀", "🚀x", "Ａ", "漢"]
NARROW = ["é", "ü", "Ω", "ж", "│", "─", "█", "☃", "✓", "​x"]
COMBINING = ["é", "a\u0308\u0301", "x\u20dd", "o\u0302\u0303\u0304", "👩‍💻",
             "👨‍👩‍👧", "❤️", "ก็", "नि", "각"]
FINALS = "ABCDEFGHJKLMPSTXZdf@`"


def encode(steps):
    """What oracle.py takes. After a resize the cursor goes to the row's start: tmux keeps one that is beyond the
    new edge until it moves."""
    made = []
    for step in steps:
        made += [step, b"\r"] if isinstance(step, tuple) else ["".join(step).encode()]
    return made


class Generator:

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.columns = self.rows = 0
        self.alternate = False

    def case(self):
        """(columns, rows, steps): steps are texts in pieces, and sizes."""
        r = self.random
        self.columns, self.rows = columns, rows = r.choices(SIZES, [4, 6, 6, 3, 4, 1, 1, 2])[0]
        self.alternate = False
        self.resizes = resizes = r.random() < 0.25
        steps = []
        for _ in range(r.randint(1, 5) if resizes else 1):
            steps.append([self.piece() for _ in range(r.randint(1, 60))])
            if resizes:
                self.columns, self.rows = r.choice(SIZES) if r.random() < 0.5 else (
                    max(3, self.columns + r.randint(-9, 9)), max(2, self.rows + r.randint(-4, 4)))
                steps.append((self.columns, self.rows))
        if resizes and r.random() < 0.5:
            steps.append(["after"])
        return columns, rows, steps

    def number(self):
        r = self.random
        return str(r.choice([0, 1, 1, 2, 3, r.randint(0, 12), r.randint(0, self.columns + 3),
                             r.choice([80, 200, 9999, 65535, 100000])]))

    def parameters(self, most):
        r = self.random
        return ";".join(self.number() if r.random() < 0.9 else "" for _ in range(r.randint(0, most)))

    def colour(self, code):
        r = self.random
        return r.choice([
            lambda: f"{code};5;{r.choice([0, 7, 8, 15, 16, 196, 255, 256, 300])}",
            lambda: f"{code};2;{r.choice([0, 255, 128, 256])};{r.randint(0, 255)};{r.randint(0, 255)}",
            lambda: f"{code}:5:{r.randint(0, 260)}",
            lambda: f"{code}:2:{r.randint(0, 255)}:{r.randint(0, 256)}:{r.randint(0, 255)}",
            lambda: f"{code}:2::{r.randint(0, 255)}:{r.randint(0, 256)}:{r.randint(0, 255)}",
            lambda: r.choice([f"{code}", f"{code};5", f"{code};2;1", f"{code}:5", f"{code}:2:1", f"{code}::"]),
        ])()

    def sgr(self):
        r = self.random
        parts = []
        for _ in range(r.choice([0, 1, 1, 1, 2, 3, 6])):
            parts.append(r.choice([
                lambda: str(r.choice([0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 22, 23, 24, 25, 27, 28, 29, 53, 55])),
                lambda: str(r.choice([30, 31, 37, 39, 40, 44, 47, 49, 90, 97, 100, 107, 59])),
                lambda: self.colour(38), lambda: self.colour(48), lambda: self.colour(58),
                lambda: r.choice(["4:0", "4:1", "4:2", "4:3", "4:4", "4:5", "4:6", "4:3:1", "4:", "", "10", "999"]),
            ])())
        # tmux reads 63 bytes of parameters.
        while sum(map(len, parts)) + len(parts) > 63:
            parts.pop()
        return f"\x1b[{';'.join(parts)}m"

    def mode(self):
        r = self.random
        what = r.choices(["?6", "?7", "4", "?25", "?1049", "?1047", "?47", "?3", "?1", "?1000", "?2004", "?12", "20"],
                         [3, 4, 4, 1, 4, 2, 2, 1, 1, 1, 1, 1, 1])[0]
        on = r.random() < (0.35 if what in ("?7",) else 0.5)
        if what == "?7":
            on = r.random() < 0.7
        if what in ("?1047", "?47") and self.resizes:
            what = "?1049"  # which may leave with a cursor from outside the screen: tmux reads beyond its grid
        if what in ("?1049", "?1047", "?47"):
            self.alternate = on
        return f"\x1b[{what}{'h' if on else 'l'}"

    def piece(self):
        r = self.random
        return r.choices(PIECES, WEIGHTS)[0](self, r)


def _csi(g, r):
    final = r.choice(FINALS)
    # A last parameter that is missing, or one too many, is fine with both.
    return f"\x1b[{g.parameters(2)}{final}"


def _cup(g, r):
    return f"\x1b[{r.randint(1, g.rows)};{r.randint(1, g.columns)}H"


def _region(g, r):
    top = r.randint(1, g.rows)
    return r.choice([f"\x1b[{top};{r.randint(top, g.rows)}r", "\x1b[r", f"\x1b[{top}r"])


def _repeat(g, r):
    # tmux repeats ASCII alone.
    return "ab" + r.choice(WORDS) + f"\x1b[{g.number()}b"


def _reset(g, r):
    # xterm leaves the alternate screen, and forgets the saved origin mode; tmux does not.
    leave = "\x1b[?1047l" if g.alternate else ""
    g.alternate = False
    return leave + "\x1bc\x1b7"


def _string(g, r):
    return r.choice(["\x1b]0;title\a", "\x1b]2;title\x1b\\", "\x1b]52;c;aGk=\a", "\x1bP1$r0m\x1b\\", "\x1b^private\x1b\\",
                     "\x1bXstart\x1b\\", "\x1b_program\x1b\\", "\x1b]10;?\a", "\x1b]4;1;?\x1b\\", "\x1b]0;cut\x18"])


def _broken(g, r):
    return r.choice(["\x1b[1;2\x1b\\", "\x1b[?", "\x1b[1\x18", "\x1b[1\n;2H", "\x1b[1 2m", "\x1b[?1?h", "\x1b[5:1A", "\x1b ", "\x1b#",
                     "\x1b[!", "\x1b[>1m", "\x1b[=1c", "\x1b[1$w", "\x1b\x1b[1m", "\x7f", "\x00", "\x05", "\x1bZ",
                     "\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[5n", "\x1b[18t", "\x1bn", "\x1b~", "\x1b*0", "\x1b=", "\x1b>"])


PIECES_AND_WEIGHTS = [
    (lambda g, r: r.choice(WORDS), 22),
    (lambda g, r: r.choice(WORDS) * r.randint(1, 4), 4),
    (lambda g, r: r.choice(WIDE), 7),
    (lambda g, r: r.choice(NARROW), 3),
    (lambda g, r: r.choice(COMBINING), 4),
    (lambda g, r: "\r\n", 10),
    (lambda g, r: r.choice("\r\n\b\b\t\v\f"), 12),
    (lambda g, r: r.choice(["\x0e", "\x0f", "\x1b(0", "\x1b(B", "\x1b)0", "\x1b)B", "\x1b(0lqqk\x1b(B"]), 4),
    (lambda g, r: g.sgr(), 14),
    (_csi, 24),
    (_cup, 9),
    (_region, 4),
    (lambda g, r: g.mode(), 6),
    (lambda g, r: r.choice(["\x1b7", "\x1b8", "\x1b[s", "\x1b[u", "\x1b7", "\x1b8"]), 4),
    (lambda g, r: r.choice(["\x1bD", "\x1bE", "\x1bM", "\x1bM", "\x1bH", "\x1b[g", "\x1b[3g", "\x1b[0g"]), 6),
    (_repeat, 2),
    (lambda g, r: "\x1b#8", 0.4),
    (_reset, 0.5),
    (_string, 2),
    (_broken, 3),
    (lambda g, r: r.choice(["\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[3J", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[H\x1b[2J"]), 8),
    (lambda g, r: f"\x1b[{r.randint(0, 7)} q", 0.5),
    (lambda g, r: "".join(f"line {n}\r\n" for n in range(r.randint(1, 12))), 2),
]
PIECES = [piece for piece, _ in PIECES_AND_WEIGHTS]
WEIGHTS = [weight for _, weight in PIECES_AND_WEIGHTS]
