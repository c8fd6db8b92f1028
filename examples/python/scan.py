#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scan.py DOCUMENT: runs the options of a JSON document, and prints open ports and the results of scripts as they come."""
import json
import sys

import sluice

with open(sys.argv[1], encoding='utf-8') as document:
    options = json.load(document)
try:
    engine = sluice.Engine(options)
except sluice.Error as error:
    sys.exit(f'{error} (code {error.code})')

with engine:
    for warning in engine.warnings():
        print('warning:', warning, file=sys.stderr)
    for event in engine:
        if event['event'] == 'port_discovered':
            print(f'{event["address"]} {event["port"]}/{event["protocol"]} open', flush=True)
        elif event['event'] == 'script' and 'output' in event:
            print(f'{event["address"]} {event.get("port", "")} {event["script"]}: {event["output"]}', flush=True)
    if engine.end != sluice.FINISHED:
        sys.exit(engine.error())
