# SPDX-License-Identifier: Apache-2.0
"""What is run against each server, through nmap and through sluice alike."""

import dataclasses
import pathlib

import servers

# Every stock script that asks loopback alone, and in order. Left out by category and by name:
NOT_HERE = " or ".join([
    "broadcast*", "external", "targets-*",  # leave loopback
    "dos", "fuzzer", "brute",  # load the server beyond what it answers reliably; some of brute have cases of their own
    "http-enum", "http-sitemap-generator", "http-slowloris-check",  # take minutes
    "clock-skew",  # speaks only if a second turned over between two clocks
])


def every(categories):
    return f"({categories}) and not ({NOT_HERE})"


COMMON = every("default or safe or discovery or auth or vuln or intrusive or exploit or malware or version")


# Scripts of our own that say what the engine hands to scripts, and what it makes of what they return.
OURS = pathlib.Path(__file__).parent / "scripts"


@dataclasses.dataclass
class Need:
    """What a case needs of the installed nmap: a script with this body must return this text to it."""
    body: str  # {scratch} and {address} as in options
    returns: str
    otherwise: str  # why the case is skipped if it returns another


@dataclasses.dataclass
class Case:
    scripts: str  # or a path
    options: list = dataclasses.field(default_factory=list)  # {scratch} is the test's directory, {address} the server
    ports: str = ""  # those of the server, unless given
    answers: int = 1  # at least so many, or the case says nothing
    needs: Need = None


# No user name needs more than one of these, whatever the order.
BRUTE = "userdb={scratch}/users,passdb={scratch}/passwords,brute.threads=1,brute.start=1"


def with_args(scripts, *arguments, **more):
    return Case(scripts, ["--script-args", ",".join(arguments)], **more)


CALLS = str(pathlib.Path(__file__).resolve().parent / "libssh2_calls.nse")
CANAUTH = CALLS.replace("calls", "canauth")
KEY = "{scratch}/openssh/alice"

# docs/nse-compat.md, "Versions of nmap".
READS_PUBLIC_KEYS = Need(f"return tostring(pcall(libssh2.read_publickey, '{KEY}.pub'))", "true",
                         "this nmap's libssh2.read_publickey raises an error for every file")
OFFERS_PUBLIC_KEYS = Need("local session = libssh2.session_open('{address}', 22) libssh2.publickey_canauth(session, "
                          f"'alice', libssh2.read_publickey('{KEY}.pub')) return 'done'", "done",
                          "this nmap's libssh2.read_publickey or publickey_canauth fails")
TEXT_BESIDE_EMPTY = Need('return "text", ""', "text", "this nmap has no text for a result whose second value is empty")

CASES = {
    servers.listeners: [
        Case(OURS / "values.nse", answers=41),
        Case(OURS / "values_beside_empty.nse", answers=4, needs=TEXT_BESIDE_EMPTY),
    ],
    servers.openssh: [
        Case(COMMON, answers=5),
        Case("default", ports="20-25"),
        with_args("ssh-hostkey", "ssh_hostkey=all"),
        with_args("ssh-hostkey", "ssh_hostkey=sha256 md5"),
        Case("ssh2-enum-algos,banner", ["-v"], answers=2),
        Case("ssh-auth-methods,ssh-publickey-acceptance", answers=2),
        with_args("ssh-publickey-acceptance", "ssh.usernames={alice}", f"ssh.publickeys={{{KEY}.pub}}",
                  needs=READS_PUBLIC_KEYS),
        with_args("ssh-publickey-acceptance", "ssh.usernames={root,alice}",
                  f"ssh.privatekeys={{{KEY},{{scratch}}/openssh/rsa}}"),
        with_args("ssh-run", "ssh-run.cmd=id; seq 5000", "ssh-run.username=alice", "ssh-run.password=secret"),
        with_args("ssh-run", "ssh-run.cmd=echo $TERM", "ssh-run.username=alice", f"ssh-run.privatekey={KEY}"),
        with_args("ssh-run", "ssh-run.cmd=id", "ssh-run.username=alice", "ssh-run.password=wrong"),
        with_args("ssh-brute,creds-summary", BRUTE, answers=2),
        with_args(CALLS, f"key={KEY}"),
        with_args(CANAUTH, f"key={KEY}", needs=OFFERS_PUBLIC_KEYS),
        Case("default", ["-sV"], ports="20-25", answers=1),
    ],
    servers.openssh_with_pam: [
        with_args(CALLS, "key={scratch}/openssh_with_pam/alice", "pam"),
        with_args("ssh-brute,ssh-auth-methods", BRUTE, answers=2),
    ],
    servers.nginx: [
        Case(COMMON, answers=50),
        Case("default", answers=9, ports="1-500"),
        Case("+ssl-cert"),
        with_args("http-title,http-headers", "http-title.url=/about.html,http.useragent=Sluice,path=/robots.txt,useget",
                  answers=4),
        with_args("http-methods", "http-methods.test-all,http-methods.url-path=/list/", answers=2),
        with_args("http-ls", "http-ls.url=/list/", answers=2),
        with_args("http-errors,http-comments-displayer,http-grep", "http-errors.errcodes={401,404}",
                  "httpspider.maxpagecount=5", "http-grep.match=alpha", answers=4),
        with_args("http-fetch", "http-fetch.destination={scratch}/fetched,http-fetch.url=/robots.txt", answers=2),
        with_args("http-auth,http-auth-finder", "http-auth.path=/private/", answers=2),
        Case("ssl-cert,ssl-enum-ciphers", ["-v"], answers=2),
        Case("ssl-cert", ["-vv"]),
        Case("ssl-cert", ["-d", "-v"]),
        Case(OURS / "sockets.nse"),
        Case(OURS / "calls.nse"),
        Case(OURS / "tables.nse", answers=4, ports="22,80,443"),
        Case(OURS / "tables.nse", ["-T5", "--host-timeout", "1m"], answers=4, ports="80,8080"),
        # Nothing but the version tells that a web server is on port 31337.
        Case("default", ["-sV"], answers=15, ports="80,443,31337"),
        Case(OURS / "tables.nse", ["-sV"], answers=4, ports="22,80,443,31337"),
    ],
    servers.redis: [
        Case(COMMON, answers=2),
        Case("redis*", ports="6370-6380"),
        Case("default or redis-info", ["-sV"], answers=1),
    ],
    servers.redis_with_password: [
        Case(COMMON),
        with_args("redis-brute,creds-summary", BRUTE, answers=2),
        with_args("redis-info", "creds.redis=:secret"),
        Case("default", ["-sV"], answers=0),  # for the version alone
    ],
    servers.proftpd: [
        Case(COMMON, answers=12),
        Case("ftp* and not (brute or dos)", ["-v"], answers=2),
        with_args("ftp-anon", "ftp-anon.maxlist=1"),
        with_args("ftp-bounce", "ftp-bounce.checkhost={address}"),
        with_args("ftp-brute", BRUTE),
        Case("default", ["-sV"], answers=2),
    ],
    servers.dovecot: [
        Case(COMMON, answers=20),
        Case("imap* and not brute or pop3* and not brute", answers=2),
        with_args("imap-brute,pop3-brute,creds-summary", BRUTE, ports="110,143", answers=3),
        Case("ssl-cert,ssl-enum-ciphers", ["-v"], ports="110,993", answers=4),
        Case("default", ["-sV"], answers=8),
    ],
}
