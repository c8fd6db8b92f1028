# SPDX-License-Identifier: Apache-2.0
"""The commands of the documentation, as they are printed there. The test of a page runs its commands and notes each one
with `Page.ran`; `Page.check` fails if a command is left. tests/tools/pages_test.py checks that each page has a test."""

import pathlib
import re
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELL = ("sh", "slurm")  # each line of such a block is a command
CODE = ("c", "cmake", "cpp", "json", "lua", "python", "toml")  # no line of such a block is a command
OTHER = ("", "yaml")  # a line of such a block, or of an indented one, is a command if it begins with a program
PROGRAM = re.compile(r"(?:\w+=\S* )*(?:exec )?(?:sluice|masscan|naabu|nmap|rustscan|proxychains4|make|cmake|c\+\+|cc|"
                     r"apt|(?:tools|bench|build|\.ci)/\S+)(?= |$)")

# Commands that no test runs, with the reasons. tests/tools/pages_test.py checks that what they name exists.
BUILDS = "builds sluice, which takes minutes and may install packages"
INSTALLS = "changes the machine; Package.InstalledFilesAreCompleteAndRemovable uses a temporary directory"
EXAMPLE = "Package.ConsumersBuildAndRunWithInstalledTree runs it with free ports"
NOT_RUN = {
    "README.md": {
        "make run": BUILDS,
        "make test": BUILDS,
        "make deb": BUILDS,
        "apt install ./build/deb/sluice_*.deb ./build/deb/libsluice0.?_*.deb": INSTALLS,
    },
    "docs/install.md": {
        "make deb": BUILDS,
        "apt install ./build/deb/sluice_*.deb ./build/deb/libsluice0.?_*.deb": INSTALLS,
        "make install": INSTALLS,
        "make install PREFIX=$HOME/.local": INSTALLS,
        "make install PREFIX=/usr DESTDIR=/tmp/tree": INSTALLS,
        "make uninstall": INSTALLS,
        "make dist": "packs the last commit; Package.SourceArchiveMakesItselfWithoutGit makes an archive",
        "make release-check": "takes an hour and needs root",
        "make release-check RELEASE=trixie": "takes an hour and needs root",
    },
    "docs/embedding.md": {
        "cmake -S . -B build/install -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSLUICE_TESTS=OFF": BUILDS,
        "cmake --build build/install": BUILDS,
        "cmake --install build/install --prefix /usr/local": INSTALLS,
        "c++ -std=c++20 program.cpp $(pkg-config --cflags --libs sluice)": EXAMPLE,
        "cc -std=c11 program.c $(pkg-config --cflags --libs sluice)": EXAMPLE,
        "collect 127.0.0.1 25,8080": EXAMPLE,
        "event_loop 127.0.0.1 2525": EXAMPLE,
        "scan -n -Pn -p 2525 --script banner 127.0.0.1 | grep '\"event\":\"script\"'": EXAMPLE,
        "SLUICE_LIBRARY=/usr/local/lib/libsluice.so python3 scan.py options.json": EXAMPLE,
    },
    "docs/dependencies.md": {"tools/install-packages build test": "changes the machine: installs packages"},
    "docs/reliability.md": {"make journal-torture": "takes ten minutes"},
    "CONTRIBUTING.md": {
        "make test": BUILDS,
        "make test CTEST_ARGS=\"-R SlotPool\"": BUILDS,
        "cmake --preset dev && cmake --build --preset dev --target core_test && build/dev/core_test": BUILDS,
        "make format": "changes the sources",
        "make tidy": BUILDS,
        "make test-asan": BUILDS,
        "make test-tsan TARGETS=library_test CTEST_ARGS='-R Workers'": BUILDS,
        ".ci/run": BUILDS,
    },
}


class Command(typing.NamedTuple):
    line: int
    text: str  # without the prompt, and without the comment that two spaces separate


def commands(text):
    """Returns the commands of a page. A line that ends with a backslash or `|` continues in the next one.
    Errors: ValueError for a fenced block in a language that SHELL, CODE and OTHER lack."""
    found, language, indented, before = [], None, False, ""
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        fence = re.match(r"```(.*)", line)
        if fence:
            language = fence[1] if language is None else None
            if language not in (None, *SHELL, *CODE, *OTHER):
                raise ValueError(f"line {number}: tests/support/pages.py lacks the language {language}")
            continue
        indented = line.startswith("    ") and (indented or not before)
        before = line.strip()
        shell = language in SHELL
        prompt = re.match(r"\$ |# (?=sluice )", before)
        if (language is None and not indented) or language in CODE or not before:
            continue
        command = before[prompt.end():] if prompt else before
        if command.startswith("#") or not (shell or prompt and command or PROGRAM.match(command)):
            continue
        while command.endswith(("\\", "|")):
            command += "\n" + next(lines)[1].strip()
        found.append(Command(number, re.sub(r"\s{2,}# .*$", "", command)))
    return found


class Page:
    """A page whose commands a test runs. `edit` returns the text to run for the text of the page, with the same lines:
    it may replace ports."""

    def __init__(self, path, edit=lambda text: text):
        path = pathlib.Path(path).resolve()
        self.name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        self.text = edit(path.read_text())
        self.left = [each for each in commands(self.text) if each.text not in NOT_RUN.get(self.name, {})]

    def blocks(self, *languages):
        """Returns the contents of the fenced blocks in these languages; of all without languages."""
        return [text for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", self.text, re.M | re.S)
                if not languages or language in languages]

    def scripts(self):
        """Returns the name and the source of each Lua block. The text before it names the file, last."""
        blocks = re.finditer(r"^```lua\n(.*?)^```$", self.text, re.M | re.S)
        return [(re.findall(r"`(\w+\.nse)`", self.text[:block.start()])[-1], block[1]) for block in blocks]

    def ran(self, text):
        """Notes that a shell has run the commands in `text`: a part of a block, or the text of a command."""
        lines = {each.text for each in commands(f"```sh\n{text}\n```\n")}
        self.left = [each for each in self.left if each.text not in lines]

    def check(self):
        """Errors: AssertionError if a command was not run."""
        assert not self.left, "no test runs these commands:\n" + "\n".join(
            f"{self.name}:{each.line}: {each.text}" for each in self.left)
