"""Credentials on the real cluster, compared with kubectl word by word: plugins, kuberc, token files, auth providers."""

import base64
import json
import os
import time

from access_case import CREDENTIALS, V1, AccessCase
from cluster import main
from pty_session import PtySession
from tls_front import Certificates, TlsFront, answer

PAST, FUTURE = "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


class Plugins(AccessCase):
    def test_a_token_and_how_often_it_is_asked_for(self):
        for more in ({}, {"expirationTimestamp": FUTURE}, {"expirationTimestamp": None}):
            with self.subTest(more=more):
                self.config(self.plugin(self.credential(token=self.bob_token, **more)))
                self.assert_works()
                self.assertEqual(self.runs(), 1)

    def test_a_credential_that_has_expired_is_asked_for_again_before_the_stream(self):
        self.config(self.plugin(self.credential(token=self.bob_token, expirationTimestamp=PAST)))
        self.assert_same()
        self.runs()
        self.assert_works()
        self.assertGreaterEqual(self.runs(), 2)

    def test_certificates(self):
        pair = {"clientCertificateData": self.read("alice.crt"),
                "clientKeyData": self.read("alice.key")}
        self.config(self.plugin(self.credential(**pair)))
        self.assert_works()
        self.assertEqual(self.runs(), 1)

    def test_a_connection_made_with_an_old_certificate_does_not_carry_the_stream(self):
        own = Certificates(self.path("own"))
        scripts = []
        for name in ("first", "second"):
            certificate, key = own.make(name, f"/CN={name}", names="", usage="clientAuth")
            with open(certificate, encoding="ascii") as one, open(key, encoding="ascii") as two:
                scripts.append(self.credential(token=self.bob_token, clientCertificateData=one.read(),
                                               clientKeyData=two.read(), expirationTimestamp=PAST))
        front = TlsFront(own.make("server"), (self.host, self.port), client_ca=own.path("ca.crt"))
        self.addCleanup(front.close)
        self.config(self.plugin(f'if [ -e "$0.ran" ]; then {scripts[1]}\nelse : >"$0.ran"; {scripts[0]}\nfi'),
                    server=front.url, certificate_authority_data=None, certificate_authority=own.path("ca.crt"))
        self.assert_works()
        peers = {"exec" if "/exec?" in head else "rest": peer for head, peer in zip(front.heads, front.peers)}
        self.assertEqual(peers, {"rest": "second", "exec": "second"})

    def test_texts(self):
        nothing = {"token": "t"}
        for script in (
                "exit 5", "kill -9 $$", ":", "echo '{}'", "echo '[1]'", "echo 7", "echo '\"s3cret\"'",
                self.credential(V1 + "beta1", **nothing), self.credential(V1 + "alpha1", **nothing),
                self.credential("v9", **nothing), self.credential(V1), f"echo '{{\"apiVersion\":\"{V1}\"}}'",
                f"echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"Foo\"}}'", "echo '{\"kind\":\"ExecCredential\"}'",
                f"echo '{{\"apiVersion\":\"{V1}\",\"kind\":7}}'",
                f"echo '{{\"apiVersion\":\"{V1}\",\"status\":7}}'", f"echo '{{\"apiVersion\":\"{V1}\",\"status\":[]}}'",
                self.credential(token=7), self.credential(token=True), self.credential(token={"a": 1}),
                self.credential(clientKeyData="k"), self.credential(token="t", clientCertificateData="c"),
                self.credential(clientKeyData="k", clientCertificateData="c"),
                *(self.credential(token="t", expirationTimestamp=time) for time in (
                    "yesterday", "", 7, "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-01 00:00:00Z",
                    "2026-11-01T24:00:00Z", "2026-11-01T00:00:00", "2026-11-01T00:00:00Zx",
                    "2026-11-01T00:00:00+1:00"))):
            with self.subTest(script=script):
                self.config(self.plugin(script))
                self.assertTrue(self.assert_same().startswith(CREDENTIALS))

    def test_a_key_of_another_certificate(self):
        own = Certificates(self.path("own"))
        _, key = own.make("other")
        self.config(self.plugin(self.credential(clientCertificateData=self.read("alice.crt"),
                                                clientKeyData=self.read(key))))
        self.assertIn("failed parsing client key/certificate: tls: ", self.assert_same())

    def test_what_a_plugin_printed_is_not_shown(self):
        for script in ("echo s3cret", "echo '{\"s3cret'", self.credential(token="s3cret") + "\necho s3cret"):
            with self.subTest(script=script):
                self.config(self.plugin(script))
                done = self.exec("--", "true")
                self.assertEqual(done.code, 1)
                self.assertTrue(done.errors.startswith(CREDENTIALS + "decoding stdout: "), done.errors)
                self.assertNotIn("s3cret", done.errors)

    def test_programs_that_cannot_be_run(self):
        for fields in ({"command": "no-such-plugin"}, {"command": "no-such-plugin", "installHint": "get it"},
                       {"command": "./no-such-plugin"}, {"command": "./config"}, {"command": "."},
                       {"interactiveMode": "Always"}):
            with self.subTest(fields=fields):
                self.config(self.plugin("", **fields))
                self.assertTrue(self.assert_same().startswith(CREDENTIALS))

    def test_stanzas_that_make_no_sense(self):
        for fields in ({"apiVersion": V1 + "alpha1"}, {"apiVersion": ""}, {"command": ""}, {"interactiveMode": ""},
                       {"interactiveMode": "Sometimes"}, {"env": [{"name": "", "value": "v"}]}):
            with self.subTest(fields=fields):
                self.config(self.plugin("", **fields))
                self.assert_same()

    def test_what_a_plugin_is_told(self):
        for fields in ({}, {"provideClusterInfo": True}, {"env": [{"name": "A", "value": "b"}]}):
            with self.subTest(fields=fields):
                told = self.path("told")
                self.config(self.plugin(f'echo "$KUBERNETES_EXEC_INFO$A" >"{told}"; ' +
                                        self.credential(token=self.bob_token), **fields))
                theirs = self.kubectl("--", "true")
                expected = self.read(told)
                self.assertEqual((theirs.code, self.exec("--", "true").code), (0, 0))
                self.assertEqual(self.read(told), expected)

    def test_a_plugin_that_asks_on_the_terminal(self):
        script = ("printf 'Password: ' >&2; read -r typed\n"
                  f'[ "$typed" = open ] || exit 9\n' + self.credential(token=self.bob_token))
        self.config(self.plugin(script, interactiveMode="Always"))
        with PtySession(self.argv("-it", "--", "sh"), self.scratch.env) as session:
            session.expect("Password: ")
            self.assertFalse(session.is_raw())
            session.send("open\n")
            session.expect("#|\\$")
            session.send("echo got-$((40+2))\n")
            session.expect("got-42")
            session.send("exit\n")
            self.assertEqual(session.wait(), 0)
            self.assertEqual(session.settings(), session.settings_before)


