"""What is typed at prompts, on the real cluster: busybox's shell, and what of its programs asks for secrets."""

from cluster import ClusterCase, LegacyCase, SpdyCase, main
from echo_scenarios import EchoScenarios


class Prompts(EchoScenarios):
    prompts_wanted = 100

    def shells(self):
        lines = ("plain", "plain", "typo", "killed", "killed_word", "inserted", "to_the_front", "completed",
                 "recalled", "long", "interrupted", "ahead", "asked", "to_a_program")
        hidden = (("read -s", "read -s -p 'Password: ' x; echo", [r"[\r\n]Password: "]),
                  ("read -s twice", "read -s -p 'New: ' x; read -s -p 'Again: ' y; echo", [r"[\r\n]New: ", "Again: "]),
                  ("stty -echo", "stty -echo; echo ready; read x; stty echo", [r"[\r\n]ready\r\n"]),
                  ("mkpasswd", "mkpasswd", [r"[\r\n]Password: "]))
        return [(("sh", "-i"), lines, hidden)]


class Modern(Prompts, ClusterCase):
    prompts_wanted = 300


class ModernSpdy(Prompts, SpdyCase):
    pass


class Legacy(Prompts, LegacyCase):
    pass


if __name__ == "__main__":
    main()
