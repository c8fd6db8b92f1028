# SPDX-License-Identifier: Apache-2.0
"""Random databases of service probes, as small files in the format of nmap-service-probes.

nmap 7.93 aborts where a field names a group that took no part and a later group did: no expression has such groups.
Responses come from `FAMILIES`; the match lines of a database and the servers of a case draw from the same families, so
that a response is recognised by one line, by several or by none.
"""

import dataclasses
import re

# Seconds; servers keep clear of them by a third at least (cases.py).
NULL_WAIT, PROBE_WAIT, WRAPPED_WAIT = 0.9, 0.7, 0.3
SERVICES = ["alpha", "beta", "gamma", "http", "ssh", "x-one"]
NAMES = ["Ask", "Get", "Help", "Hello", "Status", "Query"]
DELIMITERS = "|/=%@"


@dataclasses.dataclass(frozen=True)
class Family:
    """Responses of one kind, and the expressions that match them: (expression, flags, groups)."""
    responses: tuple
    patterns: tuple


FAMILIES = [
    Family((b"220 mail.example.org Mailer 2.1_3 ready\r\n", b"220 h-1 Mailer 2.1\r\n", b" 220 mail Mailer 10\r\n"),
           ((r"^220 ([-\w.]+) Mailer ([\w.]+)", "", 2), (r"^220 ([-\w.]+) (\w+) ", "", 2), (r"^220 ", "", 0),
            (r"^220 (\S+) MAILER ([\d.]+)(_\d)?", "i", 3), (r"Mailer", "", 0), (r"^220 .*\n$", "s", 0))),
    Family((b"HTTP/1.0 200 OK\r\nServer: Box/1.2 (Deb)\r\n\r\n<p>x</p>", b"HTTP/1.1 404 No\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nServer: Box/3\r\n\r\n"),
           ((r"^HTTP/1\.[01] (\d\d\d) .*\r\nServer: Box/([\d.]+)", "s", 2), (r"^HTTP/1\.\d ", "", 0),
            (r"^HTTP/1\.([01]) (\d+) ([^\r\n]*)\r\n", "", 3), (r"Server: ([^\r\n]+)", "", 1))),
    Family((b"\x01\x02\x00\x10W\0O\0R\0K\0", b"\x01\x02\xff\xfeA\0B\0", b"\x01\x02"),
           ((r"^\x01\x02(..)((?:\w\0)+)", "s", 2), (r"^\x01\x02", "", 0), (r"^\x01\x02(?=(.))", "s", 1),
            (r"^\001\002(..)$", "s", 1))),
    Family((b"K7 a_b_c caf\xe9\x01 z\r\n", b"K7 Upper Case/x:(y) $1\r\n", b"K7 nul\0after \r\n", b"K7 " + b"q" * 90),
           ((r"^K7 (\S+) (\S+)", "", 2), (r"^K7 (.*)\r\n", "s", 1), (r"^K7 (.*)", "s", 1), (r"^K7 ", "", 0),
            (r"^K(\d) ([^\r]*)\r\n(zzz)?", "", 3))),
    Family((b"SSLYES\x15\x03\r\n",), ((r"^SSLYES", "", 0),)),
]
TLS_FAMILY, PLAIN_FAMILIES = FAMILIES[-1], FAMILIES[:-1]
FIELDS = {"p": ["Prod", "$1", "Prod $1 x", "  $2 "], "v": ["$1", "$2", "1.$2", "$3", '$SUBST(1,"_",".")', "$9"],
          "i": ["info; $1", "$P(1)", "$P(2)", '$I(1,">")', '$I(1,"<")', '$SUBST(2,".","::")', "$1$2", "a$$b",
                "e" * 300],
          "h": ["$1", "host.example", "h" * 79, "h" * 80], "o": ["Linux", "Windows", "$2", "o" * 31, "o" * 32],
          "d": ["router", "printer", "$1"]}
CPES = ["a:vendor:prod:$1", "o:linux:linux_kernel", "h:acme:box:$2", "a:v:$SUBST(1,\"a\",\"bb\")", "o:x:y:1.0"]


@dataclasses.dataclass
class Probe:
    protocol: str
    name: str
    data: bytes
    lines: list
    ports: list = dataclasses.field(default_factory=list)
    tls_ports: list = dataclasses.field(default_factory=list)
    rarity: int = None
    fallbacks: list = dataclasses.field(default_factory=list)
    waits: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Database:
    probes: list
    exclude: str = ""

    def of(self, protocol):
        return [probe for probe in self.probes if probe.protocol == protocol and probe.data]

    def text(self):
        return "\n".join([f"Exclude {self.exclude}" if self.exclude else "# no Exclude", *map(text_of, self.probes)])


def delimiter_for(dice, text):
    return dice.choice([mark for mark in DELIMITERS if mark not in text])


def quoted(dice, text):
    mark = delimiter_for(dice, text)
    return mark + text + mark


