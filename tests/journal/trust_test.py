# SPDX-License-Identifier: Apache-2.0
"""trust_test.py SLUICE: journals to which other users may have written are neither resumed nor appended to."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from killed_writer import leave_transaction  # noqa: E402: found by the line above

SLUICE = os.path.abspath(sys.argv.pop(1))
LIMIT = 60  # seconds for a command
OTHER = 65534  # a user and a group
ENDS = ("-wal", "-shm", "-journal", "-lock")
SCAN = ("-n", "-Pn", "-p", "1-3", "127.0.0.1")
RESUME, APPEND = "so its run is not resumed", "so no run is added to it"


@unittest.skipIf(os.geteuid() != 0, "only root can give files away")
class JournalTrust(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.top = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.place = self.top / "place"
        self.place.mkdir(mode=0o755)
        self.journal = self.place / "run.db"

    def sluice(self, *arguments, code=0, **options):
        environment = {**os.environ, "SLUICE_NO_CONFIG": "true", "XDG_STATE_HOME": str(self.top / "state")}
        environment.pop("SUDO_UID", None)
        environment.update(options.pop("variables", {}))
        ended = subprocess.run([SLUICE, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               cwd=self.top, timeout=LIMIT, env=environment, **options)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended.stderr

    def interrupt(self, journal=None, **options):
        """Makes a journal of a run that has not ended."""
        self.sluice(*SCAN, "--max-rate", 2, "--max-time", "200ms", "--journal", journal or self.journal, code=1, **options)

    def resume(self, **options):
        return self.sluice("--resume", self.journal, "--max-rate", 1000, **options)

    def append(self, **options):
        return self.sluice(*SCAN, "--journal", self.journal, **options)

    def assert_refused(self, path, why, remedy):
        before = self.journal.read_bytes()
        for option, command, refusal in (("--resume", self.resume, RESUME), ("--journal", self.append, APPEND)):
            self.assertEqual(command(code=2), f"sluice: {option}: {path}: {why}, {refusal}; {remedy}.\nQUITTING!\n")
        self.assertEqual(self.journal.read_bytes(), before)

    def side_file(self, end, owner=0, mode=0o600):
        path = pathlib.Path(f"{self.journal}{end}")
        path.write_bytes(b"")
        path.chmod(mode)
        os.chown(path, owner, owner)
        self.stack.callback(path.unlink, missing_ok=True)
        return path

    def test_a_journal_of_another_user_is_refused(self):
        self.interrupt()
        os.chown(self.journal, OTHER, OTHER)
        self.assert_refused(self.journal, "belongs to another user", "copy the file if you trust it")

    def test_a_journal_that_others_can_write_is_refused(self):
        self.interrupt()
        self.journal.chmod(0o660)
        self.assert_refused(self.journal, "can be written by other users", "chmod go-w it if you trust it")

    def test_a_file_beside_the_journal_that_another_user_has_written_is_refused(self):
        self.interrupt()
        for end in ENDS:
            with self.subTest(end=end):
                path = self.side_file(end, owner=OTHER)
                if end == "-lock":
                    self.assertIn("-lock: belongs to another user", self.append(code=2))
                    self.assertIn("-lock: belongs to another user", self.resume(code=2))
                else:
                    self.assert_refused(path, "belongs to another user", "remove it")
                path.unlink()
        self.resume()

    def test_a_file_beside_the_journal_that_others_can_write_is_refused(self):
        self.interrupt()
        for end in ENDS[:3]:
            for mode in (0o620, 0o602):
                with self.subTest(end=end, mode=mode):
                    path = self.side_file(end, mode=mode)
                    self.assert_refused(path, "can be written by other users", "chmod go-w it if you trust it")
                    path.unlink()

    def test_a_symbolic_link_beside_the_journal_is_refused(self):
        self.interrupt()
        for end in ENDS[:3]:
            with self.subTest(end=end):
                path = pathlib.Path(f"{self.journal}{end}")
                path.symlink_to(self.top / "elsewhere")
                self.assert_refused(path, "is a symbolic link", "replace it by the file")
                path.unlink()

    def test_a_link_of_another_user_to_a_journal_is_refused(self):
        self.interrupt()
        link = self.place / "link"
        link.symlink_to(self.journal)
        self.sluice(*SCAN, "--journal", link)
        os.lchown(link, OTHER, OTHER)
        for option, arguments in (("--resume", ()), ("--journal", SCAN)):
            self.assertIn(f"{option}: {link}: is a symbolic link of another user, ",
                          self.sluice(*arguments, option, link, code=2))

    def test_a_journal_in_a_directory_that_others_can_write_is_refused(self):
        self.interrupt()
        os.chown(self.place, 0, OTHER)
        remedy = "copy the file to a directory of your own if you trust it"
        for mode in (0o777, 0o775):
            self.place.chmod(mode)
            self.assert_refused(self.place, "other users can write to this directory", remedy)
        self.place.chmod(0o755)
        self.resume()

    def test_a_journal_below_a_directory_of_another_user_is_refused(self):
        self.interrupt()
        for directory in (self.place, self.top):
            os.chown(directory, OTHER, OTHER)
            self.assert_refused(directory, "this directory belongs to another user",
                                "copy the file to a directory of your own if you trust it")
            os.chown(directory, 0, 0)

    def test_the_user_who_has_called_sudo_may_own_the_directory(self):
        self.interrupt()
        os.chown(self.place, OTHER, OTHER)
        self.resume(variables={"SUDO_UID": str(OTHER)})

    def test_a_new_journal_may_be_in_any_directory(self):
        for mode in (0o777, 0o1777):
            self.place.chmod(mode)
            self.append()
            self.assertEqual([path.name for path in self.place.iterdir()], ["run.db"])
            self.assertEqual(self.journal.stat().st_mode & 0o777, 0o600)
            self.journal.unlink()

    def test_a_new_journal_beside_a_file_of_another_user_is_refused(self):
        self.place.chmod(0o1777)
        for end in ENDS[:3]:
            path = self.side_file(end, owner=OTHER)
            self.assertIn(f"--journal: {path}: belongs to another user, ", self.append(code=2))
            self.assertFalse(self.journal.exists())
            path.unlink()

    def test_a_journal_in_a_sticky_directory_is_resumed_and_appended_to(self):
        self.place.chmod(0o1777)
        self.interrupt()
        self.resume()
        self.append()
        shown = subprocess.run([SLUICE, "history", self.journal], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual([line.split()[3] for line in shown.stdout.splitlines()[1:]], ["ended", "ended"])

    def test_in_a_sticky_directory_the_run_owns_each_file_that_sqlite_may_read(self):
        self.place.chmod(0o1777)
        command = [SLUICE, "-n", "-Pn", "-p", "1", "--journal", self.journal, "-iL", "-"]
        for _ in range(2):  # a new journal, and one that is appended to
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
                deadline = time.monotonic() + LIMIT
                wanted = {f"run.db{end}" for end in ("", *ENDS)}
                while {path.name for path in self.place.iterdir()} != wanted and time.monotonic() < deadline:
                    self.assertIsNone(run.poll())
                    time.sleep(0.01)
                for path in self.place.iterdir():
                    self.assertEqual((path.stat().st_uid, path.stat().st_mode & 0o777), (0, 0o600), path)
                run.communicate(b"127.0.0.1\n", timeout=LIMIT)
                self.assertEqual(run.returncode, 0)
            self.assertEqual([path.name for path in self.place.iterdir()], ["run.db"])

    def test_a_transaction_in_a_file_of_another_user_is_not_rolled_back(self):
        self.interrupt()
        path = leave_transaction(self.journal)
        before = self.journal.read_bytes()
        os.chown(path, OTHER, OTHER)
        self.assertIn(f"{path}: belongs to another user than the journal, so the journal is not read",
                      self.sluice("history", self.journal, code=2))
        self.assertEqual((self.journal.read_bytes(), path.stat().st_uid), (before, OTHER))
        os.chown(path, 0, 0)
        path.chmod(0o620)
        self.assertIn(f"{path}: can be written by other users, so its transaction is not rolled back",
                      self.sluice("history", self.journal, code=2))
        self.assertEqual(self.journal.read_bytes(), before)
        path.chmod(0o600)
        self.sluice("history", self.journal)

    def test_a_reader_gives_no_file_of_another_user_to_the_owner_of_the_journal(self):
        self.interrupt()
        for mode in (0o755, 0o1777):
            self.place.chmod(mode)
            for end in ENDS[:3]:
                path = self.side_file(end, owner=OTHER)
                self.assertIn(f"{path}: belongs to another user than the journal, so the journal is not read",
                              self.sluice("show", self.journal, code=2))
                self.assertEqual(path.stat().st_uid, OTHER)
                path.unlink()

    def test_a_reader_in_a_sticky_directory_opens_the_journal_alone(self):
        self.place.chmod(0o1777)
        self.interrupt()
        for command in ("show", "history"):
            self.sluice(command, self.journal)
            self.assertEqual([path.name for path in self.place.iterdir()], ["run.db"])

    def test_in_a_sticky_directory_an_unfinished_transaction_is_refused(self):
        self.interrupt()
        path = leave_transaction(self.journal)
        self.place.chmod(0o1777)
        self.assertIn(f"{path}: has a transaction that was not finished, ", self.append(code=2))
        self.place.chmod(0o755)
        self.resume()

    def test_a_killed_run_in_a_sticky_directory_is_resumed(self):
        self.place.chmod(0o1777)
        command = [SLUICE, *SCAN, "--max-rate", "2", "--journal", self.journal]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            deadline = time.monotonic() + LIMIT
            log = pathlib.Path(f"{self.journal}-wal")
            while (not log.exists() or b"run_started" not in log.read_bytes()) and time.monotonic() < deadline:
                time.sleep(0.01)
            run.kill()
            run.communicate(timeout=LIMIT)
        self.resume()
        self.assertEqual([path.name for path in self.place.iterdir()], ["run.db"])

    def test_the_group_that_has_only_the_user_may_write_to_the_directory(self):
        user, group = 1, 1  # daemon, whose group has its name
        self.top.chmod(0o755)
        self.place.chmod(0o775)
        os.chown(self.place, user, group)
        if not self.runs_as(user, group):
            self.skipTest("another user cannot execute the program")
        self.interrupt(user=user, group=group, extra_groups=[])
        os.chown(self.place, user, OTHER)
        self.assertIn("other users can write to this directory",
                      self.resume(code=2, user=user, group=group, extra_groups=[]))
        os.chown(self.place, user, group)
        self.resume(user=user, group=group, extra_groups=[])

    def runs_as(self, user, group):
        with contextlib.suppress(PermissionError):
            return subprocess.run([SLUICE, "-V"], user=user, group=group, extra_groups=[], capture_output=True,
                                  timeout=LIMIT, cwd="/").returncode == 0
        return False

    def test_a_log_in_a_directory_that_others_can_write_is_refused(self):
        log = self.place / "log.xml"
        self.sluice(*SCAN, "--max-rate", 2, "--max-time", "200ms", "-oX", log, code=1)
        self.place.chmod(0o777)
        self.assertIn(f"--resume: {self.place}: other users can write to this directory, {RESUME}; ",
                      self.sluice("--resume", log, code=2))

    def test_a_journal_beside_a_file_of_another_user_is_not_packed(self):
        self.interrupt()
        path = self.side_file("-wal", owner=OTHER)
        self.assertIn(f"{path}: belongs to another user, so it is not packed",
                      self.sluice("history", self.journal, "--pack", self.place / "packed.db", code=2))
        self.assertFalse((self.place / "packed.db").exists())


if __name__ == "__main__":
    unittest.main()
