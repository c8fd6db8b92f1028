# SPDX-License-Identifier: Apache-2.0
"""netns_test.py SLUICE CLASS: port states, their reasons and host states equal to nmap's, across a veth.

What nmap runs as an ordinary user (--unprivileged) sluice must report alike. UDP scans nmap does as root only; host
discovery is then out of the comparison (-Pn, no ARP).
"""

import concurrent.futures
import sys
import unittest

import lab
import repeated
import reports

SLUICE = sys.argv[1]
HOST, HOST6 = "192.0.2.2", "2001:db8::2"

# A refusal by ICMP that arrives while connect() is still on its way is ignored by the kernel over IPv6. Across a veth
# all of them do; the retransmission after a second is refused properly, so both scanners wait for that.
PATIENT = ["--min-rtt-timeout", "1500ms"]

MIXED_TCP = """
  tcp dport 1100-1139 drop
  tcp dport 1140-1159 reject with tcp reset
  tcp dport 1160-1169 reject with icmpx port-unreachable
  tcp dport 1170-1179 reject with icmpx admin-prohibited
  tcp dport 1180-1189 reject with icmpx host-unreachable
  tcp dport 1190-1199 reject with icmpx no-route
  meta nfproto ipv4 tcp dport 1200-1202 reject with icmp net-prohibited
  meta nfproto ipv4 tcp dport 1203-1205 reject with icmp host-prohibited
  meta nfproto ipv4 tcp dport 1206-1208 reject with icmp prot-unreachable
  meta nfproto ipv6 tcp dport 1200-1202 reject with icmpv6 policy-fail
  meta nfproto ipv6 tcp dport 1203-1205 reject with icmpv6 reject-route
"""
OPEN_TCP = range(1000, 1030)

MIXED_UDP = """
  udp dport 1100-1109 drop
  udp dport 1110-1119 reject with icmpx port-unreachable
  udp dport 1120-1124 reject with icmpx admin-prohibited
  udp dport 1125-1129 reject with icmpx host-unreachable
  udp dport 1130-1134 reject with icmpx no-route
  meta nfproto ipv4 udp dport 1135 reject with icmp net-prohibited
  meta nfproto ipv4 udp dport 1136 reject with icmp host-prohibited
  meta nfproto ipv4 udp dport 1137 reject with icmp prot-unreachable
  meta nfproto ipv6 udp dport 1135 reject with icmpv6 policy-fail
  meta nfproto ipv6 udp dport 1136 reject with icmpv6 reject-route
"""
AS_ROOT = ["--disable-arp-ping"]
OPEN_UDP = [53, 123, 161, 1140, 1141]  # payloads are known for three of them


class LabTest(unittest.TestCase):
    maxDiff = None
    hosts = [HOST, HOST6]
    rules, tcp, udp = "", (), ()

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab(cls.hosts, cls.rules, cls.tcp, cls.udp)
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        self.lab.rules = self.rules
        self.lab.load()

    @repeated.until_equal
    def same(self, *arguments, rights=("--unprivileged",), together=True):
        """Both scanners, at the same time if they do not mind each other: the same facts. Returns the two reports."""
        with concurrent.futures.ThreadPoolExecutor(2 if together else 1) as runs:
            both = runs.submit(reports.scan, "nmap", *rights, *arguments), runs.submit(reports.scan, SLUICE, *rights, *arguments)
        theirs, ours = both[0].result(), both[1].result()
        print(f"{' '.join(arguments)}: nmap {theirs.seconds:.1f} s, sluice {ours.seconds:.1f} s", flush=True)
        self.assertEqual(theirs.facts, ours.facts, theirs.text + ours.text)
        return theirs, ours


