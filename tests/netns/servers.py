# SPDX-License-Identifier: Apache-2.0
"""servers.py TCP UDP: serves comma lists of ports on all addresses of both families until stdin ends.

A TCP connection is accepted and closed; a datagram is answered with its own bytes, an empty one with a word. An answer
comes from the address that was asked. Says "ready" when all ports are bound.
"""

import selectors
import socket
import sys


def ports(text):
    return [int(port) for port in text.split(",") if port]


def listener(kind, port):
    server = socket.socket(socket.AF_INET6, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if kind == socket.SOCK_DGRAM:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    server.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        server.listen(4096)
    return server


def accept(server):
    server.accept()[0].close()


def answer(server):
    data, info, _, peer = server.recvmsg(65536, socket.CMSG_SPACE(20))
    asked = [(level, kind, value) for level, kind, value in info if kind == socket.IPV6_PKTINFO]
    server.sendmsg([data or b"hello"], asked, 0, peer)


def main():
    selector = selectors.DefaultSelector()
    for kind, serve, text in ((socket.SOCK_STREAM, accept, sys.argv[1]), (socket.SOCK_DGRAM, answer, sys.argv[2])):
        for port in ports(text):
            selector.register(listener(kind, port), selectors.EVENT_READ, serve)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                return
            try:
                key.data(key.fileobj)
            except OSError:
                pass  # the peer has left; its next packet may not


main()
