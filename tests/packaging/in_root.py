# SPDX-License-Identifier: Apache-2.0
"""Checks the packages beside this file (new/*.deb) in the clean root where it runs as root. tools/check-packages calls it.
Prints a line for each check that holds."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here / 'consumer'))
import examples  # noqa: E402

EARLIER = '/usr/share/sluice/earlier'  # a file that only the earlier build has
# What apt and dpkg write for any package, backups of the files of users (dbus, which libpcap brings, adds a user), and the
# places of the kernel.
KEPT_BY_OTHERS = ('/var/cache/', '/var/lib/apt/', '/var/lib/dpkg/', '/var/log/', '/etc/passwd-', '/etc/shadow-', '/etc/group-',
                  '/etc/gshadow-')
NOT_OF_PACKAGES = ('/proc', '/sys', '/dev', '/run', '/tmp', '/mnt', str(here))
unprivileged = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=900, **options)
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))}: exit code {done.returncode}\n{done.stdout}')
    return done.stdout


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f'{what}: got {got!r}, not {wanted!r}')
    print(f'holds: {what}', flush=True)


def install(packages):
    run('apt-get', '-q', '-y', 'install', *packages)


def field(package, name):
    return run('dpkg-deb', '-f', package, name).strip()


def installed():
    """Returns the versions of the installed packages by name."""
    lines = run('dpkg-query', '-W', '-f', '${db:Status-Status} ${Package} ${Version}\n').splitlines()
    return dict(line.split()[1:] for line in lines if line.startswith('installed '))


def files():
    found = set()
    for directory, names, others in os.walk('/'):
        names[:] = [name for name in names if os.path.join(directory, name) not in NOT_OF_PACKAGES]
        found.update(os.path.join(directory, name) for name in names + others)
    return found


def make_earlier(package, version, directory):
    """Makes the package of an earlier build: with a lower version, and with a file that the later one does not have."""
    tree = directory / package.stem
    run('dpkg-deb', '-R', package, tree)
    control = tree / 'DEBIAN/control'
    control.write_text(control.read_text().replace(f'Version: {version}', f'Version: {version}~earlier')
                       .replace(f'(= {version})', f'(= {version}~earlier)'))
    if field(package, 'Package') == 'sluice':
        (tree / EARLIER[1:]).parent.mkdir(parents=True)
        (tree / EARLIER[1:]).touch()
    run('dpkg-deb', '-b', '-Znone', '--root-owner-group', tree, directory / package.name)
    shutil.rmtree(tree)
    return directory / package.name


def check_upgrade(packages, versions):
    earlier = here / 'earlier'
    earlier.mkdir()
    made = [make_earlier(package, versions[field(package, 'Package')], earlier) for package in packages]
    install(made)
    expect('apt installs an earlier build and nmap-common', {name: installed().get(name) for name in [*versions, 'nmap-common']},
           {**{name: f'{version}~earlier' for name, version in versions.items()}, 'nmap-common': installed()['nmap-common']})
    expect('the earlier build has a file of its own', os.path.exists(EARLIER), True)
    install(packages)
    expect('apt upgrades the packages', {name: installed().get(name) for name in versions}, versions)
    expect('the upgrade removes what the packages no longer have', os.path.exists(EARLIER), False)
    run('apt-get', '-q', '-y', 'upgrade')
    expect('an upgrade of all packages keeps them, in spite of other packages of these names in the archive',
           {name: installed().get(name) for name in versions}, versions)


def check_demonstration(version):
    state = here / 'build'  # tools/demo keeps journals there
    state.mkdir()
    os.chown(state, 65534, 65534)
    expect('the command has the version of the package', run(*unprivileged, 'sluice', '--version').splitlines()[0],
           f'sluice version {version}')
    printed = run(*unprivileged, here / 'tools/demo', env={**os.environ, 'SLUICE': 'sluice'})
    titles = 2 if '8443/tcp' in printed else 1  # http-title takes no other port of the server for HTTPS
    for text, times in (('|_banner: SSH-2.0-sluice_demo', 1), ('|_http-title: The sluice is open', titles),
                        ('| ssl-cert: Subject: commonName=localhost/organizationName=sluice', 1)):
        if printed.count(text) != times:
            sys.exit(f'demonstration: {text!r} is not there {times} times:\n{printed}')
    print('holds: a user without rights scans the demonstration server by scripts of nmap-common', flush=True)
    print(printed, flush=True)


def check_examples():
    by_make, by_cmake, source = here / 'by_make', here / 'by_cmake', pathlib.Path('/usr/share/doc/sluice/examples')
    by_make.mkdir()
    run('cmake', '-S', source, '-B', by_cmake)
    run('cmake', '--build', by_cmake)
    run('make', '-C', by_make, '-f', here / 'consumer/Makefile', f'EXAMPLES={source}', 'scan')
    run(by_make / 'scan', '-n', '-sL', '127.0.0.1')
    print('holds: examples build against libsluice-dev by CMake and by pkg-config', flush=True)
    library = next(line for line in run('dpkg', '-L', 'libsluice-dev').splitlines() if line.endswith('/libsluice.so'))
    examples.check(source, by_cmake, library, here, dict(os.environ))
    print('holds: the examples in C++, C and Python run', flush=True)


def check_removal(before, others, names):
    run('apt-get', '-q', '-y', 'purge', *names)
    expect('no package is left', [name for name in names if name in installed()], [])
    run('apt-get', '-q', '-y', 'autoremove', '--purge')
    # apt keeps adduser, which dbus brings, because apt of Debian 13 can use it.
    if kept := sorted(set(installed()) - others):
        expect('no other package is kept than one of Debian that apt can use', kept, ['adduser'])
        run('apt-get', '-q', '-y', 'purge', *kept)
    run('apt-get', 'clean')
    after = files()
    left = sorted(name for name in after - before if 'sluice' in name or not name.startswith(KEPT_BY_OTHERS))
    expect('nothing is left after the packages are purged', left, [])
    expect('nothing else is removed', sorted(name for name in before - after if not name.startswith(KEPT_BY_OTHERS)), [])


def main():
    packages = sorted((here / 'new').glob('*.deb'))
    versions = {field(package, 'Package'): field(package, 'Version') for package in packages}
    expect('there are the packages and their debug symbols',
           {re.sub(r'^libsluice[\d.]+', 'libsluice', name) for name in versions},
           {'sluice', 'sluice-dbgsym', 'libsluice', 'libsluice-dbgsym', 'libsluice-dev', 'sluice-doc'})
    before, others = files(), set(installed())
    check_upgrade(packages, versions)
    check_demonstration(versions['sluice'].partition(':')[2].partition('-')[0])
    check_examples()
    check_removal(before, others, sorted(versions))


main()
