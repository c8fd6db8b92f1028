# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback that count what they are asked, and reports without times: what the tests of --resume compare."""

import collections
import contextlib
import datetime
import json
import os
import pathlib
import re
import selectors
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import xml.etree.ElementTree

LIMIT = 60  # seconds for a command
MARKER = "127.254.254.254"  # source address of the connections of settle()
REPORTS = {"-oN": "text", "-oX": "xml", "-oG": "grepable", "-oJ": "ndjson"}
SCRIPTS = {
    "first": """
portrule = function(host, port) return port.state == "open" end
action = function(host, port)
  local socket = require("nmap").new_socket()
  socket:connect(host, port)
  socket:receive_lines(1)
  socket:send("first\\n")
  local _, answer = socket:receive_lines(1)
  socket:close()
  return answer
end
""",
    "later": """
dependencies = {"first"}
hostrule = function() return true end
portrule = function(host, port) return port.state == "open" end
action = function(host, port)
  local stdnse = require "stdnse"
  stdnse.sleep(0.02)
  local result = stdnse.output_table()
  result.kind = "later"
  result.at = host.ip .. ":" .. (port and port.number or "host")
  result.bytes = "\\xff"
  return result
end
""",
    "broken": """
hostrule = function(host) return host.ip:sub(-1) == "3" end
action = function() error("on purpose") end
""",
    "before": """
prerule = function() return true end
action = function()
  require("stdnse").sleep(0.05)
  require("nmap").add_targets("127.0.2.1", "127.0.2.2-3")
  return "before"
end
""",
    "behind": """
postrule = function() return true end
action = function() require("stdnse").sleep(0.05) return "behind" end
"""}


class Servers:
    """TCP servers on several ports of all loopback addresses, and a name server, in one thread. `calls` has a tuple
    (host, port, line) for each connection, with the line "", and for each line that a connection has sent."""

    def __init__(self, ports):
        self.calls, self.questions = [], collections.Counter()
        self.selector, self.names = selectors.DefaultSelector(), socket.socket(type=socket.SOCK_DGRAM)
        self.listeners, self.ended = [], threading.Event()
        self.changed, self.markers = threading.Condition(), collections.Counter()
        for _ in range(ports):
            listener = socket.create_server(("", 0), backlog=1024)
            listener.setblocking(False)
            self.listeners.append(listener)
            self.selector.register(listener, selectors.EVENT_READ, self.accept)
        self.ports = sorted(listener.getsockname()[1] for listener in self.listeners)
        self.names.bind(("127.0.0.1", 0))
        self.selector.register(self.names, selectors.EVENT_READ, self.answer)
        self.name_server = f"127.0.0.1:{self.names.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.ended.is_set():
            for key, _ in self.selector.select(0.2):
                with contextlib.suppress(OSError):
                    key.data(key.fileobj)

    def accept(self, listener):
        client, source = listener.accept()
        host, port = client.getsockname()
        with self.changed:
            if source[0] == MARKER:
                self.markers[port] += 1
                self.changed.notify()
                return client.close()
            self.calls.append((host, port, ""))
        client.setblocking(False)
        self.selector.register(client, selectors.EVENT_READ, self.read)
        client.sendall(b"hello from a test\r\n")

    def read(self, client):
        try:
            line = client.recv(1000)
        except OSError:
            line = b""
        if not line:
            self.selector.unregister(client)
            return client.close()
        host, port = client.getsockname()
        with self.changed:
            self.calls.append((host, port, line.decode().strip()))
        client.sendall(line.strip() + f" at {host}:{port}\r\n".encode())

    def answer(self, names):
        """Answers each question of the type A for "hN.test" with 127.0.3.N, and other types without an address."""
        question, client = names.recvfrom(1000)
        size = question[12]
        name = question[13:13 + size].decode()
        kind = struct.unpack("!H", question[question.index(b"\0", 12) + 1:][:2])[0]
        self.questions[name, kind] += 1
        answers = b""
        if kind == 1:
            address = bytes([127, 0, 3, int(name[1:])])
            answers = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + address
        end = question.index(b"\0", 12) + 5
        names.sendto(question[:2] + b"\x81\x80\0\1" + struct.pack("!H", bool(answers)) + b"\0\0\0\0"
                     + question[12:end] + answers, client)

    def settle(self):
        """Waits until all connections made so far are in `calls`. Returns their number."""
        with self.changed:
            before = dict(self.markers)
        for port in self.ports:
            with socket.create_connection(("127.0.0.1", port), source_address=(MARKER, 0)):
                pass
        with self.changed:
            seen = self.changed.wait_for(lambda: all(self.markers[port] > before.get(port, 0) for port in self.ports), LIMIT)
            assert seen, "a server does not accept"
            return len(self.calls)

    def close(self):
        self.ended.set()
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


