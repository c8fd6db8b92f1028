# SPDX-License-Identifier: Apache-2.0
"""default_journal_test.py SLUICE: the journal of a run without --journal, @last and @prev, and the command history."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

SLUICE = os.path.abspath(sys.argv.pop(1))
LIMIT = 60  # seconds for a command
SECRETS = ("hunter2", "hunter3", "hunter4")
SCRIPT_ARGS = "user=admin,http.pass=hunter2,a={Token = 'hunter3, x',b=1},key={hunter4}"
REDACTED = "user=admin,http.pass=<redacted>,a={Token = <redacted>,b=1},key=<redacted>"
# Waits until the file "go" exists. The result shows the script arguments, but not a secret as it is written.
SCRIPT = """
local stdnse = require "stdnse"
hostrule = function() return true end
action = function()
  repeat
    stdnse.sleep(0.05)
    local file = io.open("go")
  until file
  local user, secret = stdnse.get_script_args("user", "http.pass")
  local a = require "nmap".registry.args.a or {}
  return ("done %s %s %s %s"):format(user, secret and secret:reverse(), a.Token and a.Token:reverse(), a.b)
end
"""


def wait_for(condition, what):
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {LIMIT} s")
        time.sleep(0.02)


def has_run(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return database.execute("SELECT count(*) FROM event").fetchall() > [(0,)]
        except sqlite3.OperationalError:  # the tables are being created
            return False


class Run:
    """A run that goes on until its test lets it end."""

    def __init__(self, test, *options, state=None):
        self.place = pathlib.Path(tempfile.mkdtemp(dir=test.place))
        self.state = state or self.place / "state"
        self.kept = self.state / "sluice"
        (self.place / "wait.nse").write_text(SCRIPT)
        self.errors = self.place / "errors"
        command = [SLUICE, "-n", "-Pn", "-p", "1", "--script", "./wait.nse", *options, "127.0.0.1"]
        with open(self.errors, "wb") as errors, open(self.place / "report", "wb") as report:
            self.process = subprocess.Popen(command, cwd=self.place, stdin=subprocess.DEVNULL, stdout=report,
                                            stderr=errors, env=environment(self.state))
        test.addCleanup(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def journals(self):
        return sorted(path.name for path in self.kept.glob("*.db"))

    def wait_for_journal(self):
        """Waits until the journal of the run has an event."""
        wait_for(lambda: any(map(has_run, self.kept.glob("*.db"))), f"journal in {self.kept}")

    def finish(self):
        (self.place / "go").touch()
        code = self.process.wait(LIMIT)
        return code, self.errors.read_text()


def environment(state):
    kept = {name: value for name, value in os.environ.items() if name not in ("SUDO_UID", "HOME", "XDG_STATE_HOME")}
    return kept if state is None else {**kept, "XDG_STATE_HOME": str(state)}


class DefaultJournal(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        self.state = self.place / "state"
        self.kept = self.state / "sluice"

    def sluice(self, *arguments, code=0, state=""):
        ended = subprocess.run([SLUICE, *map(str, arguments)], cwd=self.place, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=LIMIT,
                               env=environment(self.state if state == "" else state))
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended

    def refusal(self, *arguments, state=""):
        lines = self.sluice(*arguments, code=2, state=state).stderr.splitlines()
        self.assertEqual(lines[1:], ["QUITTING!"])
        return lines[0].removeprefix("sluice: ")

    def store(self, number):
        """Adds a journal of a short run to the directory. Returns its path."""
        self.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.kept / f"20200101-0000{number:02}-0123abcd.db"
        self.sluice("-n", "-sL", "--journal", path, f"127.0.0.{number}")
        return path

    def rows(self):
        return json.loads(self.sluice("history", "--json").stdout)

    def test_a_longer_run_is_kept_without_its_secrets(self):
        own = self.place / "own.db"
        off, named = Run(self, "--no-journal"), Run(self, "--journal", str(own), "--script-args", SCRIPT_ARGS)
        run = Run(self, "-d", "--script-args", SCRIPT_ARGS, state=self.state)
        run.wait_for_journal()
        for each in (off, named, run):
            self.assertEqual(each.finish(), (0, ""))
        for each in (off, named):  # they have lasted longer
            self.assertFalse(each.state.exists())
        self.assertTrue(all(secret.encode() in own.read_bytes() for secret in SECRETS))

        [name] = run.journals()
        path = self.kept / name
        self.assertEqual([entry.name for entry in self.kept.iterdir()], [name])
        self.assertFalse(any(secret.encode() in path.read_bytes() for secret in SECRETS))
        report = (run.place / "report").read_text()
        self.assertEqual(report.count(SCRIPT_ARGS), 1)
        self.assertEqual(self.sluice("show", "@last").stdout, report.replace(SCRIPT_ARGS, REDACTED))
        self.assertEqual([stat.S_IMODE(file.stat().st_mode) for file in (self.state, self.kept, path)],
                         [0o700, 0o700, 0o600])
        [row] = self.rows()
        self.assertEqual(row["arguments"][-2], REDACTED)
        self.assertEqual((row["file"], row["run"], row["state"], row["hosts"], row["results"], row["bytes"]),
                         (str(path), 1, "ended", 1, 1, path.stat().st_size))
        begun = re.sub(r"\D", "", row["start"])
        self.assertRegex(name, rf"^\d{{8}}-\d{{6}}-{row['uuid'][:8]}\.db$")
        self.assertLessEqual(abs(int(begun[:14]) - int(name[:15].replace("-", ""))), 60)

    def test_a_shorter_run_leaves_nothing(self):
        for _ in range(20):
            state = pathlib.Path(tempfile.mkdtemp(dir=self.place))
            started = time.monotonic()
            self.sluice("-n", "-sL", "127.0.0.1", state=state)
            if time.monotonic() - started < 3:
                self.assertEqual(list(state.iterdir()), [])
                return
        self.skipTest("the machine is too busy for a short run")

    def test_unsafe_directories_give_one_warning_and_change_no_exit_code(self):
        wanted = {"link": "is a symbolic link", "writable": "others may write to it", "file": "Not a directory"}
        for kind in wanted:
            place = self.place / kind
            place.mkdir()
            if kind == "link":
                (place / "elsewhere").mkdir(mode=0o700)
                (place / "sluice").symlink_to(place / "elsewhere")
            elif kind == "writable":
                (place / "sluice").mkdir()
                (place / "sluice").chmod(0o777)
            else:
                (place / "sluice").write_text("")
        runs = {kind: Run(self, state=self.place / kind) for kind in wanted}
        for kind, run in runs.items():
            wait_for(lambda: run.errors.read_text().endswith("\n"), "warning")
            code, errors = run.finish()
            self.assertEqual((code, len(errors.splitlines())), (0, 1), errors)
            self.assertTrue(errors.startswith("Warning: the history lacks this run"), errors)
            self.assertIn(f"{run.kept}: {wanted[kind]}", errors)
            self.assertIn("127.0.0.1", (run.place / "report").read_text())
            self.assertIn(wanted[kind], self.refusal("history", state=run.state))
        self.assertEqual(list((self.place / "link/elsewhere").iterdir()), [])

    def test_a_journal_that_is_removed_gives_one_warning_and_changes_no_exit_code(self):
        run = Run(self)
        run.wait_for_journal()
        (run.kept / run.journals()[0]).unlink()
        code, errors = run.finish()
        self.assertEqual((code, len(errors.splitlines())), (0, 1), errors)
        self.assertIn("the file has been removed or replaced", errors)

    def test_a_journal_that_is_given_up_before_its_first_commit_leaves_no_file(self):
        disk = self.place / "disk"
        disk.mkdir()
        (self.place / "wait.nse").write_text("hostrule = function() return true end\n"
                                             'action = function() require("stdnse").sleep(4) end\n')
        limited = ('mount -t tmpfs -o size=$1 none "$0" && mkdir -m 700 "$0/sluice" && shift && "$@"; code=$?; '
                   'ls "$0/sluice"; exit $code')
        if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", disk], capture_output=True,
                          timeout=LIMIT).returncode != 0:
            self.skipTest("no mount namespaces")
        runs = {size: subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", limited, disk, size, SLUICE, "-n", "-Pn", "-v0", "-p", "1", "--script",
             "./wait.nse", "127.0.0.1"], cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=environment(disk)) for size in ("16k", "28k", "40k", "64k")}
        for size, run in runs.items():
            with self.subTest(size=size):
                output, errors = run.communicate(timeout=LIMIT)
                self.assertEqual((run.returncode, len(errors.splitlines())), (0, 1), errors)
                self.assertTrue(errors.startswith("Warning: the history lacks this run or a part of it: "), errors)
                self.assertEqual([line for line in output.splitlines() if ".db" in line], [])

    def test_history_of_a_directory_says_that_a_directory_is_no_journal(self):
        self.assertEqual(self.refusal("history", self.place), f"{self.place}: is a directory; name a journal.")

    def test_runs_without_an_orderly_end_are_kept(self):
        stopped, killed = (Run(self, state=self.place / name) for name in ("stopped it", "killed"))
        limited = Run(self, "--max-time", "4")
        for run in (stopped, killed):
            run.wait_for_journal()
            self.assertEqual([row["state"] for row in self.states(run)], ["running"])
            document = json.loads(self.sluice("convert", "@last", "--to", "json", "-", state=run.state).stdout)
            self.assertEqual(document["finished"]["error"], "the run did not end")
        stopped.process.send_signal(signal.SIGINT)
        self.assertEqual(stopped.process.wait(LIMIT), 130)
        hint = stopped.errors.read_text().splitlines()[-1]
        self.assertTrue(hint.startswith("sluice: the run is kept; continue it with: sluice --resume '/"), hint)
        shown = subprocess.run(["sh", "-c", hint.partition("with: ")[2].replace("sluice --resume", f"{SLUICE} show", 1)], capture_output=True,
                               text=True, timeout=LIMIT, check=True).stdout
        self.assertEqual(shown, (stopped.place / "report").read_text())
        self.assertEqual([row["state"] for row in self.states(stopped)], ["stopped"])

        self.assertEqual(limited.process.wait(LIMIT), 1)
        self.assertEqual(limited.errors.read_text().splitlines()[-1],
                         f"sluice: the run is kept; continue it with: sluice --resume {limited.kept}/{limited.journals()[0]}")
        self.assertEqual([row["state"] for row in self.states(limited)], ["stopped"])

        killed.end()
        self.assertEqual([row["state"] for row in self.states(killed)], ["killed"])
        packed = self.place / "packed.db"
        self.sluice("history", "@last", "--pack", packed, state=killed.state)
        self.assertEqual(list(self.place.glob("packed.db*")), [packed])
        with sqlite3.connect(packed) as database:
            self.assertEqual(database.execute("SELECT count(*) FROM event WHERE kind = 'run_started'").fetchall(), [(1,)])
        self.assertIn("File exists", self.refusal("history", "@last", "--pack", packed, state=killed.state))

    def test_a_resume_asks_for_the_secrets_and_for_nothing_else(self):
        run = Run(self, "-oN", "text", "-oX", "xml", "--script-args", SCRIPT_ARGS, state=self.state)
        run.wait_for_journal()
        run.end()
        (run.place / "go").touch()
        keeps = "--script-args: a resumed run keeps these script arguments: "
        rest = "; give only the values that the journal does not have: http.pass, a.Token, key."
        lacks = "--resume: the journal does not have the values of these script arguments: "
        again = "; give them again with --script-args."
        for given, message in ((None, f"{lacks}http.pass, a.Token, key{again}"),
                               ("http.pass=x,a={Token=y}", f"{lacks}key{again}"),
                               ("user=eve,http.pass=x,a={Token=y},key=z", f"{keeps}user{rest}"),
                               ("http.pass=x,a={Token=y,b=2},key=z,new", f"{keeps}new, a.b{rest}")):
            with self.subTest(given=given):
                self.assertEqual(self.refusal("--resume", "@last", *(["--script-args", given] if given else [])), message)
        # Values of the run that are given again are accepted if they are equal.
        self.sluice("--resume", "@last", "--script-args", "http.pass=retnuh,user=admin,a={b=1,Token=y},key=z")
        self.assertIn("done admin hunter y 1", (run.place / "text").read_text())
        # The reports have the command line as if never interrupted, the journal has it without secrets.
        given = "user=admin,http.pass=retnuh,a={Token = y,b=1},key=z"
        self.assertIn(given, xml.etree.ElementTree.parse(run.place / "xml").getroot().get("args"))
        self.assertNotRegex((run.place / "text").read_text(), "redacted")
        kept = self.sluice("convert", "@last", "--to", "ndjson", "-").stdout
        self.assertIn(REDACTED, kept)
        self.assertNotIn("retnuh,", kept)
        # A run without secrets keeps the option as a whole.
        (self.place / "other").mkdir()
        run = Run(self, "--script-args", "user=joe", state=self.place / "other")
        run.wait_for_journal()
        run.end()
        self.assertIn("--script-args", self.refusal("--resume", "@last", "--script-args", "user=eve", state=run.state))

    def states(self, run):
        return json.loads(self.sluice("history", "--json", state=run.state).stdout)

    def test_a_run_prunes_the_history_when_it_begins(self):
        first = self.store(0)
        for number in range(1, 25):
            shutil.copy(first, self.kept / f"20200101-0001{number:02}-0123abcd.db")
        run = Run(self, state=self.state)
        wait_for(lambda: len(run.journals()) <= 20, "prune")
        self.assertEqual(run.finish(), (0, ""))
        self.assertEqual(run.journals()[:19], [f"20200101-0001{number:02}-0123abcd.db" for number in range(6, 25)])
        self.assertEqual(len(run.journals()), 20)

    def test_last_and_prev_name_runs_by_their_start(self):
        self.assertEqual(self.refusal("show", "@last"), f"@last: {self.kept} has no run; name a file.")
        self.store(1)
        self.assertEqual(self.refusal("diff", "@prev", "@last"), f"@prev: {self.kept} has one run only; name a file.")
        second = self.store(2)
        self.assertIn("127.0.0.2", self.sluice("show", "@last").stdout)
        self.assertIn("127.0.0.1", self.sluice("show", "@prev").stdout)
        self.assertIn("127.0.0.1", self.sluice("convert", "@prev", "-oG", "-").stdout)
        self.assertIn("127.0.0.2", self.sluice("diff", "--all", "@prev", "@last", code=0).stdout)
        self.assertEqual(self.refusal("convert", "@last", "-oX", second),
                         f"{second}: is the report that is read; write to another file.")
        self.sluice("-n", "-sL", "--journal", second, "127.0.0.3")  # a second run in the file
        self.assertIn("127.0.0.3", self.sluice("show", "@last").stdout)
        self.assertIn("127.0.0.2", self.sluice("show", "@prev").stdout)
        rows = json.loads(self.sluice("history", "@prev", "--json").stdout)
        self.assertEqual([(row["file"], row["run"]) for row in rows], [(str(second), 1), (str(second), 2)])

    def test_without_a_directory_commands_say_why(self):
        for words in (["show", "@last"], ["history"], ["history", "--prune"]):
            self.assertEqual(self.refusal(*words, state=None).partition(": ")[2],
                             "there is no directory of runs, because neither XDG_STATE_HOME nor HOME is an absolute path; "
                             "name a file.")

    def test_history_lists_all_runs_and_names_damaged_files(self):
        self.assertEqual(self.sluice("history").stdout.split(),
                         ["FILE", "RUN", "START", "STATE", "HOSTS", "RESULTS", "SIZE", "COMMAND"])
        self.assertEqual(self.rows(), [])
        first, second = self.store(1), self.store(3)
        damaged = self.kept / "20200101-000002-0123abcd.db"
        damaged.write_bytes(b"x" * 5000)
        listed = self.sluice("history")
        self.assertEqual([line.split()[:2] for line in listed.stdout.splitlines()[1:]],
                         [[first.name, "1"], [second.name, "1"]])
        self.assertEqual(listed.stderr, f"Warning: {damaged}: is no journal of sluice; name another file.\n")
        [row] = json.loads(self.sluice("history", first, "--json").stdout)
        self.assertEqual((row["file"], row["run"], row["state"]), (str(first), 1, "ended"))
        self.assertEqual(len(self.rows()), 2)
        # The listed names are names of runs.
        for name in (first.name, f"{first.name}#1"):
            self.assertIn("127.0.0.1", self.sluice("show", name).stdout)
        self.assertIn("127.0.0.3", self.sluice("diff", "--all", first.name, second.name, code=0).stdout)
        (self.place / first.name).write_bytes(second.read_bytes())
        self.assertIn("127.0.0.3", self.sluice("show", first.name).stdout)

    def test_history_prunes_on_request(self):
        first = self.store(0)
        self.assertEqual(self.sluice("history", "--prune").stdout, "Nothing to remove.\n")
        for number in range(1, 22):
            shutil.copy(first, self.kept / f"20200101-0001{number:02}-0123abcd.db")
        size = f"{first.stat().st_size / 1024:.1f}K"
        self.assertEqual(self.sluice("history", "--prune").stdout.splitlines(),
                         [f"Removed {path} ({size})." for path in (self.kept / "20200101-000101-0123abcd.db", first)])

    def test_options_of_history_that_exclude_each_other_are_refused(self):
        self.assertEqual(self.refusal("history", "a", "b"), "history: has one operand at most: history FILE.")
        for words in (["a", "--prune"], ["--prune", "--json"], ["--prune", "--pack", "b"]):
            self.assertIn("history: --prune has no operand", self.refusal("history", *words))
        for words in (["--pack", "b"], ["a", "--pack", "b", "--json"]):
            self.assertIn("history: --pack needs one journal", self.refusal("history", *words))
        for words in (["--journal", "a", "--no-journal"], ["--no-journal", "--journal", "a"]):
            self.assertRegex(self.refusal(*words, "127.0.0.1"), "^--(no-)?journal: excludes --(no-)?journal; ")


if __name__ == "__main__":
    unittest.main()
