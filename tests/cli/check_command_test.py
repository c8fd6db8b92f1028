# SPDX-License-Identifier: Apache-2.0
"""check_command_test.py SLUICE: the command check with scripts of its own and with the installed ones."""

import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SLUICE = pathlib.Path(sys.argv.pop(1)).resolve()
INSTALLED = pathlib.Path("/usr/share/nmap/scripts")
LIMIT = 120  # seconds for a command
GOOD = """description = "x"
author = "a"
license = "l"
categories = {"safe"}
-- @usage u
-- @output o
hostrule = function() return true end
action = function() return "x" end
"""


class Check(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)

    def write(self, name, text):
        path = self.place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def check(self, *arguments, code):
        ended = subprocess.run([SLUICE, "check", *arguments], cwd=self.place, capture_output=True, timeout=LIMIT, text=True,
                               stdin=subprocess.DEVNULL)
        self.assertEqual((ended.returncode, ended.stderr), (code, ""))
        return ended.stdout

    def test_a_script_without_mistake_gives_nothing(self):
        self.write("good.nse", GOOD)
        self.assertEqual(self.check("good.nse", code=0), "")
        self.assertEqual(self.check("--json", "good.nse", code=0), "[]\n")

    def test_findings_are_sorted_by_file_and_line(self):
        self.write("b.nse", GOOD + "function f() return one end\nfunction g() two = 1 end\ndependencies = {'three'}\n")
        self.write("a.nse", "x = = 1")
        expected = [
            "b.nse:9: error: the global 'one' is read, but nothing declares it [global]",
            "b.nse:10: warning: a function assigns the undeclared global 'two'; write local in front of it, or declare it "
            "outside of functions [global]",
            "b.nse:11: warning: there is no script 'three' [dependency]",
            "a.nse:1: error: unexpected symbol near '=' [syntax]"]
        self.assertEqual(self.check("b.nse", "a.nse", code=1).splitlines(), expected)
        found = json.loads(self.check("--json", "b.nse", "a.nse", code=1))
        self.assertEqual(["{file}:{line}: {severity}: {text} [{check}]".format(**each) for each in found], expected)

    def test_a_directory_stands_for_its_scripts(self):
        self.write("some/b.nse", "x = = 1")
        self.write("some/a.nse", "x = = 1")
        self.write("some/c.lua", "x = = 1")
        self.assertEqual([line.split(":")[0] for line in self.check("some", code=1).splitlines()],
                         ["some/a.nse", "some/b.nse"])

    def test_nothing_of_a_script_is_executed(self):
        self.write("good.nse", "os.execute('touch executed') while true do end\n" + GOOD)
        self.assertEqual(self.check("good.nse", code=0), "")
        self.assertFalse((self.place / "executed").exists())

    def test_libraries_of_the_data_directory_count(self):
        self.write("nselib/mine.lua", "-- @args mine.a x\nreturn {}")
        self.write("good.nse", "local mine = require 'mine'\nlocal stdnse = require 'stdnse'\n" + GOOD +
                   "function f() return mine, stdnse.get_script_args('mine.a') end\n")
        self.assertEqual(self.check("--datadir", ".", "good.nse", code=0), "")
        (self.place / "nselib/mine.lua").unlink()
        self.assertIn("there is no library 'mine'", self.check("--datadir", ".", "good.nse", code=1))

    def test_what_cannot_be_read_is_refused_in_one_line(self):
        (self.place / "empty").mkdir()
        for arguments, message in (
                ([], "check: needs a script or a directory: check FILE.nse."),
                (["missing.nse"], "check: cannot read 'missing.nse': No such file or directory."),
                (["--datadir", "none", "empty"], "check: --datadir: 'none' is not a directory."),
                (["empty"], "check: 'empty': the directory has no scripts (*.nse)."),
                (["--full", "x"], "--full: the command check has no such option.")):
            with self.subTest(arguments=arguments):
                ended = subprocess.run([SLUICE, "check", *arguments], cwd=self.place, capture_output=True, timeout=LIMIT,
                                       text=True, stdin=subprocess.DEVNULL)
                self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (2, "", f"sluice: {message}\nQUITTING!\n"))

    @unittest.skipUnless(INSTALLED.is_dir(), "no scripts are installed")
    def test_installed_scripts_give_few_findings(self):
        """The installed scripts work, so that a finding about a name is a relic at most."""
        scripts = len(list(INSTALLED.glob("*.nse")))
        found = json.loads(self.check("--json", INSTALLED, code=1))
        counts = collections.Counter(each["check"] for each in found)
        for check in ("syntax", "global", "library", "dependency"):
            self.assertEqual(counts[check], 0, [each for each in found if each["check"] == check])
        self.assertLessEqual(counts["category"], 1)  # 7.95: "info" of multicast-profinet-discovery
        self.assertLessEqual(counts["member"], scripts / 40)
        self.assertLessEqual(counts["argument"], scripts / 20)
        self.assertLessEqual(counts["unused"], scripts / 8)
        self.assertEqual({each["file"] for each in found} - {str(path) for path in INSTALLED.glob("*.nse")}, set())


if __name__ == "__main__":
    unittest.main()