def escaped(data):
    """A probe string; every byte but plain ones as an escape."""
    short = {0: r"\0", 9: r"\t", 10: r"\n", 13: r"\r", 92: r"\\"}
    return "".join(short.get(byte) or (chr(byte) if 32 <= byte < 127 else rf"\x{byte:02x}") for byte in data)


def text_of(probe):
    # The port scan of nmap 7.95 sends the other probes of UDP too, and uses their responses (docs/nse-compat.md).
    end = " no-payload" if probe.protocol == "udp" else ""
    lines = [f"Probe {probe.protocol.upper()} {probe.name} q|{escaped(probe.data)}|{end}"]
    lines += [f"{name} {round(seconds * 1000)}" for name, seconds in probe.waits.items()]
    lines += [f"rarity {probe.rarity}"] if probe.rarity else []
    for name, ports in (("ports", probe.ports), ("sslports", probe.tls_ports)):
        lines += [f"{name} {','.join(ports)}"] if ports else []
    lines += ["fallback " + ",".join(probe.fallbacks)] if probe.fallbacks else []
    return "\n".join([*lines, *probe.lines, ""])


def template(dice, templates, groups):
    """Mostly one that names no group beyond those of the expression: the others are dropped."""
    fitting = [text for text in templates if all(int(group) <= groups for group in re.findall(r"(?:\$|\()(\d)", text))]
    return dice.choice(fitting if fitting and dice.random() < 0.85 else templates)


def fields_of(dice, groups):
    """Fields of a match line in any order, each at most once; several cpe."""
    found = []
    for letter in dice.sample(sorted(FIELDS), dice.choice([1, 2, 3, 3, 5, 6])):
        found.append(letter + quoted(dice, template(dice, FIELDS[letter], groups)))
    for _ in range(dice.choice([0, 0, 1, 1, 3])):
        # nmap 7.95 takes no other delimiter here (docs/nse-compat.md).
        found.append("cpe:/" + template(dice, CPES, groups) + "/" + dice.choice(["", "a"]))
    dice.shuffle(found)
    return found


def match_line(dice, family):
    pattern, flags, groups = dice.choice(family.patterns)
    soft = dice.random() < 0.3
    service = dice.choice(SERVICES)
    if not soft and dice.random() < 0.08:
        service = "ssl/" + service
    fields = [] if soft and dice.random() < 0.6 else fields_of(dice, groups)
    return " ".join(["softmatch" if soft else "match", service, "m" + quoted(dice, pattern) + flags, *fields])


def tls_line(dice):
    return "softmatch ssl m|^SSLYES|" if dice.random() < 0.2 else "match ssl m|^SSLYES|" + dice.choice(["", " p/TLS/"])


def lines_of(dice, families, least, most):
    lines = [match_line(dice, dice.choice(families)) for _ in range(dice.randint(least, most))]
    if dice.random() < 0.35:
        lines.insert(dice.randint(0, len(lines)), tls_line(dice))
    return lines


def port_list(dice, ports):
    chosen = [str(port) for port in dice.sample(ports, dice.randint(1, len(ports)))]
    if dice.random() < 0.3:
        first = dice.choice(ports)
        chosen.append(f"{first}-{first + dice.randint(1, 3)}")
    return chosen


def random_probes(dice, protocol, count, ports, families):
    found = []
    for number, name in enumerate(dice.sample(NAMES, count)):
        data = dice.choice([f"{name}\r\n".encode(), b"\x01\0" + name.encode() + b"\xff", f"\\{name} a\t".encode()])
        if found and dice.random() < 0.05:
            data = found[0].data
        probe = Probe(protocol, name, data, lines_of(dice, families, 0, 4), rarity=dice.randint(1, 9),
                      waits={"totalwaitms": PROBE_WAIT})
        if number == 0 or dice.random() < 0.3:
            probe.ports = port_list(dice, ports)
        if protocol == "tcp" and dice.random() < 0.4:
            probe.tls_ports = port_list(dice, ports)
        found.append(probe)
    for probe in found:
        others = [other.name for other in found if other is not probe]
        if others and dice.random() < 0.3:
            probe.fallbacks = dice.sample(others, min(len(others), dice.choice([1, 1, 2])))
    return found


def random_database(dice, families, tcp_ports, udp_ports):
    null = Probe("tcp", "NULL", b"", lines_of(dice, families, 1, 5), waits={"totalwaitms": NULL_WAIT})
    if dice.random() < 0.7:
        null.waits["tcpwrappedms"] = WRAPPED_WAIT
    probes = [null, *random_probes(dice, "tcp", dice.randint(1, 4), tcp_ports, families)]
    if udp_ports:
        probes += random_probes(dice, "udp", dice.randint(1, 3), udp_ports, families)
    excluded = f"T:{dice.choice(tcp_ports)}" if dice.random() < 0.1 else ""
    return Database(probes, excluded)
