# SPDX-License-Identifier: Apache-2.0
"""raw_test.py SLUICE: scripts that capture and make packets of their own answer as under nmap, across a veth.

Both scanners run as root of the namespaces, with connect scans.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import lab
import repeated

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

# Is in a group of either family; in that of IPv4 again and again, which it reports each time. (A host answers a query
# after a random time, and broadcast-igmp-discovery may not listen yet.)
MEMBER = """
import select, socket, struct, sys
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
               socket.inet_pton(socket.AF_INET6, "ff05::1:3") + struct.pack("@I", socket.if_nametoindex("target")))
print("ready", flush=True)
ended = False
while not ended:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four:
        four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        socket.inet_aton("239.1.2.3") + socket.inet_aton("192.0.2.2"))
        ended = select.select([sys.stdin], [], [], 0.1)[0]
"""

DHCPD_CONF = """
authoritative;
ping-check false;
default-lease-time 3600;
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.110;
  option domain-name "lab.example";
  option routers 192.0.2.2;
}
"""

DTLS = """
local nmap = require "nmap"
prerule = function() return true end
action = function()
  local socket = nmap.new_socket("udp")
  assert(socket:connect("192.0.2.2", 4433, "ssl"))
  local cert = socket:get_ssl_certificate()
  return cert.subject.commonName .. " by " .. cert.issuer.commonName
