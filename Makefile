# The two commands of the README: `make run` and `make test`. Everything is built by CMake below build/.
ARGS ?=

.PHONY: run build test

build:
	tools/install-packages build
	cmake --preset release
	cmake --build --preset release

run: build
	tools/install-packages run
	tools/demo $(ARGS)

test: test-dev

test-%:
	tools/install-packages build test
	cmake --preset $*
	cmake --build --preset $*
	ctest --test-dir build/$* --output-on-failure -j 2 $(CTEST_ARGS)

