# SPDX-License-Identifier: Apache-2.0
"""Runs a scanner and reads from its XML what two scanners of the same hosts must agree on."""

import dataclasses
import subprocess
import time
import xml.etree.ElementTree


@dataclasses.dataclass
class Report:
    """`facts` are the lines to compare, in a fixed order; `seconds` what the run took."""

    facts: list
    seconds: float
    text: str

    def states(self):
        """The ports that are listed one by one: {(protocol, number): state}, over all hosts."""
        found = [fact.split() for fact in self.facts if fact.startswith("port ")]
        return {(protocol, int(number)): state for _, _, protocol, number, state, *_ in found}


def scan(program, *arguments, limit=60):
    begin = time.monotonic()
    done = subprocess.run(
        [program, "-n", "-oX", "-", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=limit)
    seconds = time.monotonic() - begin
    return Report([f"exit {done.returncode}", *facts_of(done.stdout)], seconds, done.stdout + done.stderr)


def facts_of(document):
    root = xml.etree.ElementTree.fromstring(document)
    facts = []
    for scan_info in root.iter("scaninfo"):
        facts.append("scan {type} {protocol} {numservices}".format(**scan_info.attrib))
    for host in root.iter("host"):
        address = host.find("address").get("addr")
        facts.append("host {} {state} {reason}".format(address, **host.find("status").attrib))
        for extra in host.iter("extraports"):
            facts.append("extra {} {state} {count}".format(address, **extra.attrib))
            for reason in extra.iter("extrareasons"):
                facts.append("because {} {} {reason} {count} {proto} {ports}".format(
                    address, extra.get("state"), **reason.attrib))
        for port in host.iter("port"):
            service = port.find("service")
            # What nmap-services calls unknown has no name, as in current versions of Nmap; 7.93 repeats the word.
            name = "unknown" if service is None else service.get("name")
            facts.append("port {} {} {} {state} {reason} {}".format(
                address, port.get("protocol"), port.get("portid"), name, **port.find("state").attrib))
    counts = root.find("runstats/hosts").attrib
    facts.append("hosts up {up} down {down} of {total}".format(**counts))
    return sorted(facts)
