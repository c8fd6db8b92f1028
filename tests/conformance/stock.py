# SPDX-License-Identifier: Apache-2.0
"""What sluice makes of the stock collection: how many scripts load, and what nselib's own unit tests say."""

import dataclasses
import pathlib
import re
import subprocess

MODULES = ("nmap", "openssl", "zlib", "libssh2", "lfs", "lpeg")
SCRIPTS = pathlib.Path("/usr/share/nmap/scripts")
RUN_LIMIT = 120  # seconds
NOT_PROVIDED = {"pcre"}  # gone from Nmap as well


def run(sluice, *options):
    done = subprocess.run([sluice, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=RUN_LIMIT)
    if done.returncode:
        raise RuntimeError(f"{options}: exit code {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def scripts_that_load(sluice):
    """The ids of the scripts that --script-help all knows, and those of all that are installed."""
    helped = re.findall(r"^(\S+)\nCategories:", run(sluice, "-v", "--script-help", "all"), re.M)
    return helped, sorted(path.stem for path in SCRIPTS.glob("*.nse"))


@dataclasses.dataclass
class UnitTests:
    suites: int
    passed: int
    total: int
    libraries_not_loaded: list
    output: str


def unit_tests(sluice):
    output = run(sluice, "-d", "--script", "unittest", "--script-args", "unittest.run")
    counts = [(int(n), int(m)) for n, m in re.findall(r"(\d+) of (\d+) tests passed", output)]
    return UnitTests(len(counts), sum(n for n, _ in counts), sum(m for _, m in counts),
                     re.findall(r"Failed to load ([\w.-]+):", output), output)


def functions_called():
    """What scripts and libraries call of the modules that the engine supplies, as "module.function"."""
    called = set()
    for path in [*SCRIPTS.glob("*.nse"), *SCRIPTS.parent.glob("nselib/**/*.lua")]:
        text = re.sub(r"--\[(=*)\[.*?\]\1\]|--[^\n]*", "", path.read_text(encoding="latin-1"), flags=re.S)
        called.update(re.findall(rf"(?<![\w./:\"'-])((?:{'|'.join(MODULES)})\.\w+)(?:[({{]|\s+[({{\"'])", text))
    return sorted(called)
