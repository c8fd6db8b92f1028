#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""task_docs_test.py SLUICE PAGE...: runs each command of the pages as it is printed there. Needs a network namespace of
its own, in which 192.0.2.0/24 is the loopback: 192.0.2.7 has an SSH greeting and a web server with and without TLS,
192.0.2.9 a web server. Scanners that Debian lacks, or that send raw packets, are programs that print what these found."""

import contextlib
import functools
import os
import pathlib
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

import demo_server  # noqa: E402: found by the line above

LIMIT = 120  # seconds for a block of commands
OPEN = [("192.0.2.7", 22), ("192.0.2.7", 80), ("192.0.2.7", 443), ("192.0.2.9", 80)]
SCANNERS = {
    # The arguments choose the format, as with the program.
    "masscan": """
case "$*" in
  *"-oX ports.xml"*) exec >ports.xml; echo '<?xml version="1.0"?><!-- masscan v1.0 scan --><nmaprun scanner="masscan">'
    while read -r host port; do echo "<host endtime=\\"1\\"><address addr=\\"$host\\" addrtype=\\"ipv4\\"/><ports><port \
protocol=\\"tcp\\" portid=\\"$port\\"><state state=\\"open\\" reason=\\"syn-ack\\" reason_ttl=\\"64\\"/></port></ports></host>"
    done; echo '</nmaprun>' ;;
  *"-oL -"*) echo '#masscan'; while read -r host port; do echo "open tcp $port $host 1"; done; echo '# end' ;;
  *) echo "masscan: unexpected arguments: $*" >&2; exit 1 ;;
esac""",
    "naabu": 'while read -r host port; do echo "$host:$port"; done',
    "rustscan": "echo '192.0.2.7 -> [22,80,443]'; echo '192.0.2.9 -> [80]'",
}


class Greeting(socketserver.StreamRequestHandler):
    """Greets as SSH, and ends the connection at the first answer: scripts that speak SSH do not wait."""

    def handle(self):
        self.wfile.write(b"SSH-2.0-sluice_demo\r\n")
        self.connection.settimeout(2)
        with contextlib.suppress(OSError):
            self.connection.recv(4096)


def blocks(page):
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.M | re.S)


class TaskPages(unittest.TestCase):
    sluice, pages = None, []

    @classmethod
    def setUpClass(cls):
        for command in ("ip link set lo up", "ip addr add 192.0.2.0/24 dev lo"):
            subprocess.run(command.split(), check=True)
        tls = demo_server.self_signed()
        for host, port in OPEN:
            server = demo_server.Server((host, port), Greeting if port == 22 else demo_server.Page)
            server.tls = tls if port == 443 else None
            threading.Thread(target=server.serve_forever, daemon=True).start()
            cls.addClassCleanup(server.server_close)
            cls.addClassCleanup(server.shutdown)

    def folder(self):
        """Returns a directory for the commands of a page, with the programs that they name."""
        place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        programs = place / "bin"
        programs.mkdir()
        (programs / "sluice").symlink_to(self.sluice)
        found = "".join(f"{host} {port}\n" for host, port in OPEN)
        for name, script in SCANNERS.items():
            (programs / name).write_text(f"#!/bin/bash\n{script} <<END\n{found}END\n" if "exec >" not in script else
                                         f"#!/bin/bash\nexec 0<<END\n{found}END\n{script}\n")
            (programs / name).chmod(0o755)
        (place / "hosts.txt").write_text("192.0.2.7\n192.0.2.9\n")
        return place

    def run_page(self, page):
        place = self.folder()
        environment = {**os.environ, "PATH": f"{place}/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(place),
                       "XDG_STATE_HOME": str(place / "state"), "XDG_CONFIG_HOME": str(place / "config")}
        commands = blocks(page)
        self.assertGreater(len(commands), 2)
        for text in commands:
            for command in filter(None, text.splitlines()):
                with self.subTest(command=command):
                    ended = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", command], cwd=place, env=environment,
                                           capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
                    self.check(command, ended, place)

    def check(self, command, ended, place):
        if command.endswith("@last"):  # the runs of the page may be too short to be kept
            self.assertIn(ended.returncode, (0, 2), ended.stderr)
            return
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertNotRegex(ended.stderr, r"QUITTING|skipped|not complete")
        if "192.0.2.7" in command and "sluice" in command and ">" not in command and " -o" not in command:
            self.assertIn("22/tcp" if "-p 80" not in command else "80/tcp", ended.stdout)
        if "--targets-from - " in command or "--targets-from ports.txt" in command:
            self.assertIn("192.0.2.7", ended.stdout)
            self.assertRegex(ended.stdout, r"22/tcp +open")
        if "jq" in command:
            self.assertEqual(ended.stdout, "192.0.2.7 The sluice is open\n")
        for name in re.findall(r"(?:-o[XJ]|>|--to \w+) ?([\w.]+\.\w+)", command):
            self.assertGreater((place / name).stat().st_size, 0, name)


if __name__ == "__main__":
    TaskPages.sluice = pathlib.Path(sys.argv[1]).resolve()
    for path in map(pathlib.Path, sys.argv[2:]):
        name = "test_commands_of_" + path.stem.replace("-", "_") + "_work"
        setattr(TaskPages, name, functools.partialmethod(TaskPages.run_page, path.resolve()))
    unittest.main(argv=sys.argv[:1])
