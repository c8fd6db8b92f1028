# SPDX-License-Identifier: Apache-2.0
"""Formats results as a table for the terminal, as NDJSON and as Markdown."""

import dataclasses
import json
import os
import pathlib
import platform
import re
import subprocess

import harness


@dataclasses.dataclass
class Claim:
    """A figure with its limit. A figure without a limit is only reported."""
    what: str
    value: float
    limit: float = None
    at_least: bool = False
    unit: str = ""

    @property
    def verdict(self):
        if self.limit is None:
            return "reported"
        return "reached" if (self.value >= self.limit if self.at_least else self.value <= self.limit) else "TO REACH"

    def shown(self, value):
        return f"{value:.1%}" if self.unit == "%" else f"{value:,.3g}{' ' if self.unit else ''}{self.unit}" \
            if abs(value) < 1000 else f"{value:,.0f} {self.unit}".rstrip()

    @property
    def cells(self):
        limit = "" if self.limit is None else ("≥ " if self.at_least else "≤ ") + self.shown(self.limit)
        return [self.what, self.shown(self.value), limit, self.verdict]


@dataclasses.dataclass
class Results:
    """Results of a case: claims, and rows of the absolute figures from which they are computed."""
    claims: list = dataclasses.field(default_factory=list)
    columns: list = dataclasses.field(default_factory=list)
    figures: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    missing: list = dataclasses.field(default_factory=list)  # reasons why parts could not be measured

    def claim(self, what, value, limit=None, **more):
        self.claims.append(Claim(what, value, limit, **more))

    def row(self, *cells):
        self.figures.append(list(cells))

    def costs(self, what, costs):
        """Adds a row (what, who, user, system, wall) for each cost."""
        self.columns = ["", "who", "user s", "system s", "wall s"]
        for who, cost in costs.items():
            self.row(what, who, cost.user, cost.system, cost.wall)


def first_line(*command):
    try:
        said = subprocess.run(command, capture_output=True, text=True, cwd=harness.ROOT).stdout
    except OSError:
        return "?"
    return said.partition("\n")[0] or "?"


def commit_of(program):
    """Returns the commit of the release build of these sources; for another program, its path."""
    if pathlib.Path(program) != harness.ROOT / "build/release/sluice":
        return f" ({program})"
    commit = first_line("git", "describe", "--always")
    if commit == "?":  # the sources are no clone, or there is no git
        return ""
    # Compares the sources only, because measuring changes bench/measured.
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "src", "include", "cmake", "CMakeLists.txt"],
                             cwd=harness.ROOT).returncode != 0
    return f" ({commit}{'-dirty' if changed else ''})"


def surroundings(context):
    """Returns the machine, the versions and the mode of the measurement."""
    model = re.search(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "sluice": first_line(context.sluice, "--version") + commit_of(context.sluice),
        "nmap": first_line(context.nmap, "--version"),
        "mode": f"{'quick: smaller sizes, ' if context.quick else ''}medians of {context.runs}",
    }


def text(rows):
    """Formats rows of cells as aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def rows_of(name, results):
    """Returns the rows of a case in the table of all cases."""
    return [[name, *claim.cells] for claim in results.claims] + \
        [[name, why[:90], "", "", "NOT MEASURED"] for why in results.missing]


HEAD = ["case", "what", "measured", "to reach", "verdict"]


def ndjson(name, results, about):
    """Returns one JSON object per line: for each claim, each missing part, and each row of figures."""
    lines = [{"case": name, **dataclasses.asdict(claim), "verdict": claim.verdict.lower()} for claim in results.claims]
    lines += [{"case": name, "verdict": "not measured", "why": why} for why in results.missing]
    lines += [{"case": name, "figures": dict(zip(results.columns, row))} for row in results.figures]
    return "".join(json.dumps({**line, **about}) + "\n" for line in lines)


def cell(value):
    return f"{value:,.0f}" if isinstance(value, float) and abs(value) >= 1000 else \
        f"{value:.3g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def markdown_table(rows):
    head, *body = rows
    return "\n".join(["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body]])


MEASURED = harness.ROOT / "bench/measured"  # last results of each case, from which docs/benchmarks.md is written


def keep(name, results, about):
    """Stores the results of a case."""
    MEASURED.mkdir(exist_ok=True)
    (MEASURED / f"{name}.json").write_text(
        json.dumps({"about": about, **dataclasses.asdict(results)}, indent=1, ensure_ascii=False) + "\n")


def kept(name):
    """Returns the stored (Results, about) of a case; None if it was never measured."""
    path = MEASURED / f"{name}.json"
    if not path.exists():
        return None
    fields = json.loads(path.read_text())
    about = fields.pop("about")
    claims = [Claim(**claim) for claim in fields.pop("claims")]
    return Results(claims=claims, **fields), about


def markdown(cases, about):
    """Returns the text of docs/benchmarks.md: the table of all cases, then the absolute figures of each case. For cases
    that were not measured in this run, it has the stored results."""
    parts = ["# Benchmarks\n",
             "`make bench` writes this page; do not edit it. It runs sluice, nmap and bare programs in turns. The "
             "ratios are the result; the\nabsolute figures hold for one machine only. A case that was measured on "
             "another machine or with another build says so below.\n"]
    parts += [f"- {key}: {value}" for key, value in about.items()]
    measured = [(case, *found) for case in cases if (found := kept(case.name))]
    rows = [HEAD] + [row for case, results, _ in measured for row in rows_of(case.name, results)]
    parts += ["", markdown_table(rows), ""]
    for case, results, then in measured:
        parts += [f"## {case.name}\n", case.what + "\n"]
        differs = [f"{key}: {value}" for key, value in then.items() if value != about[key]]
        parts += ["Measured earlier: " + "; ".join(differs) + ".\n"] if differs else []
        if results.figures:
            shown = [[cell(value) for value in row] for row in results.figures]
            parts += [markdown_table([results.columns, *shown]), ""]
        parts += [note + "\n" for note in results.notes + results.missing]
    return "\n".join(parts).rstrip() + "\n"
