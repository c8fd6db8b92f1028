# SPDX-License-Identifier: Apache-2.0
"""diff_command_test.py SLUICE DOCS: the command diff, the commands of docs/compare-scans.md with servers on loopback, and
a comparison with ndiff where both can read the reports."""

import itertools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above
from greeter import BANNER, Greeter, free_ports  # noqa: E402
from ndjson_lines import keep_lines  # noqa: E402

SLUICE, DOCS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
LIMIT = 60  # seconds for a command


class Diff(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "banner.nse").write_text(BANNER)
        self.ports = free_ports(3)

    def run_sluice(self, *arguments, code=0, text=None):
        ended = subprocess.run([SLUICE, *map(str, arguments)], input=text if text is not None else b"",
                               capture_output=True, timeout=LIMIT, cwd=self.place)
        self.assertEqual(ended.returncode, code, ended.stderr.decode(errors="replace"))
        return ended.stdout.decode()

    def scan_twice(self, *options):
        """Scans three ports twice: the first has another greeting, the second was closed, the third was open."""
        first, second, third = self.ports
        for index, servers in enumerate((((first, b"version 1"), (third, b"gone")),
                                         ((first, b"version 2"), (second, b"new")))):
            started = [Greeter(greeting, port) for port, greeting in servers]
            self.run_sluice("-n", "-Pn", "-p", ",".join(map(str, self.ports)), "--script", "banner.nse", "--journal",
                            "scan.db", "-oX", f"{index}.xml", "-oJ", f"{index}.json", *options, "127.0.0.1")
            keep_lines((self.place / f"{index}.json").read_text())
            for server in started:
                server.end()

    def test_all_inputs_give_the_same_difference(self):
        self.scan_twice()
        first, second, third = self.ports
        old_inputs, new_inputs = ("scan.db#1", "0.xml", "0.json"), ("scan.db", "1.xml", "1.json")
        for old, new in itertools.product(old_inputs, new_inputs):
            with self.subTest(old=old, new=new):
                self.assertEqual(self.run_sluice("diff", old, new, code=1).splitlines(), [
                    f"--- {old}", f"+++ {new}", "~ 127.0.0.1",
                    f"-   {first}/tcp banner: version 1", f"+   {first}/tcp banner: version 2",
                    f"-   {second}/tcp closed", f"+   {second}/tcp open", f"+   {second}/tcp banner: new",
                    f"-   {third}/tcp open", f"+   {third}/tcp closed", f"-   {third}/tcp banner: gone"])
        for one, other in itertools.combinations(old_inputs, 2):
            self.assertEqual(self.run_sluice("diff", "--all", "--strict", one, other), "")
        self.assertEqual(json.loads(self.run_sluice("diff", "--json", "0.xml", "scan.db#1")), [])
        self.assertEqual(self.run_sluice("diff", "--markdown", "0.xml", "0.json"),
                         "No difference between 0.xml and 0.json.\n")

    def test_one_report_may_be_standard_input(self):
        self.scan_twice()
        old = (self.place / "0.xml").read_bytes()
        piped = json.loads(self.run_sluice("diff", "--json", "-", "1.xml", code=1, text=old))
        self.assertEqual(piped, json.loads(self.run_sluice("diff", "--json", "0.xml", "1.xml", code=1)))

    def test_a_report_that_is_cut_off_lacks_nothing(self):
        self.scan_twice()
        whole = (self.place / "1.json").read_text().splitlines(keepends=True)
        kept = itertools.takewhile(lambda line: '"event":"host"' not in line, whole)
        (self.place / "cut").write_text("".join(kept))
        changes = json.loads(self.run_sluice("diff", "--json", "0.json", "cut", code=1))
        self.assertTrue(all(change["op"] != "remove" for change in changes), changes)

    def test_wrong_command_lines_are_refused_in_one_line(self):
        (self.place / "text").write_text("no report\n")
        for arguments, message in (
                (["diff"], "diff: needs two reports to compare: diff OLD NEW."),
                (["diff", "a"], "diff: needs two reports to compare: diff OLD NEW."),
                (["diff", "-", "-"], "diff: only one of the reports can be standard input."),
                (["diff", "a", "b"], "a: No such file or directory."),
                (["diff", "text", "text"], "text: is neither a journal nor a report in XML or NDJSON (-oX, -oJ)."),
                (["diff", "--json", "--markdown", "a", "b"],
                 "--markdown: --json and --markdown exclude each other."),
                (["diff", "--to", "csv", "a", "b"], "--to: the command diff has no such option."),
                (["diff", "-oX", "x", "a", "b"],
                 "-oX: the command diff has no such option; for a target of this name write -- diff."),
                (["show", "--json", "a"], "--json: the command show has no such option."),
                (["history", "--all", "a"], "--all: the command history has no such option.")):
            with self.subTest(arguments=arguments):
                ended = subprocess.run([SLUICE, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
                                       cwd=self.place, text=True)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertEqual(ended.stderr, f"sluice: {message}\nQUITTING!\n")

    def test_reports_of_masscan_are_joined(self):
        def report(*ports):
            hosts = "".join(f'<host endtime="1"><address addr="10.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" '
                            f'portid="{port}"><state state="open" reason="syn-ack" reason_ttl="64"/></port></ports></host>'
                            for port in ports)
            return ('<?xml version="1.0"?><nmaprun scanner="masscan" start="1" version="1.0-BETA" xmloutputversion="1.03">'
                    f'<scaninfo type="syn" protocol="tcp"/>{hosts}<runstats><finished time="1" timestr="x" elapsed="1"/>'
                    '<hosts up="1" down="0" total="1"/></runstats></nmaprun>')
        (self.place / "old").write_text(report(22, 80))
        (self.place / "new").write_text(report(80, 22))
        self.assertEqual(self.run_sluice("diff", "--strict", "--all", "old", "new"), "")

    def test_commands_of_the_page_work(self):
        first, second, third = self.ports

        def on_free_ports(text):
            for number, port in ((8001, first), (8002, second), (8003, third)):
                text = re.sub(rf"\b{number}\b", str(port), text)
            return text.replace(f"{first}-{third}", f"{first},{second},{third}").replace("--script banner",
                                                                                         "--script banner.nse")
        page = pages.Page(DOCS, on_free_ports)
        blocks = page.blocks("sh", "")
        self.scan_twice()
        shutil.copy(self.place / "0.xml", self.place / "nmap.xml")
        programs = self.place / "bin"
        programs.mkdir()
        (programs / "sluice").symlink_to(SLUICE)
        environment = {**os.environ, "PATH": f"{programs}:/usr/bin:/bin"}

        def shell(text, *codes):
            page.ran(text)
            ended = subprocess.run(["/bin/bash", "-c", "set -o pipefail\n" + text], cwd=self.place, env=environment,
                                   capture_output=True, text=True, timeout=LIMIT)
            self.assertIn(ended.returncode, codes, ended.stderr)
            return ended.stdout

        output = [line for line in shell(blocks[0].splitlines()[-1], 1).splitlines()
                  if f"{second}/tcp banner" not in line and f"{third}/tcp banner" not in line]
        self.assertEqual(output, blocks[1].splitlines())
        shell(blocks[2], 0)
        self.assertEqual(shell(blocks[3], 0, 1), f"/hosts/127.0.0.1/ports/tcp:{second}/state\n")
        shell(blocks[4], 1)
        shell("\n".join(blocks[0].splitlines()[:-1]), 0)
        page.check()


@unittest.skipUnless(shutil.which("ndiff"), "ndiff is not installed")
class Ndiff(unittest.TestCase):
    """ndiff and sluice find the same hosts and ports in random reports."""

    @staticmethod
    def report(chance, ports):
        """Returns a report of nmap. A state has no difference to that of the most ports."""
        hosts = []
        for number in range(1, 7):
            if chance.random() < 0.2:
                continue
            listed = "".join(
                f'<port protocol="tcp" portid="{port}"><state state="{chance.choice(("open", "open", "closed"))}" '
                f'reason="syn-ack" reason_ttl="64"/></port>' for port in ports)
            hosts.append(f'<host starttime="1" endtime="2"><status state="up" reason="syn-ack" reason_ttl="64"/>'
                         f'<address addr="10.0.0.{number}" addrtype="ipv4"/><hostnames></hostnames><ports>{listed}</ports>'
                         '</host>')
        return ('<?xml version="1.0"?><nmaprun scanner="nmap" args="nmap -oX x 10.0.0.1-6" start="1" startstr="x" '
                'version="7.93" xmloutputversion="1.05"><scaninfo type="connect" protocol="tcp" numservices="4" '
                f'services="{",".join(map(str, ports))}"/>{"".join(hosts)}<runstats><finished time="2" timestr="x" '
                f'elapsed="1" summary="x" exit="success"/><hosts up="{len(hosts)}" down="{6 - len(hosts)}" total="6"/>'
                '</runstats></nmaprun>')

    @staticmethod
    def changes_of_ndiff(old, new):
        tree = xml.etree.ElementTree.fromstring(
            subprocess.run(["ndiff", "--xml", old, new], capture_output=True, timeout=LIMIT).stdout)
        found = set()
        for diff in tree.iter("hostdiff"):
            whole = any(diff.find(side) is not None for side in ("a", "b"))
            host = next(diff.iter("address")).get("addr")
            if whole:
                found.add((host, None))
                continue
            for portdiff in diff.iter("portdiff"):
                found.add((host, int(next(portdiff.iter("port")).get("portid"))))
        return found

    @staticmethod
    def changes_of_sluice(old, new):
        ended = subprocess.run([SLUICE, "diff", "--json", old, new], capture_output=True, timeout=LIMIT)
        found = set()
        for change in json.loads(ended.stdout):
            parts = change["path"].split("/")
            found.add((parts[2], int(parts[4].split(":")[1]) if len(parts) > 4 else None))
        return found

    def test_both_find_the_same_hosts_and_ports(self):
        found = set()
        with tempfile.TemporaryDirectory() as place:
            for seed in range(8):
                chance = random.Random(seed)
                paths = [pathlib.Path(place) / f"{seed}{which}" for which in "ab"]
                for path in paths:
                    path.write_text(self.report(chance, (22, 80, 443, 8080)))
                with self.subTest(seed=seed):
                    changes = self.changes_of_sluice(*paths)
                    self.assertEqual(changes, self.changes_of_ndiff(*paths))
                    found |= changes
        self.assertGreater(len(found), 10)


if __name__ == "__main__":
    unittest.main()