end
"""


def needs(program, package):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return unittest.skipUnless(shutil.which(program, path=path),
                               f"there is no {program} here (Debian package {package})")


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
        told = cls.lab.in_target("ip", "-6", "-o", "address", "show", "dev", "target", "scope", "link",
                                 capture_output=True).stdout
        cls.link_local = re.search(r"inet6 (\S+)/", told)[1]
        cls.lab.await_answer(f"{cls.link_local}%scanner")

    @repeated.until_equal
    def same(self, *arguments, mask=(), expect):
        """What nmap prints, sluice prints, after the replacements of `mask`; and the pattern `expect` is found."""
        reports = []
        for program in ("nmap", SLUICE):
            report = run_scripts(program, *arguments)
            for pattern, replacement in mask:
                report = {place: re.sub(pattern, replacement, text) for place, text in report.items()}
            reports.append(report)
        self.assertEqual(*reports)
        self.assertRegex("\n".join(reports[0].values()), expect)

    def test_host_table_tells_the_way(self):
        self.same("-p22", "--script", FACTS, HOST, expect="interface scanner mtu 1500 direct true source c0000201 mac")
        self.same("-p22", "-6", "--script", FACTS, HOST6, expect="source 20010db8")

    def test_host_table_tells_the_way_also_where_nmap_does_not_look(self):
        for option in ("-Pn", "--unprivileged"):
            report = run_scripts(SLUICE, "-p22", option, "--script", FACTS, HOST)
            self.assertRegex("\n".join(report.values()), "interface scanner mtu 1500 direct true source c0000201 mac")

    def test_link_local_target(self):
        # Nmap 7.93 connects without the interface, which fails.
        self.same("-p22", "-6", "--script", FACTS, f"{self.link_local}%scanner",
                  mask=[("connected Nsock connect failed immediately", "connected true")],
                  expect=f"ip {self.link_local} interface scanner")

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

    def test_targets_ipv6_multicast(self):
        # Which of its addresses a host answers with depends on that of the sender, any of the interface's.
        for kind in ("echo", "invalid-dst"):
            self.same("-6", "--script", f"targets-ipv6-multicast-{kind}", "-e", "scanner",
                      expect=f"IP: ({HOST6}|{self.link_local}) ")
        self.same("-6", "--script", "targets-ipv6-multicast-mld", "-e", "scanner", "--script-args",
                  "targets-ipv6-multicast-mld.timeout=2", expect=f"IP: {self.link_local}")
        # Of an interface given by name only its first address counts, which the script wants to be link-local.
        self.same("-6", "--script", "targets-ipv6-multicast-slaac", expect=f"IP: {self.link_local}")

    def test_multicast_groups(self):
        self.lab.in_target("sh", "-c", "echo 2 >/proc/sys/net/ipv4/conf/target/force_igmp_version")
        member = self.lab.start(sys.executable, "-c", MEMBER)
        self.addCleanup(self.lab.end, member)
        self.same("--script", "broadcast-igmp-discovery", "-e", "scanner", "--script-args",
                  "broadcast-igmp-discovery.timeout=1", expect="239.1.2.3")
        self.same("-6", "--script", "ipv6-multicast-mld-list", "-e", "scanner", "--script-args",
                  "ipv6-multicast-mld-list.timeout=2", expect="ff05::1:3")

    def test_sniffer_detect(self):
        self.lab.in_target("ip", "link", "set", "target", "promisc", "on")
        self.addCleanup(self.lab.in_target, "ip", "link", "set", "target", "promisc", "off")
        self.same("-p22", "--script", "sniffer-detect", HOST, expect="Likely in promiscuous mode")

    def test_ip_forwarding(self):
        self.lab.in_target("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        self.addCleanup(self.lab.in_target, "sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward")
        self.same("-p22", "--script", "ip-forwarding", "--script-args", "target=192.0.2.1", HOST,
                  expect="ip forwarding enabled")

    @needs("dnsmasq", "dnsmasq-base")
    def test_broadcast_dhcp_discover_of_dnsmasq(self):
        self.discovers("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root",
                       "--interface=target", "--bind-interfaces", "--leasefile-ro", "--no-ping", "--log-facility=-",
                       "--pid-file=", "--dhcp-range=192.0.2.100,192.0.2.110,255.255.255.0,1h",
                       "--dhcp-option=option:domain-name,lab.example", ready="DHCP")

    @needs("dhcpd", "isc-dhcp-server")
    def test_broadcast_dhcp_discover_of_dhcpd(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        for name, text in (("conf", DHCPD_CONF), ("leases", "")):
            with open(os.path.join(place.name, name), "w", encoding="ascii") as file:
                file.write(text)
        self.discovers("dhcpd", "-4", "-f", "-d", "-cf", f"{place.name}/conf", "-lf", f"{place.name}/leases",
                       "--no-pid", "target", ready="Server starting service")

    def discovers(self, *command, ready):
        """broadcast-dhcp-discover hears this server, which says `ready` when it listens."""
        server = subprocess.Popen(["ip", "netns", "exec", "target", *command], stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.communicate)
        self.addCleanup(server.terminate)
        for line in server.stderr:
            if ready in line:
                break
        self.same("--script", "broadcast-dhcp-discover", "-e", "scanner", "--script-args",
                  "broadcast-dhcp-discover.timeout=3", expect="lab.example")


class Dtls(unittest.TestCase):
    """Handshakes with openssl, whose certificates take some thirty packets of a link that carries only small ones. Nmap
    7.93 does not speak DTLS."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab([HOST])
        cls.addClassCleanup(cls.lab.close)
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.place = place.name
        cls.script = os.path.join(cls.place, "dtls.nse")
        with open(cls.script, "w", encoding="ascii") as file:
            file.write(DTLS)
        names = ",".join(f"DNS:host-{number}.of-a-long-name.example" for number in range(200))
        for name, signed in (("ca", []), ("leaf", ["-CA", "ca.pem", "-CAkey", "ca.key"])):
            lab.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}.example",
                    "-addext", f"subjectAltName={names}", "-keyout", f"{name}.key", "-out", f"{name}.pem", *signed,
                    cwd=cls.place, stderr=subprocess.DEVNULL)
        lab.run("ip", "link", "set", "scanner", "mtu", "600")
        cls.lab.in_target("ip", "link", "set", "target", "mtu", "600")

    def shake_hands(self):
        # It serves one client at a time, and one whose farewell got lost would be waited for.
        server = subprocess.Popen(
            ["ip", "netns", "exec", "target", "openssl", "s_server", "-dtls", "-accept", f"{HOST}:4433", "-mtu", "500",
             "-timeout", "-cert", "leaf.pem", "-key", "leaf.key", "-cert_chain", "ca.pem"],
            cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            for line in server.stdout:
                if line.startswith("ACCEPT"):
                    break
            return run_scripts(SLUICE, "--script", self.script)
        finally:
            server.kill()
            server.communicate()

    def test_a_long_chain_passes_a_narrow_link(self):
        self.assertEqual(self.shake_hands(), {("prescript", "dtls"): "leaf.example by ca.example"})

    def test_packets_that_get_lost_are_sent_again(self):
        # On their way in: a sender hears of what its own firewall drops.
        lab.run("nft", "-f", "-", input="""
            table inet losses {
              chain input {
                type filter hook input priority 0;
                udp sport 4433 numgen inc mod 20 == 0 counter drop
              }
            }""")
        self.addCleanup(lab.run, "nft", "delete", "table", "inet", "losses")
        self.assertEqual(self.shake_hands(), {("prescript", "dtls"): "leaf.example by ca.example"})
        listed = lab.run("nft", "list", "table", "inet", "losses", capture_output=True).stdout
        self.assertGreater(int(re.search(r"counter packets (\d+)", listed)[1]), 1)


if __name__ == "__main__":
    lab.enter()
    os.environ["NMAPDIR"] = "/usr/share/nmap"
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
