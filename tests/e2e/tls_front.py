"""A TLS server in front of another: ends TLS with a certificate of the test's choosing and passes bytes on."""

import os
import select
import socket
import ssl
import subprocess
import threading


def openssl(directory, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]}: {done.stderr.strip()}")


class Certificates:
    """A certificate authority of its own: ca.crt and what it signs, in `directory`."""

    def __init__(self, directory, name="test-ca"):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        openssl(directory, "req", "-x509", *self._new_key("ca"), "-out", "ca.crt", "-days", "2", "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    @staticmethod
    def _new_key(name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", f"{name}.key")

    def path(self, name):
        return os.path.join(self.directory, name)

    def make(self, name, subject="/CN=test", names="IP:127.0.0.1", dates=("-days", "2"), usage="serverAuth"):
        """NAME.crt and NAME.key; `dates` as `openssl ca` takes them, or ("-days", "2")."""
        with open(self.path(f"{name}.ext"), "w", encoding="ascii") as file:
            file.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                       f"extendedKeyUsage={usage}\n")
            if names:
                file.write(f"subjectAltName={names}\n")
        openssl(self.directory, "req", *self._new_key(name), "-out", f"{name}.csr", "-subj", subject)
        with open(self.path(f"{name}.cnf"), "w", encoding="ascii") as file:
            file.write("[ca]\ndefault_ca=one\n[one]\ndatabase=index\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
                       "unique_subject=no\n[any]\ncommonName=supplied\norganizationName=optional\n")
        open(self.path("index"), "w", encoding="ascii").close()
        openssl(self.directory, "ca", "-batch", "-notext", "-config", f"{name}.cnf", "-cert", "ca.crt", "-keyfile",
                "ca.key", "-in", f"{name}.csr", "-out", f"{name}.crt", "-extfile", f"{name}.ext", "-outdir", ".",
                *dates)
        return self.path(f"{name}.crt"), self.path(f"{name}.key")

    def self_signed(self, name, names="IP:127.0.0.1"):
        openssl(self.directory, "req", "-x509", *self._new_key(name), "-out", f"{name}.crt", "-days", "2", "-subj",
                "/CN=alone", "-addext", f"subjectAltName={names}")
        return self.path(f"{name}.crt"), self.path(f"{name}.key")


class TlsFront:
    """Listens on 127.0.0.1:`port` with `pair` (certificate, key), for the (host, port) `upstream`.

    `upstream_tls`: whether that speaks TLS. `gate`: given the head of a connection's first request, it returns the
    whole answer, or None to pass the connection on. `client_ca`: a client certificate of that authority is required."""

    def __init__(self, pair, upstream, upstream_tls=True, gate=None, client_ca=None):
        self.upstream, self.upstream_tls, self.gate = upstream, upstream_tls, gate
        self.heads = []  # of the connections that TLS let in
        self.peers = []  # the common names of their client certificates, None where there was none
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*pair)
        if client_ca:
            self._context.load_verify_locations(client_ca)
            self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with self._context.wrap_socket(client, server_side=True) as near:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = near.recv(65536)
                    if not piece:
                        return
                    head += piece
                subject = dict(pair[0] for pair in (near.getpeercert() or {}).get("subject", ()))
                self.peers.append(subject.get("commonName"))
                self.heads.append(head.decode("latin-1"))
                answer = self.gate(self.heads[-1]) if self.gate else None
                if answer is not None:
                    near.sendall(answer)
                    return
                with socket.create_connection(self.upstream, timeout=10) as plain:
                    plain.settimeout(None)
                    if not self.upstream_tls:
                        self._pump(near, plain, head)
                        return
                    context = ssl._create_unverified_context()
                    with context.wrap_socket(plain) as far:
                        self._pump(near, far, head)
        except OSError:  # ssl.SSLError among them: the client has what it needs to know
            pass

    @staticmethod
    def _pump(near, far, head):
        far.sendall(head)
        while True:
            ready = [one for one in (near, far) if hasattr(one, "pending") and one.pending()]
            for source in ready or select.select([near, far], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                (far if source is near else near).sendall(data)

    def close(self):
        self._listener.close()


def answer(code, reason, body=b"", content_type="application/json"):
    head = f"HTTP/1.1 {code} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return (head + "Connection: close\r\n\r\n").encode() + body
