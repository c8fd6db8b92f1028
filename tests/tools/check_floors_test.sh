#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Feeds tools/check-floors trees of one line each: those that must be let through and those that must not.
set -eu
check=$(cd "$(dirname "$0")/../../tools" && pwd)/check-floors
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# expect GOOD|BAD FILE LINE: whether a tree where FILE has LINE passes.
expect() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/src" "$tree/include/sluice" "$tree/$(dirname "$2")"
  printf '#include <string>\n%s\n' "$3" >"$tree/$2"
  said=$("$check" "$tree") && verdict=GOOD || verdict=BAD
  if [ "$verdict" != "$1" ]; then
    echo "$3 in $2 is $verdict, not $1: $said"
    failed=1
  elif [ "$1" = BAD ] && [ "${said#"$2":2: }" = "$said" ]; then
    echo "the message for $3 in $2 does not begin with the file and line: $said"
    failed=1
  fi
}

expect GOOD src/core/a.cpp '#include "base/slab.hpp"'
expect GOOD src/core/a.cpp '#include "core/b.hpp"'
expect GOOD src/core/a.cpp '#include <sluice/result.hpp>'
expect GOOD src/core/a.cpp '// #include "net/network.hpp"'
expect GOOD src/output/a.cpp '#include "model/address.hpp"'
expect GOOD src/capi/a.cpp '#include "arguments/parse_options.hpp"'
expect GOOD src/arguments/a.cpp '#include "model/address.hpp"'
expect GOOD src/nse/lib/a.cpp '#include <lua.hpp>'
expect GOOD src/nse/lib/a.cpp '#include "nse/runtime/socket.hpp"'
expect GOOD src/nse/lib/a.cpp '#include "nse/lib/command.hpp"'
expect GOOD src/nse/runtime/a.cpp '#include "nse/runtime/socket.hpp"'
expect GOOD src/nse/runtime/environment.cpp '#include "nse/lib/io_lib.hpp"'
expect GOOD src/engine/a.cpp '#include "nse/runtime/runtime.hpp"'
expect GOOD src/native/a.cpp '#include <sys/epoll.h>'
expect BAD src/net/a.cpp '#include <sys/epoll.h>'
expect GOOD src/service/a.cpp '#include <pcre2.h>'
expect GOOD src/service/a.cpp '#include "net/network.hpp"'
expect GOOD src/engine/a.cpp '#include "service/matcher.hpp"'
expect GOOD src/cli/a.cpp '#include "cli/b.hpp"'
expect GOOD src/cli/a.cpp '#include "base/b.hpp"'
expect GOOD src/model/a.cpp '#include <net/if.h>'
expect GOOD include/sluice/a.hpp '#include "sluice/b.hpp"'

expect BAD src/base/a.hpp '#include "core/scheduler.hpp"'
expect BAD src/model/a.hpp '#include "output/text_writer.hpp"'
expect BAD src/script/a.hpp '#include "model/address.hpp"'
expect BAD src/core/a.cpp '#  include "net/network.hpp"'
expect BAD src/core/a.cpp '#include <net/network.hpp>'
expect BAD src/arguments/a.cpp '#include "core/scheduler.hpp"'
expect BAD src/arguments/a.cpp '#include "engine/check_options.hpp"'
expect BAD src/cli/a.cpp '#include "arguments/option_table.hpp"'
expect BAD src/cli/a.cpp '#include "capi/engine.hpp"'
expect BAD src/library/a.cpp '#include "capi/engine.hpp"'
expect BAD src/lua/a.cpp '#include "net/network.hpp"'
expect BAD src/net/a.cpp '#include "lua/state.hpp"'
expect BAD src/nse/lib/a.cpp '#include "scan/pace.hpp"'
expect BAD src/nse/lib/a.cpp '#include "engine/target_feed.hpp"'
expect BAD src/nse/lib/a.cpp '#include "service/matcher.hpp"'
expect BAD src/nse/runtime/a.cpp '#include "nse/lib/command.hpp"'
expect BAD src/nse/runtime/environment.hpp '#include "nse/lib/command.hpp"'
expect BAD src/service/a.cpp '#include "scan/pace.hpp"'
expect BAD src/service/a.cpp '#include "nse/runtime/socket.hpp"'
expect BAD src/engine/a.cpp '#include <pcre2.h>'
expect BAD src/cli/a.cpp '#include "engine/target_feed.hpp"'
expect BAD src/cli/a.cpp '#include "model/services.hpp"'
expect BAD include/sluice/a.hpp '#include "base/text.hpp"'
expect BAD include/sluice/a.hpp '#include <lua.hpp>'
expect BAD include/sluice/a.hpp '#include <sys/epoll.h>'
expect BAD src/net/a.cpp '#include <lauxlib.h>'
expect BAD src/core/a.cpp '#include "scheduler.hpp"'
expect BAD src/core/a.cpp '#include "cellar/a.hpp"'

rm -rf "${tree:?}"/*
mkdir -p "$tree/src/nse" "$tree/include/sluice"
echo '#include <string>' >"$tree/src/nse/a.cpp"
"$check" "$tree" >/dev/null && { echo "a file beside the folders of its floor is let through"; failed=1; }
rm "$tree/src/nse/a.cpp"

mkdir -p "$tree/src/attic"
echo '#include <string>' >"$tree/src/attic/a.cpp"
"$check" "$tree" >/dev/null && { echo "a floor that nobody knows is let through"; failed=1; }
"$check" "$tree/src" >/dev/null 2>&1 && { echo "a place without a tree is let through"; failed=1; }
exit $failed
