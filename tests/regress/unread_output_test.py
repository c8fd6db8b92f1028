# SPDX-License-Identifier: Apache-2.0
"""unread_output_test.py SLUICE: if standard output or standard error was not read, the reports in files did not become
complete after a signal. The blocked write held the lock of all reports."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest
import xml.etree.ElementTree

SLUICE = sys.argv.pop(1)
LONGEST = 10  # seconds from the signal to the end
PIPE = 4096  # bytes
PRINTS = """
hostrule = function() return true end
action = function() while true do print(("x"):rep(1000)) end end
"""


def bytes_in(pipe):
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


class UnreadOutput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.report = os.path.join(folder.name, "report.xml")
        self.script = os.path.join(folder.name, "prints.nse")
        with open(self.script, "w") as script:
            script.write(PRINTS)

    def pipe(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE)
        return reading, writing

    def wait_until_full(self, run, reading):
        """Waits until the next write to the pipe would block."""
        end = time.monotonic() + 60
        before = None
        while bytes_in(reading) == 0 or bytes_in(reading) != before:
            self.assertIsNone(run.poll(), "the run has ended before it was held up")
            self.assertLess(time.monotonic(), end, "the pipe does not fill")
            before = bytes_in(reading)
            threading.Event().wait(0.3)

    def end_of(self, options, signals=1, **streams):
        """Starts a run, does not read its `unread` stream, and signals the run once its output blocks. Returns the exit
        code, the seconds from the signal to the end, and the XML report."""
        reading, writing = self.pipe()
        streams = {name: writing if to == "unread" else to for name, to in streams.items()}
        with subprocess.Popen([SLUICE, "-n", "-oX", self.report, *options], stdin=subprocess.DEVNULL, **streams) as run:
            self.addCleanup(run.kill)
            os.close(writing)
            self.wait_until_full(run, reading)
            begin = time.monotonic()
            for _ in range(signals):
                run.send_signal(signal.SIGTERM)
                threading.Event().wait(0.1)
            code = run.wait(60)
            return code, time.monotonic() - begin, xml.etree.ElementTree.parse(self.report).getroot()

    def test_one_signal_ends_a_run_whose_standard_output_is_not_read(self):
        code, seconds, report = self.end_of(["-sL", "127.1.0.0/18"], stdout="unread", stderr=subprocess.DEVNULL)
        self.assertEqual(code, 3)
        self.assertLess(seconds, LONGEST)
        self.assertEqual(report.find("runstats/finished").get("exit"), "error")

    def test_one_signal_ends_a_run_whose_standard_error_is_not_read(self):
        code, seconds, report = self.end_of(["-sn", "-Pn", "-d2", "--script", self.script, "-oN", "-", "127.1.0.0/24"],
                                            stdout=subprocess.DEVNULL, stderr="unread")
        self.assertLess(seconds, LONGEST)
        self.assertNotEqual(code, 0)
        self.assertEqual(report.find("runstats/finished").get("exit"), "error")

    def test_one_signal_ends_a_run_whose_prints_are_not_read(self):
        code, seconds, report = self.end_of(["-sn", "-Pn", "--script", self.script, "127.0.0.1"],
                                            stdout="unread", stderr=subprocess.DEVNULL)
        self.assertLess(seconds, LONGEST)
        self.assertNotEqual(code, 0)
        self.assertEqual([host.find("address").get("addr") for host in report.findall("host")], ["127.0.0.1"])

    def test_second_signal_ends_run_at_once_with_complete_report(self):
        _, seconds, report = self.end_of(["-sL", "127.1.0.0/18"], signals=2, stdout="unread", stderr=subprocess.DEVNULL)
        self.assertLess(seconds, 2)
        self.assertIsNotNone(report.find("runstats/finished"))

    def test_unread_report_on_a_pipe_leaves_other_reports_complete(self):
        code, seconds, report = self.end_of(["-sL", "-v0", "-oG", "-", "127.1.0.0/18"], stdout="unread",
                                            stderr=subprocess.DEVNULL)
        self.assertEqual(code, 3)
        self.assertLess(seconds, LONGEST)
        self.assertEqual(report.find("runstats/finished").get("exit"), "error")

    def test_one_signal_ends_a_run_at_a_terminal_that_is_not_read(self):
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        with subprocess.Popen([SLUICE, "-n", "-oX", self.report, "-sL", "127.1.0.0/16"], stdin=subprocess.DEVNULL,
                              stdout=terminal, stderr=terminal) as run:
            self.addCleanup(run.kill)
            os.close(terminal)
            self.wait_until_full(run, master)
            begin = time.monotonic()
            run.send_signal(signal.SIGTERM)
            run.wait(60)
            self.assertLess(time.monotonic() - begin, LONGEST)
        report = xml.etree.ElementTree.parse(self.report).getroot()
        self.assertEqual(report.find("runstats/finished").get("exit"), "error")


if __name__ == "__main__":
    unittest.main()
