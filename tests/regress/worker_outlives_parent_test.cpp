// SPDX-License-Identifier: Apache-2.0
// A child thread released its reference in the Lua registry through the coroutine that had started it. If that
// coroutine had been collected before, freed memory was read and written (found with valgrind and the sanitizers).

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using ChildThread = RuntimeFixture;

TEST_F(ChildThread, ThreadEndsInOrderAfterParentCoroutineWasCollected) {
  script("parent", R"(
    coroutine.wrap(function()
      stdnse.new_thread(function() stdnse.sleep(2) nmap.registry.ended = true end)
    end)()
    return 'gone')");
  script("collects", "stdnse.sleep(1) collectgarbage() stdnse.sleep(2) return tostring(nmap.registry.ended)");
  start_port("parent");
  start_port("collects");
  run();
  EXPECT_EQ(result("parent"), "gone");
  EXPECT_EQ(result("collects"), "true");
}

}  // namespace
}  // namespace sluice::nse
