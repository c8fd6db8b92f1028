# SPDX-License-Identifier: Apache-2.0
"""report_pipe_test.py SLUICE: with a report on standard output, the text report went to standard error. A program that
read standard output to its end first, as python-libnmap does, and the command then waited for each other forever."""

import fcntl
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

SLUICE = sys.argv.pop(1)
HOSTS = "127.1.0.0/20"
COUNT = 4096
PIPE = 4096  # bytes; the text report of these hosts is 30 times as long
SCRIPT = """
hostrule = function() return true end
action = function(host) return host.ip end
"""


class StandardOutputReport(unittest.TestCase):
    def read_in_turn(self, *options):
        """Reads standard output to its end, then standard error. Returns the number of hosts, standard error and the exit
        code."""
        with subprocess.Popen([SLUICE, "-n", *options, HOSTS], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, pipesize=PIPE) as run:
            self.addCleanup(run.kill)
            self.assertLess(fcntl.fcntl(run.stderr, fcntl.F_GETPIPE_SZ), COUNT * 30)
            report = xml.etree.ElementTree.fromstring(self.end_of(run, run.stdout))
            return len(report.findall("host")), self.end_of(run, run.stderr).decode(), run.wait(20)

    def end_of(self, run, pipe):
        """Reads the pipe to its end. Kills a run that still waits for a reader after 120 s; its report is then
        incomplete."""
        clock = threading.Timer(120, run.kill)
        clock.start()
        try:
            return pipe.read()
        finally:
            clock.cancel()

    def test_list_report_completes_before_standard_error_is_read(self):
        self.assertEqual(self.read_in_turn("-sL", "-vvv", "--stats-every", "10ms", "-oX", "-"), (COUNT, "", 0))

    def test_script_results_complete_before_standard_error_is_read(self):
        with tempfile.NamedTemporaryFile("w", suffix=".nse") as script:
            script.write(SCRIPT)
            script.flush()
            self.assertEqual(self.read_in_turn("-sn", "-Pn", "-vvv", "--stats-every", "10ms", "--script", script.name,
                                               "-oX", "-"), (COUNT, "", 0))


if __name__ == "__main__":
    unittest.main()
