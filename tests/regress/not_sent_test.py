# SPDX-License-Identifier: Apache-2.0
"""not_sent_test.py SLUICE: a port whose probe could not be sent, for lack of descriptors, was reported as `filtered
no-response`, and the exit code was 0. A host whose probes could not be sent was reported as down."""

import contextlib
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ndjson_lines import keep_lines  # noqa: E402

SLUICE = sys.argv.pop(1)
SCRIPT = """
local stdnse = require "stdnse"
prerule = function() return true end
hostrule = function() return true end
portrule = function() return true end
action = function(host, port)
  if host then return port and "ran on the port" or "ran on the host" end
  local file, message, code
  repeat  -- until there is no descriptor any more
    stdnse.sleep(0.05)
    file, message, code = io.open(stdnse.get_script_args("missing"))
  until code ~= 2
end
"""


def open_port(stack):
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return server.getsockname()[1]


class Run:
    """A run whose host phase starts once the run cannot open any more descriptors."""

    def __init__(self, place, *options):
        self.reports = {kind: pathlib.Path(place, kind) for kind in ("oN", "oX", "oG", "oJ")}
        script = pathlib.Path(place, "ran.nse")
        script.write_text(SCRIPT)
        outputs = [word for kind, path in self.reports.items() for word in ("-" + kind, path)]
        self.process = subprocess.Popen(
            [SLUICE, "-n", "--script", script, "--script-args", f"missing={place}/missing", *outputs, *options, "127.0.0.1"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.limits = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        self.wait_for_start()
        self.begin = time.monotonic()

    def wait_for_start(self):
        until = time.monotonic() + 60
        while "script_started" not in (self.reports["oJ"].read_text() if self.reports["oJ"].exists() else ""):
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError("the run does not start: " + self.process.communicate()[1])
            time.sleep(0.02)

    def starve(self):
        numbers = {int(name) for name in os.listdir(f"/proc/{self.process.pid}/fd")}
        free = next(number for number in range(len(numbers) + 1) if number not in numbers)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (free, self.limits[1]))

    def feed(self):
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, self.limits)

    def end(self):
        self.stdout, self.stderr = self.process.communicate(timeout=100)
        self.took = time.monotonic() - self.begin
        self.text = self.reports["oN"].read_text()
        self.grepable = self.reports["oG"].read_text()
        self.xml = xml.etree.ElementTree.parse(self.reports["oX"]).getroot()
        lines = self.reports["oJ"].read_text()
        keep_lines(lines)
        self.events = [json.loads(line) for line in lines.splitlines()]
        self.host = next(event for event in self.events if event["event"] == "host")
        return self.process.returncode


