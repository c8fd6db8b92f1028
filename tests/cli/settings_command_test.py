# SPDX-License-Identifier: Apache-2.0
"""settings_command_test.py SLUICE DOCS: runs of the command with settings, and the commands of docs/settings.md. No run
sends a packet: they list targets."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above
from ndjson_lines import keep_lines  # noqa: E402

SLUICE, DOCS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
SYSTEM = pathlib.Path("/etc/sluice/sluice.toml")
LIMIT = 60  # seconds for a command


class Settings(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "bin").mkdir()
        (self.place / "bin/sluice").symlink_to(SLUICE)
        others = {name: value for name, value in os.environ.items()
                  if not name.startswith(("SLUICE_", "XDG_", "SUDO_"))}
        self.environment = {**others, "PATH": f"{self.place}/bin:/usr/bin:/bin", "HOME": str(self.place),
                            "XDG_STATE_HOME": str(self.place / "state")}
        self.file = self.place / ".config/sluice/sluice.toml"

    def settings(self, text):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)
        self.file.chmod(0o600)

    def run_sluice(self, *arguments, code=0, **variables):
        ended = subprocess.run(["sluice", *arguments], cwd=self.place, env={**self.environment, **variables},
                               capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended

    def refused(self, *arguments, **variables):
        ended = self.run_sluice(*arguments, code=2, **variables)
        self.assertEqual(ended.stdout, "")
        message, last = ended.stderr.splitlines()
        self.assertEqual(last, "QUITTING!")
        return message

    def options(self, *arguments, **variables):
        shown = json.loads(self.run_sluice("config", "--json", *arguments, **variables).stdout)
        return {row["option"]: row for row in shown["options"]}

    def test_options_of_the_file_are_in_force_and_in_the_reports(self):
        self.settings('exclude = "127.0.0.2"\n')
        out = self.run_sluice("-n", "-sL", "-oA", "scan", "-oJ", "scan.json", "127.0.0.1-3").stdout
        keep_lines((self.place / "scan.json").read_text())
        self.assertIn("127.0.0.3", out)
        self.assertNotIn("127.0.0.2", out)
        typed = "sluice -n -sL -oA scan -oJ scan.json 127.0.0.1-3"
        for name in ("scan.nmap", "scan.gnmap"):
            first, second = (self.place / name).read_text().splitlines()[:2]
            self.assertTrue(first.endswith(" as: " + typed), first)
            self.assertEqual(second, "# Settings in force: --exclude 127.0.0.2")
        in_force = "sluice --exclude 127.0.0.2" + typed.removeprefix("sluice")
        self.assertEqual(xml.etree.ElementTree.parse(self.place / "scan.xml").getroot().get("args"), in_force)
        started = json.loads((self.place / "scan.json").read_text().splitlines()[0])
        self.assertEqual((started["arguments"], started["typed"]), (in_force.split(), typed.split()))

    def test_journal_keeps_the_options_in_force(self):
        self.settings('exclude = "127.0.0.2"\nreason = true\n')
        self.run_sluice("-n", "-sL", "--journal", "run.db", "-oX", "scan.xml", "127.0.0.1-3")
        [run] = json.loads(self.run_sluice("history", "run.db", "--json").stdout)
        self.assertEqual(run["arguments"][1:4], ["--exclude", "127.0.0.2", "--reason"])
        self.settings("this is an error")  # the commands that read reports read no settings
        self.assertIn("127.0.0.3", self.run_sluice("show", "run.db").stdout)
        self.run_sluice("convert", "run.db", "-oX", "again.xml")
        self.assertEqual((self.place / "again.xml").read_text(), (self.place / "scan.xml").read_text())
        self.run_sluice("diff", "run.db", "again.xml")
        self.run_sluice("merge", "run.db", "again.xml", "-oX", "merged.xml")
        self.assertIn("nothing to resume", self.run_sluice("--resume", "run.db").stderr)

    def test_resumed_log_has_the_options_of_its_run(self):
        self.settings('exclude = "127.0.0.2"\n')
        self.run_sluice("-n", "-sL", "-oN", "scan.nmap", "127.0.0.1-3")
        log = self.place / "scan.nmap"
        lines = log.read_text().splitlines(keepends=True)
        log.write_text("".join(lines[:3]))
        self.assertNotIn("127.0.0.3", log.read_text())
        self.settings('exclude = "127.0.0.3"\n')
        self.run_sluice("--resume", "scan.nmap")
        self.assertIn("127.0.0.3", log.read_text())
        self.assertNotIn("report for 127.0.0.2", log.read_text())

    def test_command_line_environment_profile_and_file_count_in_this_order(self):
        self.settings("max-rate = 1\n[profile.p]\nmax-rate = 2\n")

        def origin(*arguments, **variables):
            row = self.options(*arguments, **variables)["max-rate"]
            return row["value"], row["origin"], row.get("line"), row.get("profile"), row.get("variable")

        self.assertEqual(origin(), ("1", "file", 1, None, None))
        self.assertEqual(origin("--profile", "p"), ("2", "file", 3, "p", None))
        self.assertEqual(origin("--profile", "p", SLUICE_MAX_RATE="3"),
                         ("3", "environment", None, None, "SLUICE_MAX_RATE"))
        self.assertEqual(origin("--profile", "p", "--max-rate", "4", SLUICE_MAX_RATE="3"),
                         ("4", "command line", None, None, None))
        self.assertNotIn("max-rate", self.options("--unset", "max-rate"))
        self.assertNotIn("max-rate", self.options("--no-config", SLUICE_MAX_RATE="3"))

    def test_directory_of_the_environment_replaces_that_of_the_home(self):
        self.settings("ttl = 1\n")
        other = self.place / "other/sluice/sluice.toml"
        other.parent.mkdir(parents=True)
        other.write_text("ttl = 2\n")
        other.chmod(0o600)
        self.assertEqual(self.options()["ttl"]["value"], "1")
        self.assertEqual(self.options(XDG_CONFIG_HOME=f"{self.place}/other")["ttl"]["value"], "2")
        if os.geteuid() == 0:  # sudo has started root's process: its own file counts, which is not the one of HOME
            self.assertNotEqual(self.options(SUDO_UID="1000").get("ttl", {}).get("file"), str(self.file))

    def test_bad_input_is_refused_with_its_place_and_the_remedy(self):
        place = f"sluice: {self.file}"
        list_targets = ("-n", "-sL", "127.0.0.1")
        for text, message in (
                ("open = true\nmax-rte = 1\n", f"{place}:2: max-rte: unknown option; did you mean max-rate?"),
                ("ttl = 300\n", f"{place}:1: ttl: 300 is not between 0 and 255."),
                ("T = 9\n", f"{place}:1: T: 9 is not between 0 and 5."),
                ('max-rate = "fast"\n', f'{place}:1: max-rate: "fast" is not a number.'),
                ("min-rate = 5\nmax-rate = 1\n",
                 f"{place}:1: min-rate 5: is more than --max-rate 1 ({self.file}:2 gives --max-rate)."),
                ("F = true\np = 80\n", None)):
            self.settings(text)
            if message:
                self.assertEqual(self.refused(*list_targets), message)
            else:
                refused = self.refused("-n", "127.0.0.1")
                self.assertIn(f"{self.file}:1: F and -p exclude each other", refused)
                self.assertIn(f"({self.file}:2 gives -p)", refused)
        self.settings("")
        self.file.chmod(0o666)
        self.assertEqual(self.refused(*list_targets), f"{place}: can be written by other users; chmod go-w it if you "
                                                      "trust it.")
        self.file.unlink()
        self.assertEqual(self.refused(*list_targets, SLUICE_OPEN="maybe"),
                         'sluice: SLUICE_OPEN: "maybe" is neither true nor false.')
        self.assertEqual(self.refused(*list_targets, SLUICE_TTL="300"),
                         "sluice: SLUICE_TTL: 300 is not between 0 and 255.")
        self.assertEqual(self.refused("--profile", "p", *list_targets),
                         "sluice: --profile: no settings file has a profile; write a table [profile.p].")
        self.assertEqual(self.refused("--config", "none.toml", *list_targets),
                         "sluice: --config: none.toml: there is no such file.")
        self.run_sluice("--config", "/dev/null", *list_targets)

    def test_value_that_the_engine_checks_is_refused_with_its_place(self):
        (self.place / "broken.nse").write_text("categories = {\n")
        for option, value in (("script", "http-titel"), ("script", "./broken.nse"), ("script-args-file", "none"),
                              ("datadir", "none"), ("versiondb", "none"), ("servicedb", "none"),
                              ("excludefile", "none"), ("exclude", "127.0.0.1/99"), ("dns-servers", "none"),
                              ("e", "none"), ("S", "192.0.2.1"), ("exclude-ports", "none"), ("PS", "none")):
            scripts = "" if option == "script" else "sC = true\nsV = true\n"
            self.settings(f'{option} = "{value}"\n{scripts}')
            self.assertIn(f"sluice: {self.file}:1: {option}", self.refused("-n", "-p1", "127.0.0.1"))
            self.settings(scripts)
            if len(option) > 2:
                variable = "SLUICE_" + option.upper().replace("-", "_")
                self.assertIn(f"sluice: {variable}: ", self.refused("-n", "-p1", "127.0.0.1", **{variable: value}))

    def test_misspelt_variable_gives_a_warning(self):
        ended = self.run_sluice("-n", "-sL", "127.0.0.1", SLUICE_MAXRATE="5", SLUICE_OF_OTHERS="5")
        self.assertEqual(ended.stderr, "Warning: SLUICE_MAXRATE: is no variable of sluice; the closest one is "
                                       "SLUICE_MAX_RATE.\n")

    def test_built_in_values_are_shown_on_request_only(self):
        self.settings("max-rate = 1\n")
        few, all_rows = (self.run_sluice("config", *more).stdout for more in ([], ["--all"]))
        self.assertNotIn(" default\n", few)
        self.assertIn("\nOptions with built-in values are left out; --all shows them\n", few)
        self.assertNotIn("--all", all_rows)
        self.assertRegex(all_rows, r"\AOPTION .*\nmax-rate +1 .*\n(\S+ +\S+ +default\n){25}")
        shown = self.options()
        self.assertEqual(shown, self.options("--all"))
        self.assertEqual((shown["max-retries"]["value"], shown["max-retries"]["origin"]), ("10", "default"))
        self.assertEqual(self.options("-T5")["max-retries"]["value"], "2")
        self.file.unlink()
        self.assertTrue(self.run_sluice("config").stdout.startswith("No option is given.\n"))

    def test_built_in_slots_are_those_that_a_run_logs(self):
        for options in ([], ["-T2"], ["--max-parallelism", "30"]):
            logged = self.run_sluice("-d", "-n", "-sL", *options, "127.0.0.1").stdout
            [slots, per_host] = re.search(r"(\d+) socket slots \(.*\), (\d+) per host", logged).groups()
            shown = self.options(*options)
            self.assertEqual((shown["socket-slots"]["value"], shown["host-slots"]["value"]), (slots, per_host))

    def test_wrong_value_is_refused_by_config_as_by_a_run(self):
        self.settings("T = 9\n")
        for line in (["config"], ["-n", "-sL", "127.0.0.1"]):
            self.assertEqual(self.refused(*line), f"sluice: {self.file}:1: T: 9 is not between 0 and 5.")

        for option, value in (("-p", "99999"), ("-p", "80-70"), ("-p", "abc"), ("-PS", "abc"), ("-PU", "T:80"),
                              ("--exclude-ports", "x"), ("--dns-servers", "zz"), ("--exclude", "1.2.3.4/99"),
                              ("--script-args", "{")):
            given = (option + value,) if option.startswith("-P") else (option, value)
            message = self.refused("-n", "--unset", "T", "-sC", *given, "127.0.0.1")
            self.assertEqual(self.refused("config", "--unset", "T", "-sC", *given), message)
            self.assertIn(f"sluice: {option}", message)
        self.run_sluice("config", "--unset", "T", "-p", "http,U:53", "-PS22-80", "--exclude", "host.invalid,127.0.0.2",
                        "--dns-servers", "192.0.2.1:53")

    def test_levels_are_shown_as_numbers(self):
        for given, levels in ((["-vvv"], {"v": "3", "d": "0"}), (["-v", "-vv"], {"v": "3"}), (["-v"], {"v": "1"}),
                              (["-v5"], {"v": "5"}), (["--verbose"], {"v": "1", "verbose": None}),
                              (["-dd"], {"v": "2", "d": "2"}), (["-d", "-v"], {"v": "2", "d": "1"})):
            shown = self.options(*given)
            self.assertEqual({name: shown.get(name, {}).get("value") for name in levels}, levels, given)
        self.settings("v = 2\nd = false\n")
        self.assertEqual((self.options()["v"]["value"], self.options()["v"]["line"]), ("2", 1))
        self.assertEqual(self.options("-v")["v"]["value"], "1")

    def test_config_hides_secrets_of_script_arguments(self):
        self.settings('script-args = ["user=a", "http.password=b"]\n')
        self.assertEqual(self.options()["script-args"]["value"], "user=a,http.password=<redacted>")

    def shell(self, text, code=0):
        ended = subprocess.run(["/bin/bash", "-c", "set -e\n" + text], cwd=self.place, env=self.environment,
                               capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(ended.returncode, code, ended.stderr)
        return ended

    def test_commands_of_the_page_work(self):
        page = pages.Page(DOCS)
        file, look, output, others, bad, message = page.blocks()
        (self.place / "sluice.toml").write_text(file)
        (self.place / "sluice.toml").chmod(0o644)
        shown = self.shell("umask 022\n" + look).stdout.replace(str(self.place), "~")
        if not SYSTEM.exists():
            self.assertEqual(shown, output)
        slow, template, variable, unset = others.splitlines()
        self.assertRegex(self.shell(slow).stdout, r"max-rate +20 .*\(profile slow\)\n")
        self.assertRegex(self.shell(slow).stdout, r"\nT +4 +command line\n")
        self.assertRegex(self.shell(template).stdout, r"\nmax-rtt-timeout +1250ms +default\n")
        self.assertIn('"variable": "SLUICE_MAX_RATE"', self.shell(variable).stdout)
        self.assertIn("127.0.0.1", self.shell(unset).stdout)
        self.assertEqual(self.shell("umask 022\n" + bad, 2).stderr, message)
        page.ran(look + others + bad)
        page.check()


if __name__ == "__main__":
    unittest.main()
