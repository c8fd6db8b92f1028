# SPDX-License-Identifier: Apache-2.0
"""Debian's own servers as plain processes on loopback, each with its configuration and data in a scratch directory.

Every server is a function of (directory, address) that writes what it needs and returns a Server; `running` starts it,
waits until each of its ports takes connections and ends it. The ports are the standard ones, so that the rules of stock
scripts match; the caller sees to it that they are free (isolation.py).
"""

import contextlib
import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

READY_WITHIN = 30  # seconds until a server takes connections


@dataclasses.dataclass
class Server:
    command: list
    ports: list


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def certificate(directory):
    """A self-signed certificate; returns the paths of the certificate and of its key."""
    cert, key = directory / "tls.crt", directory / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", key, "-out", cert,
         "-subj", "/C=DE/O=Sluice/CN=www.sluice.test", "-addext",
         "subjectAltName=DNS:www.sluice.test,DNS:*.sluice.test,IP:127.0.0.1,email:root@sluice.test"],
        check=True, capture_output=True)
    return cert, key


def add_user(directory, name, password):
    """Adds a user to those of the machine, in our mount namespace alone."""
    hashed = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True).stdout
    for file, entry, mode in (("passwd", f"{name}:x:65000:65534::{directory}:/bin/sh\n", 0o644),
                              ("shadow", f"{name}:{hashed.strip()}:19000:0:99999:7:::\n", 0o600)):
        there, here = Path("/etc") / file, directory / file
        write(here, there.read_text() + entry, mode)
        subprocess.run(["mount", "--bind", here, there], check=True)


def openssh(directory, address, *options):
    Path("/run/sshd").mkdir(exist_ok=True)  # a constant of sshd
    kinds = ("rsa", "ecdsa", "ed25519")
    for kind, name in [*zip(kinds, kinds), ("ed25519", "alice")]:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", directory / name], check=True)
    add_user(directory, "alice", "secret")
    # The library ssh2 of Nmap needs a group without curves, which OpenSSH 10 does not offer by default.
    write(directory / "banner", "The sluice\nis open.\n")
    write(directory / "sshd_config", "".join(f"HostKey {directory}/{kind}\n" for kind in kinds) + f"""
ListenAddress {address}
PidFile none
KexAlgorithms +diffie-hellman-group14-sha256
Banner {directory}/banner
UsePAM no
KbdInteractiveAuthentication yes
MaxStartups 200
StrictModes no
AuthorizedKeysFile /dev/null
Match User alice
  AuthorizedKeysFile {directory}/alice.pub
""")
    command = ["/usr/sbin/sshd", "-f", directory / "sshd_config", *options]
    # From version 9.8 on, sshd refuses an address for a while after a failed login.
    no_penalties = ["-o", "PerSourcePenalties=no"]
    known = subprocess.run([*command, *no_penalties, "-t"], capture_output=True).returncode == 0
    return Server([*command, *(no_penalties if known else []), "-D", "-e"], [22])


def openssh_with_pam(directory, address):
    write(directory / "pam", "auth required pam_unix.so nodelay\naccount required pam_unix.so\n"
                             "session required pam_permit.so\n")
    subprocess.run(["mount", "--bind", directory / "pam", "/etc/pam.d/sshd"], check=True)
    return openssh(directory, address, "-o", "UsePAM=yes")


PAGE = """<!doctype html>
<html><head><title>The sluice is open</title><meta name="generator" content="By hand 1.0"></head>
<body><!-- a comment --><a href="/list/">list</a> <a href="/about.html">about</a>
<a href="mailto:someone@sluice.test">mail</a></body></html>
"""


