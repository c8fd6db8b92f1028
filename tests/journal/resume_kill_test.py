# SPDX-License-Identifier: Apache-2.0
"""resume_kill_test.py SLUICE [--sanitized]: kills runs at random times and resumes them until they end. Their reports
must be those of a run that was not killed, and no server may receive twice what the journal had.

Environment: SLUICE_KILLS: number of kills (30; 8 with --sanitized); SLUICE_SEED: seed of the random times (printed
otherwise); SLUICE_VARIANTS: kinds of runs, separated by commas (all); SLUICE_MEASURES: file for the figures of
docs/reliability.md."""

import collections
import contextlib
import json
import os
import random
import subprocess
import sys
import threading
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import resume_lab  # noqa: E402: after the line above, which resume_lab does not need
from ndjson_lines import keep_lines  # noqa: E402: found by the line above

SLUICE = os.path.abspath(sys.argv.pop(1))
# A sanitized run takes several times as long.
SANITIZED = "--sanitized" in sys.argv
if SANITIZED:
    sys.argv.remove("--sanitized")
KILLS = int(os.environ.get("SLUICE_KILLS", "8" if SANITIZED else "30"))
SEED = int(os.environ.get("SLUICE_SEED", "0")) or random.randrange(1, 1 << 32)
MOST = 5  # kills of a run
LIMIT = resume_lab.LIMIT


def variants(lab):
    """Runs that differ in what a kill can interrupt."""
    few, scripts = lab.ports_of(3), ["--script", lab.scripts]
    versions = ["-sV", "--versiondb", lab.place / "probes"]
    return {
        "scripts": ["-n", "-Pn", "--max-hostgroup", "4", "-p", few, *scripts, "127.0.1.1-12"],
        "versions": ["-n", "-Pn", "--max-hostgroup", "3", "-p", few, *versions, *scripts, "127.0.1.1-9"],
        "ports": ["-n", "-Pn", "--max-rate", "250", "-p", lab.ports_of(12, 3), "127.0.1.1-10"],
        "slow host": ["-n", "-Pn", "--max-rate", "150", "-p", lab.ports_of(12, 3), "127.0.1.1", "127.0.1.2"],
        "services": ["-n", "-Pn", "--max-rate", "150", "-p", lab.ports_of(12, 3), *versions, "127.0.1.1-3"],
        "no ports": ["-n", "-sn", "--max-hostgroup", "4", *scripts, "127.0.1.1-12"],
        "workers": ["-n", "-Pn", "--workers", "2", "--max-hostgroup", "4", "-p", few, *scripts, "127.0.1.1-12"],
        "names": ["-n", "-Pn", "--dns-servers", lab.servers.name_server, "--max-hostgroup", "2", "-p", few, *scripts,
                  *(f"h{number}.test" for number in range(1, 9))],
        "twice": ["-n", "-Pn", "--dns-servers", lab.servers.name_server, "--max-hostgroup", "3", "-p", few, *scripts,
                  "127.0.3.1", "h1.test", "127.0.3.1", "h2.test", "127.0.3.2", "h2.test"],
        "details": ["-n", "-Pn", "-v", "--reason", "--max-hostgroup", "4", "-p", few, *scripts, "127.0.1.1-12"],
    }


