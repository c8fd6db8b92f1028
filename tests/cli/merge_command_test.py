# SPDX-License-Identifier: Apache-2.0
"""merge_command_test.py SLUICE: the command merge and `--to sqlite`, with whole runs against servers on loopback."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ndjson_lines import keep_lines  # noqa: E402: found by the line above

SLUICE = pathlib.Path(sys.argv.pop(1)).resolve()
LIMIT = 60  # seconds for a command
TARGETS = ["127.0.0.8/29", "127.0.0.0-3", "localhost"]
SCRIPT = """
prerule = function() return true end
hostrule = function() return true end
portrule = function(host, port) return port.state == "open" end
postrule = function() return true end
action = function(host, port)
  if not host then return "without a host" end
  if not port then return {host.ip, name = {["a.b"] = {7, "bytes \\0 \\xff"}}} end
  return "open"
end
"""
LOST = "Warning: script all: its results at the end are those of the inputs, each of its own hosts."
WITH_TIMES = re.compile(r'(?<= )(start|startstr|time|timestr|starttime|endtime|elapsed|srtt|rttvar|to)="[^"]*"')


class Merge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        socketserver.ThreadingTCPServer.request_queue_size = 256
        server = socketserver.ThreadingTCPServer(("0.0.0.0", 0), socketserver.BaseRequestHandler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.port = server.server_address[1]
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            cls.closed = unused.getsockname()[1]

    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.place = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (self.place / "all.nse").write_text(SCRIPT)

    def run_sluice(self, *arguments, code=0):
        ended = subprocess.run([SLUICE, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=LIMIT, cwd=self.place, text=True)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended

    def warnings(self, *arguments):
        return self.run_sluice(*arguments).stderr.splitlines()

    def refusal(self, *arguments):
        lines = self.run_sluice(*arguments, code=2).stderr.splitlines()
        self.assertEqual(lines[1:], ["QUITTING!"])
        return lines[0].removeprefix("sluice: ")

    def scan(self, name, *options, targets=TARGETS):
        ports = [] if {"-sn", "-sL", "-p"} & set(options) else ["-p", f"{self.port},{self.closed}"]
        self.run_sluice("-n", *ports, *options, "--journal", f"{name}.db", "-oX", f"{name}.xml", "-oJ",
                        f"{name}.ndjson", *targets)

    def scan_parts(self, *options, targets=TARGETS):
        for part in (1, 2, 3):
            self.scan(f"part-{part}", *options, "--shard", f"{part}/3", targets=targets)

    def convert(self, *arguments):
        """Returns the reports that a command writes."""
        told = self.warnings(*arguments, "-oN", "text", "-oX", "xml", "-oG", "grepable", "-oJ", "ndjson")
        keep_lines((self.place / "ndjson").read_text())
        return told, {kind: (self.place / kind).read_text() for kind in ("text", "xml", "grepable", "ndjson")}

    @staticmethod
    def plain_text(report, ordered):
        """Returns the parts of a report in text without times and names of files."""
        report = re.sub(r"(whole|part-[123])\.(db|xml|ndjson)", "FILE", report)
        report = re.sub(r"initiated .* as:", "", report)
        report = re.sub(r"Nmap done at .* -- ", "", report)
        report = re.sub(r"[0-9.]+s latency| in [0-9.]+ seconds", "", report)
        parts = report.split("\nNmap scan report")
        last, rest = re.match(r"(.*?)\n((?:Post-scan|#).*)", parts[-1] + "\n", re.S).groups()
        hosts = [host.strip() for host in parts[1:-1] + [last]]
        return parts[0], hosts if ordered else sorted(hosts), rest.strip()

    @staticmethod
    def plain_xml(report, ordered):
        root = xml.etree.ElementTree.fromstring(WITH_TIMES.sub("", report))
        root.attrib.pop("args")
        root.find("runstats/finished").attrib.pop("summary")
        parts = [xml.etree.ElementTree.tostring(part).strip() for part in root]
        return parts if ordered else sorted(parts)

    @staticmethod
    def plain_events(report):
        """Returns the hosts, results and ends in NDJSON without times."""
        plain = []
        for line in report.splitlines():
            event = json.loads(line)
            if event["event"] not in ("run_started", "host", "script", "phase_finished", "run_finished"):
                continue
            for key in ("time", "start", "end", "elapsed", "rtt", "times", "arguments", "srtt", "rttvar", "timeout"):
                event.pop(key, None)
            plain.append(json.dumps(event, sort_keys=True))
        return sorted(plain)

    def assert_same_reports(self, merged, whole, ordered):
        self.assertEqual(self.plain_text(merged["text"], ordered), self.plain_text(whole["text"], ordered))
        self.assertEqual(self.plain_xml(merged["xml"], ordered), self.plain_xml(whole["xml"], ordered))
        lines = [[line for line in reports["grepable"].splitlines() if line.startswith("Host")]
                 for reports in (merged, whole)]
        self.assertEqual(*(lines if ordered else map(sorted, lines)))
        self.assertEqual(self.plain_events(merged["ndjson"]), self.plain_events(whole["ndjson"]))

    def test_parts_give_the_reports_of_one_run(self):
        for options in (["-Pn", "--script", "all.nse"], ["-Pn", "--open", "--reason"], ["-sL"],
                        ["-sn", f"-PS{self.port}", "--script", "all.nse"]):
            with self.subTest(options=options):
                self.scan("whole", *options)
                self.scan_parts(*options)
                _, whole = self.convert("convert", "whole.db")
                ordered = bool({"-sn", "-sL"} & set(options))
                for kind in ("db", "ndjson"):
                    told, merged = self.convert("merge", *(f"part-{part}.{kind}" for part in (3, 1, 2)))
                    self.assertEqual(told, [LOST] if "--script" in options else [])
                    self.assert_same_reports(merged, whole, ordered)
                self.assertNotIn("--shard", merged["xml"])
                for path in self.place.glob("*.db"):
                    path.unlink()

    def test_a_merged_journal_gives_the_merged_reports(self):
        self.scan_parts("-Pn", "--script", "all.nse")
        parts = [f"part-{part}.db" for part in (1, 2, 3)]
        _, merged = self.convert("merge", *parts)
        self.run_sluice("merge", *parts, "--journal", "merged.db")
        _, again = self.convert("convert", "merged.db")
        self.assertEqual(again, merged)
        self.assertEqual(self.refusal("merge", *parts, "--journal", "part-2.db"),
                         "part-2.db: is the report that is read; write to another file.")

    def test_missing_and_repeated_parts_are_named(self):
        self.scan_parts("-Pn")
        told = self.warnings("merge", "part-1.db", "part-3.db", "-oX", "xml")
        self.assertEqual(told, ["Warning: the inputs lack the part 2/3 of the run; the report has no hosts of it."])
        told = self.warnings("merge", "part-1.db", "part-2.db", "part-3.db", "part-1.ndjson", "-oX", "xml")
        self.assertIn("Warning: part-1.ndjson: is part 1/3 of the run, as part-1.db is; leave one of them out.", told)
        self.assertRegex(told[1], "^Warning: several inputs have the hosts 127.0.0.")
        hosts = xml.etree.ElementTree.parse(self.place / "xml").getroot()
        self.assertEqual(len(hosts.findall("host")), 13)
        self.assertEqual(hosts.find("runstats/hosts").get("total"), "13")

    def test_a_host_of_several_inputs_has_the_ports_and_results_of_all(self):
        self.scan("open", "-Pn", "-p", f"{self.port}", "--script", "all.nse", targets=["127.0.0.1"])
        self.scan("closed", "-Pn", "-p", f"{self.closed}", targets=["127.0.0.1"])
        told, merged = self.convert("merge", "open.db", "closed.db")
        self.assertRegex(told[0], "^Warning: closed.db: has another command line than open.db")
        root = xml.etree.ElementTree.fromstring(merged["xml"])
        ports = {int(port.get("portid")): port.find("state").get("state") for port in root.findall("host/ports/port")}
        self.assertEqual(ports, {self.port: "open", self.closed: "closed"})
        self.assertEqual([script.get("id") for script in root.findall("host/ports/port/script")], ["all"])
        self.assertEqual([script.get("id") for script in root.findall("host/hostscript/script")], ["all"])
        self.assertEqual(root.find("runstats/hosts").attrib, {"up": "1", "down": "0", "total": "1"})
        results = [json.loads(line) for line in merged["ndjson"].splitlines() if '"event":"script",' in line]
        self.assertEqual(sorted(result["phase"] for result in results), ["hostrule", "portrule", "postrule", "prerule"])

    def test_a_part_that_did_not_end_makes_the_merged_run_incomplete(self):
        self.scan_parts("-Pn")
        whole = (self.place / "part-2.ndjson").read_text().splitlines(keepends=True)
        (self.place / "part-2.ndjson").write_text("".join(whole[:-1]))
        told = self.warnings("merge", "part-1.db", "part-2.ndjson", "part-3.db", "-oX", "xml")
        self.assertRegex(told[0], "^Warning: part-2.ndjson: ")
        root = xml.etree.ElementTree.parse(self.place / "xml").getroot()
        self.assertEqual(root.find("runstats/finished").get("errormsg"), "part-2.ndjson: the run did not end")
        self.assertEqual(len(root.findall("host")), 13)

    @unittest.skipUnless(shutil.which("nmap"), "nmap is not installed")
    def test_reports_of_nmap_are_merged(self):
        for number in (1, 2):
            subprocess.run(["nmap", "-n", "-Pn", "-sT", "-p", f"{self.port}", "-oX", f"{number}.xml",
                            f"127.0.0.{number}"], cwd=self.place, check=True, capture_output=True, timeout=LIMIT)
        told, merged = self.convert("merge", "1.xml", "2.xml")
        self.assertRegex(told[0], "^Warning: 2.xml: has another command line than 1.xml")
        root = xml.etree.ElementTree.fromstring(merged["xml"])
        self.assertEqual([address.get("addr") for address in root.findall("host/address")], ["127.0.0.1", "127.0.0.2"])
        self.assertEqual(root.find("runstats/hosts").get("up"), "2")

    def test_the_tables_have_the_hosts_ports_and_leaves(self):
        self.scan("whole", "-Pn", "--script", "all.nse", targets=["127.0.0.1-2"])
        (self.place / "old").write_text("an old report")
        for arguments in (["convert", "whole.db"], ["merge", "whole.db"]):
            with self.subTest(arguments=arguments):
                self.run_sluice(*arguments, "--to", "sqlite", "old")
                database = sqlite3.connect(self.place / "old")
                ask = lambda query: database.execute(query).fetchall()  # noqa: E731
                self.assertEqual(ask("PRAGMA integrity_check"), [("ok",)])
                self.assertEqual(ask("SELECT hosts_up, hosts_total, error FROM run"), [(2, 2, None)])
                self.assertEqual(ask("SELECT address, status FROM host ORDER BY address"),
                                 [("127.0.0.1", "up"), ("127.0.0.2", "up")])
                self.assertEqual(ask("SELECT port, state, count(*) FROM port GROUP BY port, state ORDER BY state"),
                                 [(self.closed, "closed", 2), (self.port, "open", 2)])
                self.assertEqual(ask("SELECT phase, count(*) FROM result GROUP BY phase ORDER BY phase"),
                                 [("hostrule", 2), ("portrule", 2), ("postrule", 1), ("prerule", 1)])
                self.assertEqual(ask("SELECT path, value FROM result_kv JOIN host ON host.id = host AND port IS NULL "
                                     "WHERE address = '127.0.0.2' ORDER BY path"),
                                 [("1", "127.0.0.2"), ("name.a\\.b.1", 7), ("name.a\\.b.2", "bytes \\x00 \\xFF")])
                self.assertEqual(ask(f"SELECT path, value FROM result_kv WHERE port = {self.port}"), [("", "open")] * 2)
                database.close()
        self.assertEqual(list(self.place.glob("*-new")), [])

    def test_wrong_command_lines_are_refused_in_one_line(self):
        self.scan("a", "-sL", "--shard", "1/2")
        self.scan("b", "-sL", "--shard", "2/2")
        before = (self.place / "b.db").read_bytes()
        (self.place / "tables-new").write_text("of another program")
        for arguments, message in (
                (["merge", "-oX", "xml"], "merge: needs the reports to merge: merge IN... -oX OUT."),
                (["merge", "a.db", "b.db"],
                 "merge: no report to write is named; add -oN, -oX, -oG, -oJ, --journal or --to FORMAT OUT."),
                (["merge", "--to", "csv", "a.db"],
                 "merge: needs the reports to read and the file to write: merge IN... --to FORMAT OUT."),
                (["merge", "a.db", "-", "-oX", "xml"],
                 "merge: reads its inputs twice, and standard input can be read once; name a file."),
                (["merge", "a.db", "missing", "-oX", "xml"], "missing: No such file or directory."),
                (["merge", "a.db", "b.db", "-oX", "b.db"],
                 "b.db: is the report that is read; write to another file."),
                (["convert", "a.db", "--to", "sqlite", "-"],
                 "--to sqlite: a database cannot go to standard output; name a file."),
                (["convert", "a.db", "--to", "sqlite", "a.db"],
                 "a.db: is the report that is read; write to another file."),
                (["convert", "a.db", "--to", "sqlite", "b.db"],
                 "b.db: is a journal; write the database to another file."),
                (["convert", "a.db", "--to", "sqlite", "tables"],
                 "tables-new: exists, and the database is made in a file with this name; remove it."),
                (["convert", "a.db", "--to", "sqlite", "/dev/null"],
                 "/dev/null: is no regular file; a database needs one."),
                (["convert", "a.db", "--journal", "c.db", "-oX", "xml"],
                 "--journal: the command convert has no such option; for a target of this name write -- convert.")):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.refusal(*arguments), message)
        self.assertEqual((self.place / "b.db").read_bytes(), before)
        self.assertFalse((self.place / "xml").exists())


if __name__ == "__main__":
    unittest.main()
