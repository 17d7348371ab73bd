"""Servers whose certificate is wrong, and servers that want one of the client: kubectl's words."""

import re

from access_case import AccessCase
from cluster import main
from tls_front import Certificates, TlsFront

X509 = "Unable to connect to the server: tls: failed to verify certificate: x509: "


class Tls(AccessCase):
    def setUp(self):
        super().setUp()
        self.own = Certificates(self.path("own"))

    def front(self, pair, user=None, client_ca=None, **cluster):
        front = TlsFront(pair, (self.host, self.port), client_ca=client_ca)
        self.addCleanup(front.close)
        self.config(user or {"token": self.bob_token}, **{"server": front.url, "certificate-authority-data": None,
                                                          "certificate-authority": self.own.path("ca.crt"), **cluster})
        return front

    def assert_same_but_time(self):
        """As assert_same(), but for the second at which each of both looked at the clock."""
        time = re.compile(r"current time [-0-9T:]+Z")
        theirs, ours = self.kubectl("--", "true"), self.exec("--", "true")
        theirs_text = time.sub("current time NOW", theirs.errors).splitlines()[-1]
        self.assertEqual((ours.code, time.sub("current time NOW", ours.errors)), (theirs.code, theirs_text + "\n"))
        return ours.errors

    def test_a_certificate_of_the_clusters_authority(self):
        self.front(self.own.make("server"))
        self.assert_same()
        self.assert_works()

    def test_wrong_names(self):
        for names in ("DNS:other.example,DNS:third.example", "IP:10.0.0.1,DNS:x", "DNS:*.test.example", ""):
            with self.subTest(names=names):
                self.front(self.own.make("server", names=names))
                self.assertTrue(self.assert_same().startswith(X509))

    def test_a_server_name_of_the_stanzas(self):
        for names, wanted in (("DNS:kubernetes", "kubernetes"), ("DNS:*.test.example", "a.test.example"),
                              ("DNS:*.test.example", "a.b.test.example"), ("DNS:x", "y"), ("", "test"),
                              ("IP:10.0.0.1", "10.0.0.1")):
            with self.subTest(names=names, wanted=wanted):
                self.front(self.own.make("server", names=names), **{"tls-server-name": wanted})
                self.assert_same()

    def test_times(self):
        for start, end in (("20200101000000Z", "20210101000000Z"), ("20400101000000Z", "20410101000000Z")):
            with self.subTest(start=start):
                self.front(self.own.make("server", dates=("-startdate", start, "-enddate", end)))
                self.assertIn("has expired or is not yet valid", self.assert_same_but_time())

    def test_unknown_authorities(self):
        other = Certificates(self.path("other"), "another-ca")
        for pair in (self.own.self_signed("alone"), other.make("server")):
            with self.subTest(pair=pair):
                self.front(pair)
                self.assertTrue(self.assert_same().startswith(X509 + "certificate signed by unknown authority"))
                self.front(pair, **{"certificate-authority": None})
                self.assertTrue(self.assert_same().startswith(X509 + "certificate signed by unknown authority"))

    def test_insecure(self):
        self.front(self.own.self_signed("alone"), **{"certificate-authority": None, "insecure-skip-tls-verify": True})
        self.assert_same()
        self.assert_works()
        self.front(self.own.self_signed("alone"), **{"insecure-skip-tls-verify": True})
        self.assertIn("with the insecure flag is not allowed", self.assert_same())

    def test_a_client_certificate_that_is_required(self):
        clients = Certificates(self.path("clients"))
        certificate, key = clients.make("client", "/CN=client", names="", usage="clientAuth")
        _, other_key = clients.make("another", "/CN=another", names="", usage="clientAuth")
        server = self.own.make("server")
        mine = {"token": self.bob_token, "client-certificate": certificate, "client-key": key}
        front = self.front(server, mine, client_ca=clients.path("ca.crt"))
        self.assert_works()
        self.assertEqual(sum("/exec?" in head for head in front.heads), 1)
        # The same from a plugin.
        with open(certificate, encoding="ascii") as one, open(key, encoding="ascii") as two:
            plugin = self.plugin(self.credential(token=self.bob_token, clientCertificateData=one.read(),
                                                 clientKeyData=two.read()))
        self.front(server, plugin, client_ca=clients.path("ca.crt"))
        self.assert_works()
        self.assert_same()
        # Of another authority.
        certificate, key = self.own.make("stranger", "/CN=client", names="", usage="clientAuth")
        self.front(server, {**mine, "client-certificate": certificate, "client-key": key},
                   client_ca=clients.path("ca.crt"))
        self.assert_refused_by_tls()
        # None.
        self.front(server, {"token": self.bob_token}, client_ca=clients.path("ca.crt"))
        self.assert_refused_by_tls()
        # A key that is another one's.
        self.front(server, {**mine, "client-key": other_key}, client_ca=clients.path("ca.crt"))
        self.assertIn("private key does not match public key", self.exec("--", "true").errors)

    def assert_refused_by_tls(self):
        """TLS 1.3: the refusal comes behind the handshake, and the reset that follows may overtake it, or our request."""
        done = self.exec("--", "true")
        self.assert_one_line(done, 1, "Unable to connect to the server: ")
        self.assertRegex(done.errors, r": (remote error: tls: |(read|write) tcp [0-9.:]+: \2: connection reset by peer|EOF)")

    def test_what_is_no_certificate(self):
        for field in ("certificate-authority", "client-certificate"):
            with self.subTest(field=field):
                self.write("nonsense", "no PEM\n")
                user = {"client-certificate": "nonsense", "client-key": "alice.key"}
                if field == "client-certificate":
                    self.config(user)
                else:
                    self.config({"token": "t"}, **{"certificate-authority-data": None, field: "nonsense"})
                done = self.exec("--", "true")
                self.assert_one_line(done, 1, "PEM")


if __name__ == "__main__":
    main()
