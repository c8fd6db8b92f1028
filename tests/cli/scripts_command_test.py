# SPDX-License-Identifier: Apache-2.0
"""scripts_command_test.py SLUICE: the command scripts with a data directory of its own and with the installed scripts."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

SLUICE = pathlib.Path(sys.argv.pop(1)).resolve()
INSTALLED = pathlib.Path("/usr/share/nmap/scripts")
LIMIT = 60  # seconds for a command
ALPHA = """local base = require "base"
description = [[
Shows <code>alpha</code> of a host, which is a value that each of the hosts in a network has. A second sentence.

* one item
* another item
]]

---
-- @usage
-- nmap --script alpha <host>
-- @output
-- |_alpha: 1
-- @xmloutput
-- <elem key="a">1</elem>
-- @args alpha.depth How deep.
-- @see beta.nse

author = {"A. Author", "B. Author"}
license = "L"
categories = {"safe", "discovery"}
dependencies = {"beta"}
hostrule = function() return true end
portrule, action = base.rule, base.action
"""
BETA = 'description = "Does beta."\ncategories = {"intrusive"}\nos.execute("touch executed")\nprerule = print\naction = print\n'
PAGE = """alpha
  File: {path}
  Categories: safe, discovery
  Rules: hostrule, portrule
  Runs after: beta
  Libraries: base
  Author: A. Author, B. Author
  License: L
  See also: beta.nse

Shows alpha of a host, which is a value that each of the hosts in a network has.
A second sentence.
* one item
* another item

Usage:
  nmap --script alpha <host>

Output:
  |_alpha: 1

XML output:
  <elem key="a">1</elem>

Arguments:
  alpha.depth
      How deep.

