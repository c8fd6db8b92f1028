# SPDX-License-Identifier: Apache-2.0
# The two commands of the README: `make run` and `make test`. Everything is built by CMake below build/.
ARGS ?=
# Arguments for ctest, such as CTEST_ARGS='-L lua|nse'. The shell splits them at blanks and reads nothing else into them.
CTEST_ARGS ?=
export CTEST_ARGS
# Programs that this file runs keep journals of runs in the build tree, not in the home directory.
export XDG_STATE_HOME := $(CURDIR)/build/state
# They read no settings of this machine and its user, either.
export SLUICE_NO_CONFIG := true
# What test-... builds; all by default.
TARGETS ?= all

.PHONY: run build test test-busy package-check release-check schema docs fuzz simulate journal-torture cases bench bench-smoke conformance conformance-short conformance-versions tidy \
	format format-check

build:
	tools/install-packages build
	cmake --preset release
	cmake --build --preset release

run: build
	tools/install-packages run
	tools/demo $(ARGS)

.PHONY: install uninstall dist deb package-root-check

# Below DESTDIR, which packagers use, the files have the places that they would have below PREFIX.
PREFIX ?= /usr/local
DESTDIR ?=

install: build
	DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

# Removes the files that the last `make install` of this build has written.
uninstall:
	tools/uninstall build/release "$(DESTDIR)"

# The source archive: build/dist/sluice-VERSION.tar.xz. It builds without a network and without git.
dist:
	tools/make-dist

# Debian packages for the release of this machine, in build/deb. REVISION is the number after the version.
export REVISION ?= 1

deb:
	tools/install-packages build package
	tools/make-deb

# Installs, uses, upgrades and removes the packages in a clean root of the release of this machine.
package-root-check: deb
	tools/install-packages release
	rm -rf build/package-root
	tools/clean-root "$$(. /etc/os-release && echo "$$VERSION_CODENAME")" build/package-root
	tools/check-packages build/package-root build/deb
	rm -rf build/package-root

test: test-test

# The tests on a machine whose cores compile meanwhile.
test-busy:
	tools/test-busy

# Twice as many tests at a time as there are cores, because the long ones wait for servers.
test-%:
	tools/install-packages build test
	cmake --preset $*
	cmake --build --preset $* --target $(TARGETS)
	set -f; ctest --test-dir build/$* --output-on-failure -j "$$(( 2 * $$(nproc) ))" $$CTEST_ARGS

# What the tests of the label `package` tell of the shared library; `make test` has the static one.
package-check:
	$(MAKE) test-shared TARGETS='libsluice sluice_command' CTEST_ARGS='-L package'

# The two commands of the README, and the packages, on clean roots of Debian 12 and 13, or of RELEASE. Needs root; logs
# are below build/release-check.
RELEASE ?= bookworm trixie

release-check:
	tools/install-packages release
	tools/release-check $(RELEASE)

# Writes the JSON Schema of NDJSON again, after a change of its keys (src/output/event_fields.hpp).
schema:
	tools/install-packages build
	cmake --preset dev
	cmake --build --preset dev --target ndjson_schema
	build/dev/ndjson_schema >docs/ndjson.schema.json

# Writes the tables of docs/ again that come from the table of options (src/arguments/options, src/manual).
docs:
	tools/install-packages build
	cmake --preset dev
	cmake --build --preset dev --target manual_pages
	for page in docs/*.md; do \
	  build/dev/manual_pages tables $$page >build/page.md && { cmp -s build/page.md $$page || cp build/page.md $$page; } || exit 1; \
	done

# Both fuzzers, for so many seconds each. New inputs go to build/fuzz, not to the corpora.
FUZZ_SECONDS ?= 60

fuzz:
	tools/install-packages build fuzz
	cmake --preset fuzz
	cmake --build --preset fuzz
	for name in probe_file matching; do \
	  mkdir -p build/fuzz/found_$$name && \
	  build/fuzz/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -max_len=3000 \
	    -artifact_prefix=build/fuzz/$$name- build/fuzz/found_$$name fuzz/corpus/$$name || exit 1; \
	done

# The place of the laboratory of real services, installed and up.
LAB ?=

conformance: build
	tools/install-packages run
	@test -n "$(LAB)" || { echo 'conformance: say where the laboratory is: make conformance LAB=...' >&2; exit 1; }
	tests/conformance/report.py build/release/sluice --lab "$(LAB)" --write docs/conformance.md

# The part of it that needs nothing installed beyond what the tests need; nothing to do where there is no laboratory.
SLUICE ?= build/release/sluice

conformance-short: cases
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/conformance/laboratory_short.py "$(SLUICE)" "$(or $(LAB),../shared/lab)"

# Runnable cases of what went wrong for others; nothing to do where there are none. They limit the address space, so the
# program must have no sanitizer.
cases:
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/conformance/shared_cases.py "$(SLUICE)" ../shared/cases

# Random databases of service probes and servers: nmap -sV and sluice -sV on the same. SEED=1 is the first of CASES. Then
# LINES of the installed file, drawn by SEED, before servers that answer with texts that they match.
CASES ?= 2000
LINES ?= 500
SEED ?= 1

conformance-versions: build
	tools/install-packages run test
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/conformance/versions/versions_test.py "$(SLUICE)" --cases $(CASES) --seed $(SEED)
	cmake --preset dev
	cmake --build --preset dev --target sample_lines
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/conformance/versions/replay_test.py "$(SLUICE)" build/dev/sample_lines \
	  --lines $(LINES) --seed $(SEED)

# Whole runs in virtual time, from so many seeds.
SEEDS ?= 10000
FIRST ?= 1

simulate:
	tools/install-packages build test
	cmake --preset dev
	cmake --build --preset dev --target simulation_test
	SLUICE_FIRST_SEED=$(FIRST) SLUICE_SEEDS=$(SEEDS) build/dev/simulation_test

# Kills and resumes whole runs, and cuts the power while a journal is written. Writes docs/reliability.md. SEED is the seed
# of the times of the kills; 0 draws one.
KILLS ?= 500

journal-torture: SEEDS = 2000
journal-torture: SEED = 0
journal-torture:
	tools/install-packages build test
	cmake --preset test
	cmake --build --preset test --target sluice_command journal_test
	tools/journal-torture build/test --kills $(KILLS) --seeds $(SEEDS) --seed $(SEED)

bench: build
	tools/install-packages run bench
	cmake --build --preset release --target bench
	bench/run --write docs/benchmarks.md $(ARGS)

# Has anything become dearer? By instruction counts alone, as ratios.
bench-smoke: build
	tools/install-packages run bench
	cmake --build --preset release --target bench
	bench/run --smoke $(ARGS)

tidy:
	tools/install-packages build test check
	cmake --preset dev
	cmake --preset tidy
	tools/tidy

format_sources = find src include tests bench fuzz examples \( -name '*.[ch]pp' -o -name '*.[ch]' \) -print0 | xargs -0 clang-format-14

format:
	tools/install-packages check
	$(format_sources) -i

format-check:
	tools/install-packages check
	$(format_sources) --dry-run -Werror