class Figures:
    """What is measured over all kills."""

    def __init__(self):
        self.kills = self.runs = self.before_first_commit = 0
        self.lost_ms, self.lost_events = [], []
        self.repeated_ports = self.repeated_scripts = self.ports = self.scripts = 0

    def write(self):
        ages = sorted(self.lost_ms) or [0]
        figures = dict(vars(self), seed=SEED, lost_ms=ages[-1], lost_ms_median=ages[len(ages) // 2],
                       lost_ms_99=ages[len(ages) * 99 // 100], lost_late=sum(age > 250 for age in ages),
                       lost_events=max(self.lost_events, default=0))
        print(json.dumps(figures), flush=True)
        if name := os.environ.get("SLUICE_MEASURES"):
            with open(name, "w") as file:
                json.dump(figures, file)


class Kill(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = resume_lab.Lab(SLUICE)
        cls.figures = Figures()
        print(f"SLUICE_SEED={SEED}", flush=True)

    @classmethod
    def tearDownClass(cls):
        cls.figures.write()
        cls.lab.close()

    def whole_run(self, arguments):
        """Runs without a kill. Returns its reports, what the servers have received, and the duration."""
        directory, servers = self.lab.directory(), self.lab.servers
        before, start = servers.settle(), time.monotonic()
        self.lab.run(arguments, directory)
        duration = time.monotonic() - start
        calls = collections.Counter(servers.calls[before:servers.settle()])
        order = self.order_of((directory / "text").read_text())
        return resume_lab.contents(directory), order, calls, duration

    @staticmethod
    def order_of(text):
        return [line for line in text.splitlines() if line.startswith("Nmap scan report for")]

    def kill(self, command, directory, draw, duration):
        """Starts a run and kills it. Returns the time of the kill; None if the run ended before."""
        run = self.lab.start(command, directory)
        # Two of three kills follow a commit, which writes to the log of the journal.
        commits = draw.choice([0, draw.randrange(1, 8), draw.randrange(1, 30)])
        end = time.monotonic() + (duration if commits else draw.uniform(0, duration))
        log = directory / "run.db-wal"
        seen = None
        while commits > 0 and run.poll() is None and time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError):
                status = log.stat()
                now = (status.st_mtime_ns, status.st_size)
                commits -= now != seen
                seen = now
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(0.0005)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(draw.uniform(0, 0.01) if commits == 0 and seen else max(0.0, end - time.monotonic()))
        when = time.time()
        run.kill()
        errors = run.communicate(timeout=LIMIT)[1].decode(errors="replace")
        self.assertIn(run.returncode, (0, -9), errors)
        return when if run.returncode != 0 else None

    def measure_loss(self, directory, when, stored):
        """Notes the age of the oldest event that was reported and is not in the journal."""
        reported = resume_lab.lines_of((directory / "ndjson").read_text())
        last = stored[-1][1]["time"]
        lost = [line["time"] for line in reported if line["time"] > last]
        self.figures.lost_events.append(len(lost))
        self.figures.lost_ms.append(round(1000 * (when - resume_lab.seconds(lost[0]))) if lost else 0)

    def known_of(self, stored):
        """Returns the hosts that have finished, and the ports with a state, in the journal."""
        finished, ports = collections.Counter(), set()
        for kind, line in stored:
            if kind == "host":
                finished[line["address"], line.get("name")] += 1
            if kind == "port_discovered":
                ports.add((line["address"], line["port"]))
            if kind in ("ports_scanned", "host_scanned", "host"):
                ports |= {(line["address"], port["port"]) for port in line.get("ports", [])}
                ranges = ",".join(part["ports"] for part in line.get("not_shown", []))
                ports |= {(line["address"], port) for port in resume_lab.numbers_of(ranges)}
        return finished, ports

    def killed_run(self, name, arguments, whole, draw, kills):
        """Kills and resumes a run until it ends. Returns the number of kills."""
        content, order, calls, duration = whole
        directory, servers = self.lab.directory(), self.lab.servers
        first, done, history = servers.settle(), 0, []
        command, ended = arguments, False
        plain = not any("--script" == word or word == "-sV" for word in arguments)
        while not ended:
            before = servers.settle()
            asked = len(servers.questions)
            known = history[-1] if history else (collections.Counter(), set())
            if done < kills:
                when = self.kill(command, directory, draw, duration)
                ended = when is None
            else:
                self.lab.run(command, directory)
                ended = True
            new = servers.calls[before:servers.settle()]
            hosts = {host for (host, _), times in known[0].items() if times == self.times_given(content, host)}
            self.assertEqual([call for call in new if call[0] in hosts], [], "a finished host is processed again")
            if plain:
                again = [call for call in new if call[:2] in known[1]]
                self.assertEqual(again, [], "a port with a state is probed again")
            stored = resume_lab.events_of(directory / "run.db")
            if not stored:
                self.figures.before_first_commit += 1
                continue
            if not ended:
                done += 1
                self.measure_loss(directory, when, stored)
                history.append(self.known_of(stored))
                command = ["--resume", "run.db"]
        self.check_reports(name, directory, content)
        if name == "no ports":
            self.assertEqual(self.order_of((directory / "text").read_text()), order)
        self.note_repeats(calls, collections.Counter(servers.calls[first:servers.settle()]))
        self.figures.kills += done
        self.figures.runs += 1
        return done

    @staticmethod
    def times_given(content, address):
        """Returns the number of hosts with this address in the reports of the whole run."""
        return sum(number for line, number in content["ndjson"].items()
                   if (host := json.loads(line))["event"] == "host" and host["address"] == address)

    def note_repeats(self, whole, calls):
        for (host, port, line), number in calls.items():
            expected = whole[host, port, line]
            if line:
                self.figures.scripts += expected
                self.figures.repeated_scripts += number - expected
            else:
                self.figures.ports += expected
                self.figures.repeated_ports += number - expected

    def check_reports(self, name, directory, content):
        ndjson = (directory / "ndjson").read_text()
        self.assertLessEqual(ndjson.count(resume_lab.LACK), 1)
        twice = {key: number for key, number in resume_lab.result_keys(resume_lab.lines_of(ndjson)).items()
                 if number > 1 and name != "twice"}
        self.assertEqual(twice, {}, "a result is reported twice")
        again = resume_lab.contents(directory)
        for report, expected in content.items():
            self.assertEqual(resume_lab.differences(again[report], expected), [], f"{name}: {report}")
        words = [word for option, report in resume_lab.REPORTS.items() for word in (option, f"{report}.again")]
        self.lab.run(["convert", "run.db", *words], directory)
        for report in resume_lab.REPORTS.values():
            self.assertEqual((directory / f"{report}.again").read_bytes(), (directory / report).read_bytes(),
                             f"{name}: {report} of the journal")
        keep_lines(ndjson)

    def test_a_run_that_is_killed_and_resumed_has_the_reports_of_a_whole_run(self):
        draw = random.Random(SEED)
        left, whole, runs = KILLS, {}, variants(self.lab)
        chosen = os.environ.get("SLUICE_VARIANTS")
        names = chosen.split(",") if chosen else sorted(runs)
        turn = draw.randrange(len(names))
        while left > 0:
            name = names[turn % len(names)]
            turn += 1
            arguments = [*resume_lab.journal_of(None), *map(str, runs[name])]
            if name not in whole:
                whole[name] = self.whole_run(arguments)
            kills = 1
            with self.subTest(name, left=left):
                kills = self.killed_run(name, arguments, whole[name], draw, min(left, draw.randint(1, MOST)))
            left -= kills

    def piped(self, command, directory, draw, duration):
        """Runs a command whose standard output is a pipe, and kills it at a random time, if there is a duration. Returns
        its lines, and whether it has ended before."""
        lines = []
        run = self.lab.start(command, directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        reader = threading.Thread(target=lambda: lines.extend(run.stdout))
        reader.start()
        try:
            run.wait(LIMIT if duration is None else draw.uniform(0, duration))
        except subprocess.TimeoutExpired:
            run.kill()
        run.wait(LIMIT)
        reader.join()
        run.stdout.close()
        return resume_lab.lines_of(b"".join(lines).decode()), run.returncode == 0

    @staticmethod
    def join(lines, further):
        """Appends the lines of a further attempt, as docs/ndjson.md says."""
        if further and further[0]["event"] == "run_resumed":
            events = further[0]["events"]
            lines = [line for line in lines if line["seq"] <= events]
        elif further:
            lines = []  # the run has started again, because its journal had no run yet
        return lines + further

    @staticmethod
    def last_attempts(lines):
        """Drops the results of scripts that have started again."""
        def key(line):
            return line["event"], line.get("address"), line.get("name"), line.get("port"), line["script"], line["phase"]

        scripts = [line for line in lines if line["event"] in ("script", "script_started")]
        last = {key(line): line["attempt"] for line in scripts}
        return [line for line in lines if line not in scripts or line["attempt"] == last[key(line)]]

    def test_a_reader_of_a_pipe_joins_the_parts_of_a_killed_run(self):
        draw = random.Random(SEED + 1)
        runs = variants(self.lab)
        for name in ("scripts", "services", "no ports"):
            arguments = ["-oJ", "-", "--journal", "run.db", *map(str, runs[name])]
            start = time.monotonic()
            whole, _ = self.piped(arguments, self.lab.directory(), draw, None)
            duration = time.monotonic() - start
            expected = collections.Counter(self.text_of(line) for line in whole if self.counts(line))
            for _ in range(max(1, KILLS // 15)):
                with self.subTest(name):
                    directory, command, lines, ended = self.lab.directory(), arguments, [], False
                    for kill in range(MOST + 1):
                        further, ended = self.piped(command, directory, draw, duration if kill < MOST else None)
                        lines = self.join(lines, further)
                        self.assertEqual([line["seq"] for line in lines], sorted({line["seq"] for line in lines}))
                        if ended:
                            break
                        if resume_lab.events_of(directory / "run.db"):
                            command = ["--resume", "run.db"]
                    self.assertTrue(ended)
                    found = collections.Counter(self.text_of(line) for line in self.last_attempts(lines)
                                                if self.counts(line))
                    self.assertEqual(resume_lab.differences(found, expected), [])
                    keep_lines("".join(json.dumps(line) + "\n" for line in lines))

    @staticmethod
    def counts(line):
        return line["event"] in ("script", "host", "port_discovered", "service", "host_started", "run_finished")

    @staticmethod
    def text_of(line):
        return resume_lab.without_times({key: value for key, value in line.items() if key not in ("seq", "attempt")})


if __name__ == "__main__":
    unittest.main()
