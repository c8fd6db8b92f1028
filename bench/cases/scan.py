# SPDX-License-Identifier: Apache-2.0
"""Port scans without scripts: all ports of one host, and 1000 ports of 256 hosts."""

from cases import Case
import harness
import servers

OPEN = 10  # open ports of each host


def task(program, first, hosts, ports):
    """Returns a task that scans the ports 1 to `ports` of `hosts` addresses, a power of two."""
    def check(output):
        return harness.shows(r"^9\d\d/tcp +open ", OPEN * hosts)(output) or \
            harness.shows(rf"^Not shown: {ports - OPEN} closed ", hosts)(output)
    return harness.Task([program, "-sT", "-n", "-Pn", "-p", f"1-{ports}", harness.block(first, hosts)], check)


def bare(context, first, hosts, ports):
    return harness.Task([context.floor("raw_scan"), first, hosts, 1, ports], harness.shows(f"^open {OPEN * hosts}$", 1))


def run(context, results):
    hosts = context.sizes(256, 16)
    with servers.banner(context, 900, OPEN, mode="silent"):
        for what, first, count, ports in (("all ports of one host", "127.0.0.1", 1, 65535),
                                          (f"1000 ports of {hosts} hosts", "127.1.0.0", hosts, 1000)):
            costs = harness.alternate({"sluice": task(context.sluice, first, count, ports),
                                       "nmap": task(context.nmap, first, count, ports),
                                       "bare connects": bare(context, first, count, ports)}, context.runs)
            results.costs(what, costs)
            results.claim(f"{what}: wall, of nmap -sT's", costs["sluice"].wall / costs["nmap"].wall, 1)
            results.claim(f"{what}: CPU, of nmap -sT's", costs["sluice"].cpu / costs["nmap"].cpu, 1 / 2)


CASE = Case("scan", "Scans all ports of one host, and 1000 ports of 256 hosts, by connections.", run)
