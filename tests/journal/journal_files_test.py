# SPDX-License-Identifier: Apache-2.0
"""journal_files_test.py SLUICE: files that a journal and a report would both use, and journals that cannot be begun."""

import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))
LIMIT = 60  # seconds for a command


class JournalFiles(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = pathlib.Path(directory.name)
        self.journal = self.place / "run.db"

    def command(self, *arguments):
        return [SLUICE, *map(str, arguments)]

    def run_sluice(self, *arguments, code=0):
        ended = subprocess.run(self.command(*arguments), cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True,
                               text=True, timeout=LIMIT)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended

    def scan(self):
        self.run_sluice("-n", "-sL", "--journal", self.journal, "-oX", "report.xml", "127.0.0.1")

    def refusal(self, *arguments):
        lines = self.run_sluice(*arguments, code=2).stderr.splitlines()
        self.assertEqual(lines[1:], ["QUITTING!"])
        return lines[0].removeprefix("sluice: ")

    def test_no_report_uses_a_file_beside_a_journal(self):
        kept = ("-wal", "-shm", "-journal", "-lock")
        listing = ("-n", "-sL", "127.0.0.1")
        (self.place / "new-wal.link").symlink_to("new.db-wal")
        for end in kept:
            self.assertEqual(self.refusal(*listing, "--journal", "new.db", "-oX", f"new.db{end}"),
                             f"--journal: new.db{end}: a report uses this file; give the journal a file of its own.")
        self.assertIn("a report uses this file", self.refusal(*listing, "--journal", "new.db", "-oX", "new-wal.link"))
        (self.place / "new.db-wal").unlink()  # opened through the link
        self.assertEqual(list(self.place.glob("new.db*")), [])
        self.scan()
        before = self.journal.read_bytes()
        for end in kept:
            name = f"run.db{end}"
            report = (f"cannot write the report to {name}: the file belongs to the database {self.journal}; name another "
                      "file.")
            database = f"belongs to the database {self.journal}; name another file."
            self.assertEqual(self.refusal("convert", "run.db", "-oX", name), report)
            self.assertEqual(self.refusal("convert", "report.xml", "-oN", name), report)
            self.assertEqual(self.refusal("convert", "run.db", "--to", "csv", name), report)
            self.assertEqual(self.refusal(*listing, "--journal", self.journal, "-oN", name), report)
            self.assertEqual(self.refusal(*listing, "--no-journal", "-oJ", name), report)
            self.assertEqual(self.refusal("merge", "run.db", "-oX", name), report)
            self.assertIn(database, self.refusal("convert", "run.db", "--to", "sqlite", name))
            self.assertIn(database, self.refusal("merge", "report.xml", "--to", "sqlite", name))
            self.assertIn(database, self.refusal("merge", "report.xml", "--journal", name))
            self.assertIn(database, self.refusal("history", "run.db", "--pack", name))
            self.assertIn(database, self.refusal(*listing, "--journal", name))
            self.assertIn("--journal uses this file", self.refusal("merge", "report.xml", "--journal", "both.db", "--to",
                                                                   "sqlite", f"both.db{end}"))
            self.assertIn("another report uses this file", self.refusal("convert", "report.xml", "-oN", f"both.db{end}",
                                                                        "--to", "sqlite", "both.db"))
        self.assertEqual(list(self.place.glob("run.db*")), [self.journal])
        self.assertEqual(list(self.place.glob("both.db*")), [])
        self.assertEqual(self.journal.read_bytes(), before)

    def test_no_report_replaces_a_database(self):
        self.scan()
        other, link = self.place / "other.db", self.place / "link"
        other.write_bytes(self.journal.read_bytes())
        link.symlink_to(other)
        before = other.read_bytes()
        for name in ("other.db", "link"):
            refusal = (f"cannot write the report to {name}: the file is a database, such as a journal; name another "
                       "file.")
            for arguments in (("-n", "-sL", "127.0.0.1", "-oX", name), ("-n", "-sL", "127.0.0.1", "-oN", name, "--append-output"),
                              ("-n", "-sL", "127.0.0.1", "--journal", "new.db", "-oG", name),
                              ("convert", "run.db", "-oJ", name), ("convert", "report.xml", "--to", "csv", name),
                              ("merge", "run.db", "-oN", name)):
                with self.subTest(arguments=arguments):
                    self.assertEqual(self.refusal(*arguments), refusal)
        self.assertIn("is a journal; write the database to another file",
                      self.refusal("convert", "run.db", "--to", "sqlite", "other.db"))
        self.assertEqual(other.read_bytes(), before)
        self.assertFalse((self.place / "new.db").exists())

    def test_a_path_that_is_no_regular_file_is_refused_and_keeps_its_mode(self):
        self.addCleanup(os.umask, os.umask(0))
        os.mkfifo(self.place / "pipe", 0o666)
        kinds = ["pipe"]
        try:
            os.mknod(self.place / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            kinds.append("null")
        except PermissionError:  # not root
            pass
        for name in kinds:
            with self.subTest(name=name):
                self.assertIn("is no regular file", self.refusal("-n", "-sL", "--journal", name, "127.0.0.1"))
                self.assertEqual(stat.S_IMODE((self.place / name).stat().st_mode), 0o666)

    def test_a_journal_that_cannot_be_begun_gives_exit_code_3_and_leaves_no_file(self):
        disk = self.place / "disk"
        disk.mkdir()
        begin = ('mount -t tmpfs -o size=64k none "$0" && cat "$1" > "$0/rest"; '
                 'if [ "$2" = read-only ]; then mount -o remount,ro "$0"; else dd if=/dev/zero of="$0/fill" bs=4k; '
                 'truncate -s "-$2" "$0/fill"; fi; shift 2; "$@"; code=$?; ls "$0"; exit $code')
        (self.place / "empty").touch()
        if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", disk], capture_output=True,
                          timeout=LIMIT).returncode != 0:
            self.skipTest("no mount namespaces")
        for free in ("0", "4096", "8192", "16384", "read-only"):
            with self.subTest(free=free):
                ended = subprocess.run(
                    ["unshare", "--mount", "sh", "-c", begin, str(disk), str(self.place / "empty"), free, *self.command(
                        "-n", "-sL", "-v0", "--journal", disk / "run.db", "127.0.0.1")], cwd=self.place,
                    stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, text=True)
                self.assertEqual(ended.returncode, 3, ended.stderr)
                self.assertRegex(ended.stderr, r"sluice: --journal: \S*run\.db\S*: .+\.\nQUITTING!\n")
                self.assertNotIn("run.db", ended.stdout)


if __name__ == "__main__":
    unittest.main()