class Refused(AccessCase):
    """A server that does not take a credential any more, when the stream is opened or before."""

    def front(self, gate):
        """The real server behind one with this gate."""
        own = Certificates(self.path("own"))
        front = TlsFront(own.make("server"), (self.host, self.port), gate=gate)
        self.addCleanup(front.close)
        self.server_fields = {"server": front.url, "certificate-authority-data": None,
                              "certificate-authority": own.path("ca.crt")}
        return front

    @staticmethod
    def refuse_stream(head):
        status = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Unauthorized",
                             "reason": "Unauthorized", "code": 401}).encode()
        return answer(401, "Unauthorized", status) if "/exec?" in head else None

    def two_tokens(self):
        """A plugin that gives "withdrawn" the first time and bob's token then."""
        return self.plugin(f'if [ -e "$0.ran" ]; then {self.credential(token=self.bob_token)}\n'
                           f'else : >"$0.ran"; {self.credential(token="withdrawn")}\nfi')

    def test_a_refusal_of_the_first_request_runs_the_plugin_again(self):
        self.config(self.two_tokens())
        self.assert_works()
        self.assertEqual(self.runs(), 2)

    def test_a_refusal_of_the_stream_runs_the_plugin_again(self):
        seen = []

        def gate(head):
            if "/exec?" not in head:
                return None
            seen.append(head)
            return answer(401, "Unauthorized") if len(seen) == 1 else None
        self.front(gate)
        self.config(self.plugin(self.credential(token=self.bob_token)), **self.server_fields)
        self.assert_works()
        self.assertEqual((self.runs(), len(seen)), (2, 2))

    def test_a_stream_that_is_refused_twice_is_an_error(self):
        self.front(self.refuse_stream)
        self.config(self.plugin(self.credential(token=self.bob_token)), **self.server_fields)
        done = self.exec("--", "true")
        self.assertEqual(done.code, 1)
        self.assertIn("Unauthorized", done.errors)
        self.assertEqual(self.runs(), 2)

    def test_without_a_plugin_a_refusal_is_final(self):
        front = self.front(self.refuse_stream)
        self.config({"token": self.bob_token}, **self.server_fields)
        self.assertEqual(self.exec("--", "true").code, 1)
        self.assertEqual(sum("/exec?" in head for head in front.heads), 1)

    def test_a_token_file_is_read_again(self):
        token = self.write("token", "withdrawn")

        def gate(head):
            # Rotated between the two requests, as a service account's is.
            if "/exec?" not in head and "Bearer withdrawn" in head:
                self.write("token", self.bob_token + "\n")
            return None
        front = self.front(gate)
        self.config({"tokenFile": token}, **self.server_fields)
        self.assert_works()
        self.write("token", self.bob_token)

        def spoil(head):
            if "/exec?" in head and "Bearer " + self.bob_token in head and os.path.exists(token):
                os.remove(token)
                return answer(401, "Unauthorized")
            return None
        front.gate = spoil
        self.assertEqual(self.exec("--", "true").code, 1)


