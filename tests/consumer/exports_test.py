# SPDX-License-Identifier: Apache-2.0
"""exports_test.py LIBRARY INCLUDE: checks that the shared library exports all classes and functions that the public
headers mark with SLUICE_EXPORT, all functions of sluice.h, and no other symbols."""
import pathlib
import re
import subprocess
import sys

library, include = sys.argv[1:]
text = ''.join(path.read_text() for path in pathlib.Path(include).rglob('*.hpp*'))
classes = set(re.findall(r'(?:class|struct) SLUICE_EXPORT ([\w:<>]+)', text))
functions = set(re.findall(r'^SLUICE_EXPORT [^;]*?(\w+)\(', text, re.M))
c_functions = set(re.findall(r'\bSLUICE_API [^;]*?(sluice_\w+)\(', pathlib.Path(include, 'sluice/sluice.h').read_text()))
if not classes or not functions or not c_functions:
    sys.exit(f'{include}: no SLUICE_EXPORT')

names = subprocess.run(['nm', '-DC', '--defined-only', '--format=just-symbols', library], check=True, text=True,
                       stdout=subprocess.PIPE).stdout.splitlines()
found, foreign = set(), []
for name in names:
    plain = re.sub(r'^(typeinfo|typeinfo name|vtable) for ', '', name)
    owner = next((c for c in classes if re.match(re.escape(c if c.startswith('std::') else 'sluice::' + c) + r'(::|$)',
                                                 plain)), None)
    function = re.match(r'sluice::(\w+)(\[abi:cxx11\])?\(', plain)
    if owner:
        found.add(owner)
    elif function and function[1] in functions:
        found.add(function[1])
    elif name in c_functions:
        found.add(name)
    else:
        foreign.append(name)
missing = sorted((classes | functions | c_functions) - found)
if foreign or missing:
    sys.exit('\n'.join([f'exported, but in no public header: {name}' for name in foreign] +
                       [f'in a public header, but not exported: {name}' for name in missing]))