class Tcp(LabTest):
    rules, tcp = MIXED_TCP, OPEN_TCP

    def test_states_and_reasons_of_240_ports(self):
        _, ours = self.same("-Pn", "-p1000-1239", HOST)
        self.assertEqual(sum(state == "open" for state in ours.states().values()), len(OPEN_TCP))

    def test_states_and_reasons_port_by_port(self):
        self.same("-Pn", "-p1000-1239", "-d3", HOST)

    def test_over_ipv6(self):
        self.same("-6", "-Pn", "-p1000-1239", "-d3", *PATIENT, HOST6)

    def test_open_only(self):
        self.same("-Pn", "--open", "-p1000-1239", HOST)
        self.same("-Pn", "--open", "-p1100-1239", HOST)

    @repeated.until_equal
    def test_reasons_are_told_in_the_table(self):
        ports = ["1005", "1105", "1145", "1165", "1175", "1195", "1207"]
        tables = []
        for scanner in (["nmap", "--unprivileged"], [SLUICE]):
            text = lab.run(*scanner, "-n", "-Pn", "--reason", "-p" + ",".join(ports), HOST, capture_output=True).stdout
            lines = [line.split() for line in text.splitlines()]
            tables.append([[port, state, why] for port, state, _, why in filter(lambda x: len(x) == 4, lines)])
        self.assertEqual(len(tables[0]), len(ports) + 1, tables[0])
        self.assertEqual(*tables)

    def test_discovery_then_ports(self):
        self.same("-p1000-1239", HOST)

    def test_discovery_by_ports_that_are_named(self):
        # One that is open, one that is reset, silent ones alone, and silent ones beside one that is open.
        for pings in ("-PS1000", "-PA1145", "-PS1100-1103", "-PS1100,1101,1001"):
            self.same("-sn", pings, HOST)
        self.same("-sn", "-PS1100", "-PA1001", "--exclude-ports", "1001", HOST)
        self.same("-sn", "-PS1000-1003", "--reason", "192.0.2.0/30")

    @repeated.until_equal
    def test_silent_port_gets_as_many_probes_as_allowed(self):
        self.lab.rules = "tcp dport 1100-1139 {note} drop"
        quick = ["--initial-rtt-timeout", "200ms", "--max-rtt-timeout", "200ms"]
        for retries, probes in ((["--max-retries", "0"], 40), (["--max-retries", "1"], 80), ([], 80)):
            self.lab.load()
            theirs = reports.scan("nmap", "--unprivileged", "-Pn", "-p1100-1139", *quick, *retries, HOST)
            self.assertEqual(self.lab.noted(), probes, retries)
            self.lab.load()
            ours = reports.scan(SLUICE, "-Pn", "-p1100-1139", *quick, *retries, HOST)
            self.assertEqual(self.lab.noted(), probes, retries)
            self.assertEqual(theirs.facts, ours.facts)

    def test_rejected_ports_do_not_hold_the_scan_up(self):
        # A firewall that rejects everything, and not more often than the kernel allows (RFC 1812): once a second.
        self.lab.rules = "tcp dport 80 accept\n tcp dport 1-300 reject with icmp host-prohibited"
        self.lab.load()
        self.lab.ration_refusals(True)
        self.addCleanup(self.lab.ration_refusals, False)
        for _ in range(2):
            ours = reports.scan(SLUICE, "-Pn", "-p1-300", HOST)
            self.assertEqual(ours.states(), {("tcp", 80): "closed"})
            self.assertLess(ours.seconds, 20)


class AllPorts(LabTest):
    tcp = (22, 8080, 50000)

    def test_three_open_ports_of_65535(self):
        theirs, ours = self.same("-Pn", "-p-", HOST, together=False)
        self.assertEqual(ours.states(), {("tcp", port): "open" for port in self.tcp})
        self.assertLess(ours.seconds, 4 * theirs.seconds + 5)

    def test_three_open_ports_of_65535_over_ipv6(self):
        theirs, ours = self.same("-6", "-Pn", "-p-", HOST6, together=False)
        self.assertLess(ours.seconds, 4 * theirs.seconds + 5)


