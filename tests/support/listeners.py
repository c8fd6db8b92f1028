# SPDX-License-Identifier: Apache-2.0
"""TCP servers on loopback for tests of the command."""

import collections
import socket
import threading
import time


class Listeners:
    """Listens at one port of several addresses until close(), and counts the connections to each address in `seen`.
    `delay`: seconds after which a connection is closed."""

    def __init__(self, addresses, port=0, delay=0.0):
        self.seen = collections.Counter()
        self.delay = delay
        self.sockets = []
        for address in addresses:
            self.sockets.append(socket.create_server((address, port), backlog=64))
            port = self.sockets[0].getsockname()[1]
        self.port = port
        for each in self.sockets:
            threading.Thread(target=self._serve, args=(each,), daemon=True).start()

    def _serve(self, listener):
        address = listener.getsockname()[0]
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.seen[address] += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection:
            time.sleep(self.delay)

    def await_connections(self, connections):
        """Waits until `seen` has so many connections: they are counted a little after they were made."""
        end = time.monotonic() + 30
        while sum(self.seen.values()) < connections:
            assert time.monotonic() < end, self.seen
            time.sleep(0.01)

    def forget(self, connections):
        """Clears `seen` when it has so many connections."""
        self.await_connections(connections)
        self.seen.clear()

    def close(self):
        for each in self.sockets:
            each.shutdown(socket.SHUT_RDWR)
            each.close()
