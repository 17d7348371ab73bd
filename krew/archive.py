"""A plugin's archive, unpacked with krew's rules (internal/download): found out by content, regular files and
directories only, no name with ".." or from the root. Where krew would go on and make something else than what
was packed, it is refused here too ("ours"). `unpack(content, into)`; Refused says why in one line.
"""

import gzip
import io
import os
import re
import tarfile
import zlib

from manifest import Refused, quote

MOST_BYTES = 512 * 1024 * 1024
MOST_ENTRIES = 10000
MACHINES = {"386": 3, "amd64": 62, "arm": 40, "arm64": 183, "ppc64le": 21}  # e_machine of elf(5)


def unpack(content, into):
    if not content.startswith(b"\x1f\x8b\x08"):
        known = {b"PK\x03\x04": "a zip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zX": "xz"}
        what = known.get(content[:4], "something else")
        raise Refused(f"is {what} by its content; krew unpacks gzip and zip, and these releases are .tar.gz")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            plain = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(f"is not whole gzip: {quote(str(error))}") from None
    if len(plain) > MOST_BYTES:
        raise Refused(f"unpacks to more than {MOST_BYTES} bytes")
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            _unpack_entries(tar, into)
    except (tarfile.TarError, UnicodeError, ValueError) as error:
        raise Refused(f"is not a tar: {quote(str(error))}") from None
    except OSError as error:
        raise Refused(f"cannot be unpacked: {quote(str(error))}") from None


def _unpack_entries(tar, into):
    seen = set()
    for member in tar:
        name = quote(member.name)
        if ".." in member.name:
            raise Refused(f"entry {name}: has \"..\" in its name")
        if member.name.startswith(("/", "\\")):
            raise Refused(f"entry {name}: its name is absolute")
        if not (member.isdir() or member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)) or member.issparse():
            what = "a symlink" if member.issym() else "a hard link" if member.islnk() else "of another type"
            raise Refused(f"entry {name}: is {what}; krew unpacks files and directories only")
        if member.mode & 0o7002:  # ours
            raise Refused(f"entry {name}: mode {member.mode:o}: writable for all, or with special bits")
        path = os.path.normpath(os.path.join(into, member.name))
        if path in seen and not member.isdir():  # ours: krew would write the second over the first's beginning
            raise Refused(f"entry {name}: is there twice")
        seen.add(path)
        if len(seen) > MOST_ENTRIES:
            raise Refused(f"has more than {MOST_ENTRIES} entries")
        if member.isdir():
            os.makedirs(path, mode=member.mode, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        data = tar.extractfile(member).read()
        if len(data) != member.size:
            raise Refused(f"entry {name}: is cut off")
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, member.mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)


def check_program(path, system, arch):
    """`path` is a program for this platform (ours: krew's index runs none, so a swapped archive passes there)."""
    if not os.path.isfile(path):
        raise Refused(f"bin {quote(os.path.basename(path))}: is not in the archive")
    if not os.stat(path).st_mode & 0o111:
        raise Refused(f"bin {quote(os.path.basename(path))}: is not executable")
    with open(path, "rb") as file:
        head = file.read(20)
    if system == "linux":
        order = "big" if head[5:6] == b"\x02" else "little"
        if head[:4] != b"\x7fELF" or int.from_bytes(head[18:20], order) != MACHINES.get(arch):
            raise Refused(f"bin {quote(os.path.basename(path))}: is not a program for {system}/{arch}")
    elif system == "darwin" and not re.match(rb"\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", head):
        raise Refused(f"bin {quote(os.path.basename(path))}: is not a program for {system}/{arch}")
