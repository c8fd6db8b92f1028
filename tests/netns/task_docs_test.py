#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""task_docs_test.py SLUICE PAGE...: runs each command of the pages as it is printed there, several at the same time.
Needs a network namespace of its own, in which addresses of 192.0.2.0/24 are those of the loopback: 192.0.2.7 and
127.0.0.1 have an SSH greeting and a web server with and without TLS, 192.0.2.9 a web server. Scanners that Debian
lacks, or that send raw packets, are programs that print what these found."""

import concurrent.futures
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
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tools"), str(ROOT / "tests/support")]

import demo_server  # noqa: E402: found by the line above
import pages  # noqa: E402

LIMIT = 120  # seconds for a command
AT_A_TIME = 12  # commands; most of them wait for servers
OPEN = [("192.0.2.7", 22), ("192.0.2.7", 80), ("192.0.2.7", 443), ("192.0.2.9", 80)]
LOCAL = [("127.0.0.1", port) for port in (22, 80, 443, 2222, 8080, 8443, 4000)]
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
    "proxychains4": '[ "$1" = -q ] && exec "${@:2}"',  # without a proxy
    "sqlite3": """exec python3 -c 'import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]), sep="\\n")' "$@" """,
}
KEPT = "".join(f"sluice -n -Pn -p {port} --journal state/sluice/20260101-00000{number}-00000000.db 192.0.2.7\n"
               for number, port in enumerate(("22,80", "80,443")))  # two runs of the history
# What the commands of a page need.
SETUP = {
    "README.md": KEPT,
    "docs/completion.md": KEPT,
    "docs/first-scan.md": KEPT,
    "docs/journal.md": "for part in 1 2; do sluice -n -sn --shard $part/2 --journal part-$part.db -iL hosts; done",
    "docs/versions.md": "sluice -n -sV -p 80 -oX report-of-nmap-sV.xml 192.0.2.9",
}


class Greeting(socketserver.StreamRequestHandler):
    """Greets as SSH, and ends the connection at the first answer: scripts that speak SSH do not wait."""

    greeting = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"

    def handle(self):
        self.wfile.write(self.greeting)
        self.connection.settimeout(2)
        with contextlib.suppress(OSError):
            self.connection.recv(4096)


class Unknown(Greeting):
    """Greets as no service that a pattern matches."""

    greeting = b"hello, who are you?\r\n"


class Demo(Greeting):
    greeting = b"SSH-2.0-sluice_demo\r\n"


class Nginx(socketserver.BaseRequestHandler):
    """Answers the first data with the page. Version detection recognises the server by this response, so that it needs
    no further probes."""

    response = (b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n" % len(demo_server.PAGE))

    def handle(self):
        # Longer than a detection takes. A connection that is closed earlier looks like "tcpwrapped".
        self.request.settimeout(5)
        with contextlib.suppress(OSError):
            request = self.request.recv(65536)
            self.request.sendall(self.response + (b"" if request.startswith(b"HEAD") else demo_server.PAGE))


HANDLERS = {22: Greeting, 2222: Demo, 4000: Unknown, 8080: demo_server.Page, 8443: demo_server.Page}


def outputs(page, command):
    """Returns the lines that the page shows as the output of a command of an indented block."""
    lines, found = page.text.splitlines()[max(0, command.line - 1):], []
    if not lines[0].startswith("    $ "):
        return []
    for line in lines[1 + command.text.count("\n"):]:
        if line.startswith(("    $ ", "    SF-")) or (line and not line.startswith("    ")):
            break  # a fingerprint contains the date
        found.append(plain(line.strip()))
    return [line for line in found if line not in ("", "...")]


def plain(text):
    """Replaces what differs between runs: times and memory."""
    return re.sub(r"\d+(?:[.:-]\d+)+", "N", text)


def files(command):
    """Returns the files that a command names, other than those of the folder."""
    return set(re.findall(r"[\w-]+\.(?:csv|db|ndjson|txt|xml)\b", command)) - {"hosts.txt", "targets.txt"}


class TaskPages(unittest.TestCase):
    sluice, paths = None, []

    @classmethod
    def setUpClass(cls):
        addresses = {host for host, _ in OPEN} | {"198.51.100.3"}
        for command in ("ip link set lo up", *(f"ip addr add {host} dev lo" for host in sorted(addresses))):
            subprocess.run(command.split(), check=True)
        tls = demo_server.self_signed()
        for host, port in OPEN + LOCAL:
            server = demo_server.Server((host, port), HANDLERS.get(port, Nginx))
            server.tls = tls if port in (443, 8443) else None
            threading.Thread(target=server.serve_forever, daemon=True).start()
            cls.addClassCleanup(server.server_close)
            cls.addClassCleanup(server.shutdown)
        cls.place = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.executor = cls.enterClassContext(concurrent.futures.ThreadPoolExecutor(AT_A_TIME))
        cls.runs = {path: cls.run_page(path) for path in cls.paths}

    @classmethod
    def folder(cls, name):
        """Returns a directory for the commands of a page, with the programs and files that they name."""
        place = cls.place / name
        programs = place / "bin"
        for directory in (programs, place / "build/release"):
            directory.mkdir(parents=True)
            (directory / "sluice").symlink_to(cls.sluice)
        found = "".join(f"{host} {port}\n" for host, port in OPEN)
        for scanner, script in SCANNERS.items():
            (programs / scanner).write_text(f"#!/bin/bash\nexec <<END\n{found}END\n{script}\n")
            (programs / scanner).chmod(0o755)
        for hosts in ("hosts", "hosts.txt", "targets.txt"):
            (place / hosts).write_text("192.0.2.7\n192.0.2.9\n")
        (place / "state/sluice").mkdir(parents=True)
        (place / "state").chmod(0o700)
        (place / "state/sluice").chmod(0o700)
        return place

    @classmethod
    def run_page(cls, path):
        """Starts the commands of a page. Returns the page, its directory, and each command with its future result. A
        command starts after the earlier ones that name one of its files; those that read the history, after all."""
        page = pages.Page(path)
        place = cls.folder(path.stem)
        for name, script in page.scripts():
            (place / name).write_text(script)
        environment = {**os.environ, "PATH": f"{place}/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(place),
                       "XDG_STATE_HOME": str(place / "state"), "XDG_CONFIG_HOME": str(place / "config")}

        def shell(text, earlier=()):
            concurrent.futures.wait(earlier)
            began = time.monotonic()
            ended = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", text], cwd=place, env=environment,
                                   capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
            print(f"{time.monotonic() - began:5.1f} s  {page.name}: {text}")
            return ended

        needed = SETUP.get(page.name, "")
        started = [(pages.Command(0, needed), cls.executor.submit(shell, needed))]
        for command in page.left:
            typed = re.match(r"sluice (.*)<Tab>$", command.text)
            names, last = files(command.text), re.search(r"@|sluice history", command.text)
            earlier = [future for other, future in started if not other.line or last or names & files(other.text)]
            started.append((command, cls.executor.submit(
                shell, f"sluice complete -- {typed[1]}" if typed else command.text, earlier)))
        return page, place, started

    def check_page(self, path):
        page, place, started = self.runs[path]
        for command, future in started:
            with self.subTest(command=command.text):
                result = future.result()
                page.ran(command.text)
                self.check(command.text, result, place)
                for line in outputs(page, command):
                    self.assertIn(line, plain(result.stdout))
        page.check()

    def check(self, command, ended, place):
        self.assertIn(ended.returncode, (0, 1) if "sluice diff" in command else (0,), ended.stderr)
        self.assertNotRegex(ended.stderr, r"QUITTING|skipped|not complete")
        if "<Tab>" in command:
            self.assertGreater(len(ended.stdout.splitlines()), 1)
            return
        scans = re.search(r"sluice (?!show|convert|diff|history|scripts|merge)", command)
        printed = scans and not re.search(r" -o|>|-sn|--resume|--script-help|-V", command)
        if printed and "192.0.2.7" in command:
            self.assertIn("22/tcp" if "-p 80" not in command else "80/tcp", ended.stdout)
        if "--targets-from - " in command or "--targets-from ports.txt" in command:
            self.assertIn("192.0.2.7", ended.stdout)
            self.assertRegex(ended.stdout, r"22/tcp +open")
        if "jq -r" in command or "sqlite3" in command:
            self.assertNotEqual(ended.stdout, "")
        for name in re.findall(r"(?:-o[NXJ]|>|--to \w+|--journal) ?([\w.-]+\.\w+)", command):
            self.assertGreater((place / name).stat().st_size, 0, name)


if __name__ == "__main__":
    TaskPages.sluice = pathlib.Path(sys.argv[1]).resolve()
    TaskPages.paths = [pathlib.Path(path).resolve() for path in sys.argv[2:]]
    for path in TaskPages.paths:
        name = "test_commands_of_" + path.stem.replace("-", "_") + "_work"
        setattr(TaskPages, name, functools.partialmethod(TaskPages.check_page, path))
    unittest.main(argv=sys.argv[:1])
