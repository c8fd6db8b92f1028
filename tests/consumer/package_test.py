# SPDX-License-Identifier: Apache-2.0
"""package_test.py BUILD SOURCE LIBRARY: installs the build directory BUILD to a temporary prefix, builds programs against
it by find_package and by pkg-config, and runs them, under valgrind if it is installed. The programs use reports after the
end of their engine, and stop a run from a signal handler. Then it builds and runs the installed examples; LIBRARY is the
shared library for Python.

package_test.py BUILD SOURCE subproject: configures a project that contains sluice as a subproject instead."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import examples

build, source = map(pathlib.Path, sys.argv[1:3])
here = source / 'tests/consumer'
version = re.search(r'project\(sluice VERSION (\S+)', (source / 'CMakeLists.txt').read_text())[1]
valgrind = ['valgrind', '-q', '--error-exitcode=9', '--leak-check=full'] if shutil.which('valgrind') else []


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=500, **options)
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))}: exit code {done.returncode}\n{done.stdout}')
    return done.stdout


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f'{what}: got {got!r}, not {wanted!r}')


def check_keeping(program, environment):
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        printed = run(*program, 'keep', f'1,{port}', env=environment)
    lines = printed.splitlines()
    expect('consumer keep', lines[:3], ['running', f'sluice {version}', '127.0.0.1 1 closed tcpmux'])
    expect('consumer keep', lines[3].split()[:3], ['127.0.0.1', str(port), 'open'])
    expect('consumer keep', lines[4:], ['finished'])


def check_stopping(program, environment):
    with subprocess.Popen([*program, 'stop'], stdout=subprocess.PIPE, text=True, env=environment) as process:
        expect('consumer stop', process.stdout.readline(), 'running\n')
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=500)
    expect('consumer stop', process.returncode, 0)
    lines = printed.splitlines()
    expect('consumer stop', (lines[0], lines[1].split()[0]), (f'sluice {version}', 'stopped:'))


def install_shared(libraries):
    """Returns the shared library in the installed tree. A static build has not installed it."""
    shared = pathlib.Path(sys.argv[3])
    return shutil.copy(shared, libraries / f'libsluice.so.{version}')


def check_package(directory):
    prefix = directory / 'prefix'
    run('cmake', '--install', build, '--prefix', prefix)
    libraries = next(prefix.glob('lib*'))
    environment = {**os.environ, 'PKG_CONFIG_PATH': str(next(prefix.rglob('pkgconfig'))),
                   'LD_LIBRARY_PATH': str(libraries)}
    expect('version of sluice.pc', run('pkg-config', '--modversion', 'sluice', env=environment), version + '\n')
    expect('version of the command', run(prefix / 'bin/sluice', '--version').splitlines()[0], f'sluice version {version}')

    for name in ('man/man1/sluice.1', 'man/man1/sluice-diff.1', 'bash-completion/completions/sluice',
                 'zsh/site-functions/_sluice', 'fish/vendor_completions.d/sluice.fish'):
        expect(f'share/{name}', (prefix / 'share' / name).is_file(), True)

    by_cmake, by_make = directory / 'cmake', directory / 'make'
    installed, by_example = prefix / 'share/doc/sluice/examples', directory / 'examples'
    for project, where, kind in ((here, by_cmake, 'Debug'), (installed, by_example, '')):
        run('cmake', '-S', project, '-B', where, f'-DCMAKE_PREFIX_PATH={prefix}', f'-DCMAKE_BUILD_TYPE={kind}')
        run('cmake', '--build', where, '--parallel', '2')
    by_make.mkdir()
    run('make', '-j2', '-C', by_make, '-f', here / 'Makefile', f'EXAMPLES={installed}', 'consumer', 'scan',
        env=environment)
    check_keeping([by_make / 'consumer'], environment)
    check_keeping([*valgrind, by_cmake / 'consumer'], environment)
    check_stopping([*valgrind, by_cmake / 'consumer'], environment)
    run(by_make / 'scan', '-n', '-sL', '127.0.0.1', env=environment)
    examples.check(installed, by_example, install_shared(libraries), directory, environment)


with tempfile.TemporaryDirectory(prefix='sluice-package-') as name:
    if sys.argv[3:] == ['subproject']:
        run('cmake', '-G', 'Ninja', '-S', here / 'subproject', '-B', name, f'-DSLUICE={source}')
    else:
        check_package(pathlib.Path(name))
