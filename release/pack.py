#!/usr/bin/env python3
"""What scripts/release puts into its folder, out of the programs that build/static-ARCH has.

  release/pack.py FOLDER VERSION EPOCH ARCH...

kubectl-secure_exec-linux-ARCH, kubectl-secure_replay-linux-ARCH   stripped
secure-exec_vVERSION_linux_ARCH.tar.gz, secure-replay_...          program, LICENSE, THIRD-PARTY, and what is
                                                                   below build/extra/secure-exec: for krew
sbom.cdx.json   CycloneDX 1.5        SHA256SUMS   of all of these

Nothing in them depends on the clock, the folder or the user: EPOCH is every file's time.
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import components

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 8_000_000
TRIPLETS = {'amd64': 'x86_64-linux-gnu', 'arm64': 'aarch64-linux-gnu'}
PROGRAMS = {'secure-exec': 'kubectl-secure_exec', 'secure-replay': 'kubectl-secure_replay'}


def stripped(arch, program, target):
    built = ROOT / f'build/static-{arch}/bin/{program}'
    subprocess.run([f'{TRIPLETS[arch]}-strip', '--strip-all', '-o', target, built], check=True)
    target.chmod(0o755)
    if target.stat().st_size > MOST_BYTES:
        sys.exit(f'release: {target.name} has {target.stat().st_size} bytes, and may have {MOST_BYTES}')
    headers = subprocess.run(['readelf', '-lW', target], check=True, capture_output=True, text=True).stdout
    if 'INTERP' in headers or 'DYN (' not in headers:
        sys.exit(f'release: {target.name} is not a static PIE')


def extras(name):
    """Man pages, completions and the like: every file below build/extra/NAME, by its path there."""
    folder = ROOT / 'build/extra' / name
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def archive(target, files, epoch):
    """Regular files alone, as krew demands: {name: (bytes, mode)}."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for name, (content, mode) in sorted(files.items()):
            about = tarfile.TarInfo(name)
            about.size, about.mode, about.mtime = len(content), mode, epoch
            tar.addfile(about, io.BytesIO(content))
    with open(target, 'wb') as out, gzip.GzipFile('', 'wb', 9, out, mtime=0) as packed:
        packed.write(raw.getvalue())


def main():
    folder, version, epoch, archs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    folder.mkdir(parents=True, exist_ok=True)
    programs, libraries = [], {}
    for arch in archs:
        linked = components.linked(ROOT, arch, list(PROGRAMS.values()))
        for name, program in PROGRAMS.items():
            binary = folder / f'{program}-linux-{arch}'
            stripped(arch, program, binary)
            notices = components.notices(ROOT, arch, linked[program])
            files = {program: (binary.read_bytes(), 0o755),
                     'LICENSE': ((ROOT / 'LICENSE').read_bytes(), 0o644),
                     'THIRD-PARTY': (notices.encode(), 0o644)}
            files |= {path: (content, 0o644) for path, content in extras(name).items()}
            archive(folder / f'{name}_v{version}_linux_{arch}.tar.gz', files, epoch)
            programs.append((binary, arch, linked[program]))
            libraries |= {library['bom-ref']: library for library in linked[program]}
    bom = components.bom(version, epoch, programs, libraries)
    (folder / 'sbom.cdx.json').write_text(json.dumps(bom, indent=2, sort_keys=True) + '\n')
    made = sorted(path for path in folder.iterdir() if path.name != 'SHA256SUMS')
    (folder / 'SHA256SUMS').write_text(
        ''.join(f'{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n' for path in made))
    for path in made:
        os.utime(path, (epoch, epoch))
        print(f'{path.stat().st_size:>10}  {path.name}')


main()
