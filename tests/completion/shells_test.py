#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shells_test.py SLUICE SOURCES bash|zsh|fish: types command lines and Tab into a real shell, with the files of
share/completion where an installation has them. Exit: 0, or 1 with what differs."""

import os
import pathlib
import pty
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE = 30  # seconds for one answer of a shell

SCRIPTS = {  # name: categories, source
    "banner-one": ('"safe"', '---\n-- @args banner-one.timeout Time to wait.\n'),
    "banner-other": ('"default", "safe"', "---\n-- @args banner-other.user Name of the user.\n"),
    "title": ('"intrusive"', "---\n"),
}

# What is typed in front of Tab, and the line that the shells make of it.
LINES = [
    ("sluice --host-sl", "sluice --host-slots "),
    ("sluice --script-arg", "sluice --script-args"),
    ("sluice dif", "sluice diff "),
    ("sluice diff --mark", "sluice diff --markdown "),
    ("sluice --script tit", "sluice --script title"),
    ("sluice --script=tit", "sluice --script=title"),
    ("sluice --script banner-one,tit", "sluice --script banner-one,title"),
    ("sluice --script=banner-one,intr", "sluice --script=banner-one,intrusive"),
    ("sluice --script ban", "sluice --script banner-o"),
    ("sluice --script banner-one --script-args ban", "sluice --script banner-one --script-args banner-one.timeout="),
    ("sluice -sC --script-args=a=1,ban", "sluice -sC --script-args=a=1,banner-other.user="),
    ("sluice --timing agg", "sluice --timing aggressive "),
    ("sluice -Tinsa", "sluice -Tinsane "),
    ("sluice --tim agg", "sluice --tim aggressive "),
    ("sluice -e lo", None),  # further interfaces may begin so
    ("sluice show @la", "sluice show @last "),
    ("sluice show run-o", "sluice show run-of-today.db "),
    ("sluice -oX rep", "sluice -oX report.xml "),
    ("sluice --journal=run-o", "sluice --journal=run-of-today.db "),
    ("sluice --datadir dir", "sluice --datadir directory/"),
    ("sluice -iL tim:", "sluice -iL tim:e.txt "),
    ("sluice convert report.xml --to sq", "sluice convert report.xml --to sqlite "),
    ("sluice --proxi", "sluice --proxi"),  # sluice refuses this option
]
# The same at a terminal, and the words of the line: shells write quotation marks and blanks in different ways.
# \x02 moves the cursor to the left; what is behind it stays.
QUOTED_LINES = [
    ("sluice --script 'safe and intr", ["sluice", "--script", "safe and intrusive"]),
    ("sluice --script=\"safe or intr", ["sluice", "--script=safe or intrusive"]),
    ("sluice --script 'banner-other or title' --script-args ban",
     ["sluice", "--script", "banner-other or title", "--script-args", "banner-other.user="]),
    ("sluice --timing agg 127.0.0.1" + 10 * "\x02", ["sluice", "--timing", "aggressive", "127.0.0.1"]),
]



def prepare(folder, sluice, sources):
    """Makes a tree with the program, its completion, data files and files to be completed. Returns the environment."""
    share = folder / "prefix/share"
    (folder / "prefix/bin").mkdir(parents=True)
    (folder / "prefix/bin/sluice").symlink_to(sluice)
    for source, target in (("sluice.bash", "bash-completion/completions/sluice"), ("_sluice", "zsh/site-functions/_sluice"),
                           ("sluice.fish", "fish/vendor_completions.d/sluice.fish")):
        (share / target).parent.mkdir(parents=True)
        shutil.copy(sources / "share/completion" / source, share / target)
    scripts = folder / "data/scripts"
    scripts.mkdir(parents=True)
    for name, (categories, source) in SCRIPTS.items():
        (scripts / f"{name}.nse").write_text(source)
    (scripts / "script.db").write_text("".join(
        f'Entry {{ filename = "{name}.nse", categories = {{ {categories}, }} }}\n'
        for name, (categories, _) in SCRIPTS.items()))
    work = folder / "work"
    (work / "directory").mkdir(parents=True)
    for name in "run-of-today.db", "report.xml", "tim:e.txt":
        (work / name).touch()
    home = folder / "home"
    home.mkdir()
    environment = {"PATH": f"{folder}/prefix/bin:/usr/bin:/bin", "HOME": str(home), "NMAPDIR": str(folder / "data"),
                   "XDG_DATA_DIRS": f"{share}:/usr/share", "XDG_STATE_HOME": str(folder / "state"),
                   "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8",
                   "LINE": str(folder / "line")}
    subprocess.run([sluice, "-sL", "-n", "--journal", "run.db", "127.0.0.1"], cwd=home, env=environment, check=True,
                   stdout=subprocess.DEVNULL, timeout=PATIENCE)
    (folder / "state/sluice").mkdir(parents=True, mode=0o700)
    (folder / "state").chmod(0o700)
    shutil.move(home / "run.db", folder / "state/sluice/20261124-040000-1c9a7be2.db")
    return environment, work


class Shell:
    """A shell at a pseudo-terminal. `command`: arguments; `setup`: lines that bind Ctrl-T to write the edited line into
    the file $LINE."""

    def __init__(self, command, setup, environment, work):
        self.line = pathlib.Path(environment["LINE"])
        self.seen = ""
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(work)
            os.execve(command[0], command, environment)
        self.pid = pid
        self.send(setup + "\n")
        self.send("printf 'rea%s\\n' dy\n")
        self.wait_for(lambda: "ready" in self.seen, "the shell is not ready")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, condition, complaint):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"{complaint}:\n{self.seen[-2000:]}")
            if select.select([self.terminal], [], [], 0.02)[0]:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace")

    def complete(self, typed):
        """Returns the line after Tab, and what the terminal shows after a second Tab."""
        self.line.unlink(missing_ok=True)
        self.send(typed + "\t\x14")
        self.wait_for(lambda: self.line.exists() and self.line.read_text().endswith("<end>"), f"{typed}: no line")
        made = self.line.read_text()[:-len("<end>")]
        self.line.unlink()
        self.send("\x15")
        return made

    def list(self, typed, last):
        """Returns what the terminal shows after Tab and Tab, up to the text `last`."""
        start = len(self.seen)
        self.send(typed + "\t\t")
        self.wait_for(lambda: last in self.seen[start + len(typed):], f"{typed}: does not show {last}")
        shown = self.seen[start:]
        self.send("\x15")
        return shown

    def close(self):
        self.send("\x15exit\n")
        os.waitpid(self.pid, 0)


def bash(environment, work):
    setup = "; ".join([
        "PS1='$ '", "source /usr/share/bash-completion/bash_completion", "bind 'set bell-style none'",
        "bind 'set show-all-if-ambiguous off'", "bind 'set completion-query-items 0'", "bind 'set page-completions off'",
        "show() { printf '%s<end>' \"$READLINE_LINE\" >$LINE; }", "bind -x '\"\\C-t\": show'"])
    return Shell(["/bin/bash", "--norc", "--noprofile", "-i"], setup, environment, work)


def zsh(environment, work):
    folder = environment["XDG_DATA_DIRS"].split(":")[0]
    setup = "; ".join([
        "PS1='$ '", "unsetopt zle_bracketed_paste 2>/dev/null", f"fpath=({folder}/zsh/site-functions $fpath)",
        "autoload -Uz compinit", "compinit -u -D", "unsetopt list_beep beep auto_menu", "setopt no_prompt_cr no_prompt_sp",
        "LISTMAX=1000", "show() { printf '%s<end>' \"$BUFFER\" >$LINE }", "zle -N show", "bindkey '^T' show",
        "bindkey '^U' kill-whole-line"])
    return Shell(["/usr/bin/zsh", "-f", "-i"], setup, environment, work)


def words_of(line):
    """Returns the words of a line whose last quotation mark may be open."""
    for end in "", "'", '"':
        try:
            return shlex.split(line + end)
        except ValueError:
            continue
    return [line]


def check_terminal(shell, descriptions):
    wrong = []
    for typed, expected in LINES:
        made = shell.complete(typed)
        if expected is not None and made != expected:
            wrong.append(f"{typed!r} became {made!r}, not {expected!r}")
    for typed, expected in QUOTED_LINES:
        made = shell.complete(typed)
        if words_of(made) != expected:
            wrong.append(f"{typed!r} became {made!r}, not {expected}")
    shown = shell.list("sluice --script banner-o", "banner-other")
    if "banner-one" not in shown:
        wrong.append(f"names of scripts are not listed: {shown!r}")
    if descriptions:
        shown = shell.list("sluice --script-t", "--script-timeout")
        if "kill a script after this time" not in shown:
            wrong.append(f"descriptions are not listed: {shown!r}")
    shell.list("sluice history @", "@prev")
    shell.close()
    return wrong


def check_fish(environment, work):
    def answers(typed):
        run = subprocess.run(["fish", "-c", "complete -C $argv[1]", typed], env=environment, cwd=work,
                             capture_output=True, text=True, timeout=PATIENCE)
        return run.stdout.splitlines()

    wrong = []
    for typed, expected in LINES:
        word = typed.split(" ")[-1]
        made = [line.split("\t")[0] for line in answers(typed)]
        if expected in (None, typed):
            if expected and made:
                wrong.append(f"{typed!r} gives {made}")
            continue
        last = expected.rstrip(" ").split(" ")[-1]
        if not made or os.path.commonprefix(made) != last and last not in made:
            wrong.append(f"{typed!r} gives {made}, not {last!r} (from {word!r})")
    if "--host-slots\tthe same for one host" not in answers("sluice --host-sl"):
        wrong.append(f"descriptions are missing: {answers('sluice --host-sl')}")
    return wrong


def main():
    sluice, sources, name = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory() as folder:
        environment, work = prepare(pathlib.Path(folder), sluice, sources)
        if name == "fish":
            wrong = check_fish(environment, work)
        else:
            shell = {"bash": bash, "zsh": zsh}[name](environment, work)
            wrong = check_terminal(shell, descriptions=name == "zsh")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
