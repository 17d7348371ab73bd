"""Reads recordings from docs/format.md alone: no code shared with the programs under test.

Frames are found by walking zstd's block headers; zstd(1) decompresses, json parses.
"""

import base64
import glob
import json
import re
import struct
import subprocess

ZSTD_MAGIC = 0xFD2FB528
CHECKPOINT_MAGIC = 0x184D2A5B
SEEK_MAGIC = 0x184D2A5E


def _zstd_frame_end(data, at):
    """End of the zstd frame at `at`, or None if it is not complete (RFC 8878, 3.1.1)."""
    if at + 6 > len(data):
        return None
    descriptor = data[at + 4]
    single = descriptor >> 5 & 1
    header = 5 + (0 if single else 1) + (0, 1, 2, 4)[descriptor & 3]
    header += (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    checksum = 4 if descriptor & 4 else 0
    at += header
    while at + 3 <= len(data):
        block = int.from_bytes(data[at:at + 3], "little")
        at += 3 + (1 if (block >> 1 & 3) == 1 else block >> 3)
        if block & 1:
            return at + checksum if at + checksum <= len(data) else None
    return None


def frames(data):
    """[(kind, start, end)]: 'zstd', 'checkpoint' or 'seek'; stops where a frame is not complete."""
    found, at = [], 0
    while at + 8 <= len(data):
        magic, size = struct.unpack_from("<II", data, at)
        if magic == ZSTD_MAGIC:
            kind, end = "zstd", _zstd_frame_end(data, at)
        elif magic in (CHECKPOINT_MAGIC, SEEK_MAGIC):
            kind, end = "checkpoint" if magic == CHECKPOINT_MAGIC else "seek", at + 8 + size
        else:
            raise AssertionError(f"frame at {at}: magic {magic:#x}")
        if end is None or end > len(data):
            break
        found.append((kind, at, end))
        at = end
    return found


def body(data, frame):
    """A checkpoint's signed body as a dictionary."""
    at = frame[1] + 8
    assert data[at:at + 4] == b"SXK1"
    raw = data[at + 4:at + 188]
    lines, k, first, t_first, t_last, wall = struct.unpack_from("<IQQQQQ", raw, 44)
    return {"raw": raw, "id": raw[24:40], "kind": raw[40], "lines": lines, "k": k, "first": first,
            "t_first": t_first, "t_last": t_last, "wall": wall, "prev": raw[152:184]}


def sealed(path):
    with open(path, "rb") as file:
        data = file.read()
    found = frames(data)
    return bool(found) and found[-1][0] == "seek" and found[-1][2] == len(data)


def read_lines(path):
    """Every whole line of the recording with its LF, those of the tail included."""
    with open(path, "rb") as file:
        data = file.read()
    whole, good = -1, 0  # last k whose Zk Kk is complete, and where it ends
    for frame in frames(data):
        if frame[0] == "checkpoint":
            whole, good = body(data, frame)["k"], frame[2]
    text = b""
    if good:
        text = subprocess.run(["zstd", "-dcq"], input=data[:good], stdout=subprocess.PIPE, check=True).stdout
    stem = path[:-len(".cast.zst")]
    segments = [(int(name.rsplit(".", 1)[1]), name) for name in glob.glob(glob.escape(stem) + ".tail.*")]
    for k, name in sorted(segments):
        if k <= whole:
            continue
        with open(name, "rb") as file:
            tail = file.read()
        text += b"".join(line + b"\n" for line in tail.split(b"\n")[:-1] if not line.startswith(b"#"))
    return text.splitlines(keepends=True)


EVENT = re.compile(rb'\[(\d+)\.(\d{6}), "([a-zA-Z])", (".*")\]\n')


def read(path):
    """(header, [(time µs, code, data)]); checks each line's form and that time never goes back."""
    lines = read_lines(path)
    header, events, last = json.loads(lines[0]), [], 0
    for number, line in enumerate(lines[1:], 1):
        match = EVENT.fullmatch(line)
        assert match, f"line {number}: {line[:200]!r}"
        time, code, data = json.loads(line)
        micros = int(match[1]) * 1000000 + int(match[2])
        assert micros >= last, f"line {number}: time goes back"
        last = micros
        events.append((micros, code, data))
    return header, events


def channel(events, text_code):
    """The bytes of 'i', 'o' or 'e'."""
    out = []
    for _, code, data in events:
        if code == text_code:
            out.append(data.encode("utf-8"))
        elif code == text_code.upper():
            out.append(base64.b64decode(data, validate=True))
    return b"".join(out)


def ending(events):
    """The exit event's words, or None: ["7", "remote", "exit"]."""
    return events[-1][2].split(" ") if events and events[-1][1] == "x" else None
