# SPDX-License-Identifier: Apache-2.0
"""history_docs_test.py SLUICE DOCS: runs the commands of docs/keep-history.md against a server on loopback."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above
from greeter import BANNER, Greeter, free_ports  # noqa: E402

SLUICE, DOCS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
LIMIT = 60  # seconds for a command


class HistoryPage(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "banner.nse").write_text(BANNER)
        (self.place / "bin").mkdir()
        (self.place / "bin/sluice").symlink_to(SLUICE)
        self.environment = {**os.environ, "PATH": f"{self.place}/bin:/usr/bin:/bin",
                            "XDG_STATE_HOME": str(self.place / "state")}
        self.environment.pop("SUDO_UID", None)
        self.awaited = self.place / "state/sluice"
        self.server = Greeter(b"version 1", wait=self.await_journal)
        self.addCleanup(self.server.end)
        port = str(self.server.server_address[1])
        closed = free_ports(1)[0]
        self.page = pages.Page(DOCS, lambda text: text.replace("8001-8003", f"{port},{closed}")
                               .replace("8001", port).replace("--script banner", "--script ./banner.nse"))

    def await_journal(self):
        """Waits for the journal of a run that is to be kept: it must last long enough."""
        deadline = time.monotonic() + LIMIT
        while self.awaited and not list(self.awaited.glob("*-lock")) and time.monotonic() < deadline:
            time.sleep(0.05)

    def shell(self, text, code=0):
        self.page.ran(text)
        ended = subprocess.run(["/bin/bash", "-e", "-c", text], cwd=self.place, env=self.environment, capture_output=True,
                               text=True, timeout=3 * LIMIT)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertEqual(ended.stderr, "")
        return ended.stdout

    def test_commands_of_the_page_work(self):
        scans, output, look, keep, series = self.page.blocks()
        first, second, compare = scans.splitlines()
        self.shell(first)
        self.server.greeting = b"version 2"
        self.shell(second)
        self.assertEqual(self.shell(compare, 1), output)

        commands = look.splitlines()
        self.assertEqual(len(self.shell(commands[0]).splitlines()), 3)
        self.assertIn("version 2", self.shell(commands[1]))
        self.shell(commands[2])
        self.assertIn("version 2", (self.place / "report.xml").read_text())
        self.assertEqual(self.shell(commands[3]), "")
        rows = json.loads(self.shell("sluice history --json"))
        named = re.search(r"the keys (.*?)\.\n", self.page.text, re.S)[1]
        self.assertEqual([word for word in re.findall(r"`(\w+)`", named) if word != "null"], list(rows[0]))

        self.assertEqual(self.shell(keep), "Nothing to remove.\n")
        self.assertTrue((self.place / "baseline.db").exists())
        self.awaited = None
        *scans, compare = series.splitlines()
        for scan in scans:
            self.shell(scan)
        self.assertEqual(self.shell(compare), "")
        self.assertEqual(len(json.loads(self.shell("sluice history --json"))), 2)
        self.page.check()


if __name__ == "__main__":
    unittest.main()