Arguments of the library base:
  base.size
      How large.
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        for name, text in (("nselib/base.lua", "-- @args base.size How large.\nreturn {}"), ("scripts/alpha.nse", ALPHA),
                           ("scripts/beta.nse", BETA),
                           ("scripts/script.db",
                            'Entry { filename = "alpha.nse", categories = { "discovery", "safe", } }\n'
                            'Entry { filename = "beta.nse", categories = { "intrusive", } }\n')):
            path = self.place / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    def start(self, *arguments, **more):
        return subprocess.run([SLUICE, "scripts", "--datadir", ".", *arguments], cwd=self.place, timeout=LIMIT, text=True,
                              stdin=subprocess.DEVNULL, **more)

    def run_scripts(self, *arguments, code=0):
        ended = self.start(*arguments, capture_output=True)
        self.assertEqual((ended.returncode, ended.stderr), (code, ""))
        return ended.stdout

    def at_terminal(self, columns, *arguments):
        """Returns what goes to a terminal of this width."""
        main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.start(*arguments, stdout=terminal, stderr=subprocess.PIPE)
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError), os.fdopen(main, "rb", 0) as reader:
            while piece := reader.read(65536):
                shown += piece
        return shown.decode().replace("\r\n", "\n")

    def test_a_pipe_gets_one_line_for_each_script(self):
        self.assertEqual(self.run_scripts(), "alpha  Shows alpha of a host, which is a value that each of the hosts in a "
                         "network has. [safe, discovery]\nbeta   Does beta. [intrusive]\n")

    def test_lines_are_as_wide_as_the_terminal(self):
        for columns in (30, 44, 60, 100):
            with self.subTest(columns=columns):
                lines = self.at_terminal(columns).splitlines()
                self.assertLessEqual(max(map(len, lines)), columns)
                self.assertEqual([line for line in lines if not line.startswith(" ")],
                                 ["alpha", "beta"] if columns < 43 else [lines[0], lines[-1]])
                self.assertEqual(" ".join(" ".join(lines).split()), " ".join(self.run_scripts().split()))
        self.assertLessEqual(max(map(len, self.at_terminal(40, "alpha").splitlines())), 40 + len(str(self.place)))

    def test_one_script_is_shown_with_all_that_is_known(self):
        page = PAGE.format(path="./scripts/alpha.nse")
        self.assertEqual(self.run_scripts("alpha"), page)
        self.assertEqual(self.run_scripts("safe"), page)
        both = self.run_scripts("--full")
        self.assertTrue(both.startswith(page + "\n\nbeta\n"), both)

    def test_nothing_of_a_script_is_executed(self):
        self.run_scripts("--full")
        self.assertFalse((self.place / "executed").exists())

    def test_search_finds_all_words_in_any_case(self):
        for words, ids in (("ALPHA value", ["alpha"]), ("depth", ["alpha"]), ("How deep", ["alpha"]), ("does", ["beta"]),
                           ("intrusive", ["beta"]), ("a", ["alpha", "beta"])):
            with self.subTest(words=words):
                self.assertEqual([script["id"] for script in json.loads(self.run_scripts("--json", "--search", words))], ids)
        self.assertEqual(self.run_scripts("--json", "--search", "alpha beta", code=1), "[]\n")
        self.assertEqual(json.loads(self.run_scripts("--json", "--search", "alpha", "intrusive", code=1)), [])
        ended = self.start("--search", "size", capture_output=True)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr),
                         (1, "", "sluice: scripts: no script has the words 'size'.\n"))

    def test_json_has_all_that_is_known(self):
        script, = json.loads(self.run_scripts("--json", "alpha"))
        self.assertEqual(script, {
            "id": "alpha", "file": "./scripts/alpha.nse", "categories": ["safe", "discovery"],
            "rules": ["hostrule", "portrule"], "dependencies": ["beta"], "libraries": ["base"],
            "authors": ["A. Author", "B. Author"], "license": "L",
            "summary": "Shows alpha of a host, which is a value that each of the hosts in a network has.",
            "description": ALPHA.split("[[\n")[1].split("]]")[0], "usage": ["nmap --script alpha <host>"],
            "output": ["|_alpha: 1"], "xml_output": ['<elem key="a">1</elem>'], "see": ["beta.nse"],
            "arguments": [{"name": "alpha.depth", "text": "How deep.", "library": None},
                          {"name": "base.size", "text": "How large.", "library": "base"}]})

    def test_wrong_command_lines_are_refused_in_one_line(self):
        for arguments, message in (
                (["alhpa"], "scripts: 'alhpa' did not match a category, filename, or directory; did you mean 'alpha'?"),
                *[([rule], f"scripts: '{rule}' names no script; give a name, a category, a file or a directory.")
                  for rule in ("", "+", " + ", ",")],
                (["alpha", "+"], "scripts: '+' names no script; give a name, a category, a file or a directory."),
                (["--datadir", "none", "alpha"], "scripts: --datadir: 'none' is not a directory."),
                (["--search", " "], "--search: the value is empty; give words to find."),
                (["--search", "a", "--search", "b"], "--search: is given twice; put all words into one option."),
                (["--all"], "--all: the command scripts has no such option.")):
            with self.subTest(arguments=arguments):
                ended = self.start(*arguments, capture_output=True)
                self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (2, "", f"sluice: {message}\nQUITTING!\n"))

    def test_control_characters_of_a_script_do_not_reach_the_terminal(self):
        (self.place / "evil.nse").write_text('description = "a\x1b[2J"')
        self.assertNotIn("\x1b", self.run_scripts("./evil.nse"))


@unittest.skipUnless((INSTALLED / "script.db").exists(), "no scripts are installed")
class Installed(unittest.TestCase):
    def test_descriptions_and_categories_are_those_of_script_help(self):
        def text(*arguments):
            return subprocess.run([SLUICE, *arguments], capture_output=True, timeout=LIMIT, text=True,
                                  errors="replace").stdout
        helped = text("--script-help", "all").split("\n", 1)[1]
        scripts = {script["id"]: script for script in json.loads(text("scripts", "all", "--json"))}
        names = re.findall(r"^\n?(\S+)\nCategories:(.*)\nhttps://nmap\.org/nsedoc/scripts/", helped, re.M)
        self.assertGreater(len(names), 100)
        for name, categories in names:
            with self.subTest(script=name):
                script = scripts[name]
                self.assertEqual(script["categories"], categories.split())
                indented = "".join("  " + line if line.strip("\n") else line
                                   for line in script["description"].splitlines(keepends=True))
                self.assertIn(f"/{name}.html\n{indented.rstrip(chr(10))}", helped)
                self.assertTrue(script["summary"])
                self.assertTrue(script["rules"])


if __name__ == "__main__":
    unittest.main()
