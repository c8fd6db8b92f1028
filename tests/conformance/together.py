# SPDX-License-Identifier: Apache-2.0
"""Everything that the laboratory's default cases ask, in one run over all its addresses on 50 socket slots: a script
must say there what it says alone. A test of isolation."""

import collections
import json
import pathlib
import re
import tempfile

from stock import SCRIPTS

SLOTS = 50
RUN_LIMIT = 1200  # seconds
RUNS = 2  # what is equal in one of them is equal: nmap's crawlers, too, go by the order of a Lua table

# What one script tells another through the registry, or through the server, is not asked for. By category, by script
# and by service, each with its reason.
LEFT_OUT_CATEGORIES = {
    "brute": "accounts found on one port are used on others, and the library gives up while threads wait for a slot",
}
LEFT_OUT_SCRIPTS = {
    "sip-enum-users": "uses the brute library",
    "http-stored-xss": "reads the page that it has posted to, or an earlier copy of another script",
    "http-slowloris-check": "measures a timeout of the server; 60 seconds are too short for it and the wait for a slot",
    "ipidseq": "depends on the route, which nmap looks up only for hosts that it probes by UDP",
}
LEFT_OUT_SERVICES = {
    "tls": "the server accepts one client at a time, so that a connected script blocks the others",
    "tls-weak": "the same as for `tls`",
}
# The vulns library numbers what has no name of its own in the order in which threads end.
NUMBERED = re.compile(r'"NMAP-\d+"')


def categories():
    """{script: its categories}, of the stock collection."""
    listed = (SCRIPTS / "script.db").read_text()
    found = re.findall(r'filename = "([^"]+)\.nse", categories = \{([^}]*)\}', listed)
    return {script: re.findall(r'"([^"]+)"', names) for script, names in found}


def reason_to_leave_out(record, known):
    for category in known.get(record.script, []):
        if category in LEFT_OUT_CATEGORIES:
            return LEFT_OUT_CATEGORIES[category]
    return LEFT_OUT_SCRIPTS.get(record.script) or LEFT_OUT_SERVICES.get(record.service)


def is_default(case):
    return not any(case.get(key) for key in ("args", "opts", "target"))


def targets(lab, services):
    """Lines for --targets-from: the ports that belong to the services, and none of other services that are bound to
    every address."""
    table = lab.common.services()
    for service in services:
        address, *ports = table[service]
        yield from (f"{address}:{port}/{protocol}" for protocol, numbers in zip(("tcp", "udp"), ports)
                    for port in numbers)


def ask(lab, sluice, records, scratch):
    """One run; {service: {(where, script): answer}}. Raises RuntimeError if it failed: then nothing is told by it."""
    services = sorted({record.service for record in records})
    hosts, report = scratch / "targets", scratch / "report.xml"
    hosts.write_text("".join(line + "\n" for line in targets(lab, services)))
    status, error = lab.run(
        [sluice, "-n", "-Pn", "--targets-from", hosts, "--max-parallelism", SLOTS, "--script",
         ",".join(sorted({record.script for record in records})), "--script-timeout", f"{lab.common.TIMEOUT}s",
         "--script-args", lab.common.BASE_ARGS, "-oX", report], RUN_LIMIT)
    if status != 0:
        raise RuntimeError(f"all in one run: exit status {status}\n{error[-2000:]}")
    by_address = collections.defaultdict(dict)
    for (where, script), answer in lab.common.read_xml(report).items():
        address, _, place = where.rpartition(" ")
        by_address[address][place, script] = answer
    table = lab.common.services()
    return {service: {**by_address[table[service][0]], **by_address[""]} for service in services}


def unnumbered(answer):
    return answer and json.loads(NUMBERED.sub('"NMAP"', json.dumps(answer)))


def run(lab, sluice, records):
    """Judges the pairs of the default cases, as {record: verdict}: "left out", "unequal alone" (then nothing is to be
    told by it), "equal" or what it is instead."""
    known = categories()
    pairs = [record for record in records if record.pair and is_default(record.case)]
    verdicts = {record: "left out" for record in pairs if reason_to_leave_out(record, known)}
    asked = [record for record in pairs if record not in verdicts]
    for _ in range(RUNS):
        open_ones = [record for record in asked if verdicts.get(record) != "equal"]
        if not open_ones:
            break
        with tempfile.TemporaryDirectory() as scratch:
            said = ask(lab, sluice, asked, pathlib.Path(scratch))
        for record in open_ones:
            answer = unnumbered(said[record.service].get((record.where, record.script)))
            results = {(record.where, record.script): answer} if answer else {}
            verdict, record.difference = lab.compare.judge({**unnumbered(record.pair), "masked": True}, results)
            verdicts[record] = "unequal alone" if verdict != "equal" and record.verdict != "equal" else verdict
    return verdicts
