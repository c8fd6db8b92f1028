# SPDX-License-Identifier: Apache-2.0
"""Hosts behind a link with a round-trip time, with losses, and with a firewall that drops packets."""

import contextlib

from cases import Case
import harness
import servers

FIRST_HOST = "10.77.4.0"  # must not be the machine's own address on the link
DELAY = 20  # round-trip time in ms
OPEN = 10  # open ports of each host, from 990 on; port 80 is open, too
TITLE = r"^\|_http-title: The sluice is open"
QUIET = "101-989"  # ports that the firewall drops


def ports(hosts):
    return harness.shows(r"^99\d/tcp +open ", OPEN * hosts)


def scan(program, hosts, *options):
    return [program, "-sT", "-n", "-Pn", *options, harness.block(FIRST_HOST, hosts)]


@contextlib.contextmanager
def network(context, lost=0, quiet="0-0"):
    with servers.link(context, DELAY, lost, quiet), servers.banner(context, 990, OPEN, mode="silent", device="link"), \
            servers.banner(context, 80, mode="http", device="link"):
        yield


def compare(context, results, what, hosts, check, *options):
    costs = harness.alternate({who: harness.Task(scan(program, hosts, *options), check)
                               for who, program in (("sluice", context.sluice), ("nmap", context.nmap))}, context.runs)
    results.costs(what, costs)
    results.claim(f"{what}: wall, of nmap's", costs["sluice"].wall / costs["nmap"].wall, 1)


def run(context, results):
    results.notes.append("The hosts are on this machine, so their packets take its CPU, too.")
    many, some = context.sizes(256, 16), context.sizes(64, 8)
    with network(context):
        compare(context, results, f"10 open ports of {many} hosts", many, ports(many), "-p990-999")
        compare(context, results, f"1000 ports of {some} hosts", some, ports(some), "-p1-1000")
        compare(context, results, f"http-title of {many} hosts", many, harness.shows(TITLE, many), "-p80", "--script",
                "http-title")
        compare(context, results, f"default scripts on port 80 of {some} hosts", some, harness.shows(TITLE, some),
                "-p80", "-sC")
    with network(context, lost=20):
        few = context.sizes(16, 4)
        compare(context, results, f"1000 ports of {few} hosts, 2 % of all packets lost", few, ports(few), "-p1-1000")
    with network(context, quiet=QUIET):
        few = context.sizes(8, 2)
        compare(context, results, f"1000 ports of {few} hosts, 889 of them dropped", few, ports(few), "-p1-1000")


CASE = Case("link", f"Scans hosts behind a link with a round trip of {DELAY} ms, also with losses and behind a "
            "firewall.", run)
