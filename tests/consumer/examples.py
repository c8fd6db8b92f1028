# SPDX-License-Identifier: Apache-2.0
"""Runs the installed examples against servers on loopback. Each check gets the environment of the programs."""
import json
import pathlib
import signal
import socket
import subprocess
import sys


class Program:
    """A program whose lines are read as they come."""

    def __init__(self, *command, environment):
        self.name = pathlib.Path(command[0]).name
        self.process = subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                                        env=environment)

    def line(self, wanted):
        """Returns the next line for which `wanted` is true."""
        for line in self.process.stdout:
            if wanted(line.rstrip('\n')):
                return line.rstrip('\n')
        sys.exit(f'{self.name}: ended with code {self.process.wait()}, a line is missing')

    def expect_end(self, code):
        rest, _ = self.process.communicate(timeout=100)
        if self.process.returncode != code:
            sys.exit(f'{self.name}: exit code {self.process.returncode}, not {code}\n{rest}')


class Server:
    """Greets one client when it is told to."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.clients = []

    def greet(self, connections):
        """Accepts so many connections, the scan included, and greets on all that are open."""
        while len(self.clients) < connections:
            self.clients.append(self.socket.accept()[0])
        for client in self.clients:
            try:
                client.sendall(b'hello from %d\r\n' % self.port)
            except OSError:  # the connection of the scan
                pass


def check_collecting(program, environment):
    printed = subprocess.run([program, '127.0.0.1', '1'], check=True, text=True, stdout=subprocess.PIPE,
                             env=environment).stdout
    if printed != '127.0.0.1 1/tcp closed tcpmux\n':
        sys.exit(f'{program}: printed {printed!r}')


def check_event_loop(path, environment):
    """The timer ticks while the engine waits for a server that greets after two ticks."""
    server = Server()
    program = Program(path, '127.0.0.1', server.port, environment=environment)
    for _ in range(2):
        program.line(lambda line: line == 'tick')
    server.greet(2)
    program.line(lambda line: line == f'127.0.0.1 {server.port}: hello from {server.port}')
    program.expect_end(0)


def check_c(path, environment):
    program = Program(path, '-n', '-Pn', '-p1', '127.0.0.1', environment=environment)
    events = [json.loads(line) for line in program.process.stdout]
    program.expect_end(0)
    if (events[0]['event'], events[-1]['event']) != ('run_started', 'run_finished'):
        sys.exit(f'{path}: printed {events}')
    if [port['state'] for event in events if event['event'] == 'host' for port in event['ports']] != ['closed']:
        sys.exit(f'{path}: printed {events}')
    refused = subprocess.run([path, '--ttl', '256'], text=True, stderr=subprocess.PIPE, env=environment)
    if (refused.returncode, refused.stderr) != (2, '--ttl: 256 is not between 0 and 255\n'):
        sys.exit(f'{path}: {refused}')
    program = Program(path, '-n', '-Pn', '-p1', '127.0.0.0/12', environment=environment)
    program.line(lambda line: '"event":"host"' in line)
    program.process.send_signal(signal.SIGINT)
    program.line(lambda line: '"event":"run_finished"' in line)
    program.expect_end(1)


def check_python(examples, library, directory, environment):
    """The result of the first server is printed while the second one has not answered."""
    environment = {**environment, 'SLUICE_LIBRARY': str(library), 'PYTHONDONTWRITEBYTECODE': '1'}
    first, second = Server(), Server()
    options = {**json.loads((examples / 'options.json').read_text()), 'script': 'banner',
               'p': f'{first.port},{second.port}'}
    document = directory / 'options.json'
    document.write_text(json.dumps(options))
    program = Program(sys.executable, examples / 'python/scan.py', document, environment=environment)
    program.line(lambda line: line == f'127.0.0.1 {first.port}/tcp open')
    first.greet(2)
    program.line(lambda line: line == f'127.0.0.1 {first.port} banner: hello from {first.port}')
    second.greet(2)
    program.line(lambda line: line == f'127.0.0.1 {second.port} banner: hello from {second.port}')
    program.expect_end(0)

    document.write_text(json.dumps({'scirpt': 'banner'}))
    refused = subprocess.run([sys.executable, examples / 'python/scan.py', document], text=True, stderr=subprocess.PIPE,
                             env=environment)
    if refused.stderr != '--scirpt: unknown option; did you mean --script? (code 1)\n':
        sys.exit(f'scan.py: {refused}')


def check(examples, programs, library, directory, environment):
    """`examples`: the installed files; `programs`: where they were built; `library`: libsluice.so."""
    check_collecting(programs / 'collect', environment)
    check_event_loop(programs / 'event_loop', environment)
    check_c(programs / 'scan', environment)
    check_python(examples, library, directory, environment)
