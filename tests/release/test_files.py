"""What scripts/release made, looked at without running it: sums, archives, SBOM, and how the programs are hardened."""

import hashlib
import json
import re
import subprocess
import tarfile
import unittest

import release
from release import ARCHS, FOLDER, PROGRAMS, binary

MOST_BYTES = 8_000_000


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True, capture_output=True, text=True).stdout


class Programs(unittest.TestCase):
    def each(self):
        return [binary(program, arch) for arch in ARCHS for program in PROGRAMS.values()]

    def test_size(self):
        for path in self.each():
            self.assertLessEqual(path.stat().st_size, MOST_BYTES, path.name)

    def test_static_pie_that_needs_nothing(self):
        for path in self.each():
            self.assertIn("Type:                              DYN", readelf("-h", path))
            self.assertNotIn("INTERP", readelf("-l", path))
            dynamic = readelf("-d", path)
            self.assertNotIn("NEEDED", dynamic)
            self.assertRegex(dynamic, r"FLAGS_1.*PIE")

    def test_full_relro_and_no_executable_stack(self):
        for path in self.each():
            segments = readelf("-l", path)
            self.assertIn("GNU_RELRO", segments)
            self.assertRegex(readelf("-d", path), r"BIND_NOW|Flags:.* NOW")
            self.assertRegex(segments, r"GNU_STACK .* RW ")
            self.assertNotRegex(segments, r"LOAD .* RWE ")

    def test_stripped(self):
        for path in self.each():
            self.assertNotIn(".symtab", readelf("-S", path))

    def test_no_folder_of_the_build_in_it(self):
        for path in self.each():
            content = path.read_bytes()
            for folder in (str(FOLDER), release.__file__.rsplit("/tests/", 1)[0]):
                self.assertFalse(folder.encode() in content, f"{path.name} has {folder} in it")

    def test_no_name_service_switch(self):
        """glibc's look-ups, which would load plug-ins: their own file and module names are not there."""
        for path in self.each():
            content = path.read_bytes()
            for word in (b"libnss_", b"/var/run/nscd", b"/etc/gai.conf"):
                self.assertFalse(word in content, f"{path.name} has {word} in it")


class Archives(unittest.TestCase):
    def test_as_krew_demands(self):
        for arch in ARCHS:
            for name, program in PROGRAMS.items():
                paths = list(FOLDER.glob(f"{name}_v*_linux_{arch}.tar.gz"))
                self.assertEqual(len(paths), 1)
                with tarfile.open(paths[0]) as tar:
                    members = {member.name: member for member in tar}
                    self.assertTrue(all(member.isreg() for member in members.values()))
                    self.assertFalse([one for one in members if one.startswith("/") or ".." in one.split("/")])
                    page = f"man/man1/{program}.1"
                    shells = {f"completions/{program}.{shell}" for shell in ("bash", "zsh", "fish")}
                    self.assertLessEqual({program, "LICENSE", "THIRD-PARTY", page, *shells}, set(members))
                    self.assertEqual({(m.uid, m.gid, m.uname, m.gname) for m in members.values()}, {(0, 0, "", "")})
                    self.assertEqual(members[program].mode, 0o755)
                    self.assertEqual(tar.extractfile(program).read(), binary(program, arch).read_bytes())
                    notices = tar.extractfile("THIRD-PARTY").read().decode()
                for word in ("OpenSSL", "glibc", "GNU LESSER GENERAL PUBLIC LICENSE", "zstd"):
                    self.assertIn(word, notices)

    def test_sums(self):
        lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
        listed = dict(reversed(line.split("  ")) for line in lines)
        self.assertEqual(set(listed), {path.name for path in FOLDER.iterdir()} - {"SHA256SUMS", "krew"})
        for name, digest in listed.items():
            self.assertEqual(hashlib.sha256((FOLDER / name).read_bytes()).hexdigest(), digest)


class Sbom(unittest.TestCase):
    """CycloneDX 1.5, as its JSON schema says of the parts that are used."""

    def setUp(self):
        self.bom = json.loads((FOLDER / "sbom.cdx.json").read_text())

    def test_structure(self):
        bom = self.bom
        self.assertEqual((bom["bomFormat"], bom["specVersion"], bom["version"]), ("CycloneDX", "1.5", 1))
        self.assertRegex(bom["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertRegex(bom["metadata"]["timestamp"], r"^\d{4}(-\d\d){2}T(\d\d:){2}\d\dZ$")
        self.assertLessEqual(set(bom), {"bomFormat", "specVersion", "version", "serialNumber", "metadata", "components",
                                        "dependencies"})
        for part in [bom["metadata"]["component"], *bom["components"]]:
            self.assertIn(part["type"], ("application", "library"))
            self.assertTrue(part["name"] and part["version"] and part["bom-ref"])
            for licence in part["licenses"]:
                self.assertIn(list(licence), (["license"], ["expression"]))
            for one in part.get("hashes", []):
                self.assertEqual(one["alg"], "SHA-256")
                self.assertRegex(one["content"], r"^[0-9a-f]{64}$")
            self.assertTrue(all(set(one) == {"name", "value"} for one in part.get("properties", [])))

    def test_every_reference_is_there_once(self):
        references = [part["bom-ref"] for part in [self.bom["metadata"]["component"], *self.bom["components"]]]
        self.assertEqual(len(references), len(set(references)))
        self.assertEqual(sorted(one["ref"] for one in self.bom["dependencies"]), sorted(references))
        for one in self.bom["dependencies"]:
            self.assertLessEqual(set(one.get("dependsOn", [])), set(references))

    def test_libraries_say_where_they_are_from(self):
        libraries = [part for part in self.bom["components"] if part["type"] == "library"]
        names = {part["name"] for part in libraries}
        self.assertLessEqual({"glibc", "libstdc++", "openssl", "curl", "c-ares", "wslay", "simdjson", "zstd", "re2"}, names)
        for part in libraries:
            self.assertRegex(part["purl"], r"^pkg:deb/debian/[A-Za-z0-9.%-]+@[^?]+\?arch=\w+&distro=bookworm$|^pkg:generic/openssl@[0-9.]+$")

    def test_the_programs_hashes(self):
        for part in self.bom["components"]:
            if part["type"] == "application":
                self.assertEqual(part["hashes"][0]["content"],
                                 hashlib.sha256((FOLDER / part["name"]).read_bytes()).hexdigest())

    def test_readers_keep_to_themselves(self):
        """RE2 apart, which the policy needs too, replay's libraries are not in the plugin, nor the network's in replay."""
        names = {part["bom-ref"]: part["name"] for part in self.bom["components"]}
        for one in self.bom["dependencies"]:
            inside = {names[ref] for ref in one.get("dependsOn", [])} if "kubectl" in one["ref"] else set()
            if re.match("kubectl-secure_exec", one["ref"]):
                self.assertNotIn("simdjson", inside)
            if re.match("kubectl-secure_replay", one["ref"]):
                self.assertFalse(inside & {"curl", "c-ares", "wslay"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
