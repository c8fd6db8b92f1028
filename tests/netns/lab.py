# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces joined by a veth: this process scans from one, the other holds the hosts.

`enter()` re-executes the program in namespaces of its own (network, mounts, processes). They live as long as it does
and the kernel takes them down with all processes in them, even after a SIGKILL: there is nothing to clean up, and no
name on the machine that could clash. Where they cannot be had the program ends with SKIPPED and says why.
"""

import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import time

# Modules that tests of several folders use.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

SKIPPED = 77  # what ctest takes for a skip (SKIP_RETURN_CODE)
INSIDE = "SLUICE_TEST_INSIDE_NAMESPACES"
TOOLS = {"nmap": "nmap", "nft": "nftables", "ip": "iproute2", "unshare": "util-linux"}
SERVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "servers.py")

# What the kernel must be able to do, asked before a test relies on it.
CAPABILITIES = """
table inet capabilities {
  chain input {
    type filter hook input priority 0;
    numgen inc mod 20 == 0 drop
    tcp dport 1 reject with tcp reset
    udp dport 1 reject with icmpx admin-prohibited
  }
}
"""


def skip(reason):
    print(f"SKIPPED: nothing was compared across namespaces: {reason}", flush=True)
    sys.exit(SKIPPED)


def enter():
    """Returns inside the namespaces, or does not return."""
    if os.environ.get(INSIDE):
        return
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for tool, package in TOOLS.items():
        if not shutil.which(tool):
            skip(f"there is no {tool} here (Debian package {package})")
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    mount = ["sh", "-c", 'mount -t tmpfs tmpfs /run && mkdir /run/netns && exec "$@"', "sh"]
    attempt = subprocess.run(
        [*unshare, *mount, "sh", "-c", "ip netns add attempt && ip netns exec attempt nft -f -"],
        input=CAPABILITIES, capture_output=True, text=True)
    if attempt.returncode != 0:
        skip("no namespaces with nftables can be made: " + " ".join(attempt.stderr.split()))
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, *mount, sys.executable, *sys.argv])


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, **options)


class Lab:
    """Scanner 192.0.2.1 and 2001:db8::1; the target namespace has `addresses` (of 192.0.2.0/24 and 2001:db8::/64).

    `rules` are the lines of an nftables chain on the target's input; {note} in them remembers the connection.
    `tcp` and `udp` are ports with servers: those of tcp accept and close, those of udp answer every datagram with its
    own bytes.
    """

    def __init__(self, addresses, rules="", tcp=(), udp=()):
        self.rules = ""
        run("ip", "netns", "add", "target")
        run("ip", "link", "add", "scanner", "type", "veth", "peer", "name", "target", "netns", "target")
        self.address("scanner", ["192.0.2.1", "2001:db8::1"])
        self.address("target", addresses, "-n", "target")
        for address in addresses:
            self.await_answer(address)
        self.ration_refusals(False)
        self.rules = rules
        self.load()
        self.servers = self.start(sys.executable, SERVERS, spell(tcp), spell(udp))

    @staticmethod
    def address(device, addresses, *where):
        for address in addresses:
            family, bits, more = ("-6", 64, ["nodad"]) if ":" in address else ("-4", 24, [])
            run("ip", *where, family, "address", "add", f"{address}/{bits}", "dev", device, *more)
        for name in (device, "lo"):
            run("ip", *where, "link", "set", name, "up")

    @staticmethod
    def in_target(*command, **options):
        return run("ip", "netns", "exec", "target", *command, **options)

    @staticmethod
    def await_answer(address):
        """A link that has just come up takes a moment until it carries IPv6."""
        end = time.monotonic() + 20
        family, kind, _, _, endpoint = socket.getaddrinfo(address, 9, type=socket.SOCK_STREAM)[0]
        while time.monotonic() < end:
            with socket.socket(family, kind) as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(endpoint) == errno.ECONNREFUSED:
                    return
        raise RuntimeError(f"{address} does not answer")

    def ration_refusals(self, on):
        """Linux sends one refusal by ICMP per second after the first six (RFC 1812). Off: all. Over IPv6: all."""
        for path, types in (("ipv4/icmp_ratemask", 6168 if on else 0), ("ipv6/icmp/ratemask", 255)):
            self.in_target("sh", "-c", f"echo {types} >/proc/sys/net/{path}")

    def noted(self):
        """How many connections, whatever the number of their packets, have met {note} since the rules were loaded."""
        listed = self.in_target("nft", "-n", "list", "set", "inet", "lab", "met", capture_output=True).stdout
        return len(re.findall(r"\d+ \. \d+", listed))

    def load(self, lossy=False):
        """Loads the rules; `lossy`: every 20th packet is lost on its way in."""
        loss = "numgen inc mod 20 == 0 drop" if lossy else ""
        rules = self.rules.replace("{note}", "add @met { tcp dport . tcp sport }")
        # Neighbours are discovered by ICMPv6; losing that is not what the tests are about.
        ruleset = f"""
          flush ruleset
          table inet lab {{
            set met {{
              type inet_service . inet_service
              flags dynamic
            }}
            chain input {{
              type filter hook input priority 0;
              icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept
              {loss}
              {rules}
            }}
          }}"""
        self.in_target("nft", "-f", "-", input=ruleset)

    @staticmethod
    def start(*command):
        """Starts a program in the target namespace that says "ready" and lives until its standard input ends."""
        started = subprocess.Popen(["ip", "netns", "exec", "target", *command], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        if started.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[0]} did not start")
        return started

    @staticmethod
    def end(started):
        started.stdin.close()
        started.wait()
        started.stdout.close()

    def close(self):
        self.end(self.servers)
        run("ip", "link", "delete", "scanner")
        run("ip", "netns", "delete", "target")


def spell(ports):
    return ",".join(str(port) for port in ports)
