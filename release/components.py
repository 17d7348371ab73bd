"""The libraries inside a static program: which, from which Debian package, under which licence.

Which archives went in, the linker's map says; one that is not in the table below stops the release.
"""
import datetime
import hashlib
import re
import subprocess
import uuid
from pathlib import Path
from urllib.parse import quote

# archive: (name, package, licence). `package` is a package of the sysroot, or SOURCE: a source package
# that we built, or HOST: the compiler's.
ARCHIVES = {
    'libc.a': ('glibc', 'libc6-dev', 'LGPL-2.1-or-later'),
    'libm.a': ('glibc', 'libc6-dev', 'LGPL-2.1-or-later'),
    'libm-2.36.a': ('glibc', 'libc6-dev', 'LGPL-2.1-or-later'),
    'libmvec.a': ('glibc', 'libc6-dev', 'LGPL-2.1-or-later'),
    'libpthread.a': ('glibc', 'libc6-dev', 'LGPL-2.1-or-later'),
    'libgcc.a': ('libgcc', 'HOST', 'GPL-3.0-or-later WITH GCC-exception-3.1'),
    'libgcc_eh.a': ('libgcc', 'HOST', 'GPL-3.0-or-later WITH GCC-exception-3.1'),
    'libstdc++.a': ('libstdc++', 'HOST', 'GPL-3.0-or-later WITH GCC-exception-3.1'),
    'libcrypto.a': ('openssl', 'SOURCE:openssl', 'Apache-2.0'),
    'libssl.a': ('openssl', 'SOURCE:openssl', 'Apache-2.0'),
    'libz.a': ('zlib', 'zlib1g-dev', 'Zlib'),
    'libzstd.a': ('zstd', 'libzstd-dev', 'BSD-3-Clause'),
    'libcares.a': ('c-ares', 'libc-ares-dev', 'MIT'),
    'libyaml-cpp.a': ('yaml-cpp', 'libyaml-cpp-dev', 'MIT'),
    'libre2.a': ('re2', 'libre2-dev', 'BSD-3-Clause'),
    'libutf8proc.a': ('utf8proc', 'libutf8proc-dev', 'MIT'),
    'libboost_program_options.a': ('boost', 'libboost-program-options1.74-dev', 'BSL-1.0'),
    'libcurl.a': ('curl', 'SOURCE:curl', 'curl'),
    'libfmt.a': ('fmt', 'SOURCE:fmtlib', 'MIT'),
    'libsimdjson.a': ('simdjson', 'SOURCE:simdjson', 'Apache-2.0'),
    'libwslay.a': ('wslay', 'SOURCE:aria2', 'MIT'),
}
# Headers alone; both programs have them.
HEADERS = {'json': ('nlohmann-json', 'nlohmann-json3-dev', 'MIT'), 'expected': ('tl-expected', 'libexpected-dev', 'CC0-1.0')}
# Where a licence's text is, if not in the package's usr/share/doc.
TEXTS = {'re2': 'usr/share/doc/libre2-9/copyright'}
WSLAY_COPYING = 'build/static/source/aria2/deps/wslay/COPYING'
OUR_ARCHIVE = re.compile(r'build/static-\w+/')


def rows(path):
    return [line.split('\t') for line in path.read_text().splitlines()]


def host_package(arch, archive):
    """Of one of the compiler's own libraries: package, version, source package, its version."""
    name = ('libstdc++' if 'stdc++' in archive else 'libgcc') + '-12-dev' + ('' if arch == 'amd64' else f'-{arch}-cross')
    return subprocess.run(
        ['dpkg-query', '-W', '-f', '${Package}\t${Version}\t${source:Package}\t${source:Version}', name], check=True,
        capture_output=True, text=True).stdout.split('\t')


def archives_in(map_file):
    """Every archive of which a member was taken, by its path."""
    text = map_file.read_text(errors='replace')
    members = text[:text.index('Discarded input sections')]
    return sorted(set(re.findall(r'^(\S+\.a)\(', members, re.MULTILINE)))


def unpatched(folder):
    """Source packages of which release/debian got upstream's release alone."""
    path = folder / 'source/unpatched'
    return path.read_text().split() if path.exists() else []


