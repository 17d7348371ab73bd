"""A krew root (~/.krew) in a scratch directory, and what `kubectl krew index add` and `install` do in it:

    index/INDEX/             a clone of the index, whose plugins/*.yaml are the manifests
    store/NAME/VERSION/      what was in the archive
    bin/kubectl-NA_ME        a link to the program: dashes are underscores
    receipts/NAME.yaml       the manifest, when it was installed, and from which index

As internal/environment, gitutil, indexoperations and installation of krew 0.4 have it.
"""

import datetime
import fnmatch
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

import yaml

import archive
import manifest
from manifest import Refused, quote

LICENSES = {"license", "license.txt", "license.md", "licenses", "licenses.txt", "licenses.md", "copying",
            "copying.txt"}  # validate-krew-manifest's


def git_environment():
    """Ours, but for what a git that runs us as a hook has set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


class ScratchRoot:
    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.bin = os.path.join(self.path, "bin")
        for name in "bin", "index", "receipts", "store":
            os.makedirs(os.path.join(self.path, name), exist_ok=True)

    def add_index(self, name, url):
        """`kubectl krew index add NAME URL`"""
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise Refused(f"index {quote(name)}: is not a name for an index")
        to = os.path.join(self.path, "index", name)
        if os.path.exists(to):
            raise Refused(f"index {quote(name)}: is there already")
        done = subprocess.run(["git", "clone", "-v", url, to], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, errors="replace", env=git_environment())
        if done.returncode:
            raise Refused(f"index {quote(url)}: git clone: {quote(done.stdout.strip())}")

    def manifests(self, index):
        """The manifests of an index; what is no regular .yaml file in its plugins/ is not looked at."""
        plugins = os.path.join(self.path, "index", index, "plugins")
        if not os.path.isdir(plugins):
            raise Refused(f"index {quote(index)}: has no directory plugins")
        with os.scandir(plugins) as entries:
            names = sorted(e.name for e in entries if e.is_file(follow_symlinks=False) and e.name.endswith(".yaml"))
        found = []
        for name in names:
            try:
                found.append(manifest.load(os.path.join(plugins, name)))
            except Refused as refused:
                raise Refused(f"{name}: {refused}") from None
        return found

    def install(self, plugin, platform, content, pair, index):
        """`kubectl krew install INDEX/NAME` on a machine of `pair` (os, arch); returns the link."""
        receipt = os.path.join(self.path, "receipts", plugin.name + ".yaml")
        if os.path.exists(receipt):
            raise Refused("is installed already")
        digest = hashlib.sha256(content).hexdigest()
        if digest != platform["sha256"]:
            raise Refused(f"checksum does not match: the manifest says {platform['sha256']}, it is {digest}")
        installed = os.path.join(self.path, "store", plugin.name, plugin.version)
        os.makedirs(os.path.dirname(installed), exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="krew-downloads") as staging:
            archive.unpack(content, staging)
            os.mkdir(installed, 0o755)
            for operation in platform.get("files") or [{"from": "*", "to": "."}]:
                _move(staging, installed, operation)
        program = os.path.join(installed, platform["bin"])
        archive.check_program(program, *pair)
        link = os.path.join(self.bin, "kubectl-" + plugin.name.replace("-", "_"))
        os.symlink(program, link)
        document = dict(plugin.document, status={"source": {"name": index}})
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        document["metadata"] = dict(document["metadata"], creationTimestamp=now)
        with open(receipt, "w", encoding="utf-8") as file:
            yaml.safe_dump(document, file)
        return link

    def need_license(self):
        """As validate-krew-manifest does: anywhere among what was installed."""
        names = [name for _, _, files in os.walk(os.path.join(self.path, "store")) for name in files]
        if not any(name.lower() in LICENSES for name in names):
            raise Refused(f"no LICENSE or COPYING among what is installed: {quote(sorted(names))}")


def _move(staging, installed, operation):
    found = _glob(staging, [part for part in operation["from"].split("/") if part not in ("", ".")])
    if not found:
        raise Refused(f"files: nothing in the archive is {quote(operation['from'])}")
    one = len(found) == 1 and not re.search(r"[*?]", operation["from"]) and operation["to"] != "."
    for path in found:
        to = os.path.join(installed, operation["to"], "" if one else os.path.basename(path)).rstrip("/")
        os.makedirs(os.path.dirname(to), mode=0o755, exist_ok=True)
        shutil.move(path, to)


def _glob(directory, parts):
    """As Go's filepath.Glob, for which a * is a leading dot, too."""
    if not parts:
        return [directory]
    names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
    return [path for name in names if fnmatch.fnmatchcase(name, parts[0])
            for path in _glob(os.path.join(directory, name), parts[1:])]
