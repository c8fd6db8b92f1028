# SPDX-License-Identifier: Apache-2.0
"""install_test.py BUILD SOURCE: installs the build directory BUILD below a temporary DESTDIR. Checks that the tree has all
parts, that the links of the installed documents lead to installed files, that each file belongs to exactly one Debian
package, and that tools/uninstall removes everything."""
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile

build, source = map(pathlib.Path, sys.argv[1:])
PARTS = ('bin/sluice', 'include/sluice/sluice.h', 'include/sluice/engine.hpp', 'include/sluice/version.hpp',
         'lib*/libsluice.*', 'lib*/cmake/sluice/sluice-config.cmake', 'lib*/pkgconfig/sluice.pc',
         'share/zsh/vendor-completions/_sluice', 'share/doc/sluice/LICENSE', 'share/doc/sluice/README.md',
         'share/doc/sluice/docs/options.md', 'share/doc/sluice/docs/ndjson.schema.json', 'share/doc/sluice/examples/c/scan.c')


def files_below(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob('*') if not path.is_dir())


def check_parts(files):
    for part in PARTS:
        if not fnmatch.filter(files, f'usr/{part}'):
            sys.exit(f'{part}: not installed')
    outside = [name for name in files if not name.startswith('usr/')]
    if outside:
        sys.exit(f'installed outside of the prefix: {outside}')


def check_links(documents):
    pages = list(documents.rglob('*.md'))
    for page in pages:
        for link in re.findall(r'\]\(([^)#:\s]+)[)#]', page.read_text()):
            if not (page.parent / link).exists():
                sys.exit(f'{page.relative_to(documents)}: {link}: not installed')


def packages_of(name):
    """Returns the patterns of Debian packages that match an installed file. Both kinds of the library count as shared."""
    name = re.sub(r'libsluice\.a$', 'libsluice.so', name)
    name = re.sub(r'^usr/lib(64)?/(?!\w+-linux)', 'usr/lib/any/', name)
    found = []
    for listing in [*(source / 'packaging/debian').glob('*.install'), source / 'packaging/debian/not-installed']:
        for pattern in listing.read_text().splitlines():
            if not pattern.startswith('#') and (fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(name, pattern + '/*')):
                found.append(f'{listing.name}: {pattern}')
    if name.startswith('usr/share/') and not name.startswith('usr/share/doc/'):
        found.append('rules: what is below share/ and no document')
    return found


def check_packages(files):
    for name in files:
        found = packages_of(name)
        if 'not-installed' in ' '.join(found):  # wins over the directory that has the file
            found = found[:1]
        if len(found) != 1:
            sys.exit(f'{name}: belongs to {len(found)} Debian packages: {found}')


with tempfile.TemporaryDirectory(prefix='sluice-install-') as name:
    destdir = pathlib.Path(name)
    subprocess.run(['cmake', '--install', build, '--prefix', '/usr'], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, 'DESTDIR': name})
    installed = files_below(destdir)
    check_parts(installed)
    check_links(destdir / 'usr/share/doc/sluice')
    check_packages(installed)
    foreign = destdir / 'usr/share/doc/other/file'
    foreign.parent.mkdir(parents=True)
    foreign.touch()
    subprocess.run([source / 'tools/uninstall', build, name], check=True)
    if files_below(destdir) != ['usr/share/doc/other/file']:
        sys.exit(f'uninstall: left {files_below(destdir)}')
    own = [str(path) for path in destdir.rglob('sluice')]
    if own:
        sys.exit(f'uninstall: left the directories {own}')
    refused = subprocess.run([source / 'tools/uninstall', name], text=True, stderr=subprocess.PIPE)
    if refused.returncode != 2 or f'{name}/install_manifest.txt' not in refused.stderr:
        sys.exit(f'uninstall: did not refuse a build that was not installed: {refused}')
