#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that versions_test.py finds differences: nmap is compared with an nmap to which a fault was added."""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CASES = 6
PRELUDE = """#!{python}
import pathlib, re, socket, subprocess, sys
words = sys.argv[1:]
def file(option):
    return pathlib.Path(words[words.index(option) + 1])
def edit(option, expression, replacement, count=0):
    file(option).write_text(re.sub(expression, replacement, file(option).read_text(), count=count, flags=re.M))
"""
RUN = """
code = subprocess.run(["nmap", *words]).returncode
"""
# What each faulty nmap does before it runs nmap, and after.
FAULTS = {
    "nothing": ("", ""),
    "a match line less": ("edit('--versiondb', r'^(soft)?match .*$', '# no line', 2)", ""),
    "another intensity": ("words[words.index('--version-intensity') + 1] = '1'", ""),
    "a fingerprint's length": ("", r"edit('-oX', r'(%r.\w+,)', r'\g<1>F')"),
    "order of attributes": ("", r"""edit('-oX', r'(method="\w+") (conf="\d+")', r'\2 \1')"""),
    "a cpe less": ("", "edit('-oX', '<cpe>[^<]*</cpe>', '')"),
    "a row of the text report": ("", "edit('-oN', r'^Service Info:.*$', '')"),
    "another probe string": ("edit('--versiondb', r'^(Probe TCP \\w+ q.)(?=[^|])', r'\\1Z')", ""),
    "a further connection": ("", """for port in re.findall("portid=.([0-9]+)", file('-oX').read_text()):
    if socket.socket().connect_ex((words[-1], int(port))) == 0:
        break"""),
    "a failing program": ("sys.exit(3)", ""),
}


class Comparison(unittest.TestCase):
    """Each difference is one that versions_test.py must report; with none it must say that the cases are equal."""

    @classmethod
    def setUpClass(cls):
        # Every run sleeps most of the time, and each has a network of its own.
        pool = concurrent.futures.ThreadPoolExecutor(len(FAULTS))
        cls.addClassCleanup(pool.shutdown)
        cls.runs = {fault: pool.submit(cls.run_with, fault) for fault in FAULTS}

    @staticmethod
    def run_with(fault):
        before, after = FAULTS[fault]
        with tempfile.TemporaryDirectory() as scratch:
            faulty = pathlib.Path(scratch) / "nmap-with-fault"
            faulty.write_text(f"{PRELUDE.format(python=sys.executable)}{before}{RUN}{after}\nsys.exit(code)\n")
            faulty.chmod(0o755)
            return subprocess.run([sys.executable, HERE / "versions_test.py", faulty, "--cases", str(CASES), "--keep",
                                   f"{scratch}/kept"], capture_output=True, text=True, errors="replace", timeout=300)

    def check(self, fault):
        done = self.runs[fault].result()
        if done.returncode == 77:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0 if fault == "nothing" else 1, done.stdout[-3000:] + done.stderr[-3000:])
        self.assertRegex(done.stdout, rf"(?m)^\d+ of {CASES} cases are equal")


for name in FAULTS:
    setattr(Comparison, "test_" + re.sub(r"\W", "_", name), lambda self, fault=name: self.check(fault))

if __name__ == "__main__":
    unittest.main(verbosity=2)