class Several(AccessCase):
    def test_certificate_and_token_together(self):
        # The certificate is alice's, the token nobody's: the server goes by the certificate.
        self.config({"client-certificate": "alice.crt", "client-key": "alice.key", "token": self.bob_token})
        self.assert_same()
        self.assert_works()

    def test_a_token_or_a_certificate_keeps_a_plugin_from_running(self):
        for user in ({"token": self.bob_token}, {"client-certificate": "alice.crt", "client-key": "alice.key"}):
            with self.subTest(user=list(user)):
                self.config({**self.plugin("exit 5"), **user})
                self.assert_works()
                self.assertEqual(self.runs(), 0)

    def test_token_and_token_file(self):
        self.config({"token": "wrong", "tokenFile": self.write("token", self.bob_token + "\n")})
        self.assert_works()
        self.assert_same()
        self.config({"token": self.bob_token, "tokenFile": self.path("missing")})
        self.assert_same()
        self.config({"tokenFile": self.path("missing")})
        self.assertIn("missing", self.exec("--", "true").errors)
        self.config({"tokenFile": self.write("token", "wrong")})
        self.assert_same("--token", self.bob_token)

    def test_two_ways_to_say_who(self):
        for user in ({"token": "t", "username": "u", "password": "p"},
                     {"auth-provider": {"name": "gcp"}, **self.plugin("exit 5")}):
            with self.subTest(user=list(user)):
                self.config(user)
                self.assert_same()


class AuthProviders(AccessCase):
    def test_texts(self):
        settings = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "x"}
        for provider in ({"name": "gcp"}, {"name": "azure"}, {"name": "openstack"}, {}, {"name": "oidc"},
                         {"name": "oidc", "config": {"idp-issuer-url": "x"}}, {"name": "oidc", "config": settings},
                         *({"name": "oidc", "config": {**settings, "id-token": token}} for token in (
                             "abc", "a.b.c", "a.e30.c", "a.eyJleHAiOjF9.c", "a.eyJleHAiOiIxIn0.c"))):
            with self.subTest(provider=provider):
                self.config({"auth-provider": provider})
                self.assertTrue(self.assert_same())

    def test_an_id_token_is_sent(self):
        claims = base64.urlsafe_b64encode(json.dumps({"exp": int(time.time()) + 3600}).encode()).decode().rstrip("=")
        token = f"a.{claims}.c"
        own = Certificates(self.path("own"))
        front = TlsFront(own.make("server"), (self.host, self.port))
        self.addCleanup(front.close)
        self.config({"auth-provider": {"name": "oidc", "config": {
            "idp-issuer-url": "https://127.0.0.1:1", "client-id": "x", "id-token": token}}},
            server=front.url, certificate_authority_data=None, certificate_authority=own.path("ca.crt"))
        self.assertIn("You must be logged in", self.exec("--", "true").errors)
        self.assertIn(f"Authorization: Bearer {token}\r\n", front.heads[-1])


