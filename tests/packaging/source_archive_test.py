# SPDX-License-Identifier: Apache-2.0
"""source_archive_test.py SOURCE archive: checks that the source archive has the files of the last commit, that the unpacked
archive makes an archive of the same bytes without git, and that CMake configures it without a network.

source_archive_test.py SOURCE debian: checks what tools/debian-files writes."""
import email.utils
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

source = pathlib.Path(sys.argv[1])
version = re.search(r'project\(sluice VERSION (\S+)', (source / 'CMakeLists.txt').read_text())[1]


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=200, **options)
    if done.returncode:
        sys.exit(f'{" ".join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f'{what}: got {got!r}, not {wanted!r}')


def check_archive(directory):
    archive = pathlib.Path(run(source / 'tools/make-dist', directory / 'first').strip())
    expect('name of the archive', archive.name, f'sluice-{version}.tar.xz')
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
        tar.extractall(directory)
    expect('owners of the files', {(member.uid, member.gid, member.uname) for member in members}, {(0, 0, '')})
    tree = directory / f'sluice-{version}'
    names = {member.name.partition('/')[2] for member in members if not member.isdir()}
    if (source / '.git').exists():
        expect('files of the archive', names, set(run('git', 'ls-tree', '-r', '--name-only', 'HEAD', cwd=source).splitlines()))
    environment = {**os.environ, 'TZ': 'Asia/Tokyo', 'XZ_OPT': '-0'}
    environment.pop('SOURCE_DATE_EPOCH', None)
    again = run(tree / 'tools/make-dist', directory / 'second', env=environment, preexec_fn=lambda: os.umask(0o077)).strip()
    expect('archive of the unpacked archive has the same bytes', pathlib.Path(again).read_bytes() == archive.read_bytes(), True)
    later = run(tree / 'tools/make-dist', directory / 'third', env={**environment, 'SOURCE_DATE_EPOCH': '86400'}).strip()
    with tarfile.open(later) as tar:
        expect('times of the files with SOURCE_DATE_EPOCH', {member.mtime for member in tar}, {86400})
    offline = ['unshare', '-rn'] if subprocess.run(['unshare', '-rn', 'true'], stderr=subprocess.DEVNULL).returncode == 0 else []
    run(*offline, 'cmake', '-G', 'Ninja', '-S', tree, '-B', directory / 'build', '-DSLUICE_TESTS=OFF', '-DSLUICE_BENCH=OFF')


def check_debian_files(directory):
    for name in ('CMakeLists.txt', 'CHANGELOG.md'):
        shutil.copy(source / name, directory)
    for name in ('tools', 'packaging'):
        shutil.copytree(source / name, directory / name)
    run(directory / 'tools/debian-files', env={**os.environ, 'SOURCE_DATE_EPOCH': '86400', 'REVISION': '7',
                                               'DEBFULLNAME': 'A & B/C', 'DEBEMAIL': 'a@b.example'})
    text = (directory / 'debian/changelog').read_text()
    expect('newest entry', text.splitlines()[0], f'sluice (1:{version}-7) unstable; urgency=medium')
    signed = re.findall(r'^ -- A & B/C <a@b.example>  (.*)$', text, re.M)
    seconds = [email.utils.parsedate_to_datetime(date).timestamp() for date in signed]
    expect('date of the newest entry', seconds[0], 86400)
    released = re.findall(r'^## \[(\d[\d.]*)\]', (source / 'CHANGELOG.md').read_text(), re.M)
    expect('versions', re.findall(r'^sluice \(1:(\S+)-\d+\)', text, re.M),
           [version, *(name for name in released if name != version)])
    control = (directory / 'debian/control').read_text()
    expect('maintainer', re.search('^Maintainer: (.*)$', control, re.M)[1], 'A & B/C <a@b.example>')
    expect('placeholders of control', re.findall('@', control.replace('a@b.example', '')), [])
    release = re.search(r'^VERSION_CODENAME=(\w+)$', pathlib.Path('/etc/os-release').read_text(), re.M)
    table = re.findall(fr'^build(?:@{release and release[1]})? (.*)$', (source / 'tools/packages').read_text(), re.M)
    expect('build dependencies', re.search('^Build-Depends: (.*)$', control, re.M)[1].split(', '),
           ['debhelper-compat (= 13)', *' '.join(table).split()])
    library = f'libsluice{version.rpartition(".")[0]}'
    expect('packages', re.findall('^Package: (.*)$', control, re.M), ['sluice', library, 'libsluice-dev', 'sluice-doc'])
    expect('list of files of the library', (directory / f'debian/{library}.install').exists(), True)


with tempfile.TemporaryDirectory(prefix='sluice-source-') as name:
    {'archive': check_archive, 'debian': check_debian_files}[sys.argv[2]](pathlib.Path(name))