class Udp(LabTest):
    rules, tcp, udp = MIXED_UDP + "tcp dport 1100 drop", OPEN_TCP, OPEN_UDP

    def test_answers_refusals_and_silence(self):
        _, ours = self.same("-sU", "-Pn", "-p53,123,161,1108-1150", HOST, rights=AS_ROOT)
        self.assertEqual({port for (_, port), state in ours.states().items() if state == "open"}, set(OPEN_UDP))

    def test_over_ipv6(self):
        self.same("-sU", "-6", "-Pn", "-p53,123,161,1108-1150", HOST6, rights=AS_ROOT)

    def test_open_only(self):
        self.same("-sU", "-Pn", "--open", "-p53,1105,1115,1125,1140", HOST, rights=AS_ROOT)

    def test_together_with_tcp(self):
        self.same("-sT", "-sU", "-Pn", "-pT:1000-1050,1100,U:53,1100,1110-1115,1140-1150", HOST, rights=AS_ROOT)

    def test_discovery(self):
        # One that answers, one that is closed, a silent one, and one whose refusal says nothing of the host.
        for ports in ("53", "1115", "1105", "1122"):
            self.same("-sn", "-PU" + ports, HOST, rights=AS_ROOT)

    def test_rationed_refusals_are_waited_for(self):
        self.lab.ration_refusals(True)
        self.addCleanup(self.lab.ration_refusals, False)
        # Here nmap is less patient, and misses some in many runs.
        ours = reports.scan(SLUICE, "-sU", "-Pn", "-p1110-1121", HOST)
        states = {("udp", port): "closed" if port < 1120 else "filtered" for port in range(1110, 1122)}
        self.assertEqual(ours.states(), states)


class Hosts(LabTest):
    # Of 192.0.2.16/28 three hosts answer; the others are there and silent.
    hosts = [f"192.0.2.{last}" for last in range(16, 32)] + [HOST, HOST6, "2001:db8::9"]
    rules = """
      ip daddr 192.0.2.17 tcp dport 443 drop
      ip daddr 192.0.2.20 tcp dport 80 reject with tcp reset
      ip daddr 192.0.2.25 tcp dport 80 drop
      ip daddr { 192.0.2.16, 192.0.2.18-192.0.2.19, 192.0.2.21-192.0.2.24, 192.0.2.26-192.0.2.31 } drop
      ip6 daddr 2001:db8::9 drop
      ip daddr 192.0.2.2 tcp dport 80 reject with icmp host-unreachable
      ip daddr 192.0.2.2 tcp dport 443 reject with icmp admin-prohibited
    """
    tcp = (80, 22)

    def test_three_of_sixteen_are_up(self):
        _, ours = self.same("-sn", "-v", "192.0.2.16/28")
        self.assertIn("hosts up 3 down 13 of 16", ours.facts)

    def test_silent_host_is_down(self):
        self.same("-v", "-p22,80", "192.0.2.18")
        self.same("-6", "-p22,80", "2001:db8::9")

    def test_silent_host_is_up_if_the_user_says_so(self):
        self.same("-Pn", "-p22,80,1000-1009", "192.0.2.18")
        self.same("-6", "-Pn", "-p22,80,1000-1009", "2001:db8::9")

    def test_address_that_nobody_has_is_down(self):
        self.same("-p22,80", "192.0.2.99")

    def test_host_behind_a_firewall_that_rejects_is_down(self):
        self.same("-v", "-sn", HOST)

    def test_open_only_leaves_out_hosts_without_open_ports(self):
        self.same("--open", "-p22", "192.0.2.17", "192.0.2.18", "192.0.2.20")
        self.same("--open", "-p23", "192.0.2.17", "192.0.2.20")
        self.same("-v", "--open", "-p22", "192.0.2.17", "192.0.2.18")


class Loss(LabTest):
    rules = MIXED_UDP + "tcp dport 1100-1109 drop\n tcp dport 1140-1159 reject with tcp reset"
    tcp, udp = OPEN_TCP, OPEN_UDP

    def keeps_its_states(self, times, *arguments, **rights):
        """As nmap sees them without loss, so are they seen with it."""
        whole, _ = self.same(*arguments, **rights)
        for _ in range(times):
            self.lab.load(lossy=True)
            lossy = reports.scan(SLUICE, *arguments)
            self.assertEqual(whole.facts, lossy.facts, lossy.text)
            print(f"with losses: {lossy.seconds:.1f} s", flush=True)

    def test_tcp_states_are_those_without_loss(self):
        self.keeps_its_states(5, "-Pn", "-p1000-1199", HOST)

    def test_tcp_states_are_those_without_loss_over_ipv6(self):
        self.keeps_its_states(3, "-6", "-Pn", "-p1000-1199", HOST6)

    def test_udp_states_are_those_without_loss(self):
        self.keeps_its_states(3, "-sU", "-Pn", "-p53,123,161,1110-1119,1140-1150", HOST, rights=AS_ROOT)


if __name__ == "__main__":
    lab.enter()
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
