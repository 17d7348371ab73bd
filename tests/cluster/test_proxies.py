"""Real proxies between us and the real cluster: tinyproxy (HTTP CONNECT), microsocks (SOCKS5), TLS in front of one."""

import os
import shutil
import socket
import subprocess

from access_case import AccessCase  # it also says where the rest is
from cluster import main
from harness import wait_for
from tls_front import Certificates, TlsFront
import private_mounts

NAME = "api.test"  # resolves to 127.0.0.1 in our mount namespace: Go proxies no literal loopback address
SECRET = "s3cret"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Proxy:
    """A proxy program on a free port of 127.0.0.1; `connections()` are the targets that it let through."""

    def __init__(self, case, kind, login=False):
        self.port = free_port()
        self.log = case.path(f"{kind}-{self.port}.log")
        self.address = f"127.0.0.1:{self.port}"
        self.user = f"user:{SECRET}@" if login else ""
        program = shutil.which(kind, path=os.environ["PATH"] + ":/usr/sbin:/usr/bin")
        if program is None:
            raise AssertionError(f"{kind} is not installed: scripts/install-dependencies")
        if kind == "tinyproxy":
            config = case.write(f"tinyproxy-{self.port}.conf", "\n".join(
                [f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", "MaxClients 50", f'LogFile "{self.log}"',
                 "LogLevel Connect", "Allow 127.0.0.1"] + ([f"BasicAuth user {SECRET}"] if login else [])) + "\n")
            argv, self.scheme, self.mark = [program, "-d", "-c", config], "http", "CONNECT "
        else:
            argv = [program, "-i", "127.0.0.1", "-p", str(self.port)] + (["-u", "user", "-P", SECRET] if login else [])
            self.scheme, self.mark = "socks5", "connected to "
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdout=log, stderr=log)
        case.addCleanup(self.stop)
        wait_for(f"{kind} to listen", lambda: self.process.poll() is not None or listens(self.port))
        if self.process.poll() is not None:
            raise AssertionError(self.text())

    @property
    def url(self):
        return f"{self.scheme}://{self.user}{self.address}"

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def connections(self, target):
        """How many connections to this target ("host:port") it has let through."""
        return sum(self.mark in line and target in line for line in self.text().splitlines())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Proxies(AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        private_mounts.enter()

    def setUp(self):
        super().setUp()
        with open("/etc/hosts", encoding="utf-8") as file:
            hosts = self.write("hosts", file.read() + f"\n127.0.0.1 {NAME}\n", 0o644)
        self.over(hosts, "/etc/hosts")

    def over(self, source, target):
        """From here on, and until the test ends, `target` is `source`."""
        subprocess.run(["mount", "--bind", source, target], check=True)
        self.addCleanup(subprocess.run, ["umount", target], check=True)

    @property
    def target(self):
        return f"{self.host}:{self.port}"

    def assert_proxied(self, proxy, target, times=2):
        """It works; and each of the two connections went through the proxy."""
        before = proxy.connections(target)
        self.assert_works()
        wait_for("the proxy's log", lambda: proxy.connections(target) >= before + times)
        self.assertEqual(proxy.connections(target), before + times)

    def named_server(self, **more):
        """The real server by a name, so that the environment's proxies count."""
        self.config({"token": self.bob_token}, server=f"https://{NAME}:{self.port}",
                    **{"tls-server-name": self.host, **more})

    # --- proxy-url -------------------------------------------------------------------------------

    def test_proxy_url(self):
        for kind in ("tinyproxy", "microsocks"):
            for login in (False, True):
                with self.subTest(kind=kind, login=login):
                    proxy = Proxy(self, kind, login)
                    self.config({"token": self.bob_token}, proxy_url=proxy.url)
                    self.assert_proxied(proxy, self.target)
                    self.assert_same()
                    explained = self.exec("--explain").text
                    self.assertRegex(explained, rf'proxy: .*{proxy.address}.*proxy-url of cluster "cl"')
                    self.assertNotIn(SECRET, explained)

    def test_spdy_goes_the_same_way(self):
        for kind in ("tinyproxy", "microsocks"):
            with self.subTest(kind=kind):
                proxy = Proxy(self, kind)
                self.config({"token": self.bob_token}, proxy_url=proxy.url)
                self.protocol = "spdy"
                self.assert_proxied(proxy, self.target)
                data = bytes(range(256)) * 10000
                done = self.exec("-i", "--", "cat", stdin=data)
                self.assertEqual((done.code, done.stdout == data, done.errors), (0, True, ""))

    def test_proxy_url_ignores_no_proxy_and_beats_the_environment(self):
        proxy = Proxy(self, "tinyproxy")
        self.named_server(**{"proxy-url": proxy.url})
        self.scratch.env.update(NO_PROXY="*", HTTPS_PROXY="http://127.0.0.1:1")
        self.assert_proxied(proxy, f"{NAME}:{self.port}")
        self.assert_same()

    def test_names_are_resolved_at_the_socks_proxy(self):
        proxy = Proxy(self, "microsocks")
        self.named_server(**{"proxy-url": proxy.url})
        self.assert_proxied(proxy, f"{NAME}:{self.port}")

    def test_what_is_no_proxy_url(self):
        for url in ("ftp://x", "socks4://h", "socks5h://h:1", "://", "foo bar", "http://h:port", "127.0.0.1:1", "h:1",
                    "http://[::1"):
            with self.subTest(url=url):
                self.config({"token": "t"}, proxy_url=url)
                self.assertTrue(self.assert_same().startswith("error: invalid 'proxy-url' "))
        self.config({"token": "t"}, proxy_url=f"ftp://user:{SECRET}@x")
        done = self.exec("--", "true")
        self.assert_one_line(done, 1, "unsupported scheme", "xxxxx@x")
        self.assertNotIn(SECRET, done.errors)

    def test_a_wrong_password(self):
        for kind in ("tinyproxy", "microsocks"):
            with self.subTest(kind=kind):
                proxy = Proxy(self, kind, login=True)
                self.config({"token": self.bob_token},
                            proxy_url=f"{proxy.scheme}://user:wrong-{SECRET}@{proxy.address}")
                done = self.exec("--", "true")
                self.assert_one_line(done, 1, f"through the proxy {proxy.scheme}", proxy.address)
                self.assertNotIn(SECRET, done.errors)

    def test_a_proxy_that_is_not_there(self):
        for url in (f"http://user:{SECRET}@127.0.0.1:1", f"socks5://user:{SECRET}@127.0.0.1:1",
                    f"https://user:{SECRET}@127.0.0.1:1", f"http://user:{SECRET}@no-such-proxy.invalid:1"):
            with self.subTest(url=url):
                self.config({"token": self.bob_token}, proxy_url=url)
                done = self.exec("--", "true")
                self.assert_one_line(done, 1, "through the proxy ", url.rpartition("@")[2])
                self.assertNotIn(SECRET, done.errors)

    def test_a_proxy_that_cannot_reach_the_server(self):
        for kind in ("tinyproxy", "microsocks"):
            with self.subTest(kind=kind):
                proxy = Proxy(self, kind)
                self.config({"token": self.bob_token}, proxy_url=proxy.url, server="https://127.0.0.1:1")
                self.assert_one_line(self.exec("--", "true"), 1, "through the proxy ", proxy.address)

    def test_an_https_proxy(self):
        behind = Proxy(self, "tinyproxy", login=True)
        own = Certificates(self.path("own"))
        front = TlsFront(own.make("proxy"), ("127.0.0.1", behind.port), upstream_tls=False)
        self.addCleanup(front.close)
        url = f"https://user:{SECRET}@127.0.0.1:{front.port}"
        self.config({"token": self.bob_token}, proxy_url=url)
        # Its certificate must be of an authority of the system's.
        self.assert_one_line(self.exec("--", "true"), 1, "through the proxy https://127.0.0.1", "certificate")
        self.over(own.path("ca.crt"), os.path.realpath("/etc/ssl/certs/ca-certificates.crt"))
        self.assert_proxied(behind, self.target)

    # --- the environment -------------------------------------------------------------------------

    def test_https_proxy(self):
        self.named_server()
        for kind in ("tinyproxy", "microsocks"):
            for name in ("HTTPS_PROXY", "https_proxy"):
                with self.subTest(kind=kind, name=name):
                    proxy = Proxy(self, kind, login=True)
                    self.scratch.env[name] = proxy.url
                    self.assert_proxied(proxy, f"{NAME}:{self.port}")
                    self.assert_same()
                    del self.scratch.env[name]

    def test_no_proxy(self):
        self.named_server()
        self.scratch.env["HTTPS_PROXY"] = "http://127.0.0.1:1"
        for value in (NAME, "other,.test", "*", f"{NAME}:{self.port}"):
            for name in ("NO_PROXY", "no_proxy"):
                with self.subTest(name=name, value=value):
                    self.scratch.env[name] = value
                    self.assert_same()
                    self.assert_works()
                    del self.scratch.env[name]
        self.scratch.env["NO_PROXY"] = "other.test,.api.test"
        self.assert_one_line(self.exec("--", "true"), 1, "through the proxy http://127.0.0.1:1")

    def test_what_does_not_count(self):
        self.named_server()
        for name in ("HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            with self.subTest(name=name):
                self.scratch.env[name] = "http://127.0.0.1:1"
                self.assert_same()
                self.assert_works()
                del self.scratch.env[name]
        self.config({"token": self.bob_token})  # 127.0.0.1 is never proxied
        self.scratch.env["HTTPS_PROXY"] = "http://127.0.0.1:1"
        self.assert_same()
        self.assert_works()


if __name__ == "__main__":
    main()
