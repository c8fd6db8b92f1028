# SPDX-License-Identifier: Apache-2.0
"""The time of one Tab: the answer of the program with the installed scripts."""

from cases import Case, rules
import harness

LIMIT = 20  # ms
WORDS = {  # what is typed, with a candidate that the answer must have
    "an option": (["--scr"], r"^--script\t"),
    "a script": (["--script", "banner,http-ti"], r"^banner,http-title\t"),
    "a category": (["--script=vul"], r"^--script=vuln\t"),
    "an argument of one script": (["--script", "http-title", "--script-args", "http-t"], r"^http-title\.url=\t"),
    "an argument of the default scripts": (["-sC", "--script-args", "http-title"], r"^http-title\.url=\t"),
    "a run of the history": (["show", "@l"], r"^@last\t"),
}


def run(context, results):
    scripts = len(list(rules.DATADIR.glob("scripts/*.nse")))
    for what, (words, candidate) in WORDS.items():
        task = harness.Task([context.sluice, "complete", "--", *words], harness.shows(candidate, 1))
        costs = harness.alternate({"sluice": task}, context.runs * 5)
        results.costs(what, costs)
        results.claim(f"{what}: wall, {scripts} scripts installed", 1000 * costs["sluice"].wall, LIMIT, unit="ms")


CASE = Case("completion", "Completes the last word of a command line, as a shell asks for it at Tab.", run)
