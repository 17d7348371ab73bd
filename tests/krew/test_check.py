"""krew/generate and krew/check on made-up releases: a good one passes, and each that krew or its index would
refuse (or worse, install as something else) is refused with one line that names the reason."""

import gzip
import hashlib
import importlib.machinery
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
try:
    import yaml  # noqa: F401
except ImportError:  # Debian's has it, as krew/check knows
    os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B", os.path.abspath(__file__), *sys.argv[1:]])


def load_check():
    """krew/check as a module: the tables' cases are too many for a process each."""
    loader = importlib.machinery.SourceFileLoader("krew_check", os.path.join(REPOSITORY, "krew", "check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


check = load_check()
PROGRAMS = {"secure-exec": "kubectl-secure_exec", "secure-replay": "kubectl-secure_replay"}
MACHINES = {"amd64": 62, "arm64": 183}


def program(arch):
    """The beginning of an ELF file."""
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x02\0" + MACHINES[arch].to_bytes(2, "little") + bytes(44)


def entry(name, content=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def pack(*entries, mode="w:gz", **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.GNU_FORMAT, **options) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def good_entries(plugin="secure-exec", arch="amd64"):
    return [entry(PROGRAMS[plugin], program(arch), mode=0o755), entry("LICENSE", b"Apache-2.0\n")]


class Release:
    """A release's directory, as scripts/release leaves it."""

    def __init__(self, path):
        self.path = path
        for plugin in PROGRAMS:
            for arch in MACHINES:
                self.write(f"{plugin}_v1.2.3_linux_{arch}.tar.gz", pack(*good_entries(plugin, arch)))
        self.sum()

    def write(self, name, content):
        with open(os.path.join(self.path, name), "wb") as file:
            file.write(content)

    def sum(self):
        lines = [f"{hashlib.sha256(self.read(name)).hexdigest()}  {name}\n" for name in sorted(os.listdir(self.path))
                 if name.endswith(".gz")]
        self.write("SHA256SUMS", "".join(lines).encode())

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def run(self, tool, *options):
        return subprocess.run([os.path.join(REPOSITORY, "krew", tool), *options, self.path], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)


class KrewCase(unittest.TestCase):
    def release(self):
        path = tempfile.mkdtemp(prefix="secure-exec-krew-")
        self.addCleanup(shutil.rmtree, path)
        return Release(path)

    def generated(self):
        release = self.release()
        done = release.run("generate")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return release

    def assert_refuses(self, release, *words):
        """Judging and installing this release, in this process."""
        plugins = os.path.join(release.path, "krew", "plugins")
        with tempfile.TemporaryDirectory() as scratch, self.assertRaises(check.Refused) as raised:
            # An index is what is committed; reading it is the same.
            root = check.ScratchRoot(scratch)
            os.makedirs(os.path.join(root.path, "index", "i"))
            os.symlink(plugins, os.path.join(root.path, "index", "i", "plugins"))
            check.install_all(release.path, root.manifests("i"), scratch)
        text = str(raised.exception)
        self.assertTrue(text.isascii() and text.isprintable(), text)
        for word in words:
            self.assertIn(word, text)

    def assert_refused(self, done, *words):
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
        self.assertTrue(done.stderr.startswith("krew/"), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


class Good(KrewCase):
    def test_generated_manifests_pass(self):
        done = self.generated().run("check", "--no-run")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("manifests: secure-exec v1.2.3, secure-replay v1.2.3\n", done.stdout)
        self.assertIn("installed: linux/amd64, linux/arm64\n", done.stdout)

    def test_every_archive_has_its_sum_and_its_download(self):
        release = self.generated()
        with open(os.path.join(REPOSITORY, "CMakeLists.txt"), encoding="utf-8") as file:
            home = re.search(r'HOMEPAGE_URL "(.*)"', file.read()).group(1)
        for plugin in PROGRAMS:
            text = release.read(f"krew/plugins/{plugin}.yaml").decode()
            for arch in MACHINES:
                name = f"{plugin}_v1.2.3_linux_{arch}.tar.gz"
                self.assertIn(f"    uri: {home}/releases/download/v1.2.3/{name}\n"
                              f"    sha256: {hashlib.sha256(release.read(name)).hexdigest()}\n", text)

    def test_generating_again_changes_nothing(self):
        release = self.generated()
        before = release.read("krew/plugins/secure-exec.yaml")
        release.run("generate")
        self.assertEqual(release.read("krew/plugins/secure-exec.yaml"), before)

    def test_selectors_with_expressions(self):
        release = self.generated()
        name = "krew/plugins/secure-exec.yaml"
        text = release.read(name).decode().replace(
            'matchLabels:\n        os: linux\n        arch: "arm64"',
            'matchExpressions:\n      - {key: os, operator: In, values: [linux]}\n'
            '      - {key: arch, operator: NotIn, values: [amd64, "386", arm, ppc64le]}')
        release.write(name, text.encode())
        self.assertEqual(release.run("check", "--no-run").stderr, "")

    def test_files_that_are_chosen_and_renamed(self):
        release = self.release()
        (program_entry, content), licence = good_entries()
        release.write("secure-exec_v1.2.3_linux_amd64.tar.gz", pack(
            entry("out-1/" + program_entry.name, content, mode=0o755), entry("out-1/.hidden"), licence))
        release.sum()
        release.run("generate")
        name = "krew/plugins/secure-exec.yaml"
        release.write(name, release.read(name).replace(
            b"    bin: kubectl-secure_exec\n",
            b"    bin: bin/tool\n    files:\n    - {from: ./LICENSE, to: .}\n    - {from: 'out-*/*', to: all}\n"
            b"    - {from: ./LICENSE, to: bin/tool}\n", 1))
        # A second move of the same file finds nothing, as in krew.
        self.assert_refuses(release, "nothing in the archive is \"./LICENSE\"")
        release.write(name, release.read(name).replace(
            b"    - {from: 'out-*/*', to: all}\n    - {from: ./LICENSE, to: bin/tool}\n",
            b"    - {from: out-1/kubectl-secure_exec, to: bin/tool}\n    - {from: 'out-*/*', to: all}\n"))
        self.assertEqual(release.run("check", "--no-run").stderr, "")

    def test_what_lies_beside_the_manifests_is_not_read(self):
        release = self.generated()
        release.write("krew/plugins/notes.txt", b"not YAML: [")
        os.symlink("/etc/passwd", os.path.join(release.path, "krew/plugins/link.yaml"))
        self.assertEqual(release.run("check", "--no-run").stderr, "")


class BadReleases(KrewCase):
    def test_generate_wants_both_plugins(self):
        release = self.release()
        for arch in MACHINES:
            os.remove(os.path.join(release.path, f"secure-replay_v1.2.3_linux_{arch}.tar.gz"))
        self.assert_refused(release.run("generate"), "no archive secure-replay_")

    def test_generate_wants_the_same_platforms(self):
        release = self.release()
        os.remove(os.path.join(release.path, "secure-replay_v1.2.3_linux_arm64.tar.gz"))
        self.assert_refused(release.run("generate"), "not there for the same platforms")

    def test_generate_wants_one_version(self):
        release = self.release()
        release.write("secure-exec_v1.2.4_linux_arm.tar.gz", pack(*good_entries()))
        release.sum()
        self.assert_refused(release.run("generate"), "v1.2.3, v1.2.4")

    def test_generate_compares_the_sums(self):
        release = self.release()
        release.write("secure-exec_v1.2.3_linux_amd64.tar.gz", b"swapped")
        self.assert_refused(release.run("generate"), "secure-exec_v1.2.3_linux_amd64.tar.gz", "SHA256SUMS says")

    def test_an_archive_that_was_changed_afterwards(self):
        release = self.generated()
        release.write("secure-exec_v1.2.3_linux_amd64.tar.gz", pack(*good_entries(), entry("more")))
        self.assert_refused(release.run("check", "--no-run"), "SHA256SUMS says")
        release.sum()
        self.assert_refused(release.run("check", "--no-run"), "checksum does not match")

    def test_an_archive_that_is_not_there(self):
        release = self.generated()
        os.remove(os.path.join(release.path, "secure-exec_v1.2.3_linux_arm64.tar.gz"))
        self.assert_refused(release.run("check", "--no-run"), "linux_arm64.tar.gz: No such file")

    def test_a_platform_that_was_built_but_left_out(self):
        release = self.generated()
        release.write("secure-exec_v1.2.3_darwin_arm64.tar.gz", b"")
        self.assert_refused(release.run("check", "--no-run"), "secure-exec_v1.2.3_darwin_arm64.tar.gz: was built")

    def test_no_manifests(self):
        self.assert_refused(self.release().run("check", "--no-run"), "krew/generate writes it")
        release = self.release()
        os.makedirs(os.path.join(release.path, "krew"))
        self.assert_refused(release.run("check", "--no-run"), "has no directory plugins")
        release.write("krew/readme", b"")
        os.makedirs(os.path.join(release.path, "krew", "plugins"))
        release.write("krew/plugins/readme", b"")
        self.assert_refused(release.run("check", "--no-run"), "no manifests")

    def test_what_cannot_be_run_is_a_failure_with_all(self):
        release = self.generated()
        done = release.run("check", "--all", "--kubectl", "/nonexistent/kubectl")
        self.assert_refused(done, "kubectl")


API = "apiVersion: krew.googlecontainertools.github.com/v1alpha2\n"
LABELS = 'matchLabels:\n        os: linux\n        arch: "amd64"'
AMD64 = re.compile(r"  - selector:\n.*?bin: \S+\n", re.DOTALL)
SHA = re.compile(r"sha256: [0-9a-f]{64}")

# What is made of secure-exec.yaml (a text and what stands there instead, or a function), and words of the reason.
BAD_MANIFESTS = {
    "api version": ("v1alpha2", "v1alpha3", "apiVersion:"),
    "kind": ("kind: Plugin", "kind: Tool", "kind: \"Tool\" is not Plugin"),
    "another name": ("name: secure-exec", "name: secure-shell", "metadata.name: \"secure-shell\" is not the file's"),
    "no name": ("name: secure-exec", "name: ''", "metadata: name has to be set"),
    "no spec": (lambda text: text.partition("spec:")[0], "spec has to be set"),
    "version without v": ("version: v1.2.3", "version: 1.2.3", "\"1.2.3\" is not a semantic version"),
    "version of two parts": ("version: v1.2.3", "version: v1.2", "not a semantic version"),
    "version with a zero": ("version: v1.2.3", "version: v1.02.3", "not a semantic version"),
    "pre-release with a zero": ("version: v1.2.3", "version: v1.2.3-rc.01", "01 begins with 0"),
    "version is a number": ("version: v1.2.3", "version: 1.2", "1.2 is not a string"),
    "no short description": (re.compile("  shortDescription:.*\n"), "", "shortDescription has to be set"),
    "two lines": (re.compile("shortDescription:.*"), 'shortDescription: "a\\nb"', "has line breaks"),
    "long": (re.compile("shortDescription:.*"), "shortDescription: " + "x" * 51, "51 characters, at most 50"),
    "control characters": (re.compile("shortDescription:.*"), 'shortDescription: "a\\e[2Jb"', "control characters"),
    "long line": ("  caveats: |\n", "  caveats: |\n    " + "word " * 20 + "\n", "spec.caveats: a line longer than 80"),
    "homepage": (re.compile("homepage:.*"), "homepage: javascript:alert(1)", "spec.homepage:"),
    "no platforms": (lambda text: text.partition("  platforms:")[0] + "  platforms: []\n", "platforms has to be set"),
    "platforms no list": (lambda text: text.partition("  platforms:")[0] + "  platforms: x\n", "is not a list"),
    "unknown field": ("  homepage:", "  homePage: x\n  homepage:", "spec: unknown field \"homePage\""),
    "unknown field of a platform": ("    bin:", "    binary: x\n    bin:", "platforms[0]: unknown field \"binary\""),
    "unknown top field": (API, API + "status: {}\n", "unknown field \"status\""),
    "a key twice": ("kind: Plugin", "kind: Plugin\nkind: Plugin", "there twice"),
    "no uri": (re.compile("    uri:.*\n"), "", "uri has to be set"),
    "plain http": ("uri: https:", "uri: http:", "is not an https URL"),
    "a password in the uri": ("uri: https://", "uri: https://a:b@", "is not an https URL"),
    "no sum": (re.compile("    sha256:.*\n"), "", "sha256 has to be set"),
    "upper case sum": (SHA, "sha256: " + "A" * 64, "is not 64 lower-case hex digits"),
    "short sum": (SHA, "sha256: " + "a" * 63, "is not 64 lower-case hex digits"),
    "sum that is a number": (SHA, "sha256: " + "1" * 64, "is not a string"),
    "no bin": (re.compile("    bin:.*\n"), "", "bin has to be set"),
    "absolute bin": ("bin: kubectl", "bin: /bin/kubectl", "is not below"),
    "bin that leads out": ("bin: kubectl", "bin: ../kubectl", "is not below"),
    "bin that is not there": ("bin: kubectl-secure_exec", "bin: kubectl-other", "bin \"kubectl-other\": is not in"),
    "bin that is no program": ("bin: kubectl-secure_exec", "bin: LICENSE", "is not executable"),
    "empty files": ("    bin:", "    files: []\n    bin:", "files: has to be unspecified or non-empty"),
    "files without to": ("    bin:", "    files: [{from: a}]\n    bin:", "files[0]: to has to be set"),
    "files that lead out": ("    bin:", "    files: [{from: '*', to: ../x}]\n    bin:", "files[0].to:"),
    "files not clean": ("    bin:", "    files: [{from: '*', to: a//b}]\n    bin:", "is not clean"),
    "files that match nothing": ("    bin:", "    files: [{from: 'x*', to: .}]\n    bin:", "nothing in the archive is"),
    "files without the licence": ("    bin:", "    files: [{from: 'k*', to: .}]\n    bin:", "no LICENSE"),
    "no selector": (re.compile(r"- selector:\n.*\n.*\n.*\n"), "-\n", "selector has to be set"),
    "empty selector": (f"selector:\n      {LABELS}", "selector: {}", "selector: is empty"),
    "empty labels": (LABELS, "matchLabels: {}", "matchLabels: is empty"),
    "labels no mapping": (LABELS, "matchLabels: []", "matchLabels: is not a mapping"),
    "empty expressions": (LABELS, LABELS + "\n      matchExpressions: []", "matchExpressions: is empty"),
    "key of a selector": ("os: linux", "kernel: linux", "key \"kernel\" is not os or arch"),
    "operator": (LABELS, "matchExpressions: [{key: os, operator: Is, values: [linux]}]", "operator: \"Is\""),
    "no values": (LABELS, "matchExpressions: [{key: os, operator: In}]", "values: none for In"),
    "values too many": (LABELS, "matchExpressions: [{key: os, operator: Exists, values: [linux]}]", "not with Exists"),
    "unknown platform": ("os: linux", "os: plan9", "selects no platform that krew knows"),
    "number in a selector": ('arch: "amd64"', "arch: 386", "386 is not a string"),
    "overlap": ('        arch: "arm64"\n', "", "[0, 1] overlap: each selects linux/amd64"),
    "same platform twice": (lambda text: text + AMD64.search(text).group(), "[0, 2] overlap"),
    "archive of another platform": ('arch: "amd64"', 'arch: "ppc64le"', "is not a program for linux/ppc64le"),
    "YAML": ("kind: Plugin", "kind: [Plugin", "is not YAML"),
    "a tag": ("kind: Plugin", "kind: !!python/name:os.system Plugin", "is not YAML"),
    "an alias": ("kind: Plugin", "kind: &k Plugin\nspec: *k", "has a YAML alias"),
    "documents": (API, API + "---\n" + API, "is not YAML"),
    "no mapping": (lambda text: "- a\n", "is not a mapping"),
    "nothing": (lambda text: "", "is not a mapping"),
    "size": (lambda text: text + "#" * 70000, "is longer than 65536 bytes"),
    "depth": (lambda text: "[" * 30000, "is nested too deeply"),
    "UTF-8": (lambda text: text.encode() + b"# \xff\n", "is not UTF-8"),
}


class BadManifests(KrewCase):
    def test_each_is_refused(self):
        release = self.generated()
        name = "krew/plugins/secure-exec.yaml"
        good = release.read(name).decode()
        for case, (old, *rest) in BAD_MANIFESTS.items():
            with self.subTest(case):
                if callable(old):
                    bad = old(good)
                elif isinstance(old, re.Pattern):
                    new = rest.pop(0)
                    bad = old.sub(lambda _, new=new: new, good, count=1)
                else:
                    bad = good.replace(old, rest.pop(0), 1)
                self.assertNotEqual(bad, good)
                release.write(name, bad if isinstance(bad, bytes) else bad.encode())
                self.assert_refuses(release, "secure-exec.yaml: ", *rest)

    def test_a_refused_manifest_ends_the_program_with_one_line(self):
        release = self.generated()
        name = "krew/plugins/secure-exec.yaml"
        release.write(name, release.read(name).replace(b"kind: Plugin", b'kind: "a\\nb"'))
        done = release.run("check", "--no-run")
        self.assert_refused(done, 'krew/check: secure-exec.yaml: kind: "a\\nb" is not Plugin')

    def test_the_names_of_files(self):
        for name, reason in {"Secure-Exec": "lower-case-with-dashes", "secure_exec": "lower-case-with-dashes",
                             "secure.exec": "not a name for a plugin", "nul": "not a name for a plugin"}.items():
            with self.subTest(name):
                release = self.generated()
                plugins = os.path.join(release.path, "krew/plugins")
                os.rename(f"{plugins}/secure-exec.yaml", f"{plugins}/{name}.yaml")
                self.assert_refuses(release, f"{name}.yaml: ", reason)


# What is in secure-exec's archive for linux/amd64, and words of the reason.
BAD_ARCHIVES = {
    "zip": (b"PK\x03\x04" + bytes(60), "is a zip"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(60), "is zstd"),
    "plain tar": (pack(*good_entries(), mode="w"), "something else by its content"),
    "empty": (b"", "something else by its content"),
    "cut": (pack(*good_entries(), compresslevel=0)[:-600], "is not whole gzip"),
    "broken sum": (pack(*good_entries())[:-8] + bytes(8), "is not whole gzip"),
    "gzip of no tar": (None, "is not a tar"),
    "symlink": (pack(*good_entries(), entry("x", type=tarfile.SYMTYPE, linkname="LICENSE")), "\"x\": is a symlink"),
    "hard link": (pack(*good_entries(), entry("x", type=tarfile.LNKTYPE, linkname="LICENSE")), "is a hard link"),
    "device": (pack(*good_entries(), entry("x", type=tarfile.CHRTYPE)), "\"x\": is of another type"),
    "fifo": (pack(*good_entries(), entry("x", type=tarfile.FIFOTYPE)), "\"x\": is of another type"),
    "parent": (pack(*good_entries(), entry("../x")), "has \"..\" in its name"),
    "two dots anywhere": (pack(*good_entries(), entry("a/b..c")), "has \"..\" in its name"),
    "absolute": (pack(*good_entries(), entry("/etc/x")), "its name is absolute"),
    "backslash": (pack(*good_entries(), entry("\\x")), "its name is absolute"),
    "twice": (pack(*good_entries(), entry("LICENSE", b"x")), "\"LICENSE\": is there twice"),
    "twice by another name": (pack(*good_entries(), entry("./LICENSE", b"x")), "is there twice"),
    "file and directory": (pack(*good_entries(), entry("LICENSE/x")), "cannot be unpacked"),
    "setuid": (pack(*good_entries(), entry("x", mode=0o4755)), "mode 4755"),
    "writable for all": (pack(*good_entries(), entry("x", mode=0o666)), "mode 666"),
    "escape sequences in a name": (pack(*good_entries(), entry("a\n\x1b[2J..")), "\\u001b[2J"),
    "no licence": (pack(good_entries()[0]), "no LICENSE or COPYING"),
    "no program": (pack(good_entries()[1]), "bin \"kubectl-secure_exec\": is not in the archive"),
    "a directory in its place": (
        pack(good_entries()[1], entry("kubectl-secure_exec", type=tarfile.DIRTYPE, mode=0o755)),
        "is not in the archive"),
    "not executable": (pack(entry("kubectl-secure_exec", program("amd64")), good_entries()[1]), "is not executable"),
    "another architecture": (pack(*good_entries(arch="arm64")), "is not a program for linux/amd64"),
    "a script": (pack(entry("kubectl-secure_exec", b"#!/bin/sh\n", mode=0o755), good_entries()[1]),
                 "is not a program for linux/amd64"),
    "everything one directory down": (pack(*(entry("v1/" + info.name, content, mode=info.mode)
                                             for info, content in good_entries())), "is not in the archive"),
}


class BadArchives(KrewCase):
    def test_each_is_refused(self):
        release = self.release()
        name = "secure-exec_v1.2.3_linux_amd64.tar.gz"
        for case, (content, *words) in BAD_ARCHIVES.items():
            with self.subTest(case):
                release.write(name, content if content is not None else gzip.compress(b"no tar" * 1000))
                release.sum()
                self.assertEqual(release.run("generate").stderr, "")
                self.assert_refuses(release, "secure-exec.yaml: spec.platforms[0]", *words)


if __name__ == "__main__":
    unittest.main(verbosity=2)
