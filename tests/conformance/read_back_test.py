#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""read_back_test.py REPORT_AGAIN: reports of nmap are read as events, and written again as XML, directly and by way of
NDJSON. Both have the same meaning as the original. The reports are those of servers on loopback."""

import http.server
import socketserver
import subprocess
import sys
import threading
import unittest
from xml.etree import ElementTree

import isolation

# Scripts of these categories need other machines, take long, or send much.
LEFT_OUT = "external or dos or brute or fuzzer or broadcast or vuln or exploit or intrusive"
SCRIPTS = f"default or banner or resolveall or (http-* and not ({LEFT_OUT}))"
# Parts of a service that sluice does not have.
NOT_READ = ("proto", "rpcnum", "lowver", "highver")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = "<html><head><title>Gr\u00fc\u00dfe &amp; <more></title></head><body>--</body></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Stranger(socketserver.BaseRequestHandler):
    """A service that no pattern matches, with bytes of every kind."""

    def handle(self):
        self.request.sendall(b"stranger \x00\x01\x7f\x80\xff\r\n\"'<&>\\ --")


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class Tcp6Server(TcpServer):
    address_family = socketserver.socket.AF_INET6


def expanded(ports):
    """The numbers of "1-3,80"."""
    for part in ports.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def tree(element):
    """The structured value of a script or a table: items, then fields."""
    items = [(child.get("key"), child.text or "" if child.tag == "elem" else tree(child)) for child in element]
    text = "" if items else element.text or ""
    return [item for item in items if item[0] is None], [item for item in items if item[0] is not None], text


def scripts_of(element):
    """In the order of their ids, which nmap does not keep."""
    return sorted((script.get("id"), script.get("output"), tree(script)) for script in element.iterfind("script"))


def service_of(port):
    service = port.find("service")
    if service is None or (service.get("name") == "unknown" and len(service.attrib) == 3):  # only name, method, conf
        return None
    return ({key: value for key, value in service.attrib.items() if key not in NOT_READ},
            [cpe.text for cpe in service.iterfind("cpe")])


def ports_of(host):
    found = {}
    for extra in host.iterfind("ports/extraports"):
        for reason in extra.iterfind("extrareasons"):
            for number in expanded(reason.get("ports")):
                found[reason.get("proto"), number] = extra.get("state"), reason.get("reason"), None, []
    for port in host.iterfind("ports/port"):
        state = port.find("state")
        found[port.get("protocol"), int(port.get("portid"))] = (state.get("state"), state.get("reason"),
                                                                service_of(port), scripts_of(port))
    return {key: port for key, port in found.items() if key[0] != "ip"}


def host_of(host):
    status, times = host.find("status"), host.find("times")
    return {
        "addresses": [address.attrib for address in host.iterfind("address")],
        "status": status.attrib,
        "names": [name.attrib for name in host.iterfind("hostnames/hostname")],
        "start": host.get("starttime"), "end": host.get("endtime"), "timed out": host.get("timedout"),
        "ports": ports_of(host),
        "scripts": [each for element in host.iterfind("hostscript") for each in scripts_of(element)],
        "times": None if times is None else times.attrib,
    }


def meaning(document):
    root = ElementTree.fromstring(document)
    return {
        "start": root.get("start"),
        "scans": [scan.attrib for scan in root.iterfind("scaninfo") if scan.get("protocol") != "ip"],
        "levels": [root.find(name).attrib for name in ("verbose", "debugging")],
        "skipped": [target.attrib for target in root.iterfind("target")],
        "tasks": [(task.tag, task.attrib) for task in root if task.tag.startswith("task")],
        "phases": [(element.tag, scripts_of(element)) for element in root
                   if element.tag in ("prescript", "postscript")],
        "hosts": [host_of(host) for host in root.iterfind("host")],
        "end": [root.find("runstats/finished").get(name) for name in ("time", "elapsed", "exit", "errormsg")],
        "totals": root.find("runstats/hosts").attrib,
    }


class ReadBack(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        servers = [kind((address, port), handler) for kind, address in ((TcpServer, "127.0.0.1"), (Tcp6Server, "::1"))
                   for port, handler in ((80, Page), (7777, Stranger))]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def again(self, report, *formats):
        for source, target in zip(formats, formats[1:]):
            done = subprocess.run([self.report_again, source, target], input=report, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            report = done.stdout
        return report

    def check(self, *options):
        command = ["nmap", "-n", "-oX", "-", *options]
        report = subprocess.run(command, check=True, timeout=300, stdin=subprocess.DEVNULL, capture_output=True).stdout
        self.assertEqual(meaning(self.again(report, "xml", "xml")), meaning(report))
        self.assertEqual(self.again(report, "xml", "json", "xml"), self.again(report, "xml", "xml"))
        return report.decode()

    def test_versions_and_scripts(self):
        for options in (["127.0.0.1"], ["-6", "::1"]):
            report = self.check("-sV", "--version-light", "-p", "1-100,7777", "-v", "--script", SCRIPTS,
                                "--script-args", "resolveall.hosts={127.0.0.1},x= a  b\\\"", *options)
            for part in ("http-title", "<table", "servicefp=", "<extraports", "banner", "cpe:/"):
                self.assertIn(part, report)

    def test_elements_that_sluice_does_not_have(self):
        report = self.check("-A", "-p", "79-81", "127.0.0.1", "127.0.0.2")
        for part in ("<os>", "<distance", "<tcpsequence"):
            self.assertIn(part, report)
        self.assertIn('protocol="ip"', self.check("-sO", "-p", "1-10", "127.0.0.1"))

    def test_other_scans(self):
        self.check("-sL", "127.0.0.1-3")
        self.check("-sn", "127.0.0.1", "no-such-name.invalid")
        self.check("-sU", "-p", "1-60", "-v", "127.0.0.1")
        self.check("-sT", "-sU", "-p", "T:1-60,U:53-90", "-d", "127.0.0.1")
        self.check("--open", "-p", "80,81", "-vv", "127.0.0.1")
        self.check("--host-timeout", "1ms", "-p", "1-2000", "-v", "127.0.0.1")


if __name__ == "__main__":
    isolation.isolate()
    ReadBack.report_again = sys.argv.pop(1)
    unittest.main(verbosity=2)