def component(root, arch, archive, path):
    name, package, licence = (ARCHIVES | HEADERS)[archive]
    base = root / f'build/static/{arch}'
    about = {'type': 'library', 'name': name, 'licenses': [{'expression': licence} if ' ' in licence else
                                                           {'license': {'id': licence}}]}
    if package.startswith('SOURCE:'):
        source = package.removeprefix('SOURCE:')
        version = dict(rows(base.parent / 'source/sources.tsv'))[source]
        binary, source_version = source, version
        purl = f'pkg:deb/debian/{source}@{quote(version, safe=":~")}?arch=source&distro=bookworm'
        if source in unpatched(base.parent):
            version = version.rsplit('-', 1)[0]
            purl = f'pkg:generic/{source}@{version}'
    else:
        binary, version, source, source_version = host_package(arch, archive) if package == 'HOST' else next(
            row for row in rows(base / 'packages.tsv') if row[0] == package)
        purl = f'pkg:deb/debian/{quote(binary, safe="")}@{quote(version, safe=":~")}?arch={arch}&distro=bookworm'
    about |= {'version': version, 'purl': purl, 'bom-ref': f'{purl}#{name}' if name == 'wslay' else purl,
              'properties': [{'name': 'debian:package', 'value': binary},
                             {'name': 'debian:source-package', 'value': source},
                             {'name': 'debian:source-version', 'value': source_version}]}
    if package.startswith('SOURCE:'):
        # Built by us: what can be compared with Debian's are the files of the source package.
        for file in sorted((base.parent / 'source').glob(f'{source}_*.tar.*')):
            if not file.name.endswith('.asc'):
                about['properties'].append({'name': f'sha256:{file.name}', 'value': sha256(file)})
    elif path:
        about['hashes'] = [{'alg': 'SHA-256', 'content': sha256(path)}]
    if name == 'wslay':
        about['version'] = '1.1.1'
        about['description'] = "the copy in aria2's source package, deps/wslay"
    return about


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def linked(root, arch, programs):
    """{program: [component]}."""
    result = {}
    for program in programs:
        build = root / f'build/static-{arch}'
        found = {}
        for path in archives_in(build / f'bin/{program}.map'):
            name = Path(path).name
            file = path if path.startswith('/') else build / path
            if name not in ARCHIVES:
                if OUR_ARCHIVE.search(str(file)):
                    continue
                raise SystemExit(f'release: {program} has {path} in it, which release/components.py does not know')
            about = component(root, arch, name, file)
            known = found.setdefault(about['bom-ref'], about)
            known['hashes'] = known.get('hashes', []) or about.get('hashes', [])
        for name in HEADERS:
            about = component(root, arch, name, None)
            found[about['bom-ref']] = about
        for about in found.values():
            if not about.get('hashes'):
                about.pop('hashes', None)
        result[program] = sorted(found.values(), key=lambda about: (about['name'], about['bom-ref']))
    return result


def notice_text(root, arch, about):
    sysroot = root / f'build/static/{arch}/sysroot'
    package, source = (item['value'] for item in about['properties'][:2])
    if about['name'] == 'boost':
        return ('Boost Software License 1.0. It asks for no notice in copies that are solely in the form of\n'
                'machine-executable object code generated by a source language processor.\n')
    if about['name'] == 'wslay':
        return (root / WSLAY_COPYING).read_text()
    if source.startswith('gcc-12'):
        return Path('/usr/share/doc/gcc-12-base/copyright').read_text()
    folder = root / f'build/static/source/{source}'
    if folder.is_dir():
        if (folder / 'debian/copyright').exists():
            return (folder / 'debian/copyright').read_text()
        readme = (folder / 'README.md').read_text()  # OpenSSL's alone, see unpatched()
        notice = readme[readme.rindex('Copyright (c) 1998'):].partition('<!--')[0]
        return 'OpenSSL, ' + notice + (folder / 'LICENSE.txt').read_text()
    return (sysroot / TEXTS.get(about['name'], f'usr/share/doc/{package}/copyright')).read_text()


def notices(root, arch, libraries):
    """The file THIRD-PARTY: what is inside a program, and the texts that its licences ask for."""
    head = (
        'This program is linked statically with the libraries below, from Debian 12. Of each: name, version,\n'
        "source package, licence, then Debian's record of its copyright.\n\n"
        'glibc is under the LGPL, version 2.1 or later: you may change it and link this program anew. All that this\n'
        "takes is public: this program's source (scripts/release does it) and Debian's source packages.\n")
    parts, texts = [head], {}
    for about in libraries:
        source = about['properties'][1]['value']
        licence = about['licenses'][0].get('expression') or about['licenses'][0]['license']['id']
        title = f"{about['name']} {about['version']} (Debian source package {source}): {licence}"
        text = notice_text(root, arch, about)
        texts.setdefault(text, []).append(title)
    for text, titles in texts.items():
        parts.append('\n' + '=' * 100 + '\n' + '\n'.join(titles) + '\n' + '=' * 100 + '\n\n' + text)
    for name in ('LGPL-2.1', 'GPL-3', 'Apache-2.0'):
        parts.append('\n' + '=' * 100 + f'\n{name}\n' + '=' * 100 + '\n\n' +
                     Path('/usr/share/common-licenses', name).read_text())
    return ''.join(parts)


def bom(version, epoch, programs, libraries):
    time = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    ours, graph = [], []
    for binary, arch, inside in programs:
        reference = f'{binary.name}@{version}'
        ours.append({'type': 'application', 'name': binary.name, 'version': version, 'bom-ref': reference,
                     'licenses': [{'license': {'id': 'Apache-2.0'}}],
                     'hashes': [{'alg': 'SHA-256', 'content': sha256(binary)}],
                     'properties': [{'name': 'architecture', 'value': arch}]})
        graph.append({'ref': reference, 'dependsOn': sorted(about['bom-ref'] for about in inside)})
    top = f'secure-exec@{version}'
    graph.insert(0, {'ref': top, 'dependsOn': [each['bom-ref'] for each in ours]})
    graph += [{'ref': reference} for reference in sorted(libraries)]
    digest = hashlib.sha256(repr((ours, sorted(libraries))).encode()).hexdigest()
    return {'bomFormat': 'CycloneDX', 'specVersion': '1.5', 'version': 1,
            'serialNumber': f'urn:uuid:{uuid.UUID(digest[:32], version=4)}',
            'metadata': {'timestamp': time,
                         'component': {'type': 'application', 'name': 'secure-exec', 'version': version,
                                       'bom-ref': top, 'licenses': [{'license': {'id': 'Apache-2.0'}}]}},
            'components': ours + [libraries[reference] for reference in sorted(libraries)],
            'dependencies': graph}
