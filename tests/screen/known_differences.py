"""Where the terminal emulator and tmux 3.3a differ on purpose, with the reason: docs/screen.md says it for
people. test_differences.py shows that each still differs in this way, so the table stays true."""

import re

# (what, why, bytes, the screen's text in tmux, the screen's text here), 20 columns.
DIFFERENCES = [
    ("bytes that are no UTF-8", "shown as U+FFFD, as xterm does: what a program printed is not hidden",
     b"a\xff\xe2\x82b", "ab", "a\ufffd\ufffdb"),
    ("characters that the C library does not know", "newer than it, or unassigned: shown, not hidden",
     "a\U0001FAE8b\u0378c".encode(), "abc", "a\U0001FAE8b\u0378c"),
    ("CSI b after a character that is not ASCII", "repeats it, as xterm does",
     "é\x1b[2b".encode(), "é", "ééé"),
    ("ESC k ... ESC \\", "screen's window name is text to xterm, and text must not hide",
     b"a\x1bkname\x1b\\b", "ab", "anameb"),
    ("ESC ( A and other sets", "as xterm, any set but the graphics ends the graphics",
     b"\x1b(0q\x1b(Aq", "──", "─q"),
    ("a joiner at a line's start", "there is nothing to join; tmux loses the character after it",
     "\u200d中b".encode(), "b", "中b"),
    ("a joiner, then a movement", "does not join what is written elsewhere",
     "xyzw\u200d\x1b[5G中".encode(), "xyzw\u200d中", "xyzw中"),
    ("a joiner, ASCII, and another character", "nothing joins across the ASCII",
     "x\u200day中".encode(), "xay\u200d中", "xay中"),
    ("CSI I", "forward tabs, as xterm", b"\x1b[2Ix", "x", " " * 16 + "x"),
    ("CSI a, CSI e", "relative movement, as xterm", b"\x1b[3ax\x1b[ey", "xy", "   x\n    y"),
    ("CSI ? J, CSI ? K", "selective erase; nothing here is protected, so it erases, as xterm",
     b"abc\x1b[2D\x1b[?K", "abc", "a"),
    ("CSI ? 1048 h", "saves the cursor, as xterm", b"ab\x1b[?1048h\x1b[H\x1b[?1048lx", "xb", "abx"),
    ("CSI ! p", "soft reset, as xterm", b"\x1b(0\x1b[!pq", "─", "q"),
    ("ESC c on the alternate screen", "leaves it, as xterm", b"main\x1b[?1049h\x1b[Halt\x1bc\x1b[?1049lx", "mainx", "    x"),
    ("ESC c and the saved origin mode", "is forgotten with the rest",
     b"\x1b[?6h\x1b7\x1bc\x1b[2;3r\x1b8\x1b[Hx", "\nx", "x"),
    ("more than 23 parameters, or 63 bytes of them", "the first 32 count; tmux drops the sequence",
     b"\x1b[" + b"1;" * 30 + b"8Cx", "x", " x"),
    ("numbers above 2147483647", "taken as 65535; tmux drops the sequence", b"\x1b[9999999999Cx", "x", " " * 19 + "x"),
    ("':' in parameters of anything but CSI m", "drops the sequence; tmux takes the other parameters",
     b"ab\x1b[;1:2Dx", "ax", "abx"),
    ("ESC in a DCS", "ends it, as in xterm; tmux waits for ESC \\", b"\x1bPq\x1b[2Cx\x1b\\y", "y", "  xy"),
    ("a line feed in a string", "ends it: an unterminated string must not hide the lines after it",
     b"\x1b]2;a\r\nb\x1b\\c", "c", "\nbc"),
]

# What the comparisons on captures do about those that real programs make: taken out, or made alike.
UNKNOWN_TO_TMUX = re.compile(rb"\x1b\[(?:!p|[0-9]*[Iae]|\?1048[hl])")


def without_differences(data):
    return UNKNOWN_TO_TMUX.sub(b"", data).replace(b"\x1bc", b"\x1b[?1047l\x1bc")
