#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shells_test.py SLUICE SOURCES bash|zsh|fish: types command lines and Tab into a real shell, with the files of
share/completion where an installation has them. Exit: 0, or 1 with what differs."""

import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE = 30  # seconds for one answer of a shell
CONTROL = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\(B)")  # control sequences of a terminal

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
    ("sluice --profile sl", "sluice --profile slow "),
    ("sluice config --profile=sl", "sluice config --profile=slow "),
    ("sluice --config other.toml --profile o", "sluice --config other.toml --profile of-other "),
    ("sluice --config ~/of-home.toml --profile o", "sluice --config ~/of-home.toml --profile of-home "),
    ("sluice --no-config --profile sl", "sluice --no-config --profile sl"),
    ("true; sluice --script tit", "true; sluice --script title"),
    ("sluice -oX ~/of-ho", "sluice -oX ~/of-home.toml "),
]
# The same at a terminal, and the words of the line: shells write quotation marks and blanks in different ways.
# \x02 moves the cursor to the left; what is behind it stays.
QUOTED_LINES = [
    ("sluice --script 'safe and intr", ["sluice", "--script", "safe and intrusive"]),
    ("sluice --script=\"safe or intr", ["sluice", "--script=safe or intrusive"]),
    ("sluice --script 'banner-other or title' --script-args ban",
     ["sluice", "--script", "banner-other or title", "--script-args", "banner-other.user="]),
    ("sluice --timing agg 127.0.0.1" + 10 * "\x02", ["sluice", "--timing", "aggressive", "127.0.0.1"]),
    ("sluice --script \"banner-one\",tit", ["sluice", "--script", "banner-one,title"]),
    ("sluice --script banner-one,'tit", ["sluice", "--script", "banner-one,title"]),
    ("sluice --script=banner-one,\"tit", ["sluice", "--script=banner-one,title"]),
    ("sluice --script not\\ intr", ["sluice", "--script", "not intrusive"]),
    ("sluice --script 'safe and'\\ intr", ["sluice", "--script", "safe and intrusive"]),
    ("sluice --script banner-one --script-args 'a=\"1 s\",ban",
     ["sluice", "--script", "banner-one", "--script-args", 'a="1 s",banner-one.timeout=']),
    ("sluice --script banner-one --script-args=\"a='1 s',ban",
     ["sluice", "--script", "banner-one", "--script-args=a='1 s',banner-one.timeout="]),
    ("sluice --script banner-one --script-args a=\\'1\\',ban",
     ["sluice", "--script", "banner-one", "--script-args", "a='1',banner-one.timeout="]),
    ("sluice -oX my\\ r", ["sluice", "-oX", "my report.xml"]),
    ("sluice -oX 'my r", ["sluice", "-oX", "my report.xml"]),
    ("sluice --journal=\"my r", ["sluice", "--journal=my report.xml"]),
    ("sluice --datadir my\\ d", ["sluice", "--datadir", "my directory/"]),
    ("sluice --profile at", ["sluice", "--profile", "at night"]),
    ("sluice --profile 'at n", ["sluice", "--profile", "at night"]),
    ("sluice --profile=at\\ n", ["sluice", "--profile=at night"]),
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
    for name in "directory", "my directory":
        (work / name).mkdir(parents=True)
    for name in "run-of-today.db", "report.xml", "my report.xml", "tim:e.txt":
        (work / name).touch()
    home = folder / "home"
    (home / "sluice").mkdir(parents=True)
    (home / ".local/share/fish/generated_completions").mkdir(parents=True)  # fish would fill it in the background
    for file, text in ((home / "sluice/sluice.toml", '[profile.slow]\n[profile."at night"]\nT = 2\n'),
                       (home / "of-home.toml", "[profile.of-home]\n"), (work / "other.toml", "[profile.of-other]\n")):
        file.write_text(text)
        file.chmod(0o600)
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
        self.send("\x05\x15")  # at the end of the line: bash kills what is in front of the cursor
        return made

    def list(self, typed, last):
        """Returns what the terminal shows after Tab and Tab, up to the text `last`."""
        start = len(self.seen)
        self.send(typed + "\t\t")
        shown = lambda: CONTROL.sub("", self.seen[start:])
        self.wait_for(lambda: last in shown()[len(typed):], f"{typed}: does not show {last}")
        self.send("\x15")
        return shown()

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


def fish(environment, work):
    setup = "; ".join([
        "function fish_prompt; printf '$ '; end", "set -g fish_autosuggestion_enabled 0",
        "function show; printf '%s<end>' (commandline | string collect) >$LINE; end", "bind \\ct show",
        "bind \\cu kill-whole-line"])
    return Shell(["/usr/bin/fish", "--private", "-i"], setup, environment, work)


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
    for typed, last in ("sluice history @", "@prev"), ("sluice --profile ", "slow"):
        shell.list(typed, last)
    shell.close()
    return wrong


def main():
    sluice, sources, name = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory() as folder:
        environment, work = prepare(pathlib.Path(folder), sluice, sources)
        shell = {"bash": bash, "zsh": zsh, "fish": fish}[name](environment, work)
        wrong = check_terminal(shell, descriptions=name != "bash")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
