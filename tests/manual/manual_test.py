#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""manual_test.py GENERATOR SOURCES pages|tables: `pages` checks the manual pages by mandoc; `tables` compares the pages
of docs/ with those that the generator makes of them."""

import pathlib
import re
import subprocess
import sys
import tempfile

DAY = 1764547200  # 2025-12-01T00:00:00Z


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def check_tables(generator, sources):
    tables = 0
    for page in sorted(sources.glob("docs/*.md")):
        text = page.read_text()
        tables += text.count("<!-- table: ")
        if output_of(generator, "tables", page) != text:
            sys.exit(f"{page.name}: differs from the table of options; make docs writes it again")
    if tables < 10:
        sys.exit(f"docs/ has only {tables} tables")


def complaints_of(pages):
    """Returns what mandoc says about the pages. It looks for the pages that they name among the installed ones only."""
    run = subprocess.run(["mandoc", "-Tlint", *pages], capture_output=True, text=True, timeout=60)
    return [line for line in run.stdout.splitlines() if "referenced manual not found" not in line]


def check_pages(generator):
    with tempfile.TemporaryDirectory() as folder:
        output_of(generator, "pages", str(DAY), folder)
        pages = sorted(pathlib.Path(folder).glob("*.1"))
        names = [page.stem for page in pages]
        if "sluice" not in names or "sluice-diff" not in names:
            sys.exit(f"pages are missing: {names}")
        bad = pathlib.Path(folder) / "bad.1"
        bad.write_text(pages[0].read_text().replace(".Sh NAME\n", ".Sh NAME\nSentence. Sentence.\n"))
        if not complaints_of([bad]):
            sys.exit("mandoc finds nothing in a bad page")
        if complaints := complaints_of(pages):
            sys.exit("\n".join(complaints))
        for page in pages:
            text = page.read_text()
            if not text.startswith(".Dd December 1, 2025\n"):
                sys.exit(f"{page.name}: has another day: {text[:40]}")
            for other in re.findall(r"^\.Xr (sluice\S*) 1", text, re.MULTILINE):
                if other not in names:
                    sys.exit(f"{page.name}: names {other}(1), which does not exist")
        shown = output_of("mandoc", "-Tascii", "-Owidth=200", pages[names.index("sluice")])
        shown = re.sub(".\b", "", shown)
        for heading in "OPTIONS", "SIGNALS", "KEYS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO":
            if f"\n{heading}\n" not in shown:
                sys.exit(f"sluice.1: has no section {heading}")
        for option in "-iL FILE", "-PS[PORTS], -PA[PORTS], -PU[PORTS]", "--verbose[=LEVEL]", "--journal-sync full|normal":
            if option not in shown:
                sys.exit(f"sluice.1: does not show {option}")


if __name__ == "__main__":
    if sys.argv[3] == "tables":
        check_tables(sys.argv[1], pathlib.Path(sys.argv[2]))
    else:
        check_pages(sys.argv[1])
