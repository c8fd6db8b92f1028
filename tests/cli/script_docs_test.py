# SPDX-License-Identifier: Apache-2.0
"""script_docs_test.py SLUICE WRITE FIND: runs the commands of docs/write-scripts.md against a server on loopback, and
those of docs/scripts.md with the installed scripts."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above

SLUICE, WRITE, FIND = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(3))
INSTALLED = pathlib.Path("/usr/share/nmap/scripts/http-title.nse")
LIMIT = 60  # seconds for a command
GREETING = b"SSH-2.0-sluice_demo\r\nsecond line\r\n"


class Greeter(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self.request.sendall(GREETING)


class ScriptPages(unittest.TestCase):
    page = None  # of the test that runs

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "bin").mkdir()
        (self.place / "bin/sluice").symlink_to(SLUICE)
        self.environment = {**os.environ, "PATH": f"{self.place}/bin:/usr/bin:/bin",
                            "XDG_CACHE_HOME": str(self.place / "cache")}

    def shell(self, text, code=0, errors=""):
        if self.page:
            self.page.ran(text)
        ended = subprocess.run(["/bin/bash", "-e", "-c", text], cwd=self.place, env=self.environment, capture_output=True,
                               text=True, timeout=3 * LIMIT)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        self.assertRegex(ended.stderr, f"^{errors}$")
        return ended.stdout

    def test_commands_of_write_scripts_work(self):
        greeters = Greeter(), Greeter()
        for greeter in greeters:
            self.addCleanup(greeter.server_close)
            self.addCleanup(greeter.shutdown)
        first, second = (greeter.port for greeter in greeters)
        self.page = pages.Page(WRITE, lambda text: text.replace("portnumber(2222)", f"portnumber({first})")
                               .replace("-p 2222", f"-p {first}").replace("-p 2223", f"-p {second}"))
        for name, source in self.page.scripts():
            (self.place / name).write_text(source)
        check, draft, run, arguments, forced, trace, show, install = self.page.blocks("sh")
        findings, report = self.page.blocks("")

        self.assertEqual(self.shell(check), "")
        self.assertEqual(self.shell(draft, 1), findings)
        last = report.splitlines()[-1]
        self.assertEqual(last, "|_greeting: SSH-2.0-sluice_demo")
        self.assertIn(last + "\n", self.shell(run))
        self.assertIn("| greeting: SSH-2.0-sluice_demo\n|_second line\n", self.shell(arguments))
        self.assertIn(last + "\n", self.shell(forced))
        self.assertNotIn(last, self.shell(forced.replace("+", "")))
        traced = self.shell(trace)
        for piece in ("Starting greeting against", "| CONNECT", "< 127.0.0.1:", "| CLOSE"):
            self.assertIn(piece, traced)
        self.assertIn("  greeting.lines\n      Number of lines. Default: 1\n", self.shell(show))
        self.assertIn(last + "\n", self.shell(install))
        self.page.check()

    def test_error_of_a_script_is_shown_as_the_page_says(self):
        message, = re.findall(r"`(ERROR: Script execution failed[^`]*)`", WRITE.read_text())
        (self.place / "fails.nse").write_text("hostrule = function() return true end\naction = function() error('why') end")
        run = "sluice -n -sn --script ./fails.nse 127.0.0.1"
        warning = r"Warning: .*/fails\.nse:2: why\n"
        self.assertIn(message, self.shell(run, errors=warning))
        debugged = self.shell(run + " -d", errors="(.*\n)*")
        self.assertNotIn(message, debugged)
        self.assertIn("stack traceback", debugged)

    def test_checks_of_the_page_are_those_of_the_program(self):
        table = WRITE.read_text().split("| check | finds |")[1].split("\n\n")[0]
        (self.place / "syntax.nse").write_text("x = = 1")
        (self.place / "bad.nse").write_text(
            "local unused, missing = require 'stdnse', require 'mising'\nlocal nmap = require 'shortport'\n"
            "x = nmap.member\ny = undeclared\ncategories = {'none'}\ndependencies = {'nothing'}\n-- @args bad.argument\n")
        found = json.loads(self.shell("sluice check --json syntax.nse bad.nse", 1))
        self.assertEqual({each["check"] for each in found}, set(re.findall(r"^\| `(\w+)` \|", table, re.M)))

    @unittest.skipUnless(INSTALLED.exists(), "no scripts are installed")
    def test_commands_of_scripts_work(self):
        self.page = pages.Page(FIND)
        first, select, show, as_json = self.page.blocks("sh")
        shown, = self.page.blocks("")

        def lines(text):
            return [" ".join(line.split()) for line in text.splitlines()]
        self.assertLessEqual(set(lines(shown)), set(lines(self.shell(first))))
        for command in select.splitlines():
            self.assertTrue(self.shell(command))
        self.assertIn("Arguments of the library http:\n", self.shell(show))
        script, = json.loads(self.shell(as_json))
        self.page.check()
        table = self.page.text.split("| key | value |")[1].split("\n\n")[0]
        named = [key for cell in re.findall(r"^\| (`.*?) \|", table, re.M) for key in re.findall(r"`(\w+)`", cell)]
        self.assertEqual(sorted(named), sorted(script))
        self.assertEqual(set(re.findall(r"`(\w+)`", table.splitlines()[-1])) - {"arguments"}, set(script["arguments"][0]))


if __name__ == "__main__":
    unittest.main()
