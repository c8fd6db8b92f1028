# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback whose behaviour is data (`Tcp`, `Udp`), and which record what each connection sent to them.

A recorded connection is [kind, bytes, ...]: the kind is "plain", "tls" or "tls failed"; then follows what was received,
one item for all of it. UDP records one item per datagram and the word "socket" where the source port changed.
"""

import contextlib
import dataclasses
import socket
import ssl
import struct
import subprocess
import threading
import time

HANDSHAKE_RECORD = 0x16  # first byte of a TLS client
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of a close that resets
# Seconds before a server speaks first, or closes, on any connection but its first: a client that speaks at once has
# sent what it has to send by then. Otherwise chance decides whether it does so before it reads.
SETTLE = 0.06
LINGER = 10  # seconds that a stub waits for the end of its connections when it is stopped


@dataclasses.dataclass
class Chunk:
    """Bytes that are sent `delay` seconds after the one before, or after what they answer."""
    data: bytes
    delay: float = 0


@dataclasses.dataclass
class Talk:
    """What a server says on a connection. `close_after` is "accept", "banner", "answer" or None (stays open);
    `close_delay` seconds pass before. `closing` is "fin" or "reset". A key of `answers` is what was received in one
    piece; None stands for everything else."""
    banner: list = dataclasses.field(default_factory=list)
    answers: dict = dataclasses.field(default_factory=dict)
    close_after: str = None
    close_delay: float = 0
    closing: str = "fin"

    def answer(self, received):
        return self.answers.get(received, self.answers.get(None))


@dataclasses.dataclass
class Tcp:
    """A TCP server; `tls` is the talk inside of TLS for connections that begin with a handshake. The first
    connection (the port scan's) is accepted and not recorded. After `accepts` further ones the port is closed. A
    server that is `serial` accepts a connection when the one before has ended."""
    talk: Talk
    tls: Talk = None
    serial: bool = False
    accepts: int = None


@dataclasses.dataclass
class Udp:
    """A UDP server: one datagram for each one received that has an answer. Empty ones are the port scan's."""
    answers: dict


def certificate(directory):
    """A self-signed certificate; returns a context for servers."""
    cert, key = directory / "stub.crt", directory / "stub.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-keyout", key, "-out", cert, "-subj", "/CN=stub.sluice.test"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


class TcpStub:
    def __init__(self, model, address, port, context):
        self.model, self.context = model, context
        self.listener = socket.create_server((address, port), backlog=64)
        self.connections, self.threads, self.scanned = [], [], False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while self.model.accepts is None or len(self.connections) < self.model.accepts:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # stopped
                return
            if not self.scanned:
                self.scanned = True
                connection.close()
                continue
            record = ["plain", b""]
            self.connections.append(record)
            settle = SETTLE if len(self.connections) > 1 else 0
            thread = threading.Thread(target=self.serve, args=(connection, record, settle), daemon=True)
            self.threads.append(thread)
            thread.start()
            if self.model.serial:
                thread.join()
        self.listener.close()

    def serve(self, connection, record, settle):
        with contextlib.suppress(OSError), connection:  # a peer may reset at any time
            talk = self.model.talk
            if self.model.tls and self.begins_tls(connection):
                connection, talk = self.handshake(connection, record), self.model.tls
            if connection:
                with connection:
                    self.converse(connection, record, talk, settle)

    def begins_tls(self, connection):
        return connection.recv(1, socket.MSG_PEEK)[:1] == bytes([HANDSHAKE_RECORD])

    def handshake(self, connection, record):
        try:
            wrapped = self.context.wrap_socket(connection, server_side=True)
        except OSError:
            record[0] = "tls failed"
            return None
        record[0] = "tls"
        return wrapped

    @staticmethod
    def send(connection, chunks):
        for chunk in chunks:
            time.sleep(chunk.delay)
            connection.sendall(chunk.data)

    def converse(self, connection, record, talk, settle):
        """Records what comes until the peer closes, also after an end of ours and after a reset of the peer's."""
        with contextlib.suppress(OSError):
            time.sleep(settle)
            self.send(connection, talk.banner)
            closed = talk.close_after in ("accept", "banner") and self.close(connection, talk)
            while data := connection.recv(65536):
                record[1] += data
                if not closed:
                    answer = talk.answer(data)
                    self.send(connection, answer or [])
                    closed = answer is not None and talk.close_after == "answer" and self.close(connection, talk)
        while data := connection.recv(65536):
            record[1] += data

    @staticmethod
    def close(connection, talk):
        time.sleep(talk.close_delay)
        if talk.closing == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.close()
        elif isinstance(connection, ssl.SSLSocket):
            connection.settimeout(0.2)
            with contextlib.suppress(OSError):  # sends its close_notify; a client need not answer
                connection.unwrap()
            connection.close()
        else:
            connection.shutdown(socket.SHUT_WR)
        return True

    def stop(self):
        """Returns the record when all connections have ended."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(LINGER)
        self.listener.close()
        for thread in self.threads:
            thread.join(LINGER)
        return self.connections


class UdpStub:
    def __init__(self, model, address, port):
        self.model, self.record, self.source = model, [], None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.stopped = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            if self.stopped:
                return
            if not data:
                continue
            if peer != self.source:
                self.record.append("socket")
                self.source = peer
            self.record.append(data)
            answer = self.model.answers.get(data)
            if answer:
                time.sleep(answer.delay)
                self.socket.sendto(answer.data, peer)

    def stop(self):
        self.stopped = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.socket.getsockname())
        self.thread.join(LINGER)
        self.socket.close()
        return self.record


@contextlib.contextmanager
def serving(models, address, context):
    """Serves `models`, {(protocol, port): Tcp or Udp}; yields an empty dictionary, which has the records at the end."""
    records, running = {}, {}
    try:
        for (protocol, port), model in models.items():
            running[protocol, port] = (TcpStub(model, address, port, context) if protocol == "tcp" else
                                       UdpStub(model, address, port))
        yield records
    finally:
        for key, stub in running.items():
            records[key] = stub.stop()
