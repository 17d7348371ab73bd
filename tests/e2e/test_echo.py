"""What is typed at prompts, against the fake API server: real shells and real prompts for secrets."""

import os
import subprocess

from echo_scenarios import EchoScenarios
from fake_server import FakeCase, FakeSpdyCase
from harness import main

NOECHO = f"python3 -B {os.path.join(os.path.dirname(os.path.abspath(__file__)), 'noecho.py')}"
# sudo asks root for nothing.
AS_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups " if os.geteuid() == 0 else ""


class Prompts(EchoScenarios):
    def setUp(self):
        super().setUp()
        self.key = os.path.join(self.scratch.path, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "the pass phrase", "-f", self.key], check=True)
        self.pem = os.path.join(self.scratch.path, "pem")
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", "-out",
                        self.pem], check=True)

    def shells(self):
        lines = ("plain", "plain", "typo", "killed", "killed_word", "inserted", "to_the_front", "completed",
                 "recalled", "long", "ahead", "asked", "to_a_program")
        hidden = (("read -s", "read -s -p 'Password: ' x; echo", [r"[\r\n]Password: "]),
                  ("read -s twice", "read -s -p 'New: ' x; read -s -p 'Again: ' y; echo", [r"[\r\n]New: ", "Again: "]),
                  ("stty -echo", "stty -echo; echo ready; read x; stty echo", [r"[\r\n]ready\r\n"]),
                  ("mysql -p (getpass)", f"{NOECHO} getpass", [r"[\r\n]Enter password: "]),
                  ("mysql -p (asterisks)", f"{NOECHO} stars", [r"[\r\n]Enter password: "]),
                  ("ssh", f"ssh-keygen -y -f {self.key}", [r"[\r\n]Enter passphrase: "]),
                  ("openssl", f"openssl pkey -in {self.pem} -noout", [r"pass phrase for [^:]*:"]),
                  ("busybox mkpasswd", "busybox mkpasswd", [r"[\r\n]Password: "]))
        again = r"try again.\r\n\[sudo\] password for [^:]*: "
        sudo = (("sudo", f"{AS_NOBODY}sudo -k id", [r"\[sudo\] password for [^:]*: ", again, again]),)
        if subprocess.run(f"{AS_NOBODY}sudo -kn id", shell=True, check=False, capture_output=True).returncode == 0:
            sudo = ()  # it asks this user for nothing
        bash = ("bash", "--norc", "--noprofile", "-i")
        # bash 5.2 now and then sits there after ^C until another key comes.
        return [(bash, lines + ("pasted", "unicode", "searched"), hidden + sudo),
                (("busybox", "ash", "-i"), lines + ("interrupted",), hidden)]


class V5(Prompts, FakeCase):
    pass


class Spdy(Prompts, FakeSpdyCase):
    prompts_wanted = 100


if __name__ == "__main__":
    main()
