// A worker gave its place in Lua's registry back through the coroutine that had started it. Where that one had ended
// and been collected before, memory that was free already was read and written (seen with valgrind and the sanitizers).

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

using WorkerOutlivesParent = RuntimeFixture;

TEST_F(WorkerOutlivesParent, ItEndsInOrderAlsoWhereTheCoroutineThatStartedItWasCollected) {
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
