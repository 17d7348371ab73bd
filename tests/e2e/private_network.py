"""A network namespace whose cable can be pulled: what runs in it has one link to here, and nothing else."""

import os
import subprocess

from harness import need_root


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def enter():
    """For setUpModule()."""
    need_root("it makes network interfaces")


class PrivateNetwork:
    """`argv(...)` runs a command in it; `address` is where it finds us."""

    def __init__(self):
        # Interfaces and addresses that no two tests that run at once have (the link-local range, RFC 3927).
        number = os.getpid() % 16000
        self.link = f"sxt{os.getpid()}"
        high, low = 1 + number // 64, number % 64 * 4
        self.address, theirs = f"169.254.{high}.{low + 1}", f"169.254.{high}.{low + 2}"
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        try:
            _ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
            _ip("address", "add", f"{self.address}/30", "dev", self.link)
            _ip("link", "set", self.link, "up")
            for words in (("link", "set", "lo", "up"), ("address", "add", f"{theirs}/30", "dev", "eth0"),
                          ("link", "set", "eth0", "up")):
                subprocess.run(self.argv("ip", *words), check=True)
        except BaseException:
            self.close()
            raise

    def argv(self, *command):
        return ["nsenter", "--net", "--target", str(self.holder.pid), "--", *command]

    def cut(self):
        """From now on nothing arrives, on either side, and nobody is told."""
        _ip("link", "set", self.link, "down")

    def mend(self):
        _ip("link", "set", self.link, "up")

    def close(self):
        subprocess.run(["ip", "link", "delete", self.link], check=False, stderr=subprocess.DEVNULL)
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()
