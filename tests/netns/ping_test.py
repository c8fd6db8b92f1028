# SPDX-License-Identifier: Apache-2.0
"""ping_test.py SLUICE: host discovery by ICMP, ARP and neighbour discovery finds what nmap finds, across a veth.

Both scanners run as root of the namespaces. Hosts that answer a TCP probe are compared by their state alone: nmap
sends packets of its own and is told of a reset, sluice connects and is refused.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import lab
import repeated

SLUICE = sys.argv[1]
OWN, OWN6 = "192.0.2.1", "2001:db8::1"
MAC = "08:00:27:12:34:56"

# One of each on the link and behind it, where the target is the router.
OPEN, PINGED, SILENT, STAMPED = (f"192.0.2.{last}" for last in (2, 3, 4, 5))
OPEN6, PINGED6, SILENT6 = (f"2001:db8::{last}" for last in (2, 3, 4))
FAR_OPEN, FAR_PINGED, FAR_SILENT, FAR_STAMPED, FAR_REFUSING = (f"198.51.100.{last}" for last in range(2, 7))
FAR_PINGED6, FAR_SILENT6 = "2001:db8:1::3", "2001:db8:1::4"

RULES = f"""
  ip daddr {{ {PINGED}, {FAR_PINGED} }} meta l4proto tcp drop
  ip6 daddr {{ {PINGED6}, {FAR_PINGED6} }} meta l4proto tcp drop
  ip daddr {{ {STAMPED}, {FAR_STAMPED} }} icmp type != timestamp-request drop
  ip daddr {{ {STAMPED}, {FAR_STAMPED} }} meta l4proto != icmp drop
  ip daddr {{ {SILENT}, {FAR_SILENT} }} drop
  ip6 daddr {{ {SILENT6}, {FAR_SILENT6} }} drop
"""

SCRIPT = """
description = "What a host table tells about its neighbour and the answer of discovery."
categories = {"safe"}
local stdnse = require "stdnse"
hostrule = function() return true end
action = function(host)
  return ("mac %s because of %s with %d"):format(host.mac_addr and stdnse.tohex(host.mac_addr), host.reason,
    host.reason_ttl)
