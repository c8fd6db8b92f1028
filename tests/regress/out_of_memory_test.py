# SPDX-License-Identifier: Apache-2.0
"""out_of_memory_test.py SLUICE: the malloc library of the command replaced operator new by one that terminated the
process if memory was short. Every report was truncated."""

import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SLUICE = sys.argv.pop(1)
MEMORY = 500_000_000  # bytes of address space; less than 1 MB for each of 1024 hosts
HOSTS = "127.1.0.0/22"
SCRIPT = """
local stdnse = require "stdnse"
hostrule = function() return true end
action = function()
  local text = ("x"):rep(1000000)
  stdnse.sleep(0.5)
  return text
end
"""


class OutOfMemory(unittest.TestCase):
    def run_out(self, *options):
        """Runs a scan that needs more memory than MEMORY. Returns its exit code and its report."""
        with tempfile.TemporaryDirectory() as place:
            script, report = pathlib.Path(place, "large.nse"), pathlib.Path(place, "report.xml")
            script.write_text(SCRIPT)
            ended = subprocess.run(
                [SLUICE, "-n", "-Pn", "-sn", "--no-journal", "--script-memory", "0", *options, "--script", script, "-oX", report, HOSTS],
                capture_output=True, text=True, timeout=300,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)))
            self.assertEqual(ended.stderr.splitlines()[-1:], ["sluice: out of memory."], ended.returncode)
            return ended.returncode, xml.etree.ElementTree.parse(report).getroot()

    def assert_ended_in_order(self, exit_code, report):
        self.assertEqual(exit_code, 1)
        self.assertEqual(report.find("runstats/finished").get("errormsg"), "out of memory")
        told, counted = len(report.findall("host")), int(report.find("runstats/hosts").get("total"))
        self.assertEqual(told, counted)
        self.assertGreater(told, 0)

    def test_run_ends_in_order_with_complete_report(self):
        self.assert_ended_in_order(*self.run_out())

    def test_run_with_workers_ends_in_order_with_complete_report(self):
        self.assert_ended_in_order(*self.run_out("--workers", "2"))


if __name__ == "__main__":
    unittest.main()
