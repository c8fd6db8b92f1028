#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""resume_log_test.py SLUICE: --resume of reports that nmap and sluice have left, cut off as by a kill."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import listeners  # noqa: E402: found by the line above

ADDRESSES = [f"127.0.41.{number}" for number in range(1, 6)]
PORT = 4105


class ResumeLog(unittest.TestCase):
    sluice = ""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        os.umask(0o077)
        self.server = listeners.Listeners(ADDRESSES, PORT)
        self.addCleanup(self.server.close)

    def run_program(self, *arguments):
        return subprocess.run(list(map(str, arguments)), cwd=self.folder, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def scan(self, program):
        """Scans the addresses, and returns the paths of the reports by format."""
        done = self.run_program(program, "-sT", "-n", "-Pn", "-p", PORT, "--max-hostgroup", 1, "-oA", "scan",
                                "127.0.41.1-5")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.forget(len(ADDRESSES))
        return {"N": self.folder / "scan.nmap", "G": self.folder / "scan.gnmap", "X": self.folder / "scan.xml"}

    def cut(self, path, text):
        """Cuts the file behind the text."""
        content = path.read_text()
        path.write_text(content[:content.index(text) + len(text)])

    def check_seen(self, finished):
        """The hosts that the log has are not contacted again; the others are."""
        self.server.await_connections(len(ADDRESSES) - len(finished))
        self.assertEqual({address for address in ADDRESSES if self.server.seen[address] == 0}, set(finished))

    def text_hosts(self, path):
        lines = path.read_text().splitlines()
        return [line.split()[-1] for line in lines if line.startswith("Nmap scan report for ")]

    def test_text_log_is_appended_to_and_its_hosts_are_not_scanned_again(self):
        for program in ("nmap", self.sluice):
            log = self.scan(program)["N"]
            self.cut(log, "Nmap scan report for 127.0.41.3\n")  # a host whose report is cut off counts, as with nmap
            before = log.read_text()
            done = self.run_program(self.sluice, "--resume", log)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check_seen(ADDRESSES[:3])
            self.assertEqual(self.text_hosts(log), ADDRESSES)
            self.assertTrue(log.read_text().startswith(before))
            self.assertIn("scan.xml is left out", done.stderr)

    def test_line_that_is_cut_off_does_not_count(self):
        log = self.scan("nmap")["N"]
        self.cut(log, "Nmap scan report for 127.0.41.3")
        self.assertEqual(self.run_program(self.sluice, "--resume", log).returncode, 0)
        self.check_seen(ADDRESSES[:2])
        self.assertEqual(self.text_hosts(log), ADDRESSES)

    def test_grepable_log_is_appended_to_and_its_hosts_are_not_scanned_again(self):
        for program in ("nmap", self.sluice):
            log = self.scan(program)["G"]
            line = next(line for line in log.read_text().splitlines() if "127.0.41.2" in line and "Ports:" in line)
            self.cut(log, line + "\n")
            self.assertEqual(self.run_program(self.sluice, "--resume", log).returncode, 0)
            self.check_seen(ADDRESSES[:2])
            hosts = [line.split()[1] for line in log.read_text().splitlines() if "Ports:" in line]
            self.assertEqual(hosts, ADDRESSES)

    def test_all_reports_are_made_whole_from_xml(self):
        for program in ("nmap", self.sluice):
            logs = self.scan(program)
            content = logs["X"].read_text()
            third = content.index("</host>", content.index("127.0.41.3")) + len("</host>")
            logs["X"].write_text(content[:third] + "\n<host")
            logs["N"].unlink()
            done = self.run_program(self.sluice, "--resume", logs["X"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check_seen(ADDRESSES[:3])
            root = ElementTree.parse(logs["X"]).getroot()
            self.assertEqual([host.find("address").get("addr") for host in root.iter("host")], ADDRESSES)
            self.assertEqual(root.find("runstats/hosts").attrib, {"up": "5", "down": "0", "total": "5"})
            self.assertEqual({port.find("state").get("state") for port in root.iter("port")}, {"open"})
            self.assertEqual(self.text_hosts(logs["N"]), ADDRESSES)

    def test_hosts_that_a_stopped_run_has_reported_as_incomplete_are_scanned_again(self):
        log = self.scan(self.sluice)["N"]
        self.cut(log, "Nmap scan report for 127.0.41.3\n")
        with log.open("a") as file:
            file.write("Incomplete: stopped before the end\n\nstopped before the end.\nQUITTING!\n# Nmap done at now -- 3\n")
        self.assertEqual(self.run_program(self.sluice, "--resume", log).returncode, 0)
        self.check_seen(ADDRESSES[:2])

    def test_run_that_has_ended_is_not_resumed(self):
        for log in self.scan("nmap").values():
            before = log.read_bytes()
            done = self.run_program(self.sluice, "--resume", log)
            self.assertEqual((done.returncode, done.stderr), (0, f"sluice: {log}: the run has ended; there is nothing "
                                                                 "to resume.\n"))
            self.assertEqual(log.read_bytes(), before)
        self.check_seen(ADDRESSES)

    def test_log_that_others_can_write_is_refused(self):
        log = self.scan("nmap")["N"]
        self.cut(log, "Nmap scan report for 127.0.41.3\n")
        log.chmod(0o622)
        done = self.run_program(self.sluice, "--resume", log)
        self.assertEqual(done.returncode, 2)
        self.assertIn("can be written by other users", done.stderr)

    def test_other_files_are_refused_and_stay(self):
        for content in ("", "hello\n", "# nothing\n", "<xml/>", "{}\n"):
            file = self.folder / "file"
            file.write_text(content)
            done = self.run_program(self.sluice, "--resume", file)
            self.assertEqual(done.returncode, 2, content)
            self.assertIn("--resume: ", done.stderr)
            self.assertEqual(file.read_text(), content)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        done = self.run_program(self.sluice, "--resume", pipe)  # does not wait for a writer
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no regular file; name a journal or a report", done.stderr)


if __name__ == "__main__":
    ResumeLog.sluice = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
