# SPDX-License-Identifier: Apache-2.0
"""A server on loopback that greets, and a script that reports the greeting."""

import contextlib
import random
import socket
import socketserver
import threading

BANNER = """
local nmap = require "nmap"
portrule = function(host, port) return port.state == "open" end
action = function(host, port)
  local socket = nmap.new_socket()
  socket:set_timeout(60000)
  socket:connect(host, port)
  local _, banner = socket:receive()
  socket:close()
  return banner
end
"""


class Greeter(socketserver.ThreadingTCPServer):
    """Sends `greeting` to each client until end(), after `wait` has returned."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, greeting, port=0, wait=lambda: None):
        self.greeting, self.wait = greeting, wait
        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.wait()
        with contextlib.suppress(OSError):
            self.request.sendall(self.server.greeting)


def free_ports(count):
    """Ports that the system does not give to other connections: those that a test closes must stay closed."""
    found = set()
    while len(found) < count:
        port = random.randrange(10000, 30000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return sorted(found)
