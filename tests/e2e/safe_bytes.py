"""What may reach a reviewer's terminal, as an allow-list that knows nothing of the programs under test."""

import re
import unicodedata

# Colours and attributes without conceal (8); the cursor's place; erase; alternate screen, cursor and autowrap.
_SGR = rb"(?:0|1|2|3|4|5|7|9|21|22|23|24|25|27|29|53|55|3[0-79]|4[0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3}" \
       rb"|[34]8;2;\d{1,3};\d{1,3};\d{1,3})"
_SEQUENCE = re.compile(rb"\x1b\[(?:(?:%b(?:;%b)*)?m|\d{1,4};\d{1,4}H|[0-2]?[JK]|\?(?:7|25|1049)[hl])" % (_SGR, _SGR))
_CONTROLS = b"\r\n\t"


def find_unsafe(data):
    """The first thing in `data` that is not on the list, and where; "" if there is none."""
    at = 0
    text = bytearray()
    while at < len(data):
        sequence = _SEQUENCE.match(data, at)
        if sequence:
            at = sequence.end()
            continue
        if data[at] < 0x20 and data[at] not in _CONTROLS or data[at] == 0x7F:
            return f"control at {at}: {data[at:at + 20]!r}"
        text.append(data[at])
        at += 1
    try:
        characters = text.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error}"
    for character in characters:
        # Cc: C1. Cf: bidi, zero-width, tags; the joiners of scripts and emoji are allowed.
        if character not in "\r\n\t\u200c\u200d" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            return f"invisible U+{ord(character):04X}"
    return ""
