# SPDX-License-Identifier: Apache-2.0
"""embedding_docs_test.py SOURCE: checks that each block of code of docs/embedding.md is a part of one of the examples."""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
examples = [path.read_text() for path in (source / 'examples').rglob('*') if path.suffix in
            ('.cpp', '.c', '.py', '.json', '.txt')]
blocks = re.findall(r'^```(cpp|c|python|json|cmake)\n(.*?)^```$', (source / 'docs/embedding.md').read_text(), re.M | re.S)
if not blocks:
    sys.exit('docs/embedding.md: has no code')
for language, code in blocks:
    if not any(code in text for text in examples):
        sys.exit(f'docs/embedding.md: this {language} code is in no example:\n{code}')