def nginx(directory, address):
    cert, key = certificate(directory)
    www = directory / "www"
    write(www / "index.html", PAGE)
    write(www / "about.html", "<html><head><title>About</title></head><body><form action=/new method=post>"
                              "<input type=text name=q><input type=password name=p></form></body></html>\n")
    write(www / "robots.txt", "User-agent: *\nDisallow: /private/\nDisallow: /list/\n")
    write(www / "list" / "a.txt", "alpha\n")
    write(www / "list" / "numbers.txt", "".join(f"{i}\n" for i in range(1000)))
    write(www / ".git" / "HEAD", "ref: refs/heads/main\n")
    for path in www.rglob("*"):
        os.utime(path, (1580702706, 1580702706))
    temporary = "".join(f"{kind}_temp_path {directory}/{kind}; "
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    common = f"root {www}; location /list/ {{ autoindex on; }} location /private/ {{ auth_basic lock; return 401; }}"
    write(directory / "nginx.conf", f"""
daemon off;
user www-data;
worker_processes 1;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  {temporary}
  gzip on;
  server {{
    listen {address}:80;
    listen {address}:31337;
    {common}
    location = /old {{ return 301 /about.html; }}
  }}
  server {{
    listen {address}:443 ssl http2;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    add_header Strict-Transport-Security "max-age=31536000";
    add_header X-Frame-Options DENY;
    add_header Set-Cookie "session=abc123; path=/";
    {common}
  }}
}}
""")
    return Server(["/usr/sbin/nginx", "-e", directory / "error.log", "-p", directory, "-c", directory / "nginx.conf"],
                  [80, 443])


def redis(directory, address, *options):
    return Server(["/usr/bin/redis-server", "--bind", address, "--port", "6379", "--save", "", "--dir", directory,
                   "--protected-mode", "no", *options], [6379])


def redis_with_password(directory, address):
    return redis(directory, address, "--requirepass", "secret")


def proftpd(directory, address):
    cert, key = certificate(directory)
    write(directory / "ftp" / "hello.txt", "hello\n")
    (directory / "ftp" / "incoming").mkdir()
    (directory / "ftp" / "incoming").chmod(0o777)
    for path in (directory / "ftp").rglob("*"):
        os.utime(path, (1580702706, 1580702706))
    write(directory / "proftpd.conf", f"""
LoadModule mod_tls.c
ServerName "Sluice FTP"
ServerType standalone
DefaultAddress {address}
SocketBindTight on
Port 21
User nobody
Group nogroup
WtmpLog off
UseReverseDNS off
AllowForeignAddress on
PidFile {directory}/pid
ScoreboardFile {directory}/score
<IfModule mod_delay.c>
  DelayEngine off
</IfModule>
UseFtpUsers off
AuthOrder mod_auth_unix.c
TLSEngine on
TLSRSACertificateFile {cert}
TLSRSACertificateKeyFile {key}
<Anonymous {directory}/ftp>
  User nobody
  Group nogroup
  UserAlias anonymous nobody
  RequireValidShell off
</Anonymous>
""")
    return Server(["/usr/sbin/proftpd", "-n", "-c", directory / "proftpd.conf"], [21])


def dovecot_settings(directory, cert, key):
    """The settings that dovecot 2.4 has renamed, by the names of the installed version."""
    version = subprocess.run(["/usr/sbin/dovecot", "--version"], check=True, capture_output=True, text=True).stdout
    if tuple(map(int, version.split(".")[:2])) >= (2, 4):
        return "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n", f"""
ssl_server_cert_file = {cert}
ssl_server_key_file = {key}
auth_allow_cleartext = yes
ssl_server_prefer_ciphers = server
passdb passwd-file {{
  passwd_file_path = {directory}/passwd
}}
userdb passwd-file {{
  passwd_file_path = {directory}/passwd
}}
service imap-login {{
  restart_request_count = unlimited
}}
service pop3-login {{
  restart_request_count = unlimited
}}"""
    return "", f"""
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
ssl_prefer_server_ciphers = yes
passdb {{
  driver = passwd-file
  args = {directory}/passwd
}}
userdb {{
  driver = passwd-file
  args = {directory}/passwd
}}"""


def dovecot(directory, address):
    cert, key = certificate(directory)
    first, settings = dovecot_settings(directory, cert, key)
    write(directory / "passwd", "alice:{PLAIN}secret:65534:65534::/nonexistent\n")
    write(directory / "dovecot.conf", f"""{first}
base_dir = {directory}/run
state_dir = {directory}
listen = {address}
protocols = imap pop3
log_path = {directory}/log
ssl = yes
auth_mechanisms = plain login cram-md5
auth_failure_delay = 0
{settings}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
""")
    return Server(["/usr/sbin/dovecot", "-F", "-c", directory / "dovecot.conf"], [110, 143, 993, 995])


LISTEN = """
import signal, socket, sys
listening = [socket.create_server((sys.argv[1], port)) for port in range(1, 60)]
signal.pause()
"""


def listeners(directory, address):
    """Ports 1 to 59, where connections are taken and nothing is said."""
    return Server([sys.executable, "-c", LISTEN, address], [*range(1, 60)])


def wait_until_ready(process, address, ports, log):
    """Returns when each port took a connection; raises with the server's own words when it ends or stays silent."""
    end = time.monotonic() + READY_WITHIN
    for port in ports:
        while True:
            try:
                socket.create_connection((address, port), timeout=1).close()
                break
            except OSError as error:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{process.args[0]} on {address}:{port}: {error}\n{log.read_text()}") from error
                time.sleep(0.02)  # a port that nobody listens on refuses at once; there is no event to wait for


def for_class(case, *wanted):
    """Runs servers for the tests of a class: pairs of one of the functions above and an address. Returns a directory that
    is removed after these tests, and the ports of each server."""
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scratch.chmod(0o755)
        ports = [stack.enter_context(running(server, scratch, address)) for server, address in wanted]
        case.addClassCleanup(stack.pop_all().close)
    return scratch, ports


@contextlib.contextmanager
def running(server, scratch, address):
    """Runs `server`, one of the functions above, on the address; yields its ports."""
    directory = Path(scratch) / server.__name__
    directory.mkdir(parents=True)
    directory.chmod(0o755)
    made = server(directory, address)
    log = directory / "stderr.log"
    with log.open("wb") as out:
        process = subprocess.Popen([str(word) for word in made.command], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=out)
    try:
        wait_until_ready(process, address, made.ports, log)
        yield made.ports
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(directory, ignore_errors=True)
