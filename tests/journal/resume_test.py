# SPDX-License-Identifier: Apache-2.0
"""resume_test.py SLUICE: --resume after signals, --max-time and a full disk, with changed reports and options, and what
it refuses. resume_kill_test.py kills runs at random times."""

import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import resume_lab  # noqa: E402: after the line above, which resume_lab does not need
from killed_writer import leave_transaction  # noqa: E402: found by the line above
from ndjson_lines import keep_lines  # noqa: E402: found by the line above

SLUICE = os.path.abspath(sys.argv.pop(1))
LIMIT = resume_lab.LIMIT
STOPPED = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}

MEMORY = 128 << 20  # bytes of the processes in a cgroup; a run needs a fraction of it


def make_memory_group():
    """Makes a cgroup whose processes are killed when they need more than MEMORY, of version 2 or 1. Returns its directory;
    None if it cannot be made."""
    for place, limits in (("/sys/fs/cgroup", {"memory.max": MEMORY, "memory.swap.max": 0}),
                          ("/sys/fs/cgroup/memory", {"memory.limit_in_bytes": MEMORY, "memory.swappiness": 0})):
        group = pathlib.Path(place, f"sluice-test-{os.getpid()}")
        try:
            group.mkdir()
        except OSError:
            continue
        if all((group / name).exists() for name in limits):
            for name, value in limits.items():
                (group / name).write_text(str(value))
            return group
        group.rmdir()
    return None


