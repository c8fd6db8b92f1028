# SPDX-License-Identifier: Apache-2.0
"""Servers that are made to hold version detection up (`HOSTILE`), on loopback."""

import collections
import contextlib
import socket
import threading

import stubs

BANNER_SIZE = 100 << 20
NOISE = b"q" * (1 << 16)
# Both are hard to match; only the one has a line behind the explosive ones.
RUNNING_TEXT, UNKNOWN_TEXT = b"a b aa bb " * 20000, b"b a bb aa " * 20000
NEVER_READS = 3013


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, stubs.RESET)
    connection.close()


def read_all(connection):
    """Until the peer closes."""
    while connection.recv(65536):
        pass


def drip(connection, stopped):
    while not stopped.wait(1):
        connection.sendall(b"d")


def endless(connection, stopped):
    while not stopped.is_set():
        connection.sendall(NOISE)


def large_banner(connection, _):
    for _ in range(BANNER_SIZE // len(NOISE)):
        connection.sendall(NOISE)


def say(text):
    def serve(connection, _):
        connection.sendall(text)
        read_all(connection)
    return serve


def reset_at_once(connection, _):
    reset(connection)


def reset_behind_banner(connection, _):
    connection.sendall(b"hello\r\n")
    connection.recv(1)  # the peer has read the banner: it asks, or closes
    reset(connection)


def reset_behind_probe(connection, _):
    connection.recv(65536)
    reset(connection)


def reset_within_answer(connection, stopped):
    connection.recv(65536)
    connection.sendall(b"WEB 2.")
    stopped.wait(0.3)
    reset(connection)


def speak_tls(in_handshake):
    """A server that asks for TLS, and treats the handshake so."""
    def serve(connection, stopped):
        first = connection.recv(65536)
        if first[:1] == bytes([stubs.HANDSHAKE_RECORD]):
            in_handshake(connection, stopped)
        else:
            connection.sendall(b"TLS PLEASE\r\n")
        read_all(connection)
    return serve


def silent_handshake(_, stopped):
    stopped.wait()


def handshake_that_stops(connection, stopped):
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00")  # the header of a long record, and a little of a ServerHello
    stopped.wait()


def reset_handshake(connection, _):
    reset(connection)


def answer_get(connection, _):
    while data := connection.recv(65536):
        if data.startswith(b"GET"):
            connection.sendall(b"WEB 2.1\r\n")


def in_turn(serve):
    """A server that takes a client when the one before has gone."""
    locks = collections.defaultdict(threading.Lock)

    def wait(connection, stopped):
        with locks[connection.getsockname()]:
            serve(connection, stopped)
    return wait


def latest(serve):
    """A server that closes a connection when the next is made."""
    current = {}

    def replace(connection, stopped):
        before, current[connection.getsockname()] = current.get(connection.getsockname()), connection
        if before:
            with contextlib.suppress(OSError):  # closed already
                before.shutdown(socket.SHUT_RDWR)
        serve(connection, stopped)
    return replace


def never_read(_, stopped):
    stopped.wait()


# What serves each connection behind the port scan's, how many are taken, and what is to be reported: the name, or None
# where nothing is recognised; tunnel.
HOSTILE = {
    3001: (drip, None, None, None),
    3002: (endless, None, None, None),
    3003: (large_banner, None, None, None),
    3004: (say(RUNNING_TEXT), None, "behind", None),
    3005: (reset_at_once, None, "tcpwrapped", None),
    3006: (reset_behind_banner, None, None, None),
    3007: (reset_behind_probe, None, None, None),
    3008: (reset_within_answer, None, None, None),
    3009: (speak_tls(silent_handshake), None, None, "ssl"),
    3010: (speak_tls(handshake_that_stops), None, None, "ssl"),
    3011: (speak_tls(reset_handshake), None, None, "ssl"),
    3012: (never_read, 1, None, None),  # closed behind one connection
    NEVER_READS: (never_read, None, None, None),
    3014: (never_read, 0, "tcpwrapped", None),  # closed behind the port scan's connection
    3015: (None, None, "tcpwrapped", None),  # never accepted; what the queue does not hold times out
    3016: (say(UNKNOWN_TEXT), None, None, None),
    3017: (in_turn(answer_get), None, "web", None),
    3018: (latest(answer_get), None, "web", None),
}


class HostileServer:
    """Serves connections by a function of (connection, event that tells the end)."""

    def __init__(self, address, port, serve, accepts):
        self.serve, self.accepts, self.stopped, self.threads = serve, accepts, threading.Event(), []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.listener.bind((address, port))
        self.listener.listen(64 if serve else 0)
        if serve:
            self.start(self.accept)

    def start(self, function, *arguments):
        self.threads.append(threading.Thread(target=function, args=arguments, daemon=True))
        self.threads[-1].start()

    def accept(self):
        with contextlib.suppress(OSError):  # stopped
            self.listener.accept()[0].close()  # the port scan's
            while self.accepts is None or self.accepts > 0:
                self.start(self.handle, self.listener.accept()[0])
                self.accepts = None if self.accepts is None else self.accepts - 1
        self.listener.close()

    def handle(self, connection):
        with contextlib.suppress(OSError), connection:  # the peer closes at any time
            self.serve(connection, self.stopped)

    def stop(self):
        self.stopped.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(stubs.LINGER)


@contextlib.contextmanager
def serving(address):
    """Serves HOSTILE on an address of loopback."""
    servers = [HostileServer(address, port, serve, accepts) for port, (serve, accepts, *_) in HOSTILE.items()]
    try:
        yield
    finally:
        for server in servers:
            server.stop()
