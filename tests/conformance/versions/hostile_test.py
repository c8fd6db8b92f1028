#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_test.py SLUICE [--sanitized]: version detection of servers that are made to hold it up, beside good ones on the
same host. The good ones are recognised in time, the run ends, its memory stays bounded, and its reports are complete.

Each way of waiting (OPTIONS) has a run of its own, all at the same time. With --sanitized the memory is not looked at,
because a sanitizer keeps freed memory, and the limits of time are longer. The servers are threads of one process: on a
busy machine they may be what is slow. So a failure counts if it occurs twice.
"""

import contextlib
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from xml.etree import ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import isolation  # noqa: E402: found by the line above

import hostile_servers  # noqa: E402
import ndjson_lines  # noqa: E402
import scans  # noqa: E402
import stubs  # noqa: E402

OPTIONS = {"default": [], "many_connections": ["-T5"], "exact": ["--version-patience", "exact"]}
SANITIZED_FACTOR = 3
RUN_LIMIT = 50  # seconds; the slowest port takes three connects of 5 s
GOOD_LIMIT = 8  # seconds until a good server is recognised, on a machine that may be busy; NULL and Get wait for 3
MEMORY_LIMIT = 32 << 20  # bytes that the hostile servers may cost; up to 17 MB were seen, 75 MB and more without bounds

HOSTILE, NEVER_READS = hostile_servers.HOSTILE, hostile_servers.NEVER_READS

# The explosive lines demand no literal: one would exclude them without a match.
DATABASE = r"""
Probe TCP NULL q||
totalwaitms 1500
tcpwrappedms 500
match explosive m|^(.*)(.*)(.*)(.*)(.*)(.*)(.*)[!?]$|s p/Wrong/
match explosive m|(?:[ab]+ ?)+[!?]| p/Wrong/
match explosive m|^((?:\w+\s?)*)*[!?]$| p/Wrong/
match behind m|^a b aa bb | p/Behind the explosive lines/
match greeter m|^GREETING ([\d.]+)\r\n| p/Greeter/ v/$1/

Probe TCP Get q|GET\r\n|
rarity 1
totalwaitms 1500
match web m|^WEB ([\d.]+)\r\n| p/Web server/ v/$1/
match ssl m|^TLS PLEASE\r\n|

