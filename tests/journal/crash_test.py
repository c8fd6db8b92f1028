#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crash_test.py SLUICE MODULE: scripts that end the process by a fault in C, and what a resumed run does about them.
MODULE: the C module of the tests."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import listeners  # noqa: E402: found by the line above
from ndjson_lines import keep_lines  # noqa: E402

ADDRESSES = [f"127.0.43.{number}" for number in range(1, 4)]
BROKEN = ADDRESSES[1]
PORT = 4305
# Waits for the file "go", so that the journal has begun.
CRASH = 'while not io.open("{go}") do require("stdnse").sleep(0.01) end package.loadlib("{module}", "luaopen_sluice_test_module")().crash()'
PORT_SCRIPT = """
portrule = function(host, port) return port.state == "open" end
action = function(host, port)
  if host.ip == "%s" then {crash} end
  return "sound"
end
""" % BROKEN
PRE_SCRIPT = """
prerule = function() return true end
action = function() {crash} end
"""
SOUND = """
hostrule = function() return true end
action = function() return "sound" end
"""
HEADER = 'description = ""\nauthor = ""\nlicense = ""\ncategories = {"safe"}\n'


class Crash(unittest.TestCase):
    sluice = module = ""
    sanitized = False

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        os.umask(0o077)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

    def write_script(self, name, text):
        path = self.folder / (name + ".nse")
        crash = CRASH.replace("{module}", self.module).replace("{go}", str(self.folder / "go"))
        path.write_text(HEADER + text.replace("{crash}", crash))
        return str(path)

    def run_sluice(self, *arguments):
        return subprocess.run([self.sluice, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)

    def start_sluice(self, *arguments):
        return subprocess.Popen([self.sluice, *arguments], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)

    def await_journal(self, run):
        """Waits until the journal has a run that a process writes."""
        while "running" not in self.run_sluice("history", "scan.db").stdout:
            self.assertIsNone(run.poll(), "the run has ended too early")

    def crash_until_left_out(self, *arguments):
        """Starts a run that a script ends twice, and returns the third attempt."""
        with self.start_sluice("-n", "-Pn", "--unsafe-lua", "--journal", "scan.db", "-oX", "scan.xml", "-oJ",
                               "scan.json", *map(str, arguments)) as first:
            self.await_journal(first)
            (self.folder / "go").touch()
            output = first.communicate(timeout=120)[0]
        self.assertNotEqual(first.returncode, 0)
        if not self.sanitized:
            self.assertEqual(first.returncode, -signal.SIGSEGV)
        self.assertIn("SIGSEGV in the script broken", output)
        second = self.run_sluice("--resume", "scan.db")
        self.assertIn("SIGSEGV in the script broken", second.stderr)
        return self.run_sluice("--resume", "scan.db")

    def results(self):
        """Returns address, script, outcome and output of each result."""
        report = (self.folder / "scan.json").read_text()
        keep_lines(report)
        lines = map(json.loads, report.splitlines())
        return sorted((line.get("address", ""), line["script"], line["outcome"], line.get("output", ""))
                      for line in lines if line["event"] == "script")

    def test_script_that_ends_the_process_twice_is_left_out_on_its_host_only(self):
        server = listeners.Listeners(ADDRESSES, PORT)
        self.addCleanup(server.close)
        script, sound = self.write_script("broken", PORT_SCRIPT), self.write_script("sound", SOUND)
        third = self.crash_until_left_out("-p", PORT, "--script", f"{script},{sound}", "127.0.43.1-3")
        self.assertEqual(third.returncode, 0, third.stderr)
        broken = "ERROR: Script was left out: it has ended the process twice"
        self.assertEqual(self.results(), [
            (ADDRESSES[0], "broken", "result", "sound"), (ADDRESSES[0], "sound", "result", "sound"),
            (BROKEN, "broken", "failed", broken), (BROKEN, "sound", "result", "sound"),
            (ADDRESSES[2], "broken", "result", "sound"), (ADDRESSES[2], "sound", "result", "sound")])
        self.assertIn(broken, (self.folder / "scan.xml").read_text())

    def test_script_without_hosts_that_ends_the_process_twice_is_left_out(self):
        third = self.crash_until_left_out("-sn", "--script", self.write_script("broken", PRE_SCRIPT), BROKEN)
        self.assertEqual(third.returncode, 0, third.stderr)
        self.assertEqual([result[:3] for result in self.results()], [("", "broken", "failed")])

    def test_kills_do_not_count(self):
        script = self.write_script("broken", """
prerule = function() return true end
action = function()
  print("now")
  require("stdnse").sleep(60)
end
""")
        command = ["-n", "-sn", "--script", script, "--journal", "scan.db", BROKEN]
        for _ in range(3):
            with self.start_sluice(*command) as run:
                lines = []
                while not lines or lines[-1] not in ("now\n", ""):
                    lines.append(run.stdout.readline())
                self.assertEqual(lines[-1], "now\n", lines)
                self.await_journal(run)
                run.kill()
            command = ["--resume", "scan.db"]


if __name__ == "__main__":
    Crash.sluice, Crash.module = sys.argv[1:3]
    Crash.sanitized = "--sanitized" in sys.argv
    unittest.main(argv=sys.argv[:1])