class Resume(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = resume_lab.Lab(SLUICE)
        cls.ports = ["-p", cls.lab.ports_of(12, 3)]
        cls.options = ["-n", "-Pn", "--max-rate", "60", *cls.ports, "127.0.1.1-4"]
        cls.scripts = ["-n", "-Pn", "--max-rate", "60", "-p", cls.lab.ports_of(5), "--script", cls.lab.scripts,
                       "--max-hostgroup", "1", "127.0.1.1-6"]

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def setUp(self):
        self.place = self.lab.directory()
        self.journal = self.place / "run.db"

    @classmethod
    @functools.cache
    def whole(cls, *arguments):
        """Returns the reports of a run that is not interrupted."""
        directory = cls.lab.directory()
        cls.lab.run([*resume_lab.journal_of(directory), *arguments], directory)
        return resume_lab.contents(directory)

    def interrupt(self, arguments, how=signal.SIGKILL, events=20, before=()):
        """Starts a run, and sends it a signal when the journal has so many events."""
        command = [*before, *resume_lab.journal_of(self.place), *arguments]
        run = self.lab.start(command, self.place)
        self.await_events(run, events)
        run.send_signal(how)
        errors = run.communicate(timeout=LIMIT)[1].decode(errors="replace")
        self.assertEqual(run.returncode, STOPPED[how], errors)

    def await_events(self, run, events):
        deadline = time.monotonic() + LIMIT
        while len(self.stored_events()) < events and run.poll() is None:
            self.assertLess(time.monotonic(), deadline, "the journal lacks events")
            time.sleep(0.01)
        self.assertIsNone(run.poll(), "the run has ended too early")

    def stored_events(self):
        with contextlib.suppress(sqlite3.OperationalError):  # the tables are being created
            return resume_lab.events_of(self.journal) or []
        return []

    def resume(self, *changes, code=0, place=None, journal="run.db"):
        return self.lab.run(["--resume", journal, *changes], place or self.place, code)

    def refusal(self, *changes, **how):
        lines = self.resume(*changes, code=2, **how)
        self.assertEqual(lines[1:], ["QUITTING!"])
        return lines[0].removeprefix("sluice: ")

    def assert_whole(self, arguments, leave_out=()):
        for report, expected in self.whole(*map(str, arguments)).items():
            if report not in leave_out:
                found = resume_lab.CONTENTS[report]((self.place / report).read_text())
                self.assertEqual(resume_lab.differences(found, expected), [], report)
        keep_lines((self.place / "ndjson").read_text())

    def test_a_run_that_a_signal_has_stopped_goes_on(self):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for options in (self.options, self.scripts):
                with self.subTest(how=how, options=options):
                    self.setUp()
                    self.interrupt(options, how)
                    self.resume()
                    self.assert_whole(options)

    def test_a_run_that_max_time_has_ended_goes_on(self):
        limited = ["--max-time", "400ms", *self.options]
        self.lab.run([*resume_lab.journal_of(self.place), *limited], self.place, 1)
        listed = subprocess.run([self.lab.program, "history", "--json", self.journal], capture_output=True, check=True,
                                timeout=resume_lab.LIMIT)
        hosts = [line for kind, line in resume_lab.events_of(self.journal) if kind == "host"]
        self.assertEqual(json.loads(listed.stdout)[0]["hosts"], sum("interrupted" not in host for host in hosts))
        self.resume("--max-time", "60s")
        found = resume_lab.xml_content((self.place / "xml").read_text())
        self.assertEqual(found[:2], self.whole(*map(str, self.options))["xml"][:2])

    def test_reading_a_large_journal_is_announced(self):
        self.interrupt(self.options)
        with contextlib.closing(sqlite3.connect(self.journal)) as database, database:
            last = database.execute("SELECT max(id) FROM event").fetchone()[0]
            line = json.dumps({"event": "log", "time": "2026-01-01T00:00:00.000000Z", "to": "output", "text": "x" * (1 << 20)},
                              separators=(",", ":"))
            for number in range(1, 66):
                database.execute("INSERT INTO event (id, kind, line) VALUES (?, 'log', ?)", (last + number, line))
        self.assertRegex("\n".join(self.resume()), r"^sluice: reads what the run has done from .*run\.db \(6\d MiB\)\.")

    def test_a_script_that_has_changed_meanwhile_is_named(self):
        own = self.place / "own.nse"
        own.write_text(resume_lab.SCRIPTS["broken"])
        self.interrupt([*self.options, "--script", f"{self.lab.scripts},{own}"])
        own.write_text(resume_lab.SCRIPTS["broken"])
        changed = [line for line in self.resume() if "changed since the run began" in line]
        self.assertEqual(changed, [f"Warning: a file has changed since the run began: {own}. Hosts that have finished "
                                   "keep their results."])

    def test_a_run_can_be_stopped_several_times(self):
        self.interrupt(self.scripts, signal.SIGINT)
        for _ in range(3):
            with contextlib.closing(sqlite3.connect(self.journal)) as database:
                events = database.execute("SELECT count(*) FROM event").fetchone()[0]
            run = self.lab.start(["--resume", "run.db"], self.place)
            self.await_events(run, events + 5)
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=LIMIT)
            self.assertEqual(run.returncode, 130)
        self.resume()
        self.assert_whole(self.scripts)

    def test_a_stopped_process_goes_on(self):
        run = self.lab.start([*resume_lab.journal_of(self.place), *self.scripts], self.place)
        self.await_events(run, 20)
        run.send_signal(signal.SIGSTOP)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(1)
        stopped = resume_lab.events_of(self.journal)
        self.assertGreaterEqual(len(stopped), 20)
        run.send_signal(signal.SIGCONT)
        run.communicate(timeout=LIMIT)
        self.assertEqual(run.returncode, 0)
        self.assert_whole(self.scripts)

    def test_a_run_that_the_system_kills_for_want_of_memory_goes_on(self):
        hungry = self.lab.place / "hungry.nse"
        hungry.write_text(f"""
hostrule = function() return true end
action = function(host)
  local still_hungry = require("io").open("{self.lab.place}/hunger")
  if host.ip == "127.0.1.5" and still_hungry then local _ = ("x"):rep({2 * MEMORY}) end
  return host.ip
end
""")
        options = ["-n", "-Pn", "--max-hostgroup", "1", "-p", self.lab.ports_of(3), "--script", hungry, "127.0.1.1-6"]
        self.whole(*map(str, options))
        group = make_memory_group()
        if not group:
            self.skipTest("no cgroup with a limit of memory can be made")
        self.addCleanup(group.rmdir)
        (self.lab.place / "hunger").touch()
        command = [SLUICE, *resume_lab.journal_of(self.place), *map(str, options)]
        ended = subprocess.run(["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', group, *command], timeout=LIMIT,
                               cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(ended.returncode, -signal.SIGKILL, ended.stderr)
        (self.lab.place / "hunger").unlink()
        finished = [line["address"] for kind, line in self.stored_events() if kind == "host"]
        self.assertEqual(finished, [f"127.0.1.{host}" for host in range(1, 5)])
        self.resume()
        self.assert_whole(options)

    def test_a_journal_in_use_is_refused_with_the_process(self):
        self.interrupt(self.options)
        with self.lab.start(["--resume", "run.db", "--max-rate", "5"], self.place) as run:
            deadline = time.monotonic() + LIMIT
            while run.pid != self.writer() and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertEqual(self.refusal(), f"--resume: {self.journal}: in use by process {run.pid}; wait for its end, "
                                             "or name another journal.")
            run.kill()
        self.resume()
        self.assert_whole(self.options)

    def writer(self):
        with contextlib.suppress(OSError, IndexError):  # no number yet
            return int(pathlib.Path(f"{self.journal}-lock").read_text().split()[0])
        return None

    def test_a_run_that_has_ended_is_not_touched(self):
        self.interrupt(self.options)
        self.resume()
        before = self.journal.read_bytes()
        self.assertEqual(self.resume(),
                         [f"sluice: {self.journal}: the run has ended; there is nothing to resume."])
        self.assertEqual(self.journal.read_bytes(), before)

    def test_options_and_targets_of_the_run_are_refused_by_name(self):
        self.interrupt(self.options)
        for changes, refused in ((["-p", "1"], "-p"), (["-sV"], "-sV"), (["--script", "x"], "--script"), (["-n"], "-n"),
                                 (["-Pn"], "-Pn"), (["--exclude", "127.0.1.1"], "--exclude"), (["-iL", "x"], "-iL"),
                                 (["--journal", "x"], "--journal"), (["--append-output"], "--append-output")):
            with self.subTest(changes=changes):
                message = self.refusal(*changes)
                self.assertTrue(message.startswith(f"{refused}: "), message)
                self.assertTrue(message.endswith("a resumed run keeps this option; leave it out, or start a new run."),
                                message)
        self.assertEqual(self.refusal("127.0.1.9"),
                         "127.0.1.9: a resumed run keeps its targets; leave this one out, or start a new run.")
        self.resume()
        self.assert_whole(self.options)

    def test_files_that_are_no_journal_are_refused_and_stay(self):
        self.interrupt(self.options)
        (self.place / "text").write_text("no journal\n")
        self.assertEqual(self.refusal(journal="text"),
                         "--resume: text: is neither a journal nor a report in text, grepable or XML (-oN, -oG, -oX) of a "
                         "run.")
        self.assertEqual((self.place / "text").read_text(), "no journal\n")
        self.assertEqual(self.refusal(journal="missing"), "--resume: missing: No such file or directory.")
        self.assertFalse((self.place / "missing").exists())
        self.assertEqual(self.refusal(journal="run.db#2"), "--resume: run.db: has no run 2.")

    def test_a_journal_that_others_can_write_is_refused(self):
        self.interrupt(self.options)
        for mode in (0o620, 0o602):
            self.journal.chmod(mode)
            self.assertEqual(self.refusal(), f"--resume: {self.journal}: can be written by other users, so its run is not "
                                             "resumed; chmod go-w it if you trust it.")
        self.journal.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(self.journal, 65534, 65534)
            self.assertEqual(self.refusal(), f"--resume: {self.journal}: belongs to another user, so its run is not "
                                             "resumed; copy the file if you trust it.")
            os.chown(self.journal, 0, 0)
        self.resume()
        self.assert_whole(self.options)

    def test_reports_that_were_changed_meanwhile_become_whole(self):
        def remove(path):
            path.unlink()

        def cut(path):
            path.write_bytes(path.read_bytes()[:50])

        def change(path):
            content = bytearray(path.read_bytes())
            content[30:40] = b"??????????"
            path.write_bytes(content)

        def lengthen(path):
            path.write_bytes(path.read_bytes() + b"something else\n" * 10000)

        for spoil in (remove, cut, change, lengthen):
            with self.subTest(spoil=spoil.__name__):
                self.setUp()
                self.interrupt(self.scripts)
                for report in resume_lab.REPORTS.values():
                    spoil(self.place / report)
                self.resume()
                self.assert_whole(self.scripts)

    def test_appended_reports_keep_what_was_before(self):
        old = "a report of another run\n" * 3
        for report in resume_lab.REPORTS.values():
            (self.place / report).write_text(old)
        self.interrupt(self.scripts, before=["--append-output"])
        self.resume()
        for report in resume_lab.REPORTS.values():
            path = self.place / report
            content = path.read_text()
            self.assertEqual(content[:len(old)], old)
            path.write_text(content[len(old):])
        self.assertEqual(resume_lab.differences(resume_lab.xml_content((self.place / "xml").read_text())[:2],
                                                self.whole(*map(str, self.scripts))["xml"][:2]), [])
        self.assert_whole(self.scripts, leave_out=("xml", "ndjson"))  # they have the arguments

    def test_a_run_goes_on_from_another_directory(self):
        self.interrupt(self.scripts)
        other = self.lab.directory()
        self.resume(place=other, journal=self.journal)
        self.assert_whole(self.scripts)
        self.assertEqual(list(other.iterdir()), [])

    def test_a_report_given_with_resume_is_whole_and_replaces_that_of_the_run(self):
        self.interrupt(self.scripts)
        before = (self.place / "xml").read_bytes()
        other = self.lab.directory()
        self.resume("-oX", "new.xml", place=other, journal=self.journal)
        self.assertEqual((self.place / "xml").read_bytes(), before)
        (other / "new.xml").rename(self.place / "xml")
        self.assert_whole(self.scripts)

    def test_an_earlier_run_of_a_journal_goes_on_by_its_number(self):
        self.interrupt(self.options)
        first = self.place / "first"
        first.mkdir()
        for report in resume_lab.REPORTS.values():
            (self.place / report).rename(first / report)
        self.lab.run(["-n", "-Pn", "-p", "1", "--journal", "run.db", "127.0.1.9"], self.place)
        self.assertEqual(self.resume(),
                         [f"sluice: {self.journal}: the run has ended; there is nothing to resume."])
        self.resume(journal="run.db#1")
        self.assert_whole(self.options)
        shown = subprocess.run([SLUICE, "show", "run.db#2"], cwd=self.place, capture_output=True, timeout=LIMIT, text=True)
        self.assertIn("127.0.1.9", shown.stdout)
        self.assertNotIn("127.0.1.1\n", shown.stdout)

    def test_a_run_keeps_the_targets_of_a_file_that_has_changed(self):
        targets, excluded = self.place / "targets", self.place / "excluded"
        for option, lines, others in (("-iL", "127.0.1.1-6\n", "127.0.1.7\n"),
                                      ("--targets-from", "".join(f"127.0.1.{host}:{self.lab.ports[0]}\n" for host in
                                                                 range(1, 7)), f"127.0.1.7:{self.lab.ports[0]}\n")):
            with self.subTest(option):
                self.setUp()
                scan = ["--max-rate", "60", "-p", self.lab.ports_of(5)] if option == "-iL" else []
                options = ["-n", "-Pn", *scan, "--script", self.lab.scripts, "--max-hostgroup", "1"]
                targets.write_text(lines)
                excluded.write_text("127.0.1.8\n")
                self.interrupt([*options, option, targets, "--excludefile", excluded], events=15)
                targets.write_text(others)
                excluded.write_text("127.0.1.9\n")
                warnings = "\n".join(self.resume())
                self.assertIn(f"{targets} has changed since the run began; the run keeps the targets that it has read",
                              warnings)
                self.assertIn(f"a file has changed since the run began: {excluded}.", warnings)
                text = (self.place / "text").read_text()
                self.assertEqual(sorted(set(re.findall(r"127\.0\.1\.\d", text))),
                                 [f"127.0.1.{host}" for host in range(1, 7)])

    def test_a_run_whose_large_input_of_targets_has_changed_stops_and_can_be_resumed(self):
        targets = self.place / "targets"
        blank = " " * (17 << 20)
        targets.write_text(f"127.0.1.1-6\n{blank}\n")
        options = [*self.scripts[:-1], "-iL", targets]
        self.interrupt(options)
        targets.write_text(f"127.0.1.7\n{blank}\n")
        errors = self.resume(code=1)
        self.assertRegex(errors[-2], r"^sluice: --resume: [1-9] hosts? of the run (is|are) not among the targets any more; "
                                     r"restore the input of the targets \(-iL, --targets-from\), and resume again\.$")
        (self.place / "text").unlink()
        targets.write_text("127.0.1.7 127.0.1.1-6\n")
        self.resume()
        expected = self.whole(*map(str, [*self.scripts[:-1], "127.0.1.1-7"]))
        self.assertEqual(resume_lab.differences(resume_lab.text_content((self.place / "text").read_text()),
                                                expected["text"]), [])

    def test_a_run_goes_on_with_targets_from_standard_input(self):
        options = ["--journal", "run.db", "-oN", "text", *self.scripts[:-1], "-iL", "-"]
        run = self.lab.start(options, self.place, stdin=subprocess.PIPE)
        with run.stdin:
            run.stdin.write(b"127.0.1.1-6\n")
        self.await_events(run, 20)
        run.kill()
        run.wait(LIMIT)
        run.stderr.close()
        self.resume()
        self.assertEqual(resume_lab.differences(resume_lab.text_content((self.place / "text").read_text()),
                                                self.whole(*map(str, self.scripts))["text"]), [])

    def test_lines_of_the_start_of_a_run_are_reported_once(self):
        folder = self.place / "scripts"
        folder.mkdir()
        (folder / "bad.nse").write_text("this is no Lua\n")
        (folder / "good.nse").write_text("hostrule = function() return true end\naction = function() return 'good' end\n")
        options = [*self.options[:-1], "--script", folder, self.options[-1]]
        self.interrupt(options)
        self.resume()
        self.assert_whole(options)

    def test_a_reader_rolls_back_a_transaction_that_was_killed(self):
        self.interrupt(self.options)
        self.resume()
        shown = self.shown()
        leave_transaction(self.journal)
        self.assertEqual(self.shown(), shown)

    def shown(self):
        return subprocess.run([SLUICE, "show", "run.db"], cwd=self.place, capture_output=True, timeout=LIMIT).stdout

    def test_a_run_goes_on_after_the_disk_was_full(self):
        disk = self.place / "disk"
        disk.mkdir()
        with_disk = ["unshare", "--mount", "sh", "-c"]
        if not shutil.which("unshare") or subprocess.run(
                [*with_disk, 'mount -t tmpfs -o size=1m none "$0"', disk], capture_output=True, timeout=LIMIT).returncode:
            self.skipTest("no mount namespaces")
        big = self.lab.place / "big.nse"
        big.write_text('portrule = function() return true end\n'
                       'action = function(host, port) return host.ip .. ":" .. port.number .. ("x"):rep(20000) end\n')
        options = ["-n", "-Pn", "-p", self.lab.ports_of(2, 0), "--script", big, "--max-hostgroup", "2", "127.0.1.1-40"]
        run = '"$SLUICE" --journal disk/run.db -oN text -oX xml -oG grepable -oJ ndjson "$@"'
        ended = subprocess.run(
            [*with_disk, f'mount -t tmpfs -o size=1m none disk && {{ {run}; echo "$?" >code; '
                         'mount -o remount,size=100m disk && "$SLUICE" --resume disk/run.db; }', "sh", *map(str, options)],
            cwd=self.place, env={**os.environ, "SLUICE": SLUICE}, capture_output=True, timeout=LIMIT, text=True)
        self.assertEqual((self.place / "code").read_text(), "3\n", ended.stderr)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assert_whole(options, leave_out=("xml", "ndjson"))
        whole = self.whole(*map(str, options))
        self.assertEqual(resume_lab.differences(resume_lab.xml_content((self.place / "xml").read_text())[1],
                                                whole["xml"][1]), [])
        self.assertEqual(resume_lab.result_keys(resume_lab.lines_of((self.place / "ndjson").read_text())),
                         {(f"127.0.1.{host}", None, port, "big", "portrule"): 1
                          for host in range(1, 41) for port in self.lab.ports[:2]})


if __name__ == "__main__":
    unittest.main()
