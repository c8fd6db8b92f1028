# SPDX-License-Identifier: Apache-2.0
"""explain_command_test.py SLUICE PAGE: the command explain with scripts of its own, with the installed scripts in
comparison with a run against servers on loopback, and the commands of docs/explain.md."""

import http.server
import json
import os
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import pages  # noqa: E402: found by the line above
from ndjson_lines import keep_lines  # noqa: E402

SLUICE, PAGE = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
INSTALLED = pathlib.Path("/usr/share/nmap/scripts/http-title.nse").exists()
LIMIT = 120  # seconds for a command
STOCK = ("(default and safe) or banner or dns-nsid or dns-recursion or dns-zone-transfer or smb-os-discovery or "
         "ssl-cert or ssh-hostkey or ftp-anon or smtp-commands or http-methods")


def stable(text):
    """Removes the lists that differ between versions of the installed scripts."""
    return re.sub(r"wants [^;]*;|\(categories: [^)]*\)", "...", text)


class Server(socketserver.ThreadingTCPServer):
    """Greets, and counts its connections."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, greeting=None):
        self.visits, self.greeting = 0, greeting
        super().__init__(("127.0.0.1", 0), Handler if greeting else Web)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def process_request(self, *arguments):
        self.visits += 1
        super().process_request(*arguments)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.request.sendall(self.server.greeting)
            while self.request.recv(4096):
                pass
        except OSError:
            pass


class Web(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>loopback</title>")

    def log_message(self, *_):
        pass


class Explain(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "bin").mkdir()
        (self.place / "bin/sluice").symlink_to(SLUICE)
        self.environment = {**os.environ, "PATH": f"{self.place}/bin:/usr/bin:/bin",
                            "XDG_CACHE_HOME": str(self.place / "cache"), "XDG_STATE_HOME": str(self.place / "state")}

    def run_sluice(self, *arguments, code=0):
        ended = subprocess.run([SLUICE, *map(str, arguments)], cwd=self.place, env=self.environment,
                               capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        return ended

    def explain(self, *arguments):
        return json.loads(self.run_sluice("explain", "--json", *arguments).stdout)

    def serve(self, *greetings):
        servers = [Server(greeting) for greeting in greetings]
        for server in servers:
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
        return servers

    def write(self, name, rule):
        (self.place / f"{name}.nse").write_text(
            f"local nmap = require 'nmap'\nlocal shortport = require 'shortport'\ncategories = {{'safe'}}\n{rule}\n"
            "action = function() io.open('acted', 'w'):close() return 'acted' end\n")

    def test_text_groups_answers_by_host_and_port(self):
        self.write("web", "portrule = shortport.port_or_service(80, 'http')")
        self.write("host", "hostrule = function() return true end")
        ended = self.run_sluice("explain", "--script", "./web.nse,./host.nse", "192.0.2.1:80", "192.0.2.1:22/tcp,x",
                                "192.0.2.2:53/udp")
        self.assertEqual(ended.stdout, """192.0.2.1
  yes      host                      its rule returned true
  22/tcp x
    no       web                       wants port 80 or service http; has 22/tcp x
  80/tcp http
    yes      web                       wants port 80 or service http; has 80/tcp http

192.0.2.2
  yes      host                      its rule returned true
  53/udp domain
    no       web                       wants port 80 or service http; has 53/udp domain
