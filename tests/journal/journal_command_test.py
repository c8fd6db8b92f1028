# SPDX-License-Identifier: Apache-2.0
"""journal_command_test.py SLUICE [--sanitized]: --journal, and the commands convert, show and history, with whole runs against servers
on loopback."""

import contextlib
import csv
import http.server
import io
import json
import os
import pathlib
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ndjson_lines import keep_lines  # noqa: E402: found by the line above

SLUICE = os.path.abspath(sys.argv.pop(1))
LIMIT = 60  # seconds for a command
FORMATS = ("oN", "oX", "oG", "oJ")
SCRIPT = """
local nmap = require "nmap"
local stdnse = require "stdnse"
prerule = function() return true end
hostrule = function() return true end
portrule = function(host, port) return port.state == "open" end
postrule = function() return true end
action = function(host, port)
  if not host then return "without a host" end
  if not port then stdnse.sleep(0.02) return {"item", name = "bytes \\xff", [1] = host.ip} end
  local socket = nmap.new_socket()
  socket:connect(host, port)
  local _, banner = socket:receive()
  socket:close()
  return banner
end
"""


class Greeter(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self.request.sendall(b"hello \xff\r\n")


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Journal(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.place = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer.request_queue_size = 512
        server = socketserver.ThreadingTCPServer(("0.0.0.0", 0), Greeter)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.stack.callback(server.server_close)
        self.stack.callback(server.shutdown)
        self.port = server.server_address[1]
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.closed = unused.getsockname()[1]
        web = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Web)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        self.stack.callback(web.server_close)
        self.stack.callback(web.shutdown)
        self.http = web.server_address[1]
        (self.place / "all.nse").write_text(SCRIPT)
        (self.place / "probes").write_text("Probe TCP NULL q||\nmatch greeting m|^hello| p/Greeter \\xfe/\n")
        self.journal = self.place / "run.db"

    def command(self, *arguments):
        return [SLUICE, *map(str, arguments)]

    def run_sluice(self, *arguments, code=0):
        ended = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
                               cwd=self.place)
        self.assertEqual(ended.returncode, code, ended.stderr.decode(errors="replace"))
        return ended

    def scan(self, *arguments, code=0):
        """Runs a scan with a journal and all reports."""
        reports = [word for kind in FORMATS for word in (f"-{kind}", f"{kind}.first")]
        ports = [] if {"-sn", "-p"} & set(arguments) else ["-p", f"{self.port},{self.closed}"]
        return self.run_sluice("-n", "--journal", self.journal, *ports, *reports, *arguments, code=code)

    def refusal(self, *arguments):
        ended = self.run_sluice(*arguments, code=2)
        lines = ended.stderr.decode().splitlines()
        self.assertEqual(lines[1:], ["QUITTING!"])
        return lines[0].removeprefix("sluice: ")

    def convert_all(self, source):
        self.run_sluice("convert", source, *(word for kind in FORMATS for word in (f"-{kind}", f"{kind}.again")))

    def assert_same_reports(self):
        for kind in FORMATS:
            first, again = ((self.place / f"{kind}.{which}").read_bytes() for which in ("first", "again"))
            self.assertEqual(again, first, kind)
        keep_lines((self.place / "oJ.first").read_text())

    def test_reports_of_the_journal_are_those_of_the_run(self):
        for options in (["-Pn", "--script", "all.nse", "-v", "127.0.0.1-6"],
                        ["-Pn", "--open", "--reason", "-sV", "--versiondb", "probes", "127.0.0.1-3"],
                        ["-sn", f"-PS{self.port}", "-v", "127.0.0.1-9"],
                        ["-Pn", "-d2", "--script", "all.nse", "-p", f"{self.port},{self.closed},1-40", "127.0.0.1"],
                        ["-Pn", "-sV", "-p", f"{self.port},{self.http}", "127.0.0.1-2"],
                        ["-Pn", "--script", "all.nse", "127.0.0.1", "localhost", "127.0.0.1", "localhost"],
                        ["-Pn", "--workers", "2", "-T5", "--script", "all.nse", "127.0.0.1-9"]):
            with self.subTest(options=options):
                told = self.scan(*options)
                self.convert_all(self.journal)
                self.assert_same_reports()
                shown = self.run_sluice("show", self.journal)
                self.assertEqual(shown.stdout, told.stdout)
                self.assertEqual(shown.stderr, b"")

    def test_reports_made_of_ndjson_are_those_of_the_run(self):
        self.scan("-Pn", "--script", "all.nse", "127.0.0.1-4")
        self.convert_all("oJ.first")
        self.assert_same_reports()

    def test_ndjson_of_targets_that_are_given_twice_keeps_their_results_apart(self):
        self.scan("-Pn", "--script", "all.nse", "127.0.0.1", "localhost", "127.0.0.1")
        self.convert_all("oJ.first")
        self.assert_same_reports()

    def test_a_report_with_several_runs_gives_the_first_with_a_warning(self):
        self.scan("-Pn", "127.0.0.1")
        first = (self.place / "oX.first").read_bytes()
        (self.place / "two").write_bytes((self.place / "oJ.first").read_bytes() * 2)
        ended = self.run_sluice("convert", "two", "-oX", "again")
        self.assertEqual(ended.stderr, b"Warning: two: has several runs; the reports have the first one.\n")
        self.assertEqual((self.place / "again").read_bytes(), first)

    def test_no_report_overwrites_the_journal_or_the_input(self):
        self.scan("-Pn", "127.0.0.1")
        before = self.journal.read_bytes()
        os.link(self.journal, self.place / "linked")
        self.assertEqual(self.refusal("-n", "-sL", "--journal", self.journal, "-oN", "linked", "127.0.0.1"),
                         "cannot write the report to linked: the file is a database, such as a journal; name another file.")
        self.assertEqual(self.refusal("-n", "-sL", "--journal", "new.db", "-oN", "new.db", "127.0.0.1"),
                         "--journal: new.db: a report uses this file; give the journal a file of its own.")
        for source in (self.journal, "oJ.first", "oX.first"):
            kept = (self.place / source).read_bytes()
            for name in (source, f"{source}#1"):
                if name == source or source == self.journal:
                    self.assertEqual(self.refusal("convert", name, "-oG", source),
                                     f"{source}: is the report that is read; write to another file.")
            self.assertEqual((self.place / source).read_bytes(), kept)
        self.assertEqual(self.journal.read_bytes(), before)

    def test_a_journal_behind_a_symbolic_link_has_one_writer(self):
        (self.place / "link").symlink_to(self.journal)
        command = self.command("-n", "-Pn", "--journal", "link", "-p", self.port, "-iL", "-")
        with subprocess.Popen(command, cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
            deadline = time.monotonic() + LIMIT
            while not pathlib.Path(f"{self.journal}-lock").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertIn("in use by process", self.refusal("-n", "-sL", "--journal", self.journal, "127.0.0.1"))
            run.communicate(b"127.0.0.1\n", timeout=LIMIT)

    def test_a_journal_that_is_removed_gives_exit_code_3(self):
        command = self.command("-n", "-Pn", "--journal", self.journal, "-p", self.port, "-iL", "-")
        with subprocess.Popen(command, cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as run:
            deadline = time.monotonic() + LIMIT
            while not pathlib.Path(f"{self.journal}-wal").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            self.journal.unlink()
            _, errors = run.communicate(b"127.0.0.1\n", timeout=LIMIT)
            self.assertEqual(run.returncode, 3)
        self.assertIn(b"the file has been removed or replaced", errors)

    def test_a_closed_journal_is_one_file_and_a_refused_run_leaves_none(self):
        self.scan("-Pn", "127.0.0.1")
        self.run_sluice("history", self.journal)
        self.refusal("-n", "--script", "no-such-script", "--journal", "unused", "127.0.0.1")
        self.assertEqual(sorted(path.name for path in self.place.glob("*run.db*")), ["run.db"])
        self.assertEqual(list(self.place.glob("unused*")), [])

    @unittest.skipIf("--sanitized" in sys.argv, "a sanitizer needs more address space than the test leaves")
    def test_a_run_with_little_memory_is_reported_in_spite_of_the_journal(self):
        (self.place / "big.nse").write_text(SCRIPT.replace("return banner", 'return string.rep("A\\n", 5000000)'))
        command = ["sh", "-c", 'ulimit -v 180000; exec "$@"', "sh", *self.command(
            "-n", "-Pn", "-p", self.port, "--script", "big.nse", "--journal", self.journal, "-oX", "xml", "127.0.0.1-3")]
        ended = subprocess.run(command, cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT)
        self.assertIn(ended.returncode, (0, 1, 3), ended.stderr[-2000:])
        if ended.returncode == 0:
            xml.etree.ElementTree.parse(self.place / "xml")
        else:
            self.assertIn(b"memory", ended.stderr)

    def test_a_journal_has_several_runs(self):
        self.scan("-Pn", "127.0.0.1")
        first = (self.place / "oX.first").read_bytes()
        self.scan("-Pn", "127.0.0.1-3")
        lines = self.run_sluice("history", self.journal).stdout.decode().splitlines()
        self.assertEqual(lines[0].split(), ["RUN", "START", "STATE", "HOSTS", "RESULTS", "SIZE", "COMMAND"])
        self.assertEqual([line.split()[0] for line in lines[1:]], ["1", "2"])
        self.assertEqual([line.split()[3:5] for line in lines[1:]], [["ended", "1"], ["ended", "3"]])
        self.run_sluice("convert", f"{self.journal}#1", "-oX", "again")
        self.assertEqual((self.place / "again").read_bytes(), first)
        self.assertEqual(self.refusal("convert", f"{self.journal}#3", "-oX", "-"), f"{self.journal}: has no run 3.")

    def test_a_report_is_read_from_a_named_pipe(self):
        self.scan("-Pn", "127.0.0.1")
        report = (self.place / "oX.first").read_bytes()
        os.mkfifo(self.place / "pipe")
        with subprocess.Popen(["cp", "oX.first", "pipe"], cwd=self.place) as writer:
            again = self.run_sluice("convert", "pipe", "-oX", "-").stdout
            self.assertEqual(writer.wait(LIMIT), 0)
        self.assertEqual(again, report)

    def test_other_formats_have_the_hosts_ports_and_results(self):
        self.scan("-Pn", "--script", "all.nse", "127.0.0.1-2")
        document = json.loads(self.run_sluice("convert", self.journal, "--to", "json", "-").stdout)
        self.assertEqual(list(document), ["run", "prescan", "hosts", "postscan", "finished"])
        self.assertEqual([host["address"] for host in document["hosts"]], ["127.0.0.1", "127.0.0.2"])
        host = document["hosts"][0]
        port = next(port for port in host["ports"] if port["port"] == self.port)
        self.assertEqual(port["scripts"][0]["output"], "hello \\xFF\r\n")
        self.assertEqual(host["scripts"][0]["script"], "all")
        self.assertEqual(document["prescan"][0]["output"], "without a host")
        table = self.run_sluice("convert", self.journal, "--to", "csv", "-").stdout.decode()
        rows = list(csv.DictReader(io.StringIO(table)))
        self.assertEqual({(row["address"], row["port"], row["state"]) for row in rows},
                         {(f"127.0.0.{host}", str(port), state) for host in (1, 2)
                          for port, state in ((self.port, "open"), (self.closed, "closed"))})

    def test_a_killed_run_keeps_what_was_reported_before(self):
        command = self.command("-n", "-Pn", "--max-hostgroup", "2", "--journal", self.journal, "-oJ", "events", "-p",
                               self.port, "--script", "all.nse", "127.0.0.1-200")
        with subprocess.Popen(command, cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
            deadline = time.monotonic() + LIMIT
            while self.hosts_in_events() < 20 and time.monotonic() < deadline:
                time.sleep(0.01)
            run.send_signal(signal.SIGKILL)
        lines = [json.loads(line) for line in (self.place / "events").read_text().splitlines()]
        reported = [line for line in lines if line["event"] == "host"]
        self.assertLess(len(reported), 200)
        state = self.run_sluice("history", self.journal).stdout.decode().splitlines()[1].split()[3]
        self.assertEqual(state, "killed")
        self.run_sluice("convert", self.journal, "-oX", "again.xml", "-oJ", "again")
        root = xml.etree.ElementTree.parse(self.place / "again.xml").getroot()
        self.assertEqual(root.find("runstats/finished").get("errormsg"), "the run did not end")
        again = [json.loads(line) for line in (self.place / "again").read_text().splitlines()]
        kept = [line for line in again if line["event"] == "host" and line["complete"]]
        self.assertEqual(kept, reported[:len(kept)])
        last = lines[-1]["time"]
        lost = [host for host in reported[len(kept):] if self.seconds(last) - self.seconds(host["time"]) > 0.25]
        self.assertEqual(lost, [])
        database = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertGreaterEqual(database.execute("SELECT count(*) FROM open_port").fetchone()[0], len(kept))
        database.close()

    def test_a_stopped_run_is_kept_with_its_reports(self):
        reports = [word for kind in FORMATS for word in (f"-{kind}", f"{kind}.first")]
        command = self.command("-n", "-Pn", "--max-hostgroup", "2", "--journal", self.journal, *reports, "-oJ", "events",
                               "-p", self.port, "--script", "all.nse", "127.0.0.1-200")
        with subprocess.Popen(command, cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            deadline = time.monotonic() + LIMIT
            while self.hosts_in_events() < 5 and time.monotonic() < deadline:
                time.sleep(0.01)
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(LIMIT), 130)
        self.assertEqual(self.run_sluice("history", self.journal).stdout.decode().splitlines()[1].split()[3], "stopped")
        self.convert_all(self.journal)
        self.assert_same_reports()
        hosts = json.loads(self.run_sluice("convert", self.journal, "--to", "json", "-").stdout)["hosts"]
        why = {host["address"]: host.get("incomplete", "") for host in hosts}
        self.assertIn("stopped before the end", why.values())
        table = self.run_sluice("convert", self.journal, "--to", "csv", "-").stdout.decode()
        self.assertEqual({row["address"]: row["incomplete"] for row in csv.DictReader(io.StringIO(table))}, why)

    @staticmethod
    def seconds(text):
        hours, minutes, seconds = text.rstrip("Z").split("T")[1].split(":")
        return (int(hours) * 60 + int(minutes)) * 60 + float(seconds)

    def hosts_in_events(self):
        events = self.place / "events"
        return events.read_text().count('"event":"host",') if events.exists() else 0

    def test_a_run_that_is_read_all_the_time_loses_nothing(self):
        reports = [word for kind in FORMATS for word in (f"-{kind}", f"{kind}.first")]
        command = self.command("-n", "-Pn", "--max-hostgroup", "2", "--journal", self.journal, *reports, "-p", self.port,
                               "--script", "all.nse", "127.0.0.1-150")
        counts, listed = [], 0
        with subprocess.Popen(command, cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
            while run.poll() is None:
                with contextlib.suppress(sqlite3.OperationalError):  # no tables yet
                    database = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=LIMIT)
                    with contextlib.closing(database):
                        counts.append(database.execute("SELECT count(*) FROM event WHERE kind = 'host'").fetchone()[0])
                if counts and counts[-1] > 20 * (listed + 1):
                    listed += len(self.run_sluice("history", "--json", self.journal).stdout) > 2
            self.assertEqual(run.returncode, 0)
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(len(set(counts)), 3)
        self.assertGreater(listed, 1)
        self.convert_all(self.journal)
        self.assert_same_reports()

    def test_a_second_run_may_not_write_to_a_journal_in_use(self):
        command = self.command("-n", "-Pn", "--journal", self.journal, "-p", self.port, "--script", "all.nse",
                               "--script-args", "x=1", "--scan-delay", "5s", "-iL", "-")
        with subprocess.Popen(command, cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
            deadline = time.monotonic() + LIMIT
            while not pathlib.Path(f"{self.journal}-lock").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            message = self.refusal("-n", "-sL", "--journal", self.journal, "127.0.0.1")
            self.assertEqual(message, f"--journal: {self.journal}: in use by process {run.pid}; wait for its end, or "
                                      "name another journal.")
            run.communicate(b"127.0.0.1\n", timeout=LIMIT)
            self.assertEqual(run.returncode, 0)
        self.assertFalse(pathlib.Path(f"{self.journal}-lock").exists())

    def test_a_journal_that_cannot_be_written_gives_exit_code_3(self):
        try:
            limited = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=100k none "$0" && shift && exec "$@"']
            disk = self.place / "disk"
            disk.mkdir()
            probe = subprocess.run([*limited, disk, "x", "true"], capture_output=True, timeout=LIMIT)
        except FileNotFoundError:
            self.skipTest("no unshare")
        if probe.returncode != 0:
            self.skipTest("no mount namespaces")
        command = [*limited, str(disk), "x", *self.command(
            "-n", "-Pn", "-v0", "--journal", disk / "run.db", "-oX", self.place / "xml", "-p", self.port,
            "--script", "all.nse", "127.0.0.1-200")]
        ended = subprocess.run(command, cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
                               text=True)
        self.assertEqual(ended.returncode, 3, ended.stderr)
        self.assertIn("sluice: --journal: ", ended.stderr)
        self.assertIn("is not complete: ", ended.stderr)
        hosts = xml.etree.ElementTree.parse(self.place / "xml").getroot().findall("host")
        self.assertEqual(len(hosts), 200)

    def test_wrong_command_lines_are_refused_in_one_line(self):
        self.scan("-Pn", "127.0.0.1")
        (self.place / "text").write_text("no report\n")
        (self.place / "empty").write_text("")
        (self.place / "broken").write_text((self.place / "oJ.first").read_text() + "{\n")
        for arguments, message in (
                (["convert"], "convert: needs one report to read: convert IN -oX OUT."),
                (["convert", self.journal], "convert: no report to write is named; add -oN, -oX, -oG, -oJ or --to FORMAT "
                                            "OUT."),
                (["convert", self.journal, "--to", "html", "-"],
                 '--to: "html" is no format; the formats are text, xml, grepable, ndjson, json, csv and sqlite.'),
                (["convert", self.journal, "--to", "csv"],
                 "convert: needs the report to read and the file to write: convert IN --to FORMAT OUT."),
                (["convert", "-sV", self.journal],
                 "-sV: the command convert has no such option; for a target of this name write -- convert."),
                (["convert", "missing", "-oX", "-"], "missing: No such file or directory."),
                (["convert", "text", "-oX", "-"],
                 "text: is neither a journal nor a report in XML or NDJSON (-oX, -oJ)."),
                (["convert", "empty", "-oX", "-"], "empty: is empty."),
                (["convert", ".", "-oX", "-"], ".: is a directory."),
                (["history", "text"], "text: is no journal of sluice; name another file."),
                (["show"], "show: needs one report to read: show FILE."),
                (["-n", "-sL", "--journal", "text", "127.0.0.1"],
                 "--journal: text: is no journal of sluice; name another file."),
                (["-n", "-sL", "--journal", "a", "--journal", "b", "127.0.0.1"],
                 "--journal: is given twice; a run has one journal."),
                (["-n", "-sL", "--journal-sync", "half", "127.0.0.1"],
                 '--journal-sync: "half" is neither full nor normal.')):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.refusal(*arguments), message)
        self.assertEqual((self.place / "text").read_text(), "no report\n")
        self.assertRegex(self.refusal("convert", "broken", "-oX", "xml"), "^broken: line [0-9]+: ")

    def test_a_report_that_is_cut_off_gives_what_is_complete(self):
        self.scan("-Pn", "127.0.0.1-3")
        for kind, last_host in (("oX", b"<host "), ("oJ", b'"event":"host"')):
            with self.subTest(kind=kind):
                whole = (self.place / f"{kind}.first").read_bytes()
                (self.place / "cut").write_bytes(whole[:whole.rindex(last_host) + len(last_host)])
                ended = self.run_sluice("convert", "cut", "-oX", "again.xml")
                self.assertRegex(ended.stderr.decode(), "^Warning: cut: ")
                root = xml.etree.ElementTree.parse(self.place / "again.xml").getroot()
                self.assertEqual(root.find("runstats/finished").get("errormsg"), "the run did not end")
                whole_hosts = [host for host in root.findall("host") if "comment" not in host.attrib]
                self.assertEqual(len(whole_hosts), 2)

    def test_reports_made_of_xml_are_those_of_the_run(self):
        self.scan("-Pn", "--script", "all.nse", "127.0.0.1-4")
        self.run_sluice("convert", "oX.first", "-oX", "oX.again", "-oN", "oN.again", "-oG", "oG.again")
        for kind in ("oX", "oG"):
            self.assertEqual((self.place / f"{kind}.again").read_bytes(), (self.place / f"{kind}.first").read_bytes())

    def test_a_target_with_the_name_of_a_command_follows_two_dashes(self):
        ended = self.run_sluice("-n", "-sL", "--", "convert")
        self.assertIn(b"convert", ended.stderr + ended.stdout)


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--sanitized"])