class NotSent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.port = open_port(cls.stack)
        place = cls.stack.enter_context(tempfile.TemporaryDirectory())

        def start(name, *options):
            folder = pathlib.Path(place, name)
            folder.mkdir()
            run = Run(folder, *options)
            cls.stack.callback(run.process.kill)
            run.starve()
            return run

        # Each of these runs waits 30 s: they run at the same time.
        cls.tcp = start("tcp", "-Pn", "--reason", "-p", f"{cls.port},1-40")
        cls.udp = start("udp", "-Pn", "--reason", "-sU", "-p", "7")
        cls.discovery = start("discovery", "--unprivileged", f"-PS{cls.port}", "-p", str(cls.port))
        cls.fed = start("fed", "-Pn", "--reason", "-p", str(cls.port))
        time.sleep(3)  # less than 30 s, and more than a reply would take
        cls.fed.feed()
        cls.codes = {run: run.end() for run in (cls.fed, cls.tcp, cls.udp, cls.discovery)}

    def assert_told(self, run):
        self.assertEqual(self.codes[run], 1)
        self.assertGreaterEqual(run.took, 30)
        told = [line for line in run.stderr.splitlines() if "not-sent" in line]
        self.assertEqual(len(told), 1, run.stderr)
        self.assertIn("Too many open files", told[0])
        self.assertIn("ulimit -n", told[0])
        finished = run.xml.find("runstats/finished")
        self.assertEqual(finished.get("exit"), "error")
        self.assertIn("not-sent", finished.get("errormsg"))
        self.assertEqual(run.events[-1]["exit"], "error")
        self.assertIn("not-sent", run.events[-1]["not_sent"])
        self.assertIn("# Not complete: no probe could be sent", run.grepable)
        self.assertIn("not-sent", run.text)

    def assert_incomplete(self, run, why):
        self.assertEqual(run.xml.find("host").get("comment"), f"incomplete: {why}")
        self.assertIn(f"# Incomplete: 127.0.0.1: {why}\n", run.grepable)
        self.assertEqual((run.host["complete"], run.host["incomplete"]), (False, why))

    def assert_no_port_script(self, run):
        ran = [event["phase"] for event in run.events if event["event"] == "script"]
        self.assertNotIn("portrule", ran)

    def test_tcp_ports_are_unknown_in_every_report(self):
        run = self.tcp
        self.assert_told(run)
        self.assert_no_port_script(run)
        for report in run.text, run.stdout:
            self.assertIn("Not shown: 41 unknown tcp ports (not-sent)", report)
            self.assertNotIn("filtered", report)
        extra = run.xml.find("host/ports/extraports")
        self.assertEqual((extra.get("state"), extra.get("count")), ("unknown", "41"))
        self.assertEqual(extra.find("extrareasons").get("reason"), "not-sent")
        self.assertIn("Ignored State: unknown (41)", run.grepable)
        self.assertEqual([(part["state"], part["reason"], part["count"]) for part in run.host["not_shown"]],
                         [("unknown", "not-sent", 41)])
        self.assert_incomplete(run, "41 ports are unknown, as no probe could be sent (not-sent)")
        self.assertIn("Incomplete: 41 ports are unknown", run.text)

    def test_udp_port_is_unknown_in_every_report(self):
        run = self.udp
        self.assert_told(run)
        self.assert_no_port_script(run)
        for report in run.text, run.stdout:
            self.assertRegex(report, r"7/udp unknown +echo +not-sent\n")
        state = run.xml.find("host/ports/port/state")
        self.assertEqual((state.get("state"), state.get("reason")), ("unknown", "not-sent"))
        self.assertIn("7/unknown/udp//echo//", run.grepable)
        self.assertEqual([(port["state"], port["reason"]) for port in run.host["ports"]], [("unknown", "not-sent")])
        self.assert_incomplete(run, "1 port is unknown, as no probe could be sent (not-sent)")

    def test_host_without_sent_probes_is_unknown_and_not_down(self):
        run = self.discovery
        self.assert_told(run)
        for report in run.text, run.stdout:
            self.assertIn("Nmap scan report for 127.0.0.1 [host unknown, not-sent]", report)
            self.assertNotIn("Host seems down", report)
        status = run.xml.find("host/status")
        self.assertEqual((status.get("state"), status.get("reason")), ("unknown", "not-sent"))
        hosts = run.xml.find("runstats/hosts")
        self.assertEqual((hosts.get("up"), hosts.get("down"), hosts.get("total")), ("0", "0", "1"))
        self.assertIn("Status: Unknown", run.grepable)
        self.assertEqual((run.host["status"], run.host["reason"]), ("unknown", "not-sent"))
        self.assert_incomplete(run, "no probe could be sent (not-sent)")

    def test_probe_is_sent_once_descriptors_come_back(self):
        self.assertEqual(self.codes[self.fed], 0, self.fed.stderr)
        self.assertTrue(self.fed.host["complete"])
        self.assertRegex(self.fed.text, rf"{self.port}/tcp open +\S* +syn-ack\n")
        self.assertEqual([event["output"] for event in self.fed.events if event.get("outcome") == "result"],
                         ["ran on the host", "ran on the port"])


if __name__ == "__main__":
    unittest.main()