""")
        self.assertEqual(ended.stderr, "")

    def test_nothing_is_sent_and_no_action_is_called(self):
        self.write("asks", "portrule = function(host, port) nmap.new_socket():connect(host, port) return true end")
        self.write("acts", "portrule = function() return true end")
        server, = self.serve(b"hello\n")
        answers = self.explain("--script", "./asks.nse,./acts.nse", f"127.0.0.1:{server.port}")
        self.assertEqual({each["script"]: each["verdict"] for each in answers}, {"acts": "yes", "asks": "network"})
        self.assertEqual(server.visits, 0)
        self.assertFalse((self.place / "acted").exists())

    def test_capture_of_a_rule_is_an_answer_without_a_warning(self):
        self.write("captures", "hostrule = function() nmap.new_socket():pcap_open('lo', 64, false, '') return true end")
        ended = self.run_sluice("explain", "--script", "./captures.nse", "127.0.0.1")
        self.assertIn("network  captures                  would ask the network: capture packets on lo\n", ended.stdout)
        self.assertEqual(ended.stderr, "")

    def test_rules_can_write_files_and_start_no_command(self):
        self.write("writes", "hostrule = function() io.open('wrote', 'w'):close() return true end")
        self.write("starts", "hostrule = function() os.execute('touch started') return true end")
        answers = self.explain("--script", "./writes.nse,./starts.nse", "192.0.2.1")
        self.assertEqual({each["script"]: each["verdict"] for each in answers}, {"writes": "yes", "starts": "network"})
        self.assertEqual([(self.place / name).exists() for name in ("wrote", "started")], [True, False])

    def test_wrong_requests_are_refused(self):
        for arguments, cause in ((["192.0.2.1/24"], "explain: 192.0.2.1/24: "),
                                 (["-oX", "x", "192.0.2.1"], "-oX: the command explain has no such option"),
                                 (["-iL", "x", "192.0.2.1"], "explain: -iL: "),
                                 (["-sCn", "192.0.2.1"], "explain: -sn: "),
                                 (["--exclude", "192.0.2.2", "192.0.2.1"], "explain: --exclude: "),
                                 (["--only", "nothing-of-this", "192.0.2.1"], "explain: --only: "),
                                 (["--script", "nothing", "192.0.2.1"], "explain: --script: 'nothing' did not match"),
                                 (["--datadir", "none", "192.0.2.1"], "explain: --datadir: 'none' is not a directory"),
                                 (["--from", "missing.db"], "explain: --from: missing.db: "),
                                 ([], "explain: needs hosts")):
            self.assertIn(cause, self.run_sluice("explain", *arguments, code=2).stderr)

    def help_lists(self):
        """The options of `explain -h`: those with an effect, those without, those that are refused."""
        text = self.run_sluice("explain", "-h").stdout
        head, ignored, refused = re.split(r"\n\n(?:Without effect|Refused)[^:]*:", text.split("\n\nExamples")[0])
        used = {name for line in re.findall(r"^  (-.*?)(?:  +|$)", head, re.M)
                for name in re.findall(r"--?[\w-]+", re.sub(r"[\[ =][A-Z].*", "", line))}
        return used, re.findall(r"-[\w-]+", ignored), re.findall(r"-[\w-]+", refused)

    def test_options_without_effect_change_no_answer_and_are_named_in_a_warning(self):
        self.write("web", "portrule = shortport.port_or_service(80, 'http')")
        self.write("host", "hostrule = function(host) return host.name == '' and nmap.new_socket ~= nil end")
        request = ["--script", "./web.nse,./host.nse", "192.0.2.1:80"]
        answers = self.explain(*request)
        values = {"-g": "53", "-S": "127.0.0.1", "--receive-limit": "1k", "--version-patience": "exact",
                  "--workers": "2", "--max-retries": "1", "--min-hostgroup": "1", "--max-hostgroup": "1",
                  "--min-parallelism": "1", "--max-parallelism": "1", "--socket-slots": "1", "--host-slots": "1",
                  "--version-connections": "1"}
        _, ignored, _ = self.help_lists()
        self.assertGreater(len(ignored), 40)
        for option in ignored:
            takes_time = re.search(r"timeout|delay|time$|slice|every|rate", option)
            more = [values[option]] if option in values else ["1"] if takes_time else []
            ended = self.run_sluice("explain", "--json", option, *more, *request)
            self.assertEqual(json.loads(ended.stdout), answers, option)
            self.assertEqual(ended.stderr, f"Warning: {option}: has no effect on explain.\n")
        self.assertEqual(self.run_sluice("explain", "-nr", "-n", "-PS22", "-Pn", "--max-rate=5", *request).stderr,
                         "Warning: -n, -r, -PS, -Pn, --max-rate: have no effect on explain.\n")

    def test_options_of_other_purposes_are_refused(self):
        _, _, refused = self.help_lists()
        self.assertEqual(refused, ["-iL", "--targets-from", "--exclude", "--excludefile", "--shard", "-sL", "-sn",
                                   "--script-help", "--script-updatedb"])
        for option in refused:
            value = [] if option in ("-sL", "-sn", "--script-updatedb") else ["1/2"]
            self.assertTrue(self.run_sluice("explain", option, *value, "192.0.2.1", code=2).stderr.startswith(
                f"sluice: explain: {option}: rules are explained for hosts and ports that are named; leave it out."))

    @unittest.skipUnless(INSTALLED, "no scripts are installed")
    def test_each_option_with_an_effect_changes_an_answer(self):
        (self.place / "scripts").mkdir()
        (self.place / "data").mkdir()
        for name in "services", "data/nmap-services":
            (self.place / name).write_text("other\t81/tcp\t0.9\n")
        (self.place / "probes").write_text("Exclude T:81\nProbe TCP NULL q||\n")
        (self.place / "args").write_text("key=file")
        host, web = "192.0.2.1", "192.0.2.1:81"
        used, _, _ = self.help_lists()
        # Option with its value: what stands beside it with and without the option, and a rule.
        cases = {
            "-T 5": ([host], "nmap.timing_level() == 5"),
            "-v": ([host], "nmap.verbosity() == 1"),
            "-d": ([host], "nmap.debugging() == 1"),
            "--version-trace": (["-sV", "--script", "scripts/", host], "nmap.debugging() == 1"),
            "--ttl 7": ([host], "nmap.get_ttl() == 7"),
            "--data-length 9": ([host], "nmap.get_payload_length() == 9"),
            "-e lo": ([host], "nmap.get_interface() == 'lo'"),
            "--dns-servers 192.0.2.53": ([host], "nmap.get_dns_servers()[1] == '192.0.2.53'"),
            "--system-dns": (["--dns-servers", "192.0.2.53", host], "nmap.get_dns_servers()[1] == '192.0.2.53'"),
            "--privileged": (["--unprivileged", host], "nmap.is_privileged()"),
            "--unprivileged": (["--privileged", host], "nmap.is_privileged()"),
            "--version-intensity 3": ([host], "nmap.version_intensity() == 3"),
            "--version-light": ([host], "nmap.version_intensity() == 2"),
            "--version-all": ([host], "nmap.version_intensity() == 9"),
            "--allports": (["-sV", "--script", "scripts/", host], "nmap.port_is_excluded(9100, 'tcp')"),
            "--versiondb probes": (["-sV", "--script", "scripts/", host], "nmap.port_is_excluded(81, 'tcp')"),
            "--script-args key=line": ([host], "nmap.registry.args.key == 'line'"),
            "--script-args-file args": ([host], "nmap.registry.args.key == 'file'"),
            "--script-timeout 50ms": ([host], "require('stdnse').sleep(0.3) == nil"),
            "--script-burst 50ms": ([host], "(function() for i = 1, 1e8 do end return true end)()"),
            "--script-memory 2M": ([host], "#('x'):rep(4e7) > 1"),
            "--unsafe-lua": ([host], "load(string.dump(function() end)) ~= nil"),
            "--datadir data": ([web], "false"),
            "--servicedb services": ([web], "false"),
            "-p 81": ([host], "false"),
            "-F": ([host], "false"),
            "--top-ports 2": ([host], "false"),
            "--port-ratio 0.1": ([host], "false"),
            "--exclude-ports 81": (["-p", "80,81", host], "false"),
            "-sU": (["-p", "53", host], "false"),
            "-sT": (["-sU", "-p", "53", host], "false"),
            "-sS": (["-sU", "-p", "53", host], "false"),
            "-4": (["-6", "::1"], None),
            "-6": (["127.0.0.1"], None),
            "-sC": (["-sV", web], None),
            "-sV": ([web], None),
            "-A": ([web], None),
            "--script banner": ([web], None),
        }
        self.assertEqual({case.split()[0] for case in cases} | {"--timing", "--verbose", "--debug", "-h", "--help",
                                                               "--json", "--from", "--only"}, used)
        for case, (request, rule) in cases.items():
            if rule:
                request = request if "--script" in request else ["--script", "scripts/", *request]
                self.write("scripts/probe", f"hostrule = function(host) return {rule} end\n"
                                            f"portrule = function(host, port) return {rule} end")
            outcomes = [subprocess.run([SLUICE, "explain", *request, *options], cwd=self.place, env=self.environment,
                                       capture_output=True, text=True, timeout=LIMIT) for options in ([], case.split())]
            self.assertEqual(outcomes[0].returncode, 0, outcomes[0].stderr)
            self.assertNotEqual(*((each.stdout, each.returncode) for each in outcomes), case)
            self.assertNotIn("no effect", outcomes[1].stderr)

    def test_stored_run_gives_ports_and_services(self):
        server, = self.serve(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.write("version", "portrule = function(host, port) return port.version.product == 'OpenSSH' end")
        self.run_sluice("-n", "-Pn", "-sV", "-p", server.port, "--journal", "scan.db", "-oX", "scan.xml", "127.0.0.1")
        visits = server.visits
        for name in "scan.db", "scan.xml":
            answer, = self.explain("--from", name, "--script", "./version.nse")
            self.assertEqual((answer["verdict"], answer["port"], answer["service"]), ("yes", server.port, "ssh"))
        self.assertEqual(server.visits, visits)

    @unittest.skipUnless(INSTALLED, "no scripts are installed")
    def test_scripts_that_would_run_are_those_that_a_run_starts(self):
        web, ssh, mail, ftp = self.serve(None, b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail ESMTP\r\n", b"220 ftp\r\n")
        places = [f"127.0.0.1:{server.port}/tcp,{service}"
                  for server, service in ((web, "http"), (ssh, "ssh"), (mail, "smtp"), (ftp, "ftp"))]
        (self.place / "places").write_text("\n".join(places))
        answers = self.explain("--script", STOCK, *places)
        self.assertEqual([server.visits for server in (web, ssh, mail, ftp)], [0, 0, 0, 0])
        run = self.run_sluice("-n", "--script", STOCK, "--script-timeout", "10s", "--targets-from", "places",
                              "--no-journal", "-oJ", "-")
        keep_lines(run.stdout)
        events = [json.loads(line) for line in run.stdout.splitlines()]

        def key(each):
            return each["script"], each.get("phase") or each.get("rule"), each.get("port")
        started = {key(each) for each in events if each["event"] == "script_started"}
        by_verdict = {verdict: {key(each) for each in answers if each["verdict"] == verdict}
                      for verdict in ("yes", "no", "network", "error")}
        # The rules that read what earlier scripts have stored about the host depend on actions.
        depends = {key(each) for each in answers if any(read["field"].startswith("host.registry") for read in each["reads"])}
        self.assertFalse(by_verdict["error"])
        self.assertLessEqual(by_verdict["yes"], started)
        self.assertLessEqual(started - by_verdict["yes"], by_verdict["network"] | depends)
        for script, port in (("http-title", web), ("ssh-hostkey", ssh), ("smtp-commands", mail), ("ftp-anon", ftp),
                             ("banner", ftp)):
            self.assertIn((script, "portrule", port.port), by_verdict["yes"])
        self.assertIn(("ssl-cert", "portrule", web.port), by_verdict["network"])
        self.assertIn(("smb-os-discovery", "hostrule", None), by_verdict["no"])

    @unittest.skipUnless(INSTALLED, "no scripts are installed")
    def test_commands_of_the_page_work(self):
        page = pages.Page(PAGE)
        server, = self.serve(None)
        self.run_sluice("-n", "-Pn", "-p", server.port, "--journal", "scan.db", "127.0.0.1")
        for command, shown in re.findall(r"^```sh\n(.*?)^```$(?:\s+^```\n(.*?)^```$)?", page.text,
                                         re.M | re.S):
            page.ran(command)
            ended = subprocess.run(["/bin/bash", "-e", "-c", command], cwd=self.place, env=self.environment,
                                   capture_output=True, text=True, timeout=LIMIT)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""), command)
            if shown:
                self.assertEqual(stable(ended.stdout), stable(shown), command)
        page.check()
        table = page.text.split("| key | value |")[1].split("\n\n")[0]
        named = {key for cell in re.findall(r"^\| (`.*?) \|", table, re.M) for key in re.findall(r"`(\w+)`", cell)}
        answers = self.explain("--script", "http-title,banner", "192.0.2.1:80,,www.example.com")
        self.assertEqual(named, {key for each in answers for key in each})


if __name__ == "__main__":
    unittest.main()
