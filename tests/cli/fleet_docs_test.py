# SPDX-License-Identifier: Apache-2.0
"""fleet_docs_test.py SLUICE DOCS: runs the commands of docs/fleet.md against servers on loopback, with the environment
that Slurm and Kubernetes would set. Each way must end with one merged report that has each
target once. Skipped without GNU parallel or PyYAML."""

import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above
from ndjson_lines import keep_lines  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None
if yaml is None or shutil.which("parallel") is None:
    print("GNU parallel (parallel) or PyYAML (python3-yaml) is not installed")
    sys.exit(77)

SLUICE, DOCS = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
TARGETS = [f"127.0.0.{number}" for number in range(16)]
SERVERS = TARGETS[1:]  # those with an open port
PORTS = "-p 80,443"


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.port = 0
        for address in SERVERS:  # the system completes the connections of the scans
            server = stack.enter_context(socket.create_server((address, cls.port), backlog=64))
            cls.port = server.getsockname()[1]
        cls.page = pages.Page(DOCS, lambda text: text.replace(PORTS, f"-p {cls.port}"))
        cls.addClassCleanup(cls.page.check)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "sluice").symlink_to(SLUICE)
        self.environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        (self.folder / "targets").write_text("127.0.0.0/28\n")

    def run_shell(self, text, **environment):
        self.page.ran(text)
        done = subprocess.run(["/bin/sh", "-c", text], cwd=self.folder, env={**self.environment, **environment},
                              capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr)

    def check_result(self):
        self.run_shell(self.page.blocks("sh")[1])
        report = (self.folder / "scan.ndjson").read_text()
        keep_lines(report)
        events = [json.loads(line) for line in report.splitlines()]
        hosts = [event for event in events if event["event"] == "host"]
        self.assertEqual(sorted(host["address"] for host in hosts), sorted(TARGETS))
        open_hosts = {host["address"] for host in hosts if any(port["state"] == "open" for port in host["ports"])}
        self.assertEqual(open_hosts, set(SERVERS))
        ends = [event["exit"] for event in events if event["event"] == "run_finished"]
        self.assertEqual(ends, ["success"])
        root = xml.etree.ElementTree.parse(self.folder / "scan.xml").getroot()
        self.assertEqual(root.find("runstats/hosts").attrib, {"up": "16", "down": "0", "total": "16"})
        self.assertEqual((self.folder / "scan.txt").read_text().count("Nmap scan report for "), 16)

    def test_gnu_parallel_scans_each_target_once(self):
        self.run_shell(self.page.blocks("sh")[0])
        self.check_result()

    def test_slurm_array_scans_each_target_once(self):
        script, = self.page.blocks("slurm")
        self.page.ran(script)
        first, last = map(int, re.search(r"^#SBATCH --array=(\d+)-(\d+)$", script, re.M).groups())
        path = self.folder / "scan.sh"
        path.write_text(script)
        path.chmod(0o700)
        for task in range(first, last + 1):
            self.run_shell("./scan.sh", SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_COUNT=str(last - first + 1))
        self.check_result()

    def test_kubernetes_job_scans_each_target_once(self):
        job = yaml.safe_load(*self.page.blocks("yaml"))
        self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
        spec = job["spec"]
        self.assertEqual(spec["completionMode"], "Indexed")
        pod = spec["template"]["spec"]
        container = pod["containers"][0]
        self.assertEqual({volume["name"] for volume in pod["volumes"]},
                         {mount["name"] for mount in container["volumeMounts"]})
        self.assertEqual(container["command"], ["/bin/sh", "-c"])
        text, = container["args"]
        self.page.ran(text)
        for mount in container["volumeMounts"]:
            self.assertEqual(text.count(mount["mountPath"] + "/"), 1)
            text = text.replace(mount["mountPath"] + "/", f"{self.folder}/")
        for index in range(spec["completions"]):
            self.run_shell(text, JOB_COMPLETION_INDEX=str(index))
        self.check_result()


if __name__ == "__main__":
    unittest.main()
