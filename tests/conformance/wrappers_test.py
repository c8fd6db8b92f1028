#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""wrappers_test.py SLUICE: programs that run Nmap and read what it says run sluice in its place: python-nmap, NmapProcess
of python-libnmap with its progress, and shell scripts that wait for Nmap's closing lines."""

import subprocess
import sys
import unittest

import isolation
import repeated
import servers

WEB = "127.0.10.1"
SLOW = """
local stdnse = require "stdnse"
hostrule = function() return true end
action = function() stdnse.sleep(%s) return "slept" end
"""


class Wrappers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.scratch, _ = servers.for_class(cls, (servers.nginx, WEB))

    def script(self, seconds):
        """Its path; it takes so long on each host."""
        path = self.scratch / f"slow_{seconds}.nse"
        path.write_text(SLOW % seconds)
        return path

    def test_python_nmap_finds_the_same_ports_as_with_nmap(self):
        import nmap

        def told(program):
            scanner = nmap.PortScanner(nmap_search_path=(program,))
            found = scanner.scan(WEB, "22,80,443", arguments="-sT -n --unprivileged --script http-title")
            self.assertNotIn("error", found["nmap"]["scaninfo"])
            return scanner.all_hosts(), found["nmap"]["scaninfo"], found["scan"][WEB]["tcp"]

        self.assertEqual(told(self.sluice), told("nmap"))

    def test_python_nmap_finds_the_version_of_nmap_that_sluice_supports(self):
        import nmap

        # kNmapVersion, whichever version is installed.
        self.assertEqual(nmap.PortScanner(nmap_search_path=(self.sluice,)).nmap_version(), (7, 93))

    @repeated.until_equal
    def test_python_nmap_reads_the_same_products_and_versions_by_its_default_arguments(self):
        import nmap

        def told(program):
            scanner = nmap.PortScanner(nmap_search_path=(program,))
            found = scanner.scan(WEB, "80,443,31337", arguments="-sV -n")  # -sV is its default
            self.assertNotIn("error", found["nmap"]["scaninfo"])
            return found["scan"][WEB]["tcp"]

        ours = told(self.sluice)
        self.assertEqual(ours, told("nmap"))
        for port in ours:
            self.assertEqual((ours[port]["name"], ours[port]["product"], ours[port]["conf"]), ("http", "nginx", "10"))
            self.assertRegex(ours[port]["version"], r"\A\d+\.\d+")
            self.assertTrue(ours[port]["cpe"].startswith("cpe:/a:igor_sysoev:nginx:"))

    def test_python_nmap_takes_warnings_for_warnings(self):
        import nmap
        scanner = nmap.PortScanner(nmap_search_path=(self.sluice,))
        said = scanner.scan(WEB, "80", arguments="-sS -O --traceroute -n")["nmap"]["scaninfo"]
        self.assertNotIn("error", said)
        self.assertEqual(len(said["warning"]), 3, said)

    def test_python_nmap_raises_the_reason_of_a_refusal(self):
        import nmap
        scanner = nmap.PortScanner(nmap_search_path=(self.sluice,))
        with self.assertRaisesRegex(nmap.PortScannerError, r"-D: .*(\n|\\n)QUITTING!"):
            scanner.scan(WEB, "80", arguments="-D 127.0.0.9")

    def run_libnmap(self, targets, options):
        from libnmap.process import NmapProcess
        seen = []

        def note(process):
            if task := process.current_task:
                seen.append((task.name, float(task.progress), task.status))

        process = NmapProcess(targets, options=options, fqp=self.sluice, event_callback=note)
        return process, process.run(), seen

    def test_libnmaps_process_comes_to_its_end(self):
        from libnmap.parser import NmapParser
        process, code, _ = self.run_libnmap(WEB, "-n -p 22,80 --script http-title")
        self.assertEqual((code, process.is_successful(), process.has_failed()), (0, True, False), process.stderr)
        self.assertTrue(process.summary.startswith("Nmap done at"), process.summary)
        self.assertEqual(process.stderr, "")
        report = NmapParser.parse(process.stdout)
        self.assertTrue(report.is_consistent())
        self.assertEqual([(host.address, host.get_open_ports()) for host in report.hosts], [(WEB, [(80, "tcp")])])

    def test_libnmaps_process_sees_progress(self):
        quick = self.scratch / "quick.nse"
        quick.write_text("hostrule = function() return true end action = function() return 'found' end")
        _, code, seen = self.run_libnmap(WEB, f"-n -Pn -sn --script {self.script(3)},{quick}")
        self.assertEqual(code, 0)
        self.assertTrue([task for task in seen if task[0] == "NSE" and 0 < task[1] < 100], seen)

    def test_libnmaps_process_fails_with_the_reason_of_a_refusal(self):
        process, code, _ = self.run_libnmap(WEB, "-D 127.0.0.9")
        self.assertEqual((code, process.has_failed()), (2, True))
        self.assertRegex(process.stderr, r"\Asluice: -D: .*\nQUITTING!\n\Z")

    def test_a_shell_loop_sees_the_end_of_the_run(self):
        log, text, grepable = (self.scratch / name for name in ("log", "report.nmap", "report.gnmap"))
        loop = ('"$1" -n -Pn -sn --script "$2" -oN "$4" -oG "$5" 127.0.0.1 > "$3" 2>&1 & run=$!\n'
                'tries=0; until grep -q "^Nmap done: 1 IP address (1 host up) scanned in" "$3"; do\n'
                '  tries=$((tries + 1)); [ $tries -lt 300 ] || { kill $run; exit 9; }; sleep 0.1; done\n'
                'wait $run || exit 8\n'
                'grep -q "^# Nmap done at .* -- 1 IP address (1 host up) scanned in" "$4" || exit 7\n'
                'grep -q "^# Nmap done at .* -- 1 IP address (1 host up) scanned in" "$5" || exit 6\n')
        done = subprocess.run(["sh", "-c", loop, "sh", self.sluice, self.script(0.5), log, text, grepable], timeout=120)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(log.read_text().startswith("Starting sluice "), log.read_text())
        self.assertIn("sluice", text.read_text().splitlines()[0])


if __name__ == "__main__":
    isolation.isolate()
    Wrappers.sluice = sys.argv.pop(1)
    unittest.main(verbosity=2)
