# SPDX-License-Identifier: Apache-2.0
"""What an -oX report says: port states, and what each script answered, as text and as structure."""

import json
import re
import xml.etree.ElementTree as ElementTree

# What differs from run to run of one and the same program: scripts, expression, replacement, and why. An item of a
# table is masked as "key: text".
VOLATILE = [
    ("http-.*", r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE", "the server's clock"),
    ("http-date", r"^date: .*", "date: DATE", "the server's clock"),
    ("http-date", r"-?\d+s from local time|^delta: .*", "DELTA", "the second turns over on the way, or not"),
    ("http-chrono", r"[\d.]+ms", "Nms", "measured times"),
    ("redis-info", r"(Process ID|Used CPU \(\w+\)|Used memory|Connected clients): \S+", r"\1: N", "the server's state"),
    (".*-brute", r"Performed \d+ guesses in \d+ seconds, average tps: [\d.]+", "Performed N guesses", "measured times"),
]

# Scripts that put what a Lua table holds into their text, in the order of the table, which Lua leaves open and makes
# up anew for every run: here the words count, in any order. The vulns library does so for IDs and references.
IN_ANY_ORDER = re.compile("(imap|pop3)-capabilities|.*vuln.*")


def in_any_order(script):
    return IN_ANY_ORDER.fullmatch(script) is not None


def mask(script, text, key=None):
    line = f"{key}: {text}" if key else text
    for scripts, expression, replacement, _ in VOLATILE:
        if re.fullmatch(scripts, script):
            line = re.sub(expression, replacement, line)
    return line.removeprefix(f"{key}: ") if key else line


def text_of(script, text):
    text = mask(script, text)
    return sorted(text.split()) if in_any_order(script) else text


def structure_of(script, element):
    """The elem and table children: [key, text] or [key, [...]], those with keys last and sorted, for Lua leaves the
    order of keys in a table open."""
    items = [[child.get("key"), mask(script, child.text or "", child.get("key")) if child.tag == "elem" else
              structure_of(script, child)] for child in element if child.tag in ("elem", "table")]
    if in_any_order(script):
        return sorted(items, key=json.dumps)
    return [item for item in items if item[0] is None] + sorted((i for i in items if i[0] is not None), key=json.dumps)


def answers(path):
    """{(where, script): (text, structure)}; where is "pre", "post", "ADDRESS" or "ADDRESS 80/tcp"."""
    found = {}

    def add(where, elements):
        for element in elements:
            script = element.get("id")
            assert (where, script) not in found, f"{script} answers twice at {where}"
            found[where, script] = (text_of(script, element.get("output")), structure_of(script, element))

    root = ElementTree.parse(path).getroot()
    add("pre", root.iterfind("prescript/script"))
    for host in root.iterfind("host"):
        address = host.find("address").get("addr")
        for port in host.iterfind("ports/port"):
            add(f"{address} {port.get('portid')}/{port.get('protocol')}", port.iterfind("script"))
        add(address, host.iterfind("hostscript/script"))
    add("post", root.iterfind("postscript/script"))
    return found


# What a fingerprint says of the program and of the time.
FINGERPRINT = re.compile(r"(?<=:)V=[^%]*|%D=[^%]*|%Time=[^%]*|%P=[^%]*")


def service_of(port):
    """[name="..." and so on, in the order of the report, then cpe]; empty for a port without a service."""
    service = port.find("service")
    if service is None:
        return []
    return [f'{name}="{FINGERPRINT.sub("", value) if name == "servicefp" else value}"'
            for name, value in service.attrib.items()] + [f"cpe {cpe.text}" for cpe in service.iterfind("cpe")]


def known_service_of(port):
    """The same without a name of the table that is "unknown": current versions, and sluice, do not report that one."""
    service = service_of(port)
    return [] if 'name="unknown"' in service and 'method="table"' in service else service


def states(path):
    """For each host its address, its state, each port with state, reason and service, and what is not listed."""
    def port_of(port):
        state = port.find("state")
        return f"{port.get('portid')}/{port.get('protocol')}", state.get("state"), state.get("reason"), known_service_of(port)

    return [(host.find("address").get("addr"), host.find("status").get("state"),
             [port_of(port) for port in host.iterfind("ports/port")],
             [(extra.get("state"), extra.get("count")) for extra in host.iterfind("ports/extraports")])
            for host in ElementTree.parse(path).getroot().iterfind("host")]