class Kuberc(AccessCase):
    def preference(self, policy=None, entries=None, version="v1beta1"):
        lines = [f"apiVersion: kubectl.config.k8s.io/{version}", "kind: Preference"]
        if policy is not None:
            lines.append(f"credentialPluginPolicy: {policy}")
        if entries is not None:
            lines.append("credentialPluginAllowlist: " + json.dumps(entries))
        return "\n".join(lines) + "\n"

    def use(self, text, name=".kube/kuberc"):
        return self.write(name, text)

    def test_policies(self):
        self.config(self.plugin(self.credential(token=self.bob_token)))
        path = self.path("plugin")
        entry = [{"command": path}]
        cases = ((self.preference(), 1), (self.preference("AllowAll"), 1), (self.preference("DenyAll"), 0),
                 (self.preference("Allowlist", entry), 1), (self.preference("Allowlist", [{"name": path}]), 1),
                 (self.preference("Allowlist", [{"command": "other"}]), 0), (self.preference("Allowlist"), 0),
                 (self.preference("Allowlist", []), 0), (self.preference("Allowlist", [{}]), 0),
                 (self.preference("Allowlist", [{"command": "./plugin"}]), 0), (self.preference("Bogus"), 0),
                 (self.preference("AllowAll", entry), 0), (self.preference("DenyAll", entry), 0),
                 (self.preference(None, entry), 0), (self.preference(version="v1alpha1"), 1),
                 ("a: [\n---\n" + self.preference("DenyAll"), 0),
                 (self.preference("DenyAll") + "---\n" + self.preference(), 0))
        for text, allowed in cases:
            with self.subTest(kuberc=text):
                self.use(text)
                self.runs()
                self.assert_same()
                self.assertEqual(self.runs() > 0, bool(allowed))

    def test_names_are_looked_up_on_the_path(self):
        self.scratch.env["PATH"] = self.scratch.path + ":" + self.scratch.env["PATH"]
        for command in ("plugin", "./plugin"):
            self.config(self.plugin(self.credential(token=self.bob_token), command=command))
            for entry in ("plugin", self.path("plugin"), "no-such-plugin"):
                with self.subTest(command=command, entry=entry):
                    self.use(self.preference("Allowlist", [{"command": entry}]))
                    self.assert_same()
        self.config(self.plugin("", command="no-such-plugin"))
        self.use(self.preference("Allowlist", [{"command": "other"}]))
        self.assertIn("cannot be resolved for credential plugin allowlist check", self.assert_same())

    def test_which_file_counts(self):
        self.config(self.plugin(self.credential(token=self.bob_token)))
        self.use(self.preference("DenyAll"))
        allow, deny = self.use(self.preference(), "allow"), self.use(self.preference("DenyAll"), "deny")
        for variables in ({"KUBERC": allow}, {"KUBERC": deny}, {"KUBERC": "off"}, {"KUBERC": self.path("missing")},
                          {"KUBECTL_KUBERC": "false"}, {"KUBECTL_KUBERC": "FALSE"}, {"KUBECTL_KUBERC": "0"},
                          {"KUBECTL_KUBERC": "false", "KUBERC": self.path("missing")}, {"KUBERC": self.scratch.path}):
            with self.subTest(variables=variables):
                self.scratch.env.update(variables)
                self.assert_same()
                for name in variables:
                    del self.scratch.env[name]
        for flag in (allow, deny, self.path("missing"), self.scratch.path):
            with self.subTest(flag=flag):
                self.assert_same("--kuberc", flag)
        self.assert_same("--kuberc=")
        self.scratch.env["KUBERC"] = "off"
        self.assert_same("--kuberc", allow)
        self.scratch.env["KUBECTL_KUBERC"] = "false"
        done = self.exec("--kuberc", allow, "--", "true")
        self.assertTrue(done.errors.startswith("error: unknown flag: --kuberc\n"), done.errors)

    def test_what_kubectl_only_warns_of_keeps_a_plugin_from_running(self):
        for text in ("a: [", "credentialPluginPolicy: DenyAll\n", self.preference("DenyAll", version="v1alpha1")):
            with self.subTest(kuberc=text):
                self.use(text)
                self.config(self.plugin(self.credential(token=self.bob_token)))
                done = self.exec("--", "true")
                self.assertEqual((done.code, self.runs()), (1, 0))
                self.assertIn("whether it may run is not known", done.errors)
                self.assertEqual(done.errors.count("\n"), 1)
                self.config({"token": self.bob_token})
                self.assert_works()


if __name__ == "__main__":
    main()
