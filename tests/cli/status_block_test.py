# SPDX-License-Identifier: Apache-2.0
"""status_block_test.py SLUICE: runs at a terminal emulator. The screen and the lines that scrolled off it are those of the
same run through a pipe, and the status block is below them as long as the run goes on."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from emulator import Emulator  # noqa: E402: found by the line above
from listeners import Listeners  # noqa: E402
from ndjson_lines import keep_lines  # noqa: E402

SLUICE = str(pathlib.Path(sys.argv.pop(1)).resolve())
LIMIT = 60  # seconds for a command
# Prints, and waits until the test opens the gate of its host.
SCRIPT = """
local nmap = require "nmap"
local stdnse = require "stdnse"
hostrule = function() return true end
local function exists(path)
  local file = io.open(path)
  return file and file:close()
end
action = function(host)
  local gates = stdnse.get_script_args("gates")
  print("printed for " .. host.ip)
  io.stderr:write("written to stderr for " .. host.ip .. "\\n")
  nmap.log_write("stderr", "logged to stderr for " .. host.ip)
  io.open(gates .. "/started-" .. host.ip, "w"):close()
  while not exists(gates .. "/" .. host.ip) and not exists(gates .. "/all") do stdnse.sleep(0.02) end
  return ("long "):rep(60) .. "\\nend of " .. host.ip