class Lab:
    """Servers, scripts, a database of service probes, and directories for runs."""

    def __init__(self, program, ports=12):
        self.program = program
        self.folder = tempfile.TemporaryDirectory()
        self.place = pathlib.Path(self.folder.name)
        self.servers = Servers(ports)
        self.ports = self.servers.ports
        self.unused = []  # bound and not listening, so that no other program listens there
        for _ in range(3):
            unused = socket.socket()
            unused.bind(("127.0.0.1", 0))
            self.unused.append(unused)
        self.closed = [unused.getsockname()[1] for unused in self.unused]
        for name, text in SCRIPTS.items():
            (self.place / f"{name}.nse").write_text(text)
        self.scripts = ",".join(str(self.place / f"{name}.nse") for name in SCRIPTS)
        (self.place / "probes").write_text("Probe TCP NULL q||\nmatch greeting m|^hello| p/Greeter/\n")

    def close(self):
        self.servers.close()
        for unused in self.unused:
            unused.close()
        self.folder.cleanup()

    def directory(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.place))

    def ports_of(self, count, closed=2):
        return ",".join(map(str, self.ports[:count] + self.closed[:closed]))

    def start(self, arguments, directory, **how):
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | how
        return subprocess.Popen([self.program, *map(str, arguments)], cwd=directory, **how)

    def run(self, arguments, directory, code=0):
        """Runs a command to its end. Returns its lines on stderr."""
        ended = subprocess.run([self.program, *map(str, arguments)], cwd=directory, stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=LIMIT)
        errors = ended.stderr.decode(errors="replace")
        assert ended.returncode == code, f"exit code {ended.returncode}, not {code}, of {arguments}: {errors}"
        return errors.splitlines()


def journal_of(directory):
    """The command line of a run with a journal and all reports."""
    return ["--journal", "run.db", *(word for report in REPORTS.items() for word in report)]


def numbers_of(ranges):
    """Returns the numbers of ranges such as "1-3,80"."""
    pairs = [part.partition("-") for part in ranges.split(",") if part]
    return {number for first, _, last in pairs for number in range(int(first), int(last or first) + 1)}


def events_of(journal):
    """Returns the lines of the last run of a journal, as pairs (kind, object); None if there is no run."""
    if not journal.exists():
        return None
    with contextlib.closing(sqlite3.connect(journal, timeout=LIMIT)) as database:
        database.execute("PRAGMA query_only = ON")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'run'").fetchone():
            return None
        run = database.execute("SELECT max(id) FROM run").fetchone()[0]
        if run is None:
            return None
        rows = database.execute("SELECT kind, line FROM event WHERE id >> 40 = ? ORDER BY id", (run,))
        return [(kind, json.loads(line)) for kind, line in rows]


def lines_of(text):
    """Returns the complete lines of NDJSON."""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


TIMES = {"time", "start", "end", "elapsed", "times", "thread", "seq", "attempt"}
LACK = "its result at the end lacks what it has stored"  # of a warning of resumed runs
FIRST_FAILURE = (r", first against .*?: ", ": ")  # depends on the order of the hosts
TIME_ATTRIBUTES = {"start", "startstr", "starttime", "endtime", "time", "timestr", "elapsed", "summary"}


def without_times(line):
    """Returns a line as text, without times and the numbers of script threads."""
    return re.sub(*FIRST_FAILURE, json.dumps({key: value for key, value in line.items() if key not in TIMES},
                                             sort_keys=True))


def ndjson_content(text):
    """Returns the number of each line, without its times. Left out are tasks and lines of -v, which tell what an attempt
    does: hosts share tasks, so that their number depends on times."""
    return collections.Counter(without_times(line) for line in lines_of(text)
                               if not line["event"].startswith("task_") and LACK not in line.get("text", "")
                               and ("verbosity" not in line or "scans" in line))


def xml_content(text):
    """Returns the elements of the report in order, and its hosts as a set with numbers, both without times."""
    root = xml.etree.ElementTree.fromstring(text)
    for element in root.iter():
        for name in TIME_ATTRIBUTES:
            element.attrib.pop(name, None)
    for host in root.iter("host"):
        for element in host.findall("times"):
            host.remove(element)
    texts = [(part.tag, xml.etree.ElementTree.tostring(part).decode().strip()) for part in root
             if part.tag not in ("taskbegin", "taskend")]
    return ([part for part in texts if part[0] != "host"], collections.Counter(part for part in texts if part[0] == "host"),
            dict(root.attrib))


def text_content(text):
    """Returns the paragraphs with their numbers, without times."""
    for pattern, word in ((f".*{LACK}.*\\n", ""), (r"scanned in [\d.]+ seconds", "scanned"), (r" \([\d.]+s latency\)", ""),
                          (r"^# .*\n", "\n"), FIRST_FAILURE,
                          (r"^Nmap scan report for", r"\n\g<0>"),
                          (r"^Scanned at .*", "Scanned at")):
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return collections.Counter(paragraph.strip() for paragraph in text.split("\n\n"))


def grepable_content(text):
    return collections.Counter("comment" if line.startswith("#") else line for line in text.splitlines())


CONTENTS = {"text": text_content, "xml": xml_content, "grepable": grepable_content, "ndjson": ndjson_content}


def contents(directory):
    """Returns the content of each report of a run."""
    return {name: content((directory / name).read_text()) for name, content in CONTENTS.items()}


def differences(found, expected):
    """Returns what is more and what is less in one content than in the other; empty if both are equal."""
    if isinstance(found, collections.Counter):
        return [*(f"+ {each}" for each in (found - expected).elements()),
                *(f"- {each}" for each in (expected - found).elements())]
    if isinstance(found, tuple):
        return [line for pair in zip(found, expected) for line in differences(*pair)]
    return [] if found == expected else [f"+ {found}", f"- {expected}"]


def result_keys(lines):
    """Returns the number of each (host, name, port, script, phase) that has a result, of lines of NDJSON."""
    return collections.Counter((line.get("address"), line.get("name"), line.get("port"), line["script"], line["phase"])
                               for line in lines if line["event"] == "script")


def seconds(text):
    """Returns the seconds since 1970 of a time of NDJSON."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
