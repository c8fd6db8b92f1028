# SPDX-License-Identifier: Apache-2.0
"""proxychains_test.py SLUICE: connections were made by a raw system call, which proxychains cannot intercept. They
bypassed the proxy."""

import collections
import contextlib
import glob
import json
import os
import pathlib
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ndjson_lines import keep_lines  # noqa: E402

SLUICE = sys.argv.pop(1)
TARGET = "127.66.0.1"  # nothing listens there: ports are open only through the proxy
PLAIN, SECURE, CLOSED, PING = 7001, 7002, 7003, 7004
SCRIPT = """
local nmap = require "nmap"
portrule = function(host, port) return port.state == "open" end
action = function(host, port)
  local socket = nmap.new_socket()
  assert(socket:connect(host, port, port.number == %d and "ssl" or "tcp"))
  assert(socket:send("hello\\n"))
  local got, line = socket:receive_lines(1)
  socket:close()
  return got and line:gsub("%%s+$", "")
end
""" % SECURE


class Echo(socketserver.StreamRequestHandler):
    """Repeats a line."""

    def handle(self):
        with contextlib.suppress(OSError):
            if line := self.rfile.readline():
                self.wfile.write(b"echo " + line)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a probe hangs up at once


class SecureServer(Server):
    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), Echo)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)

    def finish_request(self, request, client_address):
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)


class Socks(socketserver.BaseRequestHandler):
    """A SOCKS 5 server (RFC 1928) without authentication: connects what is in `routes`, refuses everything else."""

    def take(self, size):
        data = b""
        while len(data) < size:
            more = self.request.recv(size - len(data))
            if not more:
                raise OSError("hung up")
            data += more
        return data

    def handle(self):
        with contextlib.suppress(OSError):
            self.take(self.take(2)[1])
            self.request.sendall(b"\x05\x00")
            command = self.take(4)
            assert command == b"\x05\x01\x00\x01", command
            address, port = socket.inet_ntoa(self.take(4)), int.from_bytes(self.take(2), "big")
            self.server.seen.append((address, port))
            route = self.server.routes.get((address, port))
            self.request.sendall(b"\x05" + (b"\x00" if route else b"\x05") + b"\x00\x01" + bytes(6))
            if route:
                with socket.create_connection(route) as onward:
                    self.relay(onward)

    def relay(self, onward):
        def pump(source, sink):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)

        back = threading.Thread(target=pump, args=(onward, self.request), daemon=True)
        back.start()
        pump(self.request, onward)
        back.join(30)


def library():
    found = glob.glob("/usr/lib/*/libproxychains.so.4")
    return found[0] if found else None


class Proxychains(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.place = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = self.place / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", certificate, "-out",
                        self.place / "certificate.pem", "-subj", "/CN=localhost", "-days", "2"],
                       check=True, capture_output=True)
        with open(certificate, "a") as both:
            both.write((self.place / "certificate.pem").read_text())
        plain, secure = Server(("127.0.0.1", 0), Echo), SecureServer(certificate)
        self.socks = Server(("127.0.0.1", 0), Socks)
        self.socks.seen = []
        self.socks.routes = {(TARGET, PLAIN): plain.server_address, (TARGET, SECURE): secure.server_address,
                             (TARGET, PING): plain.server_address}
        for server in plain, secure, self.socks:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.stack.callback(server.server_close)
            self.stack.callback(server.shutdown)
        (self.place / "echo.nse").write_text(SCRIPT)
        (self.place / "proxychains.conf").write_text(
            "strict_chain\nquiet_mode\ntcp_read_time_out 15000\ntcp_connect_time_out 8000\n"
            f"[ProxyList]\nsocks5 127.0.0.1 {self.socks.server_address[1]}\n")

    def run_sluice(self, *options):
        ended = subprocess.run(
            [SLUICE, "-n", "-oJ", self.place / "report", *options, TARGET], capture_output=True, text=True, timeout=120,
            env={**os.environ, "LD_PRELOAD": library(), "PROXYCHAINS_CONF_FILE": str(self.place / "proxychains.conf")})
        self.assertEqual(ended.returncode, 0, ended.stderr)
        lines = (self.place / "report").read_text()
        keep_lines(lines)
        self.events = [json.loads(line) for line in lines.splitlines()]
        return ended

    def check_run(self, *options):
        ended = self.run_sluice(f"-PS{PING}", "-p", f"{PLAIN},{SECURE},{CLOSED}", "--script", self.place / "echo.nse",
                                *options)
        host = next(event for event in self.events if event["event"] == "host")
        self.assertEqual((host["status"], host["reason"]), ("up", "syn-ack"))
        self.assertEqual([(port["port"], port["state"], port["reason"]) for port in host["ports"]],
                         [(PLAIN, "open", "syn-ack"), (SECURE, "open", "syn-ack"), (CLOSED, "closed", "conn-refused")])
        results = {event["port"]: event.get("output") for event in self.events if event["event"] == "script"}
        self.assertEqual(results, {PLAIN: "echo hello", SECURE: "echo hello"})
        # One probe for the host, one for each port, and one connection of the script to each open port.
        self.assertEqual(collections.Counter(self.socks.seen),
                         {(TARGET, PING): 1, (TARGET, PLAIN): 2, (TARGET, SECURE): 2, (TARGET, CLOSED): 1})
        return ended

    def test_every_connection_of_a_scan_and_of_scripts_goes_through_the_proxy(self):
        ended = self.check_run()
        warnings = [line for line in ended.stderr.splitlines() if line.startswith("Warning: ")]
        self.assertEqual(len(warnings), 1, ended.stderr)
        for what in "proxychains", "UDP", "--dns-servers":
            self.assertIn(what, warnings[0])

    def test_every_connection_with_worker_threads_goes_through_the_proxy(self):
        self.check_run("--workers", "2")

    def test_each_of_many_closed_ports_is_probed_through_the_proxy(self):
        self.run_sluice("-Pn", "-p", "7100-7199")
        self.assertEqual(sorted(port for address, port in self.socks.seen), list(range(7100, 7200)))
        host = next(event for event in self.events if event["event"] == "host")
        self.assertEqual([(part["state"], part["count"]) for part in host["not_shown"]], [("closed", 100)])


if __name__ == "__main__":
    if not library():
        print("libproxychains4 is not installed")
        sys.exit(77)
    unittest.main()
