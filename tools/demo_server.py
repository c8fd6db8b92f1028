#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves three services on loopback for trying scripts: a greeting of SSH, a web page, and the same page over TLS with
a certificate that is created at the start. Prints their ports, separated by commas, when all of them listen. Ends when
its standard input ends."""

import errno
import http.server
import signal
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading

# Portrules take these ports for SSH, HTTP and HTTPS by their numbers; only ssl-cert takes each of HTTPS_PORTS, http-title
# takes 8443. The first port that is free is used.
GREETING_PORTS = (2222, 22222, 10022)
HTTP_PORTS = (8080, 8000, 8180, 8088)
HTTPS_PORTS = (8443, 4433, 9001)

PAGE = b"<!doctype html><html><head><title>The sluice is open</title></head><body>Water flows.</body></html>\n"


class Greeting(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"SSH-2.0-sluice_demo\r\n")
        self.connection.settimeout(30)
        while self.connection.recv(4096):
            pass


class Page(http.server.BaseHTTPRequestHandler):
    server_version = "sluice-demo"
    sys_version = ""
    timeout = 1  # closes silent connections, because the script `banner` would wait for a greeting

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(PAGE)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    tls = None

    def get_request(self):
        connection, address = super().get_request()
        if self.tls:  # the thread of the connection does the handshake
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_):
        pass  # scripts often send data that the service does not expect


def serve(handler, ports, tls=None):
    for port in ports:
        try:
            server = Server(("127.0.0.1", port), handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        server.tls = tls
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return port
    sys.exit(f"demo_server: ports {', '.join(map(str, ports))} of 127.0.0.1 are all taken")


def self_signed():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", certificate, "-days", "30", "-subj", "/O=sluice/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"demo_server: openssl made no certificate: {made.stderr.strip()}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the scan
    tls = self_signed()
    print(serve(Greeting, GREETING_PORTS), serve(Page, HTTP_PORTS), serve(Page, HTTPS_PORTS, tls), sep=",", flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
