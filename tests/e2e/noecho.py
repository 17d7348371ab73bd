"""Prompts for secrets, made as programs make them whose packages are too large for a test machine:

    noecho.py getpass     mysql -p, psql: libc's getpass(), a line without echo
    noecho.py stars       MySQL's own: no line editing, no signals, an asterisk for each key
    noecho.py visible     for comparison: a line with echo, as input() asks for it

Each prints its prompt, reads, and says "got N characters".
"""

import getpass
import os
import sys
import termios


def stars():
    terminal = os.open("/dev/tty", os.O_RDWR)
    before = termios.tcgetattr(terminal)
    quiet = termios.tcgetattr(terminal)
    quiet[3] &= ~(termios.ECHO | termios.ISIG | termios.ICANON)
    quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
    termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
    os.write(terminal, b"Enter password: ")
    text = b""
    while True:
        key = os.read(terminal, 1)
        if key in (b"\r", b"\n", b"\x03", b""):
            break
        if key in (b"\x7f", b"\b"):
            if text:
                os.write(terminal, b"\b \b")
            text = text[:-1]
            continue
        os.write(terminal, b"*")
        text += key
    os.write(terminal, b"\n")
    termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    return text.decode(errors="replace")


kind = sys.argv[1]
if kind == "getpass":
    got = getpass.getpass("Enter password: ")
elif kind == "stars":
    got = stars()
else:
    got = input("Name? ")
print(f"got {len(got)} characters")
