#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""resume_docs_test.py SLUICE DOCS: runs the commands of docs/resume.md against servers on loopback. The first run is
killed; the logs are cut off as by a kill."""

import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from xml.etree import ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import listeners  # noqa: E402: found by the line above
import pages  # noqa: E402

SLUICE, DOCS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
ADDRESSES = [f"127.0.42.{number}" for number in range(1, 7)]
LIMIT = 60  # seconds


class ResumeDocs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = pages.Page(DOCS)
        cls.commands = [command.text for command in cls.page.left]
        cls.addClassCleanup(cls.page.check)

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "sluice").symlink_to(SLUICE)
        (self.folder / "targets.txt").write_text("\n".join(ADDRESSES))
        os.umask(0o077)
        self.server = listeners.Listeners(ADDRESSES, delay=0.05)
        self.addCleanup(self.server.close)
        self.first, self.resume, self.resume_xml, self.resume_text = self.commands
        self.environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def start(self, command):
        """Starts the command of the page, with options that make it fit the servers."""
        self.page.ran(command)
        options = f" -n -Pn -p {self.server.port} --max-hostgroup 2 --script-timeout 500ms"
        text = "exec " + command + (options if "--resume" not in command else "")
        return subprocess.Popen(["/bin/sh", "-c", text], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, command):
        process = self.start(command)
        output = process.communicate(timeout=LIMIT)[0]
        self.assertEqual(process.returncode, 0, output)

    def kill_after_a_host(self, command):
        process = self.start(command)
        end = time.monotonic() + LIMIT
        while self.finished_hosts() == 0 and process.poll() is None:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        process.kill()
        process.communicate(timeout=LIMIT)

    def finished_hosts(self):
        try:
            with sqlite3.connect(f"file:{self.folder}/scan.db?mode=ro", uri=True) as journal:
                return journal.execute("SELECT count(*) FROM host").fetchone()[0]
        except sqlite3.Error:
            return 0

    def check_xml(self):
        hosts = ElementTree.parse(self.folder / "scan.xml").getroot().findall("host")
        self.assertEqual(sorted(host.find("address").get("addr") for host in hosts), ADDRESSES)

    def test_killed_run_is_completed_from_its_journal(self):
        self.kill_after_a_host(self.first)
        self.assertLess(self.finished_hosts(), len(ADDRESSES))
        self.finish(self.resume)
        self.check_xml()

    def test_cut_logs_are_completed(self):
        self.finish(self.first.replace("--journal scan.db", "-oN scan.nmap"))
        for log, command in (("scan.xml", self.resume_xml), ("scan.nmap", self.resume_text)):
            path = self.folder / log
            content = path.read_text()
            path.write_text(content[:content.index("127.0.42.4")])
            self.server.seen.clear()
            self.finish(command)
            self.assertLess(len(self.server.seen), len(ADDRESSES))
            self.assertGreater(len(self.server.seen), 0)
        self.check_xml()
        found = re.findall(r"^Nmap scan report for (\S+)$", (self.folder / "scan.nmap").read_text(), re.M)
        self.assertEqual(sorted(found), ADDRESSES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
