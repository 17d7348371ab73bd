"""Small and broken disks for tests, in a mount namespace that ends with the test's process."""

import ctypes
import fcntl
import os
import subprocess
import tempfile

from harness import TOOLS, need_root, wait_for

CLONE_NEWNS = 0x20000


def enter():
    """From here on mounts are this process's own."""
    need_root("it mounts")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "a mount namespace of our own is needed")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def own_etc():
    """After enter(): from here on /etc is a copy of this process's own."""
    copy = tempfile.mkdtemp(prefix="secure-exec-etc-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", copy], check=True)
    subprocess.run(["cp", "-a", "/etc/.", copy], check=True)
    subprocess.run(["mount", "--move", copy, "/etc"], check=True)
    os.rmdir(copy)
    subprocess.run(["rm", "-rf", "/etc/secure-exec"], check=True)


def small_disk(path, size, options=""):
    """A tmpfs of `size` ("8m") at `path`."""
    os.makedirs(path, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700{options}", "tmpfs", path], check=True)


def remount_read_only(path):
    subprocess.run(["mount", "-o", "remount,ro", path], check=True)


class StallingDisk:
    """tests/e2e/stallfs.c at `mountpoint`: everything that writes waits between stall() and go_on()."""

    def __init__(self, directory, mountpoint):
        self.backing = os.path.join(directory, "backing")
        self.mountpoint = mountpoint
        lock = os.path.join(directory, "stall-lock")
        os.makedirs(self.backing)
        os.makedirs(mountpoint)
        self.lock = open(lock, "w", encoding="ascii")
        with open(os.path.join(directory, "stallfs.log"), "w", encoding="ascii") as log:
            self.process = subprocess.Popen([os.path.join(TOOLS, "stallfs"), self.backing, mountpoint, lock],
                                            stdout=log, stderr=log)
        wait_for("stallfs to be mounted", lambda: self.process.poll() is not None or os.path.ismount(mountpoint))
        if self.process.poll() is not None:
            with open(os.path.join(directory, "stallfs.log"), encoding="utf-8") as log:
                raise AssertionError("stallfs: " + log.read())

    def stall(self):
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def go_on(self):
        fcntl.flock(self.lock, fcntl.LOCK_UN)

    def close(self):
        self.lock.close()
        subprocess.run(["umount", "-l", self.mountpoint], check=False)
        self.process.kill()
        self.process.wait()
