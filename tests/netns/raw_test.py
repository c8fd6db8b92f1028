"""raw_test.py SLUICE: scripts that capture and make packets of their own answer as under nmap, across a veth.

Both scanners run as root of the namespaces, with connect scans.
"""

import os
import re
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree

import lab

SLUICE = sys.argv[1]
HOST, HOST6 = "192.0.2.2", "2001:db8::2"
FACTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "facts.nse")

TALKER = """
import select, socket, sys
talker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.05)[0]:
    talker.sendto(b"hello", ("192.0.2.1", 9))
"""


def run_scripts(program, *arguments):
    """{(where, script): output} of a run."""
    done = subprocess.run([program, "-n", "-sT", "-oX", "-", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{program} {arguments}: {done.stdout}{done.stderr}")
    root = xml.etree.ElementTree.fromstring(done.stdout)
    found = {}
    places = [(phase, root.find(phase)) for phase in ("prescript", "postscript")]
    for host in root.iter("host"):
        address = host.find("address").get("addr")
        places.append((address, host.find("hostscript")))
        places += [(f"{address} {port.get('portid')}", port) for port in host.iter("port")]
    for where, place in places:
        if place is not None:
            found.update({(where, script.get("id")): script.get("output") for script in place.findall("script")})
    return found


class Raw(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab([HOST, HOST6], tcp=(22, 80))
        cls.addClassCleanup(cls.lab.close)
        cls.lab.in_target("sh", "-c", "echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts")
        lab.run("ip", "route", "add", "default", "dev", "scanner")

    def same(self, *arguments, mask=(), expect):
        """What nmap prints, sluice prints, after the replacements of `mask`; and it holds the text `expect`."""
        reports = []
        for program in ("nmap", SLUICE):
            report = run_scripts(program, *arguments)
            for pattern, replacement in mask:
                report = {place: re.sub(pattern, replacement, text) for place, text in report.items()}
            reports.append(report)
        self.assertEqual(*reports)
        self.assertIn(expect, "\n".join(reports[0].values()))

    def test_host_table_tells_the_way(self):
        self.same("-p22", "--script", FACTS, HOST, expect="interface scanner mtu 1500 direct true source c0000201 mac")
        self.same("-p22", "-6", "--script", FACTS, HOST6, expect="source 20010db8")

    def test_host_table_tells_no_way_where_nobody_looked(self):
        self.same("-p22", "-Pn", "--script", FACTS, HOST, expect="interface nil mtu 0")
        self.same("-p22", "--unprivileged", "--script", FACTS, HOST, expect="interface nil mtu 0")

    def test_link_local_target(self):
        told = self.lab.in_target("ip", "-6", "-o", "address", "show", "dev", "target", "scope", "link",
                                  capture_output=True).stdout
        address = re.search(r"inet6 (\S+)/", told)[1]
        # Nmap 7.93 connects without the interface, which fails.
        self.same("-p22", "-6", "--script", FACTS, f"{address}%scanner",
                  mask=[("connected Nsock connect failed immediately", "connected true")],
                  expect=f"ip {address} interface scanner")

    def test_qscan(self):
        # Which family a port falls into and its times are a matter of luck.
        mask = [(r"(?m)^(\d+ +)\d+( +)[\d.]+ +[\d.]+ +", r"\1")]
        self.same("-p22,80,81", "--script", "qscan", "--script-args", "qscan.numtrips=4,qscan.delay=20ms", HOST,
                  mask=mask, expect="22")

    def test_ipidseq(self):
        self.same("-p22", "--script", "ipidseq", HOST, expect="ero")

    def test_path_mtu(self):
        self.same("-p22", "--script", "path-mtu", HOST, expect="PMTU == 1500")
        self.lab.in_target("ip", "link", "set", "target", "mtu", "1300")
        self.addCleanup(self.lab.in_target, "ip", "link", "set", "target", "mtu", "1500")
        self.same("-p22", "--script", "path-mtu", HOST, expect="PMTU < 1492")

    def test_broadcast_ping(self):
        self.same("--script", "broadcast-ping", "-e", "scanner", expect=f"IP: {HOST}")

    def test_targets_sniffer(self):
        talker = self.lab.start(sys.executable, "-c", TALKER)
        self.addCleanup(self.lab.end, talker)
        # The target's kernel solicits routers and neighbours from its link-local address when it likes.
        mask = [(r"Sniffed \d+", "Sniffed some"), (r"\nfe80::\S+", "")]
        self.same("--script", "targets-sniffer", "-e", "scanner", "--script-args", "targets-sniffer.timeout=1s",
                  mask=mask, expect=HOST)

    @unittest.skipUnless(shutil.which("dnsmasq", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"),
                         "there is no dnsmasq here (Debian package dnsmasq-base)")
    def test_broadcast_dhcp_discover(self):
        server = subprocess.Popen(
            ["ip", "netns", "exec", "target", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
             "--user=root", "--interface=target", "--bind-interfaces", "--leasefile-ro", "--no-ping",
             "--log-facility=-", "--pid-file=", "--dhcp-range=192.0.2.100,192.0.2.110,255.255.255.0,1h",
             "--dhcp-option=option:domain-name,lab.example"],
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.communicate)
        self.addCleanup(server.terminate)
        for line in server.stderr:
            if "DHCP" in line:
                break
        self.same("--script", "broadcast-dhcp-discover", "-e", "scanner", expect="lab.example")


if __name__ == "__main__":
    lab.enter()
    os.environ["NMAPDIR"] = "/usr/share/nmap"
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
