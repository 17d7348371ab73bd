"""A real rsyslogd of this test's own: sockets and ports of its own, and a file of what it received."""

import os
import shutil
import socket
import subprocess
import tempfile

from harness import wait_for

PROGRAM = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check(path):
    """What rsyslogd says of a configuration, and whether it would take it."""
    done = subprocess.run([PROGRAM, "-N1", "-f", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60)
    return done.returncode == 0, done.stdout


class Rsyslog:
    """`more` is configuration of the test's own."""

    def __init__(self, more=""):
        self.directory = tempfile.mkdtemp(prefix="secure-exec-rsyslog-")
        path = lambda name: os.path.join(self.directory, name)  # noqa: E731
        self.output = path("received")
        self.configuration = path("rsyslog.conf")
        udp, tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        self.unix, self.stream = f"unix:{path('log')}", f"unix:{path('stream')}"
        self.udp, self.tcp = f"udp:127.0.0.1:{udp}", f"tcp:localhost:{tcp}"
        self.addresses = [self.unix, self.stream, self.udp, self.tcp]
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(f"""
global(workDirectory="{self.directory}")
module(load="imuxsock" sysSock.use="off")
module(load="imudp")
module(load="imtcp")
module(load="imptcp")
input(type="imuxsock" socket="{path('log')}" useSpecialParser="off" parseHostname="on")
input(type="imptcp" path="{path('stream')}" unlink="on")
input(type="imudp" address="127.0.0.1" port="{udp}")
input(type="imtcp" address="127.0.0.1" port="{tcp}")
template(name="received" type="list" option.jsonf="on") {{
  property(outname="input" name="inputname" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}}
template(name="line" type="list") {{ property(name="msg") constant(value="\\n") }}
action(type="omfile" file="{self.output}" template="received")
{more}
""")
        self.process = None
        self.start()

    def start(self):
        with open(os.path.join(self.directory, "errors"), "ab") as errors:
            self.process = subprocess.Popen([PROGRAM, "-n", "-f", self.configuration, "-i",
                                             os.path.join(self.directory, "pid")], stdout=errors, stderr=errors)
        # The last input of the list listens: those before it do, too.
        host, port = self.tcp.removeprefix("tcp:").rsplit(":", 1)

        def listens():
            if self.process.poll() is not None:
                with open(errors.name, encoding="utf-8", errors="replace") as file:
                    raise AssertionError(f"rsyslogd ended with {self.process.returncode}: {file.read()}")
            with socket.socket() as probe:
                return probe.connect_ex((host, int(port))) == 0 and os.path.exists(self.stream[5:])
        wait_for("rsyslogd", listens, 20)

    def stop(self):
        """Ends it; what it received stays."""
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
