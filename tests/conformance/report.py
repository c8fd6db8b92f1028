#!/usr/bin/env python3
"""Counts how much of the stock collection behaves as under Nmap, and writes the counts as a table.

The laboratory (LAB: services that run, and what nmap says of them) is installed and up; its README tells how. What is
unequal is run once more by itself, and then put to the installed nmap.
"""

import argparse
import collections
import fnmatch
import pathlib
import re
import sys
import tempfile

import laboratory
import stock
import together

UNEQUAL = ("different", "missing", "crashed")
SETTLED = ("equal", "equal again", "nmap too", "on purpose")
VERDICTS = (*SETTLED, "unstable oracle", "not as recorded", *UNEQUAL)
RUNS_AGAIN = 3

# Answers that may differ from nmap's on purpose, by what row of docs/differences.md. Each row has a way of its own to be
# told from a fault: due_to_tls, due_to_pace.
WEAK_TLS, PACE = "TLS with weak servers", "threads of one run"
ON_PURPOSE = {  # (service, scripts): row
    ("tls-weak", "http-*"): WEAK_TLS,
    ("sip", "sip-enum-users"): PACE,
    ("mock", "http-huawei-hg5xx-vuln"): PACE,
    ("mock", "http-sap-netweaver-leak"): PACE,
}
LETS_SPEAK = """\
openssl_conf = all
[all]
ssl_conf = programs
[programs]
system_default = any
[any]
CipherString = ALL:eNULL:@SECLEVEL=0
"""
# What is known of scripts whose answers are not the same each time; excuses nothing.
CHANCE = {
    "ftp-brute": "counts guesses and seconds",
    "http-huawei-hg5xx-vuln": "in the order of a Lua table",
    "http-slowloris-check": "measures 10 s of a server's patience to the millisecond",
    "http-stored-xss": "reads the page that it has posted to, or a copy of it from before",
    "http-svn-enum": "in the order of a Lua table",
    "http-wordpress-enum": "in the order of a Lua table",
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sluice", type=pathlib.Path)
    parser.add_argument("--lab", type=pathlib.Path, required=True)
    parser.add_argument("--silent", choices=("none", "sample", "all"), default="sample",
                        help="which of those of which nmap says nothing (all: half an hour more)")
    parser.add_argument("--services", type=lambda text: text.split(","), help="only these, comma separated")
    parser.add_argument("--write", type=pathlib.Path, help="the table goes here, and is printed otherwise")
    return parser.parse_args()


def purpose(record):
    return next((why for (service, pattern), why in ON_PURPOSE.items()
                 if record.service == service and fnmatch.fnmatch(record.script, pattern)), None)


def look_again(lab, sluice, records):
    """Runs the cases of unequal records again, by themselves, until all are equal, and the rest with the nmap installed
    here; RUNS_AGAIN times at most. What crashed once is not looked at again."""
    unequal_ones = [record for record in records if record.verdict in ("different", "missing")]
    for _, case, members in laboratory.by_case(unequal_ones):
        ours, left = [], members
        while left and len(ours) < RUNS_AGAIN:
            ours.append(lab.answers(case, sluice))
            left = [record for record in left if lab.judge(record, ours[-1])[0] != "equal"]
        nmaps = [lab.answers(case, "nmap") for _ in range(RUNS_AGAIN)] if left else []
        theirs = [answers for answers in nmaps if answers is not None]
        speaking = speaking_nmap(lab, case) if WEAK_TLS in map(purpose, left) else None
        for record in members:
            again = record not in left and None not in ours
            record.verdict = "equal again" if again else second_verdict(lab, record, ours, theirs, speaking)


def speaking_nmap(lab, case):
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as settings:
        settings.write(LETS_SPEAK)
        settings.flush()
        return lab.answers(case, f"env OPENSSL_CONF={settings.name} nmap")


def due_to_tls(lab, record, ours, speaking):
    """Does nmap agree once it may speak, or fail where sluice has an answer?"""
    if speaking is None:
        return False
    key = record.where, record.script
    return any(lab.agree(record, speaking, said) or (key in said and key not in speaking) for said in ours)


def due_to_pace(record, ours, theirs):
    """Does the script say the same of all places together, but for numbers that go by who was first?"""
    def lines(said):
        text = "\n".join(answer["output"] for (_, script), answer in said.items() if script == record.script)
        return {re.sub(r"\bNMAP-\d+", "NMAP-n", line) for line in text.splitlines() if "Statistics:" not in line}
    return any(lines(said) == lines(other) for said in ours for other in theirs)


def second_verdict(lab, record, ours, theirs, speaking):
    """What sluice's further answers, equal in no run (None: it failed), are beside those of the runs of nmap, and of
    one of an nmap that may speak to weak servers."""
    if None in ours:
        return "crashed"
    if purpose(record) == WEAK_TLS and due_to_tls(lab, record, ours, speaking):
        return "on purpose"
    if purpose(record) == PACE and due_to_pace(record, ours, theirs):
        return "on purpose"
    if any(lab.agree(record, said, answers) for said in theirs for answers in ours):
        return "nmap too"
    if any(not lab.agree(record, said, theirs[0]) for said in theirs):
        return "unstable oracle"
    if theirs and lab.judge(record, theirs[0])[0] != "equal":
        return "not as recorded"
    return lab.judge(record, ours[-1])[0]


def table(records):
    by_service = collections.defaultdict(collections.Counter)
    for record in records:
        by_service[record.service][record.verdict] += 1
        by_service[record.service]["silent"] += record.pair is None
    by_service["all"] = sum(by_service.values(), collections.Counter())
    yield "| service | pairs | of them silent | " + " | ".join(VERDICTS) + " |"
    yield "|---|" + "---:|" * (2 + len(VERDICTS))
    for service in sorted(by_service, key=lambda name: (name == "all", name)):
        counts = by_service[service]
        numbers = (sum(counts[verdict] for verdict in VERDICTS), counts["silent"], *(counts[v] for v in VERDICTS))
        yield f"| {service} | " + " | ".join(map(str, numbers)) + " |"


def unequal(records):
    yield "| service | case | where | script | verdict | known |"
    yield "|---|---|---|---|---|---|"
    for record in records:
        if record.verdict != "equal":
            reason = purpose(record) or CHANCE.get(record.script, "")
            yield (f"| {record.service} | {record.case['id']} | {record.where} | {record.script} | {record.verdict} | "
                   f"{reason} |")


def together_report(verdicts):
    counts = collections.Counter(verdicts.values())
    asked = [record for record, verdict in verdicts.items() if verdict != "left out"]
    yield (f"All {len({record.service for record in asked})} services with such cases at once, "
           f"{len({record.script for record in asked})} scripts on {together.SLOTS} socket slots: the cases without "
           "arguments and options")
    yield "of their own, whose answers must be those of a run alone. Unequal alone are pairs of the table above."
    yield ""
    yield "| pairs | " + " | ".join(columns := ("equal", "unequal alone", "left out", *UNEQUAL)) + " |"
    yield "|" + "---:|" * (1 + len(columns))
    yield f"| {len(verdicts)} | " + " | ".join(str(counts[column]) for column in columns) + " |"
    yield ""
    yield "Left out is what one script tells another through the registry or the server:"
    yield ""
    yield "| left out | reason |"
    yield "|---|---|"
    for kind, reasons in (("category", together.LEFT_OUT_CATEGORIES), ("script", together.LEFT_OUT_SCRIPTS),
                          ("service", together.LEFT_OUT_SERVICES)):
        yield from (f"| {kind} `{name}` | {reason} |" for name, reason in reasons.items())
    failed = [(record, verdict) for record, verdict in verdicts.items() if verdict in UNEQUAL]
    if failed:
        yield ""
        yield "| service | where | script | verdict |"
        yield "|---|---|---|---|"
        yield from (f"| {record.service} | {record.where} | {record.script} | {verdict} |"
                    for record, verdict in failed)


def report(options):
    sluice = options.sluice.resolve()
    lab = laboratory.Laboratory(options.lab)
    loading, installed = stock.scripts_that_load(sluice)
    tests = stock.unit_tests(sluice)
    records = lab.records(options.services, options.silent)
    lab.run_alone(sluice, records)
    look_again(lab, sluice, records)
    tell(record for record in records if record.verdict not in SETTLED)
    verdicts = together.run(lab, sluice, records)
    tell(record for record, verdict in verdicts.items() if verdict in UNEQUAL)
    yield "# Conformance"
    yield ""
    yield "Made by `make conformance LAB=...`; what is behind the differences: [nse-compat](nse-compat.md) and"
    yield "[differences](differences.md)."
    yield ""
    yield "| what | count |"
    yield "|---|---:|"
    yield f"| stock scripts that load | {len(loading)} of {len(installed)} |"
    yield f"| nselib's own unit tests that pass | {tests.passed} of {tests.total}, in {tests.suites} suites |"
    yield f"| libraries of theirs that do not load | {', '.join(tests.libraries_not_loaded) or 'none'} |"
    yield ""
    yield "## Services"
    yield ""
    yield "A pair is one script's answer in one place (a port, a host, a phase), as text and as structure; a silent one"
    yield f"is a script of which nmap says nothing ({options.silent} of them). What was unequal was run again alone,"
    yield f"up to {RUNS_AGAIN} times, and, if it was equal in none, put to the nmap installed here {RUNS_AGAIN} times:"
    yield ""
    yield "- equal again: equal in one of these runs"
    yield "- nmap too: sluice says in one what nmap says in one of its own"
    yield "- unstable oracle: sluice agrees with no run of nmap's, nor do these with each other"
    yield "- not as recorded: they agree with each other, but neither with the recording nor with sluice"
    yield "- on purpose: see [differences](differences.md); and nmap agrees or fails once OpenSSL lets it speak, or says"
    yield "  the same of all places of the case together"
    yield ""
    yield from table(records)
    yield ""
    yield "Pairs that were not equal at once:"
    yield ""
    yield from unequal(records)
    yield ""
    yield "Nothing is recorded of the other half of the scripts: `tests/conformance/live.py` compares them with nmap."
    yield ""
    yield "## All in one run"
    yield ""
    yield from together_report(verdicts)


def tell(records):
    for record in records:
        print(record, *record.difference, sep="\n    ", file=sys.stderr)


def main():
    options = arguments()
    text = "\n".join(report(options)) + "\n"
    if options.write:
        options.write.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
