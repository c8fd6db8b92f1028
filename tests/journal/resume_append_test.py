# SPDX-License-Identifier: Apache-2.0
"""resume_append_test.py SLUICE: --resume of runs whose reports are appended to files (--append-output)."""

import functools
import os
import signal
import sys
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import resume_lab  # noqa: E402: after the line above, which resume_lab does not need
from ndjson_lines import keep_lines  # noqa: E402: found by the line above

SLUICE = os.path.abspath(sys.argv.pop(1))
BEGINS = {"text": "# Nmap sluice-", "xml": "<?xml ", "grepable": "# Nmap sluice-", "ndjson": '{"event":"run_started"'}
ENDS = {"text": "# Nmap done", "xml": "</nmaprun>", "grepable": "# Nmap done", "ndjson": '{"event":"run_finished"'}


def content_of(report, text):
    """Returns the content of a report without the arguments of the run, which differ between runs."""
    content = resume_lab.CONTENTS[report](text)
    if report == "xml":
        return content[:2]
    if report == "ndjson":
        return +type(content)({line: number for line, number in content.items() if '"run_started"' not in line})
    return content


class AppendedReport(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = resume_lab.Lab(SLUICE)
        cls.scripts = ["-n", "-Pn", "--max-rate", "60", "-p", cls.lab.ports_of(5), "--script", cls.lab.scripts,
                       "--max-hostgroup", "1", "127.0.1.1-6"]

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    @classmethod
    @functools.cache
    def whole(cls, *options):
        """Returns the contents of the reports of a run that is not interrupted."""
        directory = cls.lab.directory()
        cls.lab.run([*resume_lab.journal_of(directory), *options, *cls.scripts], directory)
        return {report: content_of(report, (directory / report).read_text()) for report in BEGINS}

    def prepare(self, *options, how=signal.SIGKILL):
        """Makes a directory with the reports of one run, and appends those of a second one that a signal interrupts."""
        self.place = self.lab.directory()
        self.run_other("127.0.1.8")
        self.before = self.contents()
        self.interrupt(["--append-output", *resume_lab.journal_of(self.place), *options, *self.scripts], how, 20)

    def run_other(self, host):
        reports = [word for report in resume_lab.REPORTS.items() for word in report]
        self.lab.run(["-n", "-Pn", "-p", self.lab.ports_of(2), "--append-output", *reports, host], self.place)

    def interrupt(self, arguments, how, events):
        """Starts a command, and sends it a signal when the journal has so many more events. Returns its lines on
        stderr."""
        events += self.stored()
        run = self.lab.start(arguments, self.place)
        deadline = time.monotonic() + resume_lab.LIMIT
        while self.stored() < events and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        run.send_signal(how)
        errors = run.communicate(timeout=resume_lab.LIMIT)[1].decode()
        self.assertNotIn(run.returncode, (0, 1, 2, 3), errors)
        return errors.splitlines()

    def stored(self):
        return len(resume_lab.events_of(self.place / "run.db") or [])

    def contents(self):
        return {report: (self.place / report).read_text() for report in BEGINS}

    def resume(self, *changes):
        """Resumes the run to its end. Returns the lines on stderr about appended reports."""
        errors = self.lab.run(["--resume", "run.db", *changes], self.place)
        return [line for line in errors if "another run" in line]

    def assert_whole_behind(self, before, *options):
        """The files have `before` and then the whole run, once."""
        for report, text in self.contents().items():
            with self.subTest(report=report):
                self.assertEqual(text[:len(before[report])], before[report])
                part = text[len(before[report]):]
                self.assertTrue(part.startswith(BEGINS[report]), part[:100])
                self.assertEqual((part.count(BEGINS[report]), part.count(ENDS[report])), (1, 1))
                self.assertEqual(resume_lab.differences(content_of(report, part), self.whole(*options)[report]), [])
        keep_lines((self.place / "ndjson").read_text()[len(before["ndjson"]):])

    def assert_warned(self, errors):
        self.assertEqual([line for line in errors if "another run" in line],
                         [f"Warning: {report}: a report of another run, or other text, follows that of the interrupted run, "
                          "which stays incomplete there. The whole report is appended." for report in BEGINS])

    def test_is_once_behind_what_was_before(self):
        for how in (signal.SIGKILL, signal.SIGINT):
            for options in ([], ["-v"], ["-d"]):
                with self.subTest(how=how, options=options):
                    self.prepare(*options, how=how)
                    self.assertEqual(self.resume(), [])
                    self.assert_whole_behind(self.before, *options)

    def test_is_once_after_several_interruptions(self):
        for options in ([], ["-v"]):
            with self.subTest(options=options):
                self.prepare(*options)
                self.interrupt(["--resume", "run.db"], signal.SIGKILL, 5)
                self.interrupt(["--resume", "run.db"], signal.SIGINT, 5)
                self.assertEqual(self.resume(), [])
                self.assert_whole_behind(self.before, *options)

    def test_is_once_with_changed_options(self):
        self.prepare()
        self.assertEqual(self.resume("-v", "--no-stylesheet"), [])
        for report, text in self.contents().items():
            self.assertEqual((text[:len(self.before[report])], text.count(BEGINS[report])), (self.before[report], 2))

    def test_is_once_if_its_last_line_is_cut_off(self):
        for bytes_less in (1, 30):
            self.prepare()
            for report, text in self.contents().items():
                (self.place / report).write_text(text[:-bytes_less])
            self.assertEqual(self.resume(), [])
            self.assert_whole_behind(self.before)

    def test_is_whole_behind_the_report_of_a_later_run(self):
        for how in (signal.SIGKILL, signal.SIGINT):
            for options in ([], ["-v"]):
                with self.subTest(how=how, options=options):
                    self.prepare(*options, how=how)
                    self.run_other("127.0.1.9")
                    before = self.contents()
                    self.assert_warned(self.resume())
                    self.assert_whole_behind(before, *options)

    def test_is_whole_behind_a_later_run_after_several_interruptions(self):
        self.prepare()
        self.run_other("127.0.1.9")
        before = self.contents()
        self.assert_warned(self.interrupt(["--resume", "run.db"], signal.SIGKILL, 5))
        self.interrupt(["--resume", "run.db"], signal.SIGINT, 5)
        self.assertEqual(self.resume(), [])
        self.assert_whole_behind(before)

    def test_is_whole_behind_a_later_run_that_follows_a_cut_off_line(self):
        self.prepare()
        for report, text in self.contents().items():
            (self.place / report).write_text(text[:-30])
        self.run_other("127.0.1.9")
        before = self.contents()
        self.assert_warned(self.resume())
        self.assert_whole_behind(before)

    def test_is_whole_behind_other_text(self):
        for text in ("a note of the user\n", "=== Tuesday", "\x00\n" * 100000):
            with self.subTest(text=text[:30]):
                self.prepare()
                for report in BEGINS:
                    with (self.place / report).open("a") as file:
                        file.write(text)
                before = self.contents()
                self.assert_warned(self.resume())
                self.assert_whole_behind(before)

    def test_is_whole_behind_lines_of_a_run_at_the_same_time(self):
        """The other run has begun before the interrupted one, and has ended after it."""
        self.prepare()
        for report, text in self.before.items():
            opening = text.index("<host ") if report == "xml" else text.index("\n") + 1
            part = self.contents()[report][len(text):]
            (self.place / report).write_text(text[:opening] + part + text[opening:])
        before = self.contents()
        self.assert_warned(self.resume())
        self.assert_whole_behind(before)

    def test_is_whole_behind_a_run_with_its_command_line_in_the_same_second(self):
        self.prepare()
        lines = {"text": "|_x: y\n", "xml": "<target/>\n", "grepable": "Host: 127.0.1.9 ()\n", "ndjson": '{"event":"x"}\n'}
        for report, text in self.before.items():
            path = self.place / report
            path.write_text(path.read_text() + path.read_text()[len(text):] + lines[report])
        before = self.contents()
        self.assert_warned(self.resume())
        self.assert_whole_behind(before)

    def test_that_was_removed_is_written_as_a_whole(self):
        self.prepare()
        for report, text in self.before.items():
            (self.place / report).write_text(text)
        self.assertEqual(self.resume(), [])
        self.assert_whole_behind(self.before)


if __name__ == "__main__":
    unittest.main()
