# SPDX-License-Identifier: Apache-2.0
"""The laboratory of real services (its README tells more): what is recorded of nmap's answers, and any program's own
answers beside it. Runs with the laboratory's own Python."""

import collections
import concurrent.futures
import dataclasses
import importlib
import sys
import types


@dataclasses.dataclass(eq=False)
class Record:
    """One answer to be compared: of a script in one place, or none at all in any (a silent script)."""
    service: str
    case: dict
    where: str  # "80/tcp", "host", "pre", "post"; "silent"
    script: str
    pair: dict  # what is recorded; None of a silent one
    verdict: str = "equal"
    difference: list = dataclasses.field(default_factory=list)

    def __str__(self):
        return f"{self.service} {self.case['id']} {self.where} {self.script}"


class Laboratory:
    def __init__(self, place):
        sys.path.insert(0, str(place.resolve()))
        self.common = importlib.import_module("common")
        self.compare = importlib.import_module("compare")

    def records(self, services=None, silent="none"):
        """Of the public half of the scripts, without version detection, in the order of the cases."""
        choice = types.SimpleNamespace(split="public", scripts=None, silent=silent)
        found = []
        for service, contents in self.common.load(services).items():
            for entry in contents["cases"]:
                if entry["case"].get("sv"):
                    continue
                pairs, scripts = self.compare.selection(service, entry, choice)
                found += [Record(service, entry["case"], pair["where"], pair["script"], pair) for pair in pairs]
                found += [Record(service, entry["case"], "silent", script, None) for script in scripts]
        return found

    def answers(self, case, program):
        """{(where, script): answer} of a case, or None if the program failed."""
        results, status, _, _ = self.common.run_case(case, f"{program} {{opts}} {{target}}")
        return results if status == 0 else None

    def judge(self, record, results):
        """The verdict, and the difference as lines."""
        if results is None:
            return "crashed", []
        if record.pair:
            return self.compare.judge(record.pair, results)
        said = [f"+{where}: {value['output']}" for (where, script), value in results.items() if script == record.script]
        return ("different" if said else "equal"), said

    def run_alone(self, program, records, jobs=2):
        """Runs each case by itself and judges its records, `jobs` services at a time."""
        by_service = collections.defaultdict(list)
        for service, *rest in by_case(records):
            by_service[service].append(rest)

        def run(cases):
            for case, members in cases:
                results = self.answers(case, program)
                for record in members:
                    record.verdict, record.difference = self.judge(record, results)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(run, by_service.values()))

    def agree(self, record, theirs, ours):
        """Do two programs give the same answer, as strictly as the record wants it?"""
        if record.pair is None:
            return bool(self.judge(record, theirs)[1]) == bool(self.judge(record, ours)[1])
        key = record.where, record.script
        if theirs.get(key) is None or ours.get(key) is None:
            return theirs.get(key) is ours.get(key)
        return self.common.alike({**record.pair, **theirs[key]}, ours[key])

    def run(self, command, limit):
        """Runs a command in the laboratory's network; returns its exit status, None after `limit` seconds, and what it
        wrote to standard error."""
        status, _, error = self.common.run(self.common.in_lab(list(map(str, command))), limit)
        return status, error


def by_case(records):
    """(service, case, its records) in the order of the records."""
    groups = collections.defaultdict(list)
    for record in records:
        groups[record.service, record.case["id"]].append(record)
    return [(service, members[0].case, members) for (service, _), members in groups.items()]
