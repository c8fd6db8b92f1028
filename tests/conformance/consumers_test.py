#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""consumers_test.py SLUICE: what reads Nmap's XML reports reads sluice's: the DTD, libnmap, ndiff, and the style sheet
that makes a page of them; and sluice reads Nmap's. The report is of real servers, with closed ports, scripts of all
four phases and a host that is not there."""

import importlib.util
import pathlib
import re
import subprocess
import sys
import unittest
from xml.etree import ElementTree

import isolation
import repeated
import servers

DATA = pathlib.Path("/usr/share/nmap")
WEB, SHELL, NOBODY = "127.0.10.1", "127.0.10.2", "127.0.10.3"
PORTS = "20-25,80,443"
OPTIONS = ["-p", PORTS, "--script", "default,ssh2-enum-algos,unusual-port,resolveall",
           "--script-args", "resolveall.hosts={localhost}", WEB, SHELL, NOBODY]
# As scripts that look up vulnerabilities do: they do nothing at a port without a cpe or a version.
LOOK_UP = """
portrule = function(host, port)
  local version = port.version
  return version ~= nil and version.version ~= nil and version.cpe ~= nil and #version.cpe > 0
end
action = function(host, port)
  local version = port.version
  return ("%s %s: %s"):format(version.product, version.version, table.concat(version.cpe, " "))
