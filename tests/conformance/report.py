#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the answers of the stock scripts with recorded answers of nmap, and writes the counts as tables.

REQUIRES: the laboratory (LAB: running services and recorded answers of nmap) is installed and up; see its README. Each
unequal answer is compared again in a run of its case alone, and then with the installed nmap.
"""

import argparse
import collections
import fnmatch
import pathlib
import re
import sys
import tempfile
import textwrap

import laboratory
import stock
import together

UNEQUAL = ("different", "missing", "crashed")
SETTLED = ("equal", "equal on retry", "equal to nmap now", "on purpose")
VERDICTS = (*SETTLED, "nmap varies", "record outdated", *UNEQUAL)
RUNS_AGAIN = 3
SILENT = {"none": "such pairs are left out", "sample": "a sample of these pairs is run", "all": "all of these are run"}

# Answers that may differ from nmap's on purpose, with the row of docs/differences.md. A function for each row
# distinguishes the difference from an error: due_to_tls, due_to_pace.
WEAK_TLS, PACE = "TLS with weak servers", "order of script threads"
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
# Known causes of answers that vary between runs. They do not change a verdict.
CHANCE = {
    "ftp-brute": "counts guesses and seconds",
    "http-huawei-hg5xx-vuln": "order of a Lua table",
    "http-slowloris-check": "measures a server timeout of 10 s to the millisecond",
    "http-stored-xss": "reads the page that it has posted to, or an earlier copy of it",
    "http-svn-enum": "order of a Lua table",
    "http-wordpress-enum": "order of a Lua table",
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sluice", type=pathlib.Path)
    parser.add_argument("--lab", type=pathlib.Path, required=True)
    parser.add_argument("--silent", choices=("none", "sample", "all"), default="sample",
                        help="pairs without an answer of nmap that are run (all: half an hour more)")
    parser.add_argument("--services", type=lambda text: text.split(","), help="runs only these, separated by commas")
    parser.add_argument("--write", type=pathlib.Path, help="writes the page to this file instead of standard output")
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
            record.verdict = "equal on retry" if again else second_verdict(lab, record, ours, theirs, speaking)


def speaking_nmap(lab, case):
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as settings:
        settings.write(LETS_SPEAK)
        settings.flush()
        return lab.answers(case, f"env OPENSSL_CONF={settings.name} nmap")


def due_to_tls(lab, record, ours, speaking):
    """True if nmap agrees, or fails where sluice has an answer, once it permits weak servers."""
    if speaking is None:
        return False
    key = record.where, record.script
    return any(lab.agree(record, speaking, said) or (key in said and key not in speaking) for said in ours)


def due_to_pace(record, ours, theirs):
    """True if all places together have equal answers of the script, except for numbers in the order of finding."""
    def lines(said):
        text = "\n".join(answer["output"] for (_, script), answer in said.items() if script == record.script)
        return {re.sub(r"\bNMAP-\d+", "NMAP-n", line) for line in text.splitlines() if "Statistics:" not in line}
    return any(lines(said) == lines(other) for said in ours for other in theirs)


def second_verdict(lab, record, ours, theirs, speaking):
    """Returns the verdict on a record that no answer of sluice in `ours` (None: the run failed) is equal to. `theirs`:
    answers of nmap; `speaking`: those of an nmap that permits weak servers."""
    if None in ours:
        return "crashed"
    if purpose(record) == WEAK_TLS and due_to_tls(lab, record, ours, speaking):
        return "on purpose"
    if purpose(record) == PACE and due_to_pace(record, ours, theirs):
        return "on purpose"
    if any(lab.agree(record, said, answers) for said in theirs for answers in ours):
        return "equal to nmap now"
    if any(not lab.agree(record, said, theirs[0]) for said in theirs):
        return "nmap varies"
    if theirs and lab.judge(record, theirs[0])[0] != "equal":
        return "record outdated"
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
    yield "| service | case | place | script | verdict | known cause |"
    yield "|---|---|---|---|---|---|"
    for record in records:
        if record.verdict != "equal":
            reason = purpose(record) or CHANCE.get(record.script, "")
            yield (f"| {record.service} | {record.case['id']} | {record.where} | {record.script} | {record.verdict} | "
                   f"{reason} |")


def wrapped(text):
    return textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)


def item(text):
    return textwrap.wrap(text, 120, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def together_report(verdicts):
    counts = collections.Counter(verdicts.values())
    asked = [record for record, verdict in verdicts.items() if verdict != "left out"]
    yield from wrapped(
        f"One run examines all {len({record.service for record in asked})} services with "
        f"{len({record.script for record in asked})} scripts on {together.SLOTS} socket slots. It has the cases "
        "without arguments and options of their own. An answer must be equal to the answer of a run of its case alone. "
        "\"unequal alone\" counts pairs of the table above.")
    yield ""
    yield "| pairs | " + " | ".join(columns := ("equal", "unequal alone", "left out", *UNEQUAL)) + " |"
    yield "|" + "---:|" * (1 + len(columns))
    yield f"| {len(verdicts)} | " + " | ".join(str(counts[column]) for column in columns) + " |"
    yield ""
    yield "The run leaves out scripts whose answers depend on other scripts through the registry or the server:"
    yield ""
    yield "| left out | reason |"
    yield "|---|---|"
    for kind, reasons in (("category", together.LEFT_OUT_CATEGORIES), ("script", together.LEFT_OUT_SCRIPTS),
                          ("service", together.LEFT_OUT_SERVICES)):
        yield from (f"| {kind} `{name}` | {reason} |" for name, reason in reasons.items())
    failed = [(record, verdict) for record, verdict in verdicts.items() if verdict in UNEQUAL]
    if failed:
        yield ""
        yield "| service | place | script | verdict |"
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
    yield from wrapped("`make conformance LAB=...` writes this page. [nse-compat.md](nse-compat.md) and "
                       "[differences.md](differences.md) describe the causes of the differences.")
    yield ""
    yield "| what | count |"
    yield "|---|---:|"
    yield f"| stock scripts that load | {len(loading)} of {len(installed)} |"
    yield f"| unit tests of nselib that pass | {tests.passed} of {tests.total}, in {tests.suites} suites |"
    yield f"| libraries of these tests that do not load | {', '.join(tests.libraries_not_loaded) or 'none'} |"
    yield ""
    yield "## Services"
    yield ""
    yield from wrapped(
        "A pair is the answer of one script at one place (a port, a host, a phase), as text and as structured value. A "
        f"pair is silent if nmap has no answer of the script there; {SILENT[options.silent]}. Each unequal pair is run "
        f"again alone, up to {RUNS_AGAIN} times. If it is equal in none of these runs, the installed nmap is run "
        f"{RUNS_AGAIN} times. The columns have these meanings:")
    yield ""
    for column in (
            "equal on retry: the answer is equal in one of the runs alone.",
            "equal to nmap now: an answer of sluice is equal to an answer of the installed nmap.",
            "on purpose: the answer differs for a cause that [differences.md](differences.md) lists. Either nmap gives "
            "the same answer, or fails, once OpenSSL permits weak servers; or all places of the case together have the "
            "answers that they have in nmap.",
            "nmap varies: sluice agrees with no run of nmap, and these do not agree with each other.",
            "record outdated: the runs of nmap agree with each other, but neither with the record nor with sluice.",
            "different, missing, crashed: none of these applies; the answer differs, is missing, or the run failed."):
        yield from item(column)
    yield ""
    yield from table(records)
    yield ""
    yield "These pairs were not equal in the first run:"
    yield ""
    yield from unequal(records)
    yield ""
    yield "The other scripts have no records. `tests/conformance/live.py` compares them with the installed nmap."
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
