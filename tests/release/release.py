"""Where the release under test is: SECURE_EXEC_RELEASE, a folder that scripts/release made."""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

FOLDER = Path(os.environ.get("SECURE_EXEC_RELEASE", "build/portable")).resolve()
if not (FOLDER / "SHA256SUMS").exists():
    sys.exit(f"no release in {FOLDER}: run scripts/release {FOLDER}")
PROGRAMS = {"secure-exec": "kubectl-secure_exec", "secure-replay": "kubectl-secure_replay"}
ARCHS = sorted({re.fullmatch(r".*-linux-(\w+)", path.name)[1] for path in FOLDER.glob("kubectl-*-linux-*")})


def binary(program, arch):
    return FOLDER / f"{program}-linux-{arch}"
