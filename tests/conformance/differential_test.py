#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""differential_test.py SLUICE SERVER [--slice TIME]: runs the cases of a server (cases.py) through nmap and through
sluice, and compares what their XML reports say: the states of the ports, and each script's text and structure.

nmap is the reference, but not above doubt: where the two differ, nmap is asked once more, and an answer that it gives
itself the second time is not held against sluice. A case with other differences is repeated for both programs: only an
answer that differs in every run counts. Differences that do not count are printed.

With --slice sluice preempts a script that has computed for so long (--script-slice): answers must not depend on it.
"""

import difflib
import json
import pathlib
import subprocess
import sys
import unittest

import cases
import isolation
import ndjson_lines
import repeated
import servers
import xml_report

RUN_LIMIT = 240  # seconds
ADDRESS = "127.0.10.1"
USERS, PASSWORDS = ["root", "alice"], ["wrong", "secret"]


def lines(answer):
    if answer is None:
        return ["(no answer)"]
    text, structure = answer
    return [*(text.split("\n") if isinstance(text, str) else text), *json.dumps(structure, indent=1).split("\n")]


class Differential(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.scratch, (cls.ports,) = servers.for_class(cls, (cls.server, ADDRESS))
        (cls.scratch / "users").write_text("\n".join(USERS) + "\n")
        (cls.scratch / "passwords").write_text("\n".join(PASSWORDS) + "\n")

    def filled(self, text):
        return text.replace("{scratch}", str(self.scratch)).replace("{address}", ADDRESS)

    def report_of(self, program, case, report):
        """Runs a case; returns the path of its XML report."""
        path = self.scratch / report
        ours = ["-oJ", self.scratch / "events", *self.options] if program == self.sluice else []
        command = [program, "--unprivileged", "-n", "-Pn", "-sT", "--reason", "-oX", path, *ours,
                   "-p", case.ports or ",".join(map(str, self.ports)), "--script", case.scripts, *map(self.filled, case.options), ADDRESS]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=RUN_LIMIT)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if ours:
            ndjson_lines.keep_lines((self.scratch / "events").read_text())
        return path

    def skip_unless_met(self, need):
        """Skips the case if the installed nmap does not behave as it needs."""
        script = self.scratch / "need.nse"
        script.write_text('description = ""\ncategories = {"safe"}\nprerule = function() return true end\n'
                          "action = function() " + self.filled(need.body) + " end\n")
        done = subprocess.run(["nmap", "--script", script, "-n", "-oX", "-"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=RUN_LIMIT)  # it may crash
        if f'<script id="need" output="{need.returns}"' not in done.stdout:
            self.skipTest(need.otherwise)

    def compare(self, case):
        if case.needs:
            self.skip_unless_met(case.needs)
        different = None
        for left in reversed(range(repeated.RUNS)):
            try:
                found, message = self.differences(case)
            except repeated.FAILURES as failure:
                if left == 0:
                    raise
                print(f"cannot be compared, {left} runs are left:", failure, sep="\n", file=sys.stderr)
                continue
            different = found if different is None else different & found
            if not different:
                return
            print(f"differs, {left} runs are left:", message, sep="\n", file=sys.stderr)
        self.fail(f"{sorted(different)} in each of {repeated.RUNS} runs, the last one:\n{message}")

    def differences(self, case):
        """The keys of the answers that differ, and what differs in them. Raises if the runs cannot be compared."""
        theirs = self.report_of("nmap", case, "nmap.xml")
        ours = self.report_of(self.sluice, case, "sluice.xml")
        self.assertEqual(xml_report.states(ours), xml_report.states(theirs))
        expected, got = xml_report.answers(theirs), xml_report.answers(ours)
        self.assertGreaterEqual(len(expected), case.answers, "nmap has too few answers for this case to say anything")
        if isinstance(case.scripts, pathlib.Path):
            self.assertNotIn("ERROR: Script execution failed", [text for text, _ in expected.values()])
        different = {key for key in expected.keys() | got.keys() if expected.get(key) != got.get(key)}
        if different:
            again = xml_report.answers(self.report_of("nmap", case, "nmap.xml"))
            for key in [key for key in sorted(different) if again.get(key) == got.get(key)]:
                print("nmap itself says both:", *key, expected.get(key), again.get(key), sep="\n  ", file=sys.stderr)
                different.remove(key)
        return different, "\n".join(
            line for key in sorted(different)
            for line in [": ".join(key), *difflib.unified_diff(lines(expected.get(key)), lines(got.get(key)), "nmap",
                                                               "sluice", lineterm="", n=3)])


def add_case(number, case):
    def test(self):
        self.compare(case)

    test.__doc__ = " ".join([str(case.scripts), *case.options, case.ports])
    setattr(Differential, f"test_{number:02}", test)


if __name__ == "__main__":
    isolation.isolate()
    _, Differential.sluice, name, *rest = sys.argv
    Differential.server = staticmethod(getattr(servers, name))
    Differential.options = []
    if rest[:1] == ["--slice"]:
        Differential.options, rest = ["--script-slice", rest[1]], rest[2:]
    for position, entry in enumerate(cases.CASES[getattr(servers, name)], 1):
        add_case(position, entry)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