Probe TCP Large q|LARGE|
rarity 9
totalwaitms 1500
ports NEVER_READS
match large m|^LARGE|
""".replace("LARGE|\n", "L" * (8 << 20) + "|\n", 1).replace("NEVER_READS", str(NEVER_READS))

WEB = [stubs.Chunk(b"WEB 2.1\r\n")]
GOOD = {
    "greeter": (range(4001, 4009), stubs.Tcp(stubs.Talk(banner=[stubs.Chunk(b"GREETING 1.0\r\n")]))),
    "web": (range(4011, 4019), stubs.Tcp(stubs.Talk(answers={b"GET\r\n": WEB}))),
    "web in TLS": (range(4021, 4025), stubs.Tcp(stubs.Talk(answers={b"GET\r\n": [stubs.Chunk(b"TLS PLEASE\r\n")]}),
                                                tls=stubs.Talk(answers={b"GET\r\n": WEB}))),
}


class Run:
    """One run of sluice; what it reported, the bytes it held at most, and how long it took in seconds."""

    def __init__(self, place, address, ports, options):
        place.mkdir()
        (place / "probes").write_text(DATABASE)
        command = [Hostile.sluice, "-n", "-Pn", "--datadir", scans.data_files(place / "data"), "--versiondb",
                   place / "probes", "-sV", "-p", ",".join(map(str, ports)), *options, "-oX", place / "xml",
                   "-oN", place / "text", "-oG", place / "grepable", "-oJ", place / "events", address]
        started = time.monotonic()
        with (place / "errors").open("wb") as errors:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=errors)
        killer = threading.Timer(Hostile.within(RUN_LIMIT), process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
        process.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.took, self.memory = time.monotonic() - started, usage.ru_maxrss << 10
        self.errors = (place / "errors").read_text()
        self.text, self.grepable = ((place / name).read_text() for name in ("text", "grepable"))
        lines = (place / "events").read_text()
        ndjson_lines.keep_lines(lines)
        self.events = [json.loads(line) for line in lines.splitlines()]
        self.services = {event["port"]: event for event in self.events if event["event"] == "service"}
        self.xml = (place / "xml").read_text()


def of_each_run(check):
    """Decorates a test of one run."""
    @functools.wraps(check)
    def checked(self):
        for name in OPTIONS:
            with self.subTest(run=name):
                check(self, self.runs[name])
    return checked


class Hostile(unittest.TestCase):
    maxDiff = None
    sanitized = False
    runs = {}

    @classmethod
    def within(cls, seconds):
        """The limit of time in this run of the test."""
        return seconds * (SANITIZED_FACTOR if cls.sanitized else 1)

    @classmethod
    def setUpClass(cls):
        good = {("tcp", port): model for ports, model in GOOD.values() for port in ports}
        with contextlib.ExitStack() as stack:
            scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            context = stubs.certificate(scratch)

            def run(number, name, options, hostile):
                address = f"127.0.20.{number}"
                with contextlib.ExitStack() as served:
                    served.enter_context(stubs.serving(good, address, context))
                    ports = [port for _, port in good]
                    if hostile:
                        served.enter_context(hostile_servers.serving(address))
                        ports += HOSTILE
                    cls.runs[name] = Run(scratch / name, address, ports, options)

            wanted = [("alone", [], False), *((name, options, True) for name, options in OPTIONS.items())]
            threads = [threading.Thread(target=run, args=(number, *each)) for number, each in enumerate(wanted, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    @of_each_run
    def test_runs_end_without_an_error(self, run):
        self.assertEqual(run.code, 0, run.errors)
        self.assertLess(run.took, self.within(RUN_LIMIT))

    @of_each_run
    def test_lines_that_explode_are_given_up_with_a_warning_each(self, run):
        lines = DATABASE.splitlines()
        explosive = [number for number, line in enumerate(lines, 1) if line.startswith("match explosive ")]
        warnings = re.findall(r"^Warning: \S+:(\d+): matching a response exceeds the limits; it counts as no match$",
                              run.errors, re.M)
        self.assertEqual(sorted(map(int, warnings)), explosive)
        self.assertEqual(len(run.errors.splitlines()), len(explosive), run.errors)

    @of_each_run
    def test_good_servers_are_recognised_in_time(self, run):
        for name, (ports, _) in GOOD.items():
            for port in ports:
                event = run.services[port]
                expected = ("greeter", "Greeter", "1.0") if name == "greeter" else ("web", "Web server", "2.1")
                self.assertEqual(tuple(event["service"].get(key) for key in ("name", "product", "version")), expected)
                self.assertEqual(event["service"].get("tls", False), name == "web in TLS")
                self.assertLess(event["elapsed"], self.within(GOOD_LIMIT), port)

    @of_each_run
    def test_hostile_servers_are_reported_as_what_they_showed(self, run):
        found = {}
        for port in ElementTree.fromstring(run.xml).iterfind("host/ports/port"):
            service = port.find("service")
            probed = service is not None and service.get("method") == "probed"
            found[int(port.get("portid"))] = (port.find("state").get("state"), service.get("name") if probed else None,
                                              None if service is None else service.get("tunnel"))
        self.assertEqual({port: found[port] for port in HOSTILE},
                         {port: ("open", name, tunnel) for port, (_, _, name, tunnel) in HOSTILE.items()})

    @of_each_run
    def test_memory_stays_bounded(self, run):
        if self.sanitized:
            self.skipTest("a sanitizer keeps freed memory")
        self.assertLess(run.memory, self.runs["alone"].memory + MEMORY_LIMIT)

    @of_each_run
    def test_reports_are_complete(self, run):
        ports = sorted([*HOSTILE, *(port for served, _ in GOOD.values() for port in served)])
        self.assertEqual(sorted(run.services), ports)
        self.assertEqual(len([event for event in run.events if event["event"] == "service"]), len(ports))
        self.assertTrue(next(event for event in run.events if event["event"] == "host")["complete"])
        self.assertEqual((run.events[-1]["event"], run.events[-1]["exit"]), ("run_finished", "success"))
        self.assertEqual(ElementTree.fromstring(run.xml).find("runstats/finished").get("exit"), "success")
        self.assertEqual([int(port) for port in re.findall(r"^(\d+)/tcp +open ", run.text, re.M)], ports)
        self.assertEqual(sorted(map(int, re.findall(r"[ ,](\d+)/open/tcp/", run.grepable))), ports)


if __name__ == "__main__":
    isolation.isolate()
    Hostile.sluice = sys.argv.pop(1)
    if "--sanitized" in sys.argv:
        sys.argv.remove("--sanitized")
        Hostile.sanitized = True
    if not unittest.main(verbosity=2, exit=False).result.wasSuccessful():
        print("\nAgain, because the machine may have been busy.", file=sys.stderr)
        unittest.main(verbosity=2)
