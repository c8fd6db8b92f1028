# SPDX-License-Identifier: Apache-2.0
"""Runs commands and measures their CPU time, wall time and instructions. Runs them in turns and takes medians. Each
wait has a limit."""

import dataclasses
import fcntl
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"
PATIENCE = 3600  # seconds for one run, also under callgrind


class CannotMeasure(Exception):
    """A case, or a part of it, cannot be measured; the message says why."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """Times of one run, or medians of several runs, in seconds. `peak`: of the resident memory, in MiB."""
    user: float
    system: float
    wall: float
    peak: float = 0

    @property
    def cpu(self):
        return self.user + self.system

    def __sub__(self, other):
        return Cost(self.user - other.user, self.system - other.system, self.wall - other.wall)

    @staticmethod
    def median(costs):
        return Cost(*(statistics.median(values) for values in zip(*map(dataclasses.astuple, costs))))


@dataclasses.dataclass(frozen=True)
class Task:
    """A command with a check of its output. `check(output)` returns None, or a text that says what is wrong. `code`: its
    exit code."""
    command: list
    check: object = lambda output: None
    stdin: bytes = b""
    environment: dict = dataclasses.field(default_factory=dict)
    code: int = 0


def shows(pattern, count):
    """Returns a check that the pattern matches `count` times."""
    expression = re.compile(pattern, re.MULTILINE)

    def check(output):
        found = len(expression.findall(output))
        return None if found == count else f"{found} of {count} results"
    return check


def ratio(one, other):
    """Returns one / other. Raises CannotMeasure if a figure is not positive."""
    if one <= 0 or other <= 0:
        raise CannotMeasure("the runs are too short to be compared")
    return one / other


def block(first, hosts):
    """Returns the target of `hosts` addresses, a power of two, from `first` on."""
    return f"{first}/{33 - hosts.bit_length()}"


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:150]}", end="", file=sys.stderr, flush=True)


keeping = set()  # the programs that would keep a journal of a run of more than three seconds
KEEP_NONE = {"complete", "convert", "diff", "--journal"}  # words of commands that keep none, or that one


def words_of(command):
    """Returns the words of a command, with the option that turns the journal of the history off."""
    words = []
    for word in map(str, command):
        words += [word, "--no-journal"] if word in keeping and not KEEP_NONE & set(map(str, command)) else [word]
    return words


def start(task, output):
    """Starts the process of a task. Its output goes to the file `output`. The caller must stop or finish it."""
    process = subprocess.Popen(words_of(task.command), cwd=WORK, stdout=output, stderr=subprocess.STDOUT,
                               stdin=subprocess.PIPE, env={**os.environ, **task.environment})
    if task.stdin:
        feeder = threading.Thread(target=feed, args=(process, task.stdin), daemon=True)
        feeder.start()
    else:
        process.stdin.close()
    return process


def feed(process, data):
    try:
        process.stdin.write(data)
        process.stdin.close()
    except BrokenPipeError:
        pass


def stop(process):
    """Ends a process: terminates it, and kills it after 10 s."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def finish(process, patience=PATIENCE):
    """Waits for the exit of a process. Kills it after `patience` seconds. Returns its exit code and its resource
    usage."""
    watchdog = threading.Timer(patience, process.kill)
    watchdog.daemon = True
    watchdog.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def run(task):
    """Runs a task. Returns its Cost and its output. Raises CannotMeasure if it fails or if its output is wrong."""
    path = WORK / "output.txt"
    with open(path, "wb") as sink:
        begun = time.monotonic()
        process = start(task, sink)
        try:
            code, usage = finish(process)
        except BaseException:
            stop(process)
            raise
        wall = time.monotonic() - begun
    output = path.read_text(errors="replace")
    wrong = f"exit code {code}" if code != task.code else task.check(output)
    if wrong:
        kept = WORK / "wrong.txt"
        shutil.copy(path, kept)
        words = " ".join(map(str, task.command))
        raise CannotMeasure(f"{words[:300]} (in {WORK}): {wrong}; its output is in {kept}")
    return Cost(usage.ru_utime, usage.ru_stime, wall, usage.ru_maxrss / 1024), output


def alternate(tasks, runs, once=()):
    """Runs the tasks in turns. Returns {name: median Cost}. Tasks whose name is in `once` run in the first turn
    only."""
    costs = {name: [] for name in tasks}
    for turn in range(runs):
        for name, task in tasks.items():
            if turn and name in once:
                continue
            progress(f"{name if isinstance(name, str) else ' '.join(map(str, name))}: {turn + 1} of {runs}")
            costs[name].append(run(task)[0])
    return {name: Cost.median(taken) for name, taken in costs.items()}


def instructions(task):
    """Returns the number of user-space instructions of a task, counted by callgrind. Checks its output, too."""
    if not shutil.which("valgrind"):
        raise CannotMeasure("there is no valgrind to count instructions with")
    progress(f"callgrind: {' '.join(map(str, task.command))}")
    profile = WORK / "callgrind.out"
    run(dataclasses.replace(task, command=["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}",
                                           *task.command]))
    return int(re.search(r"^(?:summary|totals): (\d+)", profile.read_text(), re.MULTILINE)[1])


def spent(pid):
    """Returns the CPU time of all threads of a running process so far, in seconds."""
    return sum(int(task.read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def resident(pid):
    """Returns the resident memory of a process, in KiB."""
    return int(re.search(r"^VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


def occupy():
    """Locks the directory WORK until this program ends. Raises CannotMeasure if another program has locked it."""
    WORK.mkdir(parents=True, exist_ok=True)
    lock = os.open(WORK / "lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotMeasure(f"another run is busy in {WORK}") from error


def interrupt_on_termination():
    """Makes SIGTERM and SIGINT raise KeyboardInterrupt, also in a background process, so that child processes are
    stopped."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


@dataclasses.dataclass
class Context:
    """Programs and options that a case uses."""
    sluice: str
    nmap: str
    quick: bool
    runs: int
    directory: pathlib.Path = ROOT / "build/release/bench"  # of the servers and baseline programs

    def __post_init__(self):
        if "--no-journal" in subprocess.run([self.sluice, "--help"], capture_output=True, text=True).stdout:
            keeping.add(str(self.sluice))  # an earlier build has no such option

    def floor(self, name):
        path = self.directory / name
        if not os.access(path, os.X_OK):
            raise CannotMeasure(f"{path} is not there: cmake --build --preset release --target bench")
        return path

    def sizes(self, full, quick):
        return quick if self.quick else full

    def runs_at(self, threads):
        """Returns the number of runs: fewer for many threads, because such a run takes long."""
        return self.runs if threads <= 10_000 else min(self.runs, 3)

    def copies(self, script, count):
        """Creates a directory below WORK with `count` copies of a script. Returns its name for --script."""
        script = pathlib.Path(script)
        folder = f"{script.stem}-{count}"
        if not (WORK / folder).is_dir() or len(os.listdir(WORK / folder)) != count:
            shutil.rmtree(WORK / folder, ignore_errors=True)
            subprocess.run([ROOT / "bench/make-script-copies", str(count), WORK / folder, script], check=True)
        return folder + "/"
