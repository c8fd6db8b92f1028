# SPDX-License-Identifier: Apache-2.0
"""Runs one program on a case, and reads what it reported and what the servers received."""

import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import stubs
import xml_report

RUN_LIMIT = 90  # seconds


def data_files(directory):
    """A place for data files where no script has a category: scripts would talk to the servers, too."""
    (directory / "scripts").mkdir(parents=True)
    (directory / "scripts" / "script.db").write_text("")
    return directory


def services(path):
    """{port: [state, reason, attributes of the service in their order, cpes]} of an XML report."""
    found = {}
    for port in ElementTree.parse(path).getroot().iterfind("host/ports/port"):
        state = port.find("state")
        seen = [state.get("state"), state.get("reason"), *xml_report.service_of(port)]
        found[f"{port.get('portid')}/{port.get('protocol')}"] = seen
    return found


def rows(normal, grepable):
    """The table of the text report, its line of host information, and the ports of the grepable one."""
    return [line.rstrip() for line in normal.read_text(errors="replace").splitlines()
            if re.match(r"PORT +STATE|\d+/(tcp|udp) |Service Info:", line)] + re.findall(
                r"Ports: [^\t\n]*", grepable.read_text(errors="replace"))


def observation(program, case, address, context, directory, data):
    """What the program reports of a case, and what its servers received: {name: lines}."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "probes").write_text(case.database.text())
    own = [] if pathlib.Path(program).name.startswith("nmap") else ["--version-patience", "exact"]
    command = [program, "-n", "-Pn", "--datadir", str(data), "--versiondb", str(directory / "probes"),
               *case.options(), *own, "-oX", str(directory / "report.xml"), "-oN", str(directory / "report.nmap"),
               "-oG", str(directory / "report.gnmap"), address]
    (directory / "command").write_text(" ".join(command) + "\n")
    with stubs.serving(case.servers, address, context) as records:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=RUN_LIMIT, cwd=directory, env={**os.environ, "LC_ALL": "C"})
    (directory / "output").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
    seen = {f"service {port}": lines for port, lines in services(directory / "report.xml").items()}
    for (protocol, port), record in records.items():
        seen[f"received {port}/{protocol}"] = [str(entry) for entry in record]
    seen["report"] = rows(directory / "report.nmap", directory / "report.gnmap")
    seen["report"] = [line.replace(address, "ADDRESS") for line in seen["report"]]
    return seen
