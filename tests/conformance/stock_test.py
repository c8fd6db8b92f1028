#!/usr/bin/env python3
"""stock_test.py SLUICE: every script of the installed collection loads, and nselib's own unit tests pass."""

import sys
import unittest

import isolation
import stock


class Stock(unittest.TestCase):
    maxDiff = None

    def test_every_script_loads(self):
        helped, installed = stock.scripts_that_load(self.sluice)
        self.assertEqual(sorted(helped), installed)

    def test_help_reads_as_nmaps(self):
        theirs, ours = (stock.run(program, "--script-help", "all").split("\n", 1)[1]  # the first line names the program
                        for program in ("nmap", self.sluice))
        self.assertEqual(ours.split("\nsluice done:")[0].splitlines(), theirs.splitlines())

    def test_nselibs_own_tests_pass(self):
        tests = stock.unit_tests(self.sluice)
        self.assertGreater(tests.total, 2000, tests.output[-3000:])
        self.assertEqual(tests.passed, tests.total,
                         "\n".join(line for line in tests.output.splitlines() if "tests passed" in line))
        self.assertLessEqual(set(tests.libraries_not_loaded), stock.NOT_PROVIDED)


if __name__ == "__main__":
    Stock.sluice = sys.argv.pop(1)
    if not stock.SCRIPTS.is_dir():
        print(f"skipped: no scripts below {stock.SCRIPTS}", file=sys.stderr)
        sys.exit(isolation.SKIPPED)
    unittest.main()
