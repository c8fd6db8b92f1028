# SPDX-License-Identifier: Apache-2.0
"""Random cases: a database, the servers behind its ports, and the options of the run. A case is a function of its seed.

Servers keep clear of the waits of the database, by 0.14 s at least: pauses that count as in time are of 0.12 s, at most
three in a row.
"""

import dataclasses
import pprint
import random

import database
from stubs import Chunk, Talk, Tcp, Udp

SOON = 0.12
LATE = database.NULL_WAIT + 0.15
AFTER_WRAPPED = database.WRAPPED_WAIT + 0.16
PORTS = [21, 25, 80, 443, 2001, 2002, 2003, 7777, 9100, 31337]


@dataclasses.dataclass
class Case:
    seed: int
    database: database.Database
    servers: dict
    intensity: int
    all_ports: bool

    def options(self):
        tcp, udp = ([str(port) for protocol, port in self.servers if protocol == wanted] for wanted in ("tcp", "udp"))
        ports = ",".join(["T:" + ",".join(tcp), *(["U:" + ",".join(udp)] if udp else [])])
        return ["-sT", *(["-sU"] if udp else []), "-p", ports, "-sV", "--version-intensity", str(self.intensity),
                *(["--allports"] if self.all_ports else [])]


    def description(self):
        """The case as a reader of a difference wants to see it."""
        return f"seed {self.seed}\noptions {' '.join(self.options())}\n{pprint.pformat(self.servers, width=118)}\n"


def response(dice, families):
    data = dice.choice(dice.choice(families).responses)
    if dice.random() < 0.15:
        data = dice.choice([b"?? no such thing\r\n", b"\x80\x81\x82", b"A (b) [c] 1*2?\n" * dice.choice([1, 70])])
    return data


def chunks(dice, data, delay=0):
    if len(data) > 3 and dice.random() < 0.25:
        cut = dice.randint(1, len(data) - 1)
        return [Chunk(data[:cut], delay), Chunk(data[cut:], SOON)]
    return [Chunk(data, delay)]


def answers(dice, probes, families):
    """What a server says to each probe: to some, to none, or the same to all."""
    kind = dice.choice(["none", "some", "some", "some", "same"])
    if kind == "none":
        return {}
    if kind == "same":
        return {None: chunks(dice, response(dice, families))}
    return {probe.data: chunks(dice, response(dice, families), dice.choice([0, 0, SOON])) for probe in probes
            if dice.random() < 0.6}


def talk(dice, probes, families):
    made = Talk(answers=answers(dice, probes, families))
    if dice.random() < 0.4:
        made.banner = chunks(dice, response(dice, families), dice.choice([0, 0, 0, SOON]))
        if dice.random() < 0.15:  # in the time of the first probe, which is answered after the banner
            made.banner = [Chunk(response(dice, families), LATE)]
        for parts in made.answers.values():
            parts[0].delay = SOON  # the client has read the banner
    if dice.random() < 0.35:
        made.close_after = dice.choice(["accept", "banner", "answer"])
        made.closing = dice.choice(["fin", "fin", "reset"])
        if made.close_after == "accept":
            made.banner = []
            made.close_delay = dice.choice([0, 0, SOON / 2, AFTER_WRAPPED])
        elif made.closing == "reset" or dice.random() < 0.3:
            made.close_delay = SOON  # what was sent must have been read before a reset
    return made


def tcp_server(dice, probes, families):
    server = Tcp(talk(dice, probes, families))
    if dice.random() < 0.3:
        # Silent until it is asked, as servers of TLS are: whether a connection begins a handshake shows then.
        server.talk.banner, server.tls = [], talk(dice, probes, families)
        server.talk.close_after = dice.choice([None, "answer"])
        asked = dice.sample(probes, dice.randint(1, len(probes)))
        server.talk.answers = {probe.data: [Chunk(database.TLS_FAMILY.responses[0])] for probe in asked}
    elif dice.random() < 0.1:
        server.serial = True
    elif dice.random() < 0.1:
        server.accepts = dice.randint(1, 3)
    return server


def udp_server(dice, probes, families):
    return Udp({probe.data: Chunk(response(dice, families), dice.choice([0, SOON])) for probe in probes
                if dice.random() < 0.5})


def random_case(seed):
    dice = random.Random(seed)
    tcp_ports = sorted(dice.sample(PORTS, dice.randint(3, 7)))
    udp_ports = sorted(dice.sample(PORTS[4:], dice.randint(1, 3))) if dice.random() < 0.3 else []
    families = dice.sample(database.PLAIN_FAMILIES, 2)
    made = database.random_database(dice, families, tcp_ports, udp_ports)
    servers = {("tcp", port): tcp_server(dice, made.of("tcp"), families) for port in tcp_ports}
    servers.update({("udp", port): udp_server(dice, made.of("udp"), families) for port in udp_ports})
    return Case(seed, made, servers, dice.choice([0, 2, 5, 7, 7, 7, 9, 9]), dice.random() < 0.1)
