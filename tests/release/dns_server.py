"""A name server for tests: one name has one IPv4 address, all others are not there. UDP, in a thread."""

import socket
import struct
import threading


class DnsServer:
    def __init__(self, name, target, address):
        self.name, self.target = name, socket.inet_aton(target)
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += query[at] + 1
            question = query[12:at + 5]
            kind = struct.unpack(">H", query[at + 1:at + 3])[0]
            name = ".".join(labels).lower()
            self.asked.append(name)
            known, has = name == self.name, name == self.name and kind == 1
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + self.target if has else b""
            header = query[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, int(has), 0, 0)
            self.socket.sendto(header + question + answer, peer)

    def close(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()
