# SPDX-License-Identifier: Apache-2.0
"""history_docs_test.py SLUICE DOCS: runs the commands of docs/keep-history.md against a server on loopback."""

import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SLUICE, DOCS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
LIMIT = 60  # seconds for a command
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
    """Greets when a journal has begun in `directory`: a run that is to be kept lasts long enough."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, directory):
        self.directory, self.version = directory, 1
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        deadline = time.monotonic() + LIMIT
        while self.server.directory and not list(self.server.directory.glob("*-lock")) and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(OSError):
            self.request.sendall(b"version %d" % self.server.version)


def free_port():
    """A port that the system does not give to other connections: it must stay closed."""
    while True:
        port = random.randrange(10000, 30000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class HistoryPage(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "banner.nse").write_text(BANNER)
        (self.place / "bin").mkdir()
        (self.place / "bin/sluice").symlink_to(SLUICE)
        self.environment = {**os.environ, "PATH": f"{self.place}/bin:/usr/bin:/bin",
                            "XDG_STATE_HOME": str(self.place / "state")}
        self.environment.pop("SUDO_UID", None)
        self.server = Greeter(self.place / "state/sluice")
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        port = str(self.server.server_address[1])
        self.page = DOCS.read_text().replace("8001-8003", f"{port},{free_port()}").replace("8001", port)
        self.page = self.page.replace("--script banner", "--script ./banner.nse")

    def shell(self, text, code=0):
        ended = subprocess.run(["/bin/bash", "-e", "-c", text], cwd=self.place, env=self.environment, capture_output=True,
                               text=True, timeout=3 * LIMIT)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertEqual(ended.stderr, "")
        return ended.stdout

    def test_commands_of_the_page_work(self):
        scans, output, look, keep, series = re.findall(r"^```(?:sh)?\n(.*?)^```$", self.page, re.M | re.S)
        first, second, compare = scans.splitlines()
        self.shell(first)
        self.server.version = 2
        self.shell(second)
        self.assertEqual(self.shell(compare, 1), output)

        commands = look.splitlines()
        self.assertEqual(len(self.shell(commands[0]).splitlines()), 3)
        self.assertIn("version 2", self.shell(commands[1]))
        self.shell(commands[2])
        self.assertIn("version 2", (self.place / "report.xml").read_text())
        if shutil.which("jq"):
            self.assertEqual(self.shell(commands[3]), "")
        rows = json.loads(self.shell("sluice history --json"))
        named = re.search(r"the keys (.*?)\.\n", self.page, re.S)[1]
        self.assertEqual([word for word in re.findall(r"`(\w+)`", named) if word != "null"], list(rows[0]))

        self.assertEqual(self.shell(keep), "Nothing to remove.\n")
        self.assertTrue((self.place / "baseline.db").exists())
        self.server.directory = None
        *scans, compare = series.splitlines()
        for scan in scans:
            self.shell(scan)
        self.assertEqual(self.shell(compare), "")
        self.assertEqual(len(json.loads(self.shell("sluice history --json"))), 2)


if __name__ == "__main__":
    unittest.main()