end
"""


class Consumers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.scratch, _ = servers.for_class(cls, (servers.nginx, WEB), (servers.openssh, SHELL))
        cls.scan()

    @classmethod
    def scan(cls):
        cls.theirs, cls.ours = cls.report_of("nmap", "nmap.xml"), cls.report_of(cls.sluice, "sluice.xml")

    @classmethod
    def report_of(cls, program, name, options=OPTIONS):
        # Scripts wait twice as long as a probe, but at least a second: too little on a busy machine.
        command = [program, "--unprivileged", "-n", "--min-rtt-timeout", "4s", *options, "-oX", cls.scratch / name]
        subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return cls.scratch / name

    def output_of(self, *command, codes=(0,)):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertIn(done.returncode, codes, done.stderr)
        return done.stdout

    def test_is_valid_against_nmaps_dtd(self):
        self.output_of("xmllint", "--noout", "--nonet", "--dtdvalid", DATA / "nmap.dtd", self.ours)

    @repeated.until_equal
    def test_the_style_sheet_makes_a_page_that_names_each_host_and_answer(self):
        self.scan()
        page = self.output_of("xsltproc", "--nonet", DATA / "nmap.xsl", self.ours)
        for word in (WEB, SHELL, NOBODY, "The sluice is open", "ssh-hostkey", "ssl-cert", "http-title"):
            self.assertIn(word, page)

    @repeated.until_equal
    def test_ndiff_finds_the_reports_equal_and_an_answer_that_went(self):
        # ndiff 7.93 cannot read more than one answer at a port, not even in nmap's reports.
        one = ["--script", "ssh-hostkey,http-title", WEB, SHELL]
        theirs, ours, fewer = (self.report_of(program, name, ["-p", PORTS, *options]) for program, name, options in (
            ("nmap", "one_theirs.xml", one), (self.sluice, "one_ours.xml", one),
            (self.sluice, "one_fewer.xml", ["--script", "ssh-hostkey", WEB, SHELL])))
        self.assertNotIn("<hostdiff>", self.output_of("ndiff", "--xml", theirs, ours, codes=(0, 1)))
        self.assertIn('id="http-title"', self.output_of("ndiff", "--xml", ours, fewer, codes=(1,)))

    @repeated.until_equal
    def test_sluice_takes_open_ports_and_versions_from_nmaps_report(self):
        found = self.report_of("nmap", "versions.xml", ["-sV", "-p", PORTS, WEB, SHELL, NOBODY])
        again = self.report_of(self.sluice, "again.xml", ["--targets-from", found, "--script", "ssh-hostkey"])

        def services(path):
            return sorted((host.find("address").get("addr"), port.get("portid"), service.attrib,
                           [cpe.text for cpe in service.iter("cpe")])
                          for host in ElementTree.parse(path).iter("host") for port in host.iter("port")
                          if port.find("state").get("state") == "open" for service in port.iter("service"))

        self.assertIn("OpenSSH", str(services(found)))
        self.assertEqual(services(again), services(found))
        self.assertIn("ssh-hostkey", again.read_text())

    @repeated.until_equal
    def test_look_ups_of_vulnerabilities_find_product_version_and_cpe(self):
        """What searchsploit reads: `version` directly behind `product`; and a script that asks for both, and for cpe."""
        script = self.scratch / "look-up.nse"
        script.write_text(LOOK_UP)
        options = ["-sV", "-p", f"{PORTS},31337", "--script", script, WEB, SHELL]
        theirs, ours = (self.report_of(program, f"look-up-{number}.xml", options)
                        for number, program in enumerate(("nmap", self.sluice)))
        self.output_of("xmllint", "--noout", "--nonet", "--dtdvalid", DATA / "nmap.dtd", ours)

        def pairs(path):
            return sorted(re.findall(r' product="([^"]*)" version="([^"]*)"', path.read_text()))

        def looked_up(path):
            return sorted((port.get("portid"), script.get("output")) for port in ElementTree.parse(path).iter("port")
                          for script in port.iterfind("script[@id='look-up']"))

        self.assertEqual([product for product, _ in pairs(ours)], ["OpenSSH", "nginx", "nginx", "nginx"])
        self.assertEqual(pairs(ours), pairs(theirs))
        self.assertEqual([port for port, _ in looked_up(ours)], ["22", "31337", "443", "80"])
        self.assertEqual(looked_up(ours), looked_up(theirs))

    @unittest.skipUnless(importlib.util.find_spec("libnmap"), "python3-libnmap is not installed")
    @repeated.until_equal
    def test_libnmap_reads_the_same_products_and_versions_from_both_reports(self):
        from libnmap.parser import NmapParser
        options = ["-sV", "-p", f"{PORTS},31337", WEB, SHELL]

        def told(path):
            return {(host.address, service.port): (service.service, service.banner, service.service_dict.get("version"),
                                                   service.tunnel, [cpe.cpestring for cpe in service.cpelist])
                    for host in NmapParser.parse_fromfile(str(path)).hosts for service in host.services}

        theirs, ours = (told(self.report_of(program, f"libnmap-{number}.xml", options))
                        for number, program in enumerate(("nmap", self.sluice)))
        self.assertEqual(ours, theirs)
        self.assertEqual(ours[WEB, 443][0], "http")
        self.assertEqual(ours[WEB, 443][3], "ssl")
        self.assertIn("product: OpenSSH", ours[SHELL, 22][1])

    @unittest.skipUnless(importlib.util.find_spec("libnmap"), "python3-libnmap is not installed")
    @repeated.until_equal
    def test_libnmap_reads_the_same_from_both_reports(self):
        from libnmap.parser import NmapParser

        def told_of(service):
            answers = {script["id"]: script["output"] for script in service.scripts_results}
            return service.port, service.protocol, service.state, service.reason, service.service, answers

        def told(path):
            report = NmapParser.parse_fromfile(str(path))
            self.assertTrue(report.is_consistent())
            hosts = {host.address: (host.status, host.get_open_ports(), [told_of(port) for port in host.services],
                                    {script["id"]: script["output"] for script in host.scripts_results})
                     for host in report.hosts}  # by address: sluice writes a host when it is done
            return (report.hosts_up, report.hosts_down, report.hosts_total, report.scan_type, report.numservices), hosts

        self.scan()
        self.assertEqual(told(self.ours), told(self.theirs))


if __name__ == "__main__":
    isolation.isolate()
    Consumers.sluice = sys.argv.pop(1)
    unittest.main(verbosity=2)
