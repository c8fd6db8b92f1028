#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stock_test.py SLUICE: every script of the installed collection loads and finds the functions that it calls, and
nselib's own unit tests pass."""

import json
import pathlib
import sys
import tempfile
import unittest

import isolation
import ndjson_lines
import repeated
import stock

PRESENT = """
prerule = function() return true end
action = function()
  local missing = {}
  for name in ("%s"):gmatch "%%S+" do
    local module, field = name:match "(.*)%%.(.*)"
    if type(require(module)[field]) ~= "function" then missing[#missing + 1] = name end
  end
  return "missing: " .. table.concat(missing, " ")
end
"""
LACKING = """
prerule = function() return true end
action = function() return require "nmap".no_such_function() end
"""


class Stock(unittest.TestCase):
    maxDiff = None

    def test_every_script_loads(self):
        helped, installed = stock.scripts_that_load(self.sluice)
        self.assertEqual(sorted(helped), installed)

    @repeated.until_equal
    def test_help_reads_as_nmaps(self):
        theirs, ours = (stock.run(program, "--script-help", "all").split("\n", 1)[1]  # the first line names the program
                        for program in ("nmap", self.sluice))
        self.assertEqual(ours.splitlines(), theirs.splitlines())

    def test_nselibs_own_tests_pass(self):
        tests = stock.unit_tests(self.sluice)
        self.assertGreater(tests.total, 2000, tests.output[-3000:])
        self.assertEqual(tests.passed, tests.total,
                         "\n".join(line for line in tests.output.splitlines() if "tests passed" in line))
        self.assertLessEqual(set(tests.libraries_not_loaded), stock.NOT_PROVIDED)

    def test_no_function_that_it_calls_is_missing(self):
        called = stock.functions_called()
        self.assertIn("nmap.new_socket", called)
        self.assertEqual(self.told(PRESENT % " ".join(called))["output"], "missing: ")

    def test_a_function_that_sluice_does_not_have_is_named_in_the_events(self):
        told = self.told(LACKING)
        self.assertEqual(told["outcome"], "failed")
        self.assertIn("attempt to call a nil value (field 'no_such_function')", told["error"])

    def told(self, source):
        """What the events say of a script with this text."""
        with tempfile.TemporaryDirectory() as place:
            script = pathlib.Path(place, "script.nse")
            script.write_text(source, encoding="ascii")
            told = stock.run(self.sluice, "--script", str(script), "-oJ", "-", "-v0").splitlines()
        lines = [line for line in told if line.startswith("{")]
        ndjson_lines.keep_lines("".join(line + "\n" for line in lines))
        return next(event for event in map(json.loads, lines) if event["event"] == "script")


if __name__ == "__main__":
    Stock.sluice = sys.argv.pop(1)
    if not stock.SCRIPTS.is_dir():
        print(f"skipped: no scripts below {stock.SCRIPTS}", file=sys.stderr)
        sys.exit(isolation.SKIPPED)
    unittest.main()