end
"""


def discover(program, *arguments, environment=None, limit=()):
    """The report of a run without a port scan: (text of XML, standard error)."""
    done = subprocess.run([*limit, program, "-n", "-sn", "-oX", "-", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise RuntimeError(f"{program} {arguments}: {done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def hosts_of(document):
    """{address: what is told of the host}."""
    hosts = {}
    for host in xml.etree.ElementTree.fromstring(document).iter("host"):
        address, *others = host.findall("address")
        status = host.find("status").attrib
        macs = [f"{other.get('addrtype')} {other.get('addr')} {other.get('vendor')}" for other in others]
        hosts[address.get("addr")] = " ".join([status["state"], status["reason"], status["reason_ttl"], *macs])
    return hosts


class Pings(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        on_link = [OPEN, PINGED, SILENT, STAMPED, OPEN6, PINGED6, SILENT6]
        cls.lab = lab.Lab(on_link, RULES)
        cls.addClassCleanup(cls.lab.close)
        for address in (FAR_OPEN, FAR_PINGED, FAR_SILENT, FAR_STAMPED, FAR_REFUSING, FAR_PINGED6, FAR_SILENT6):
            cls.lab.in_target("ip", "address", "add", address, "dev", "lo")
        lab.run("ip", "route", "add", "198.51.100.0/24", "via", OPEN)
        lab.run("ip", "-6", "route", "add", "2001:db8:1::/64", "via", OPEN6)
        cls.lab.in_target("ip", "link", "set", "target", "address", MAC)
        with open("/usr/share/nmap/nmap-mac-prefixes", encoding="utf-8") as prefixes:
            cls.vendor = next(line for line in prefixes if line.startswith("080027")).split(" ", 1)[1].strip()
        cls.neighbour = f"mac {MAC} {cls.vendor}"

    def setUp(self):
        self.lab.rules = RULES
        self.lab.load()
        lab.run("ip", "neighbour", "flush", "dev", "scanner")
        lab.run("ip", "-6", "neighbour", "flush", "dev", "scanner")

    @repeated.until_equal
    def same(self, *arguments, states=None):
        """Both scanners tell the same of the same hosts, silent ones included. `states`: {address: what they tell}."""
        with concurrent.futures.ThreadPoolExecutor(2) as runs:
            both = [runs.submit(discover, program, "-v", *arguments) for program in ("nmap", SLUICE)]
        theirs, ours = (hosts_of(run.result()[0]) for run in both)
        self.assertEqual(theirs, ours)
        for address, told in (states or {}).items():
            self.assertEqual(ours[address], told)

    def ours(self, *arguments, **more):
        return hosts_of(discover(SLUICE, "-v", *arguments, **more)[0])

    def test_host_on_the_link_that_answers_only_arp_is_up(self):
        self.same(SILENT, states={SILENT: f"up arp-response 0 {self.neighbour}"})
        self.same("-6", SILENT6, states={SILENT6: f"up nd-response 0 {self.neighbour}"})

    def test_all_hosts_of_a_link(self):
        self.same("192.0.2.0/28", states={OWN: "up localhost-response 0", "192.0.2.9": "down no-response 0"})
        self.same("-6", "2001:db8::/124", states={"2001:db8::9": "down no-response 0"})

    def test_arp_comes_before_the_pings_that_are_named(self):
        for named in (["-PE"], ["-PS80"], ["-PP", "-PU53"], ["-PR"]):
            self.same(*named, SILENT, states={SILENT: f"up arp-response 0 {self.neighbour}"})

    def test_neighbour_with_a_link_local_address(self):
        told = self.lab.in_target("ip", "-6", "-o", "address", "show", "dev", "target", "scope", "link",
                                  capture_output=True).stdout
        address = re.search(r"inet6 (\S+)/", told)[1]
        self.same("-6", f"{address}%scanner", states={address: f"up nd-response 0 {self.neighbour}"})

    def test_hosts_behind_a_router_that_answer_only_pings_are_up(self):
        self.same(FAR_PINGED, FAR_SILENT, FAR_STAMPED,
                  states={FAR_PINGED: "up echo-reply 64", FAR_SILENT: "down no-response 0",
                          FAR_STAMPED: "up timestamp-reply 64"})
        self.same("-6", FAR_PINGED6, FAR_SILENT6,
                  states={FAR_PINGED6: "up echo-reply 64", FAR_SILENT6: "down no-response 0"})

    def test_each_ping_by_its_option(self):
        self.same("-PE", FAR_PINGED, FAR_STAMPED, states={FAR_STAMPED: "down no-response 0"})
        self.same("-PP", FAR_PINGED, FAR_STAMPED, states={FAR_PINGED: "up timestamp-reply 64"})
        self.same("-PE", "-PS22", FAR_PINGED, FAR_SILENT)
        self.same("-PS22", FAR_PINGED, states={FAR_PINGED: "down no-response 0"})
        self.same("-PR", FAR_PINGED, states={FAR_PINGED: "up echo-reply 64"})
        self.same("-6", "-PE", FAR_PINGED6, FAR_SILENT6)

    def test_without_arp_hosts_on_the_link_are_asked_as_others_are(self):
        for left_out in ("--disable-arp-ping", "--send-ip"):
            self.same(left_out, PINGED, SILENT, STAMPED,
                      states={PINGED: f"up echo-reply 64 {self.neighbour}", SILENT: "down no-response 0",
                              STAMPED: f"up timestamp-reply 64 {self.neighbour}"})
        self.same("-6", "--disable-arp-ping", PINGED6, SILENT6)
        self.same("-PR", "--disable-arp-ping", SILENT, states={SILENT: "down no-response 0"})

    def test_own_addresses_are_up_without_a_probe(self):
        for options in ([], ["-PE"], ["-PS80"], ["--disable-arp-ping"]):
            self.same(*options, OWN, "127.0.0.1", "127.1.2.3",
                      states={OWN: "up localhost-response 0", "127.1.2.3": "up localhost-response 0"})
        self.same("-6", OWN6, "::1", states={OWN6: "up localhost-response 0"})

    def test_hosts_are_up_by_the_user_alone_where_that_is_asked_for(self):
        self.same("-Pn", SILENT, FAR_SILENT, OWN, states={SILENT: "up user-set 0"})

    def test_refusal_of_a_ping_tells_of_the_host_only_if_that_is_where_it_comes_from(self):
        for refusal, told in (("port-unreachable", "up port-unreach 64"), ("prot-unreachable", "up proto-unreach 64"),
                              ("host-unreachable", "down no-response 0"), ("admin-prohibited", "down no-response 0")):
            self.lab.rules = f"ip daddr {FAR_REFUSING} icmp type echo-request reject with icmp {refusal}"
            self.lab.load()
            self.same("-PE", FAR_REFUSING, states={FAR_REFUSING: told})

    def test_host_that_answers_tcp_and_no_ping_is_up(self):
        self.lab.rules = f"ip daddr {{ {OPEN}, {FAR_OPEN} }} meta l4proto icmp drop"
        self.lab.load()
        for options in (["--disable-arp-ping", OPEN], [FAR_OPEN]):
            told, = self.ours(*options).values()
            self.assertTrue(told.startswith("up conn-refused 0"), told)

    @repeated.until_equal
    def test_script_is_told_the_mac_that_the_kernel_does_not_know(self):
        known = lab.run("ip", "neighbour", "show", SILENT, "dev", "scanner", capture_output=True).stdout
        self.assertNotIn("lladdr", known)
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, "neighbour.nse")
            with open(path, "w", encoding="utf-8") as file:
                file.write(SCRIPT)
            told = []
            for program in ("nmap", SLUICE):
                root = xml.etree.ElementTree.fromstring(discover(program, "--script", path, SILENT)[0])
                told.append([script.get("output") for script in root.iter("script")])
        self.assertEqual(*told)
        self.assertEqual(told[0], [f"mac {MAC.replace(':', '')} because of arp-response with 0"])

    @repeated.until_equal
    def test_reports_of_all_formats_read_as_those_of_nmap(self):
        for output in ("-oN", "-oG"):
            texts = []
            for program in ("nmap", SLUICE):
                done = lab.run(program, "-n", "-sT", "-p9", "--reason", output, "-", OPEN, capture_output=True)
                lines = [line for line in done.stdout.splitlines() if not line.startswith(("#", "Starting"))]
                texts.append([re.sub(r" \([\d.]+s latency\)", "", line) for line in lines])
            self.assertEqual(*texts)
        self.assertIn(f"MAC Address: {MAC.upper()} ({self.vendor})",
                      lab.run(SLUICE, "-n", "-sn", SILENT, capture_output=True).stdout)

    def test_ordinary_user_pings_where_the_system_has_ping_sockets(self):
        arguments = ["--unprivileged", "-PE", PINGED]
        told, errors = discover(SLUICE, "-v", *arguments)
        self.assertEqual(hosts_of(told)[PINGED], "down no-response 0")
        self.assertIn("ping_group_range", errors)
        with open("/proc/sys/net/ipv4/ping_group_range", "r+", encoding="ascii") as allowed:
            before = allowed.read()
            allowed.seek(0)
            allowed.write("0 0")
            allowed.flush()
            try:
                self.assertEqual(self.ours(*arguments)[PINGED], "up echo-reply 64")
                self.assertEqual(self.ours("-6", "--unprivileged", "-PE", PINGED6)[PINGED6], "up echo-reply 64")
                self.same("--unprivileged", PINGED, SILENT, OPEN, states={PINGED: "down no-response 0"})
            finally:
                allowed.seek(0)
                allowed.write(before)

    def test_without_privileges_hosts_are_found_as_by_nmap(self):
        self.same("--unprivileged", PINGED, SILENT, OPEN, OWN, "127.0.0.1", states={OPEN: "up conn-refused 0"})

    def test_through_a_proxy_no_ping_goes_of_itself(self):
        proxied = {"LD_PRELOAD": "/nonexistent/libproxychains.so.4"}
        self.assertEqual(self.ours(SILENT, environment=proxied)[SILENT], "down no-response 0")
        self.assertEqual(self.ours(FAR_PINGED, environment=proxied)[FAR_PINGED], "down no-response 0")
        self.assertEqual(self.ours("-PE", FAR_PINGED, environment=proxied)[FAR_PINGED], "up echo-reply 64")
        self.assertTrue(self.ours("-PR", SILENT, environment=proxied)[SILENT].startswith("up arp-response"))

    def test_network_needs_no_descriptor_for_each_host(self):
        quick = ["--max-rtt-timeout", "100ms"]
        hosts = self.ours(*quick, "192.0.2.0/24", limit=["prlimit", "--nofile=40:40"])
        up = {address for address, told in hosts.items() if told.startswith("up")}
        self.assertEqual((len(hosts), up), (256, {OWN, OPEN, PINGED, SILENT, STAMPED}))
        hosts = self.ours(*quick, "-PE", "198.51.100.0/24", limit=["prlimit", "--nofile=40:40"])
        up = {address for address, told in hosts.items() if told.startswith("up")}
        self.assertEqual((len(hosts), up), (256, {FAR_OPEN, FAR_PINGED, FAR_REFUSING}))


if __name__ == "__main__":
    lab.enter()
    unittest.main(argv=[sys.argv[0], "-v"])
