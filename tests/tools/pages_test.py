# SPDX-License-Identifier: Apache-2.0
"""pages_test.py: each command of the documentation is run by a test, or is in the list of tests/support/pages.py with a
reason. The test of a page has the page as an argument in its tests.cmake, and runs the commands through `pages.Page`,
which fails if one is left. What the listed commands name must exist. The README is short, and links each page once."""

import json
import os
import pathlib
import re
import shlex
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above

ROOT = pages.ROOT
PATHS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SCREENS = 2 * 36  # lines of the README before its links


def registered():
    """Returns the scripts of the tests that have each page as an argument: {name of the page: [path]}."""
    found = {}
    for file in ROOT.glob("tests/*/tests.cmake"):
        for command in re.findall(r"^ *add_test\(NAME .*?\)(?=\n)", file.read_text(), re.M | re.S):
            script = re.search(r"\$\{CMAKE_CURRENT_LIST_DIR\}/(\w+\.py)", command)
            for name in re.findall(r"\$\{PROJECT_SOURCE_DIR\}/([\w/-]+\.md)", command):
                found.setdefault(name, []).append(file.parent / script[1])
    return found


def is_target(arguments):
    """True if the Makefile has the target and the variables of `arguments`. `make -n` succeeds for a phony target that
    has no rule."""
    rules = (ROOT / "Makefile").read_text()
    target, *settings = shlex.split(arguments)
    variables = [setting.split("=")[0] for setting in settings if re.match(r"[A-Z_]+=", setting)]
    return (re.search(rf"^{target}:", rules, re.M) or is_preset(target.removeprefix("test-"))) and all(
        re.search(rf"^(export )?{variable} \??=", rules, re.M) for variable in variables)


def is_preset(name):
    presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
    return any(preset["name"] == name for preset in presets)


def is_package(name):
    return re.search(rf"^Package: {name}(@SOVERSION@)?$", (ROOT / "packaging/debian/control.in").read_text(), re.M)


# What a command may name, and how to see that it exists.
NAMES = (
    (r"^make (.*)$", is_target),
    (r"--preset (\w+)", is_preset),
    (r"--target (\w+)_test", lambda floor: (ROOT / "tests" / floor).is_dir()),
    (r"-D(SLUICE_\w+|BUILD_SHARED_LIBS)", lambda name: f"option({name} " in (ROOT / "CMakeLists.txt").read_text()),
    (r"^cmake (--build|--install)", lambda _: (ROOT / "CMakeLists.txt").exists()),
    (r"^((?:tools|bench|\.ci)/\S+)", lambda path: os.access(ROOT / path, os.X_OK)),
    (r"build/deb/([a-z]+)[\w.?]*_\*\.deb", is_package),
    (r"pkg-config .*libs (\w+)", lambda name: (ROOT / f"cmake/{name}.pc.in").exists()),
    (r"^(collect|event_loop|scan) ", lambda name: [*ROOT.glob(f"examples/c*/{name}.c*")]),
    (r"python3 (\w+\.py)", lambda name: (ROOT / "examples/python" / name).exists()),
)


class Pages(unittest.TestCase):
    def test_each_page_with_commands_has_a_test(self):
        tests = registered()
        for path in PATHS:
            page = pages.Page(path)
            if page.name == "CHANGELOG.md" or not page.left:
                continue
            with self.subTest(page=page.name):
                self.assertTrue(tests.get(page.name), "no test runs the commands of this page:\n" +
                                "\n".join(f"{each.line}: {each.text}" for each in page.left))
                for script in tests[page.name]:
                    source = script.read_text()
                    for needed in ("pages.Page(", ".ran(", "page.check"):
                        self.assertIn(needed, source, f"{script} does not check that it runs each command")

    def test_listed_commands_are_on_their_pages_and_have_reasons(self):
        names = "\n".join(file.read_text() for file in ROOT.glob("tests/*/tests.cmake"))
        for name, listed in pages.NOT_RUN.items():
            printed = {each.text for each in pages.commands((ROOT / name).read_text())}
            self.assertLessEqual(set(listed), printed, name)
            for command, reason in listed.items():
                self.assertGreater(len(reason.split()), 2, command)
                for test in re.findall(r"\b[A-Z]\w+\.[A-Z]\w+", reason):
                    self.assertIn(f"NAME {test}", names, command)

    def test_what_listed_commands_name_exists(self):
        for name, command in ((name, command) for name, listed in pages.NOT_RUN.items() for command in listed):
            with self.subTest(page=name, command=command):
                found = [(word, exists) for pattern, exists in NAMES for word in re.findall(pattern, command)]
                self.assertTrue(found, "the test cannot tell what this command names")
                for word, exists in found:
                    self.assertTrue(exists(word), word)

    def test_targets_and_tools_in_the_text_exist(self):
        words = {word for path in PATHS for word in re.findall(r"`((?:make [a-z][\w-]*|(?:tools|bench)/[\w-]+)[^`]*)`",
                                                               path.read_text())}
        self.assertGreater(len(words), 20)
        for word in sorted(words):
            with self.subTest(word=word):
                name = word.removeprefix("make ")
                self.assertTrue(is_target(name) if name != word else (ROOT / word.split()[0]).exists())

    def test_readme_is_short_and_links_each_page_once(self):
        before, links = (ROOT / "README.md").read_text().split("## Documentation\n")
        self.assertLessEqual(before.count("\n"), SCREENS)
        self.assertNotIn("](docs/", before)
        self.assertEqual(sorted(re.findall(r"\]\((docs/[^)]*)\)", links)),
                         [str(path.relative_to(ROOT)) for path in PATHS if path.parent != ROOT])

    def test_command_that_was_not_run_is_reported(self):
        text = ("    $ sluice -n a |\n        jq .\n    output\n\n    make all  # comment\n\nText\n    sluice b\n\n"
                "```sh\n# comment\nprintf 1 \\\n  2\n```\n```\nsluice: message\nexec sluice c\n```\n"
                "```lua\nsluice d\n```\n")
        self.assertEqual([(each.line, each.text) for each in pages.commands(text)],
                         [(1, "sluice -n a |\njq ."), (5, "make all"), (12, "printf 1 \\\n2"), (17, "exec sluice c")])
        with self.assertRaisesRegex(ValueError, "lacks the language fish"):
            pages.commands("```fish\n```\n")
        with tempfile.TemporaryDirectory() as place:
            path = pathlib.Path(place) / "page.md"
            path.write_text(text)
            page = pages.Page(path)
            page.ran("sluice -n a |\n  jq .\nmake all\n")
            page.ran("umask 022\nexec sluice c")
            with self.assertRaisesRegex(AssertionError, r"page\.md:12: printf"):
                page.check()
            page.ran("printf 1 \\\n  2")
            page.check()


if __name__ == "__main__":
    unittest.main()