end
"""
BLOCK = re.compile(r"^(\d+:\d\d:\d\d( \S+)*(: [0-9.]+%|, end unknown)|Hosts: \d+ done,|(Script t|T)hreads: \d+; |Slowest: )")
WITH_TIMES = re.compile(r"latency|second|elapsed|Starting|Initiating|Completed|remaining")


def without_times(row):
    if row.startswith("Starting sluice ") or re.fullmatch(r"[-0-9: ]*\+\d{4}", row):  # the second may be its end
        return re.sub(r"\d", "0", row)
    if not WITH_TIMES.search(row):
        return row
    return re.sub(r"\d+\.\d+", "0.0", re.sub(r"\d\d:\d\d", "00:00", row))


def wrapped(text, columns):
    """The rows of a terminal that shows the text."""
    rows = []
    for line in text.split("\n"):
        rows += [line[at:at + columns].rstrip() for at in range(0, max(len(line), 1), columns)]
    return rows


class StatusBlock(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.listeners = Listeners(["127.0.0.1"])
        cls.addClassCleanup(cls.listeners.close)

    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.place = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (self.place / "waits.nse").write_text(SCRIPT)

    def command(self, gates, *options):
        (self.place / gates).mkdir(exist_ok=True)
        ports = [] if "-sn" in options else ["-p", str(self.listeners.port)]
        return [SLUICE, "-n", "-Pn", "--no-journal", *ports, "--script", str(self.place / "waits.nse"),
                "--script-args", f"gates={self.place / gates}", *options]

    def open_gate(self, host="all"):
        (self.place / "watched" / host).touch()

    def watch(self, *options, columns=80, rows=24, **environment):
        emulator = Emulator(self.command("watched", *options), columns, rows, **environment)
        self.addCleanup(emulator.close)
        return emulator

    def piped(self, *options, signalled=None):
        """The text of the same run through a pipe. Without `signalled`, the gates are open."""
        command = self.command("piped", *options)
        if not signalled:
            (self.place / "piped" / "all").touch()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as run:
            end = time.monotonic() + LIMIT
            while signalled and not list((self.place / "piped").glob("started-*")):
                self.assertLess(time.monotonic(), end, "no script has started")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    run.wait(0.02)
            if signalled:
                run.send_signal(signalled)
            return run.communicate(timeout=LIMIT)[0].rstrip("\n")

    def wait_for_block(self, emulator):
        """Waits for a whole block with its counters, no row of which is as wide as the screen. Returns its lines."""
        def block():
            rows = emulator.rows()
            last = max((at for at, row in enumerate(rows) if row), default=0)
            lines = rows[last - 3:last + 1] if last >= 3 else []
            whole = [row for row in lines if BLOCK.match(row) and len(row) < emulator.screen.columns]
            at_block = (emulator.screen.cursor.x, emulator.screen.cursor.y) == (0, last - 3)
            return lines if len(whole) == 4 and lines[-1].startswith("Slowest: ") and at_block else None
        emulator.wait_for("status block", block)
        return block()

    def assert_same_as_pipe(self, emulator, text, columns=None):
        shown = emulator.text().split("\n")
        self.assertEqual([row for row in shown if BLOCK.match(row)], [], "the block is left on the screen or above it")
        expected = wrapped(text, columns or emulator.screen.columns)
        self.assertEqual([without_times(row) for row in shown], [without_times(row) for row in expected])

    def test_block_shows_counters_below_report_and_leaves_nothing(self):
        emulator = self.watch("127.0.0.1")
        progress, hosts, threads, slowest = self.wait_for_block(emulator)
        self.assertRegex(progress, r"^0:00:0\d NSE")
        self.assertTrue(progress.endswith("; ? lists keys"), progress)
        self.assertRegex(hosts, r"^Hosts: 0 done, 1 open, 1 up; [0-9.]+ hosts/s, [0-9.]+ ports/s$|"
                                r"^Hosts: 0 done, 1 open, 1 up$")
        self.assertEqual(threads, "Script threads: 1; 0 waiting for a slot, 1 for the network")
        self.assertRegex(slowest, r"^Slowest: \d s, waits against 127\.0\.0\.1$")
        emulator.wait_for("second counters", lambda: any("ports/s" in row for row in emulator.rows()))
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assert_same_as_pipe(emulator, self.piped("127.0.0.1"))

    def test_reports_of_many_hosts_scroll_without_block(self):
        targets = "127.0.0.1-30"
        emulator = self.watch("-v", "-sn", targets)
        self.wait_for_block(emulator)
        for host in range(1, 31):
            self.open_gate(f"127.0.0.{host}")
            emulator.wait_for(f"report {host}", lambda: f"end of 127.0.0.{host}" in emulator.text())
            if host == 15:
                self.wait_for_block(emulator)
        self.assertEqual(emulator.finish(), 0)
        self.assertGreater(len(emulator.history()), 100)
        self.assert_same_as_pipe(emulator, self.piped("-v", "-sn", targets))

    def test_narrow_terminal_wraps_report_and_not_block(self):
        emulator = self.watch("127.0.0.1", columns=40, rows=12)
        block = self.wait_for_block(emulator)
        self.assertEqual(block[2], "Threads: 1; wait: 0 slot, 1 net")
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assert_same_as_pipe(emulator, self.piped("127.0.0.1"))

    def test_resized_terminal_gets_block_of_its_width(self):
        emulator = self.watch("127.0.0.1")
        self.wait_for_block(emulator)
        emulator.resize(50, 24)
        emulator.wait_for("narrow block", lambda: any(row.startswith("Threads: 1;") for row in emulator.rows()))
        self.wait_for_block(emulator)
        emulator.resize(100, 30)
        emulator.wait_for("wide block", lambda: any(row.startswith("Script threads: 1;") for row in emulator.rows()))
        self.wait_for_block(emulator)
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assert_same_as_pipe(emulator, self.piped("127.0.0.1"), columns=100)

    def test_rows_and_columns_lowered_in_a_run_lose_and_repeat_no_line(self):
        targets = "127.0.0.1-30"
        sizes = {5: (80, 10), 10: (80, 6), 15: (50, 24), 20: (40, 8), 25: (33, 5)}  # after the host: columns, rows
        expected = self.piped("-v", "-sn", targets)
        for keeps in "cursor", "bottom":
            with self.subTest(keeps=keeps):
                emulator = self.watch("-v", "-sn", targets)
                self.wait_for_block(emulator)
                for host in range(1, 31):
                    self.open_gate(f"127.0.0.{host}")
                    emulator.wait_for(f"report {host}", lambda: f"end of 127.0.0.{host}" in emulator.text())
                    if host in sizes:
                        self.wait_for_block(emulator)
                        emulator.resize(*sizes[host], keeps=keeps)
                        self.wait_for_block(emulator)
                self.assertEqual(emulator.finish(), 0)
                self.assert_same_as_pipe(emulator, expected)
                shutil.rmtree(self.place / "watched")

    def test_rows_raised_in_a_run_lose_and_repeat_no_line(self):
        targets = "127.0.0.1-12"
        expected = self.piped("-v", "-sn", targets)
        for keeps in "cursor", "bottom":
            with self.subTest(keeps=keeps):
                emulator = self.watch("-v", "-sn", targets, columns=40, rows=8)
                for host in range(1, 13):
                    self.wait_for_block(emulator)
                    if host % 4 == 0:
                        emulator.resize(30 + 10 * host, 5 * host, keeps=keeps)
                    self.open_gate(f"127.0.0.{host}")
                    emulator.wait_for(f"report {host}", lambda: f"end of 127.0.0.{host}" in emulator.text())
                self.assertEqual(emulator.finish(), 0)
                self.assert_same_as_pipe(emulator, expected)
                shutil.rmtree(self.place / "watched")

    def test_block_of_the_old_width_leaves_nothing_on_a_narrower_terminal(self):
        emulator = self.watch("127.0.0.1")
        self.wait_for_block(emulator)
        emulator.screen.change_size(40, 24)  # the program draws before it learns the size
        seen = len(emulator.raw)
        emulator.wait_for("a block of the old width", lambda: b"Script threads" in emulator.raw[seen:])
        emulator.tell_size()
        emulator.wait_for("narrow block", lambda: any(row.startswith("Threads: 1;") for row in emulator.rows()))
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assert_same_as_pipe(emulator, self.piped("127.0.0.1"))

    def test_keys_print_above_block(self):
        emulator = self.watch("127.0.0.1")
        self.wait_for_block(emulator)
        emulator.press(b"\n")
        emulator.wait_for_row("Stats: ")
        emulator.press(b"?")
        emulator.wait_for_row("v/V: raise, lower the verbosity")
        emulator.press(b"v")
        emulator.wait_for_row("Verbosity Increased to 1.")
        self.wait_for_block(emulator)
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assertEqual([row for row in emulator.text().split("\n") if BLOCK.match(row)], [])

    def test_interrupt_removes_block(self):
        emulator = self.watch("127.0.0.1")
        self.wait_for_block(emulator)
        emulator.press(b"\x03")
        self.assertEqual(emulator.finish(), 130)
        self.assertIn("the run was stopped before its end", emulator.text().replace("\n", ""))
        self.assert_same_as_pipe(emulator, self.piped("127.0.0.1", signalled=signal.SIGTERM))

    def test_report_on_standard_output_leaves_block_on_standard_error(self):
        report = self.place / "report.xml"
        run = " ".join(self.command("watched", "-oX", "-", "127.0.0.1"))
        emulator = Emulator(["sh", "-c", f"exec {run} >{report}"])
        self.addCleanup(emulator.close)
        self.wait_for_block(emulator)
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assert_same_as_pipe(emulator, self.piped("127.0.0.1"))
        self.assertNotIn("\033", report.read_text())

    def test_stop_removes_block_until_run_continues(self):
        run = " ".join(self.command("watched", "127.0.0.1"))
        shell = f"set -m; {run}; echo stopped by the shell; read line; fg >/dev/null; echo last line"
        emulator = Emulator(["bash", "--norc", "-c", shell])
        self.addCleanup(emulator.close)
        self.wait_for_block(emulator)
        emulator.press(b"\x1a")
        emulator.wait_for_row("stopped by the shell")
        self.assertEqual([row for row in emulator.rows() if BLOCK.match(row)], [])
        emulator.press(b"\n")
        self.wait_for_block(emulator)
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        self.assertEqual([row for row in emulator.text().split("\n") if BLOCK.match(row)], [])
        self.assertIn("end of 127.0.0.1", emulator.text())

    def test_crash_removes_block(self):
        emulator = self.watch("127.0.0.1")
        self.wait_for_block(emulator)
        os.kill(emulator.pid, signal.SIGABRT)
        self.assertEqual(emulator.finish(), -signal.SIGABRT)
        self.assertEqual([row for row in emulator.text().split("\n") if BLOCK.match(row)], [])

    def test_block_adds_no_event(self):
        stream = self.place / "events"
        emulator = self.watch("-oJ", str(stream), "127.0.0.1")
        self.wait_for_block(emulator)
        self.open_gate()
        self.assertEqual(emulator.finish(), 0)
        keep_lines(stream.read_text())
        events = {json.loads(line)["event"] for line in stream.read_text().splitlines()}
        self.assertIn("run_finished", events)
        self.assertFalse(events & {"stats", "task_progress"}, events)

    def test_run_without_block_writes_no_control_function(self):
        for options, environment in (([], {"TERM": "dumb"}), (["--noninteractive", "--color", "never"], {})):
            with self.subTest(options=options, environment=environment):
                emulator = self.watch(*options, "127.0.0.1", **environment)
                emulator.wait_for_row("logged to stderr")
                started = time.monotonic()
                emulator.wait_for("the time of a block", lambda: time.monotonic() - started > 1.5)
                self.open_gate()
                self.assertEqual(emulator.finish(), 0)
                self.assertNotIn(b"\033", emulator.raw)
                (self.place / "watched" / "all").unlink()

    def test_short_run_has_no_block(self):
        emulator = Emulator([SLUICE, "-n", "--no-journal", "--color", "never", "-sL", "127.0.0.1-9"])
        self.addCleanup(emulator.close)
        self.assertEqual(emulator.finish(), 0)
        self.assertNotIn(b"\033", emulator.raw)

    def colour_of_state(self, emulator):
        row = next(at for at, row in enumerate(emulator.rows()) if "/tcp open" in row)
        return emulator.screen.buffer[row][emulator.rows()[row].index("open")].fg

    def test_colours_are_shown_at_terminals_and_never_in_files(self):
        report = self.place / "report"
        for colour, environment in (("green", {}), ("default", {"NO_COLOR": "1"})):
            emulator = self.watch("-oN", str(report), "127.0.0.1", rows=50, **environment)
            self.open_gate()
            self.assertEqual(emulator.finish(), 0)
            self.assertEqual(self.colour_of_state(emulator), colour)
            self.assert_same_as_pipe(emulator, self.piped("127.0.0.1"))
            self.assertNotIn("\033", report.read_text())
        piped = self.piped("--color", "always", "-oN", str(report), "127.0.0.1")
        self.assertIn("/tcp \033[32mopen\033[0m ", piped)
        self.assertNotIn("\033", report.read_text())


if __name__ == "__main__":
    unittest.main()
