// SPDX-License-Identifier: Apache-2.0
// A thread was granted a slot at once and then had to suspend, since it had used up its immediate replies. It suspended
// before its socket was counted, so that the slot was also granted to the next waiter.

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

struct SlotGrant : RuntimeFixture {
  SlotGrant() : RuntimeFixture({1, 1}) {}
};

TEST_F(SlotGrant, FreeSlotStaysWithRequesterAtEndOfTurn) {
  network.tcp().accept();
  // Each round calls connect after one more call with an immediate reply.
  const std::string rounds =
      "for calls = 1, 100 do\n"
      "  for _ = 1, calls do collectgarbage('step') end\n"
      "  local socket = nmap.new_socket()\n"
      "  assert(socket:connect('192.0.2.1', 80))\n"
      "  socket:close()\n"
      "end\n"
      "return 'done'";
  for (const char* id : {"one", "two", "three"}) {
    script(id, rounds);
    start_port(id);
  }
  while (runtime->threads() > 0 && (scheduler.ready() || deadlines.next())) {
    EXPECT_LE(slots.held(), 1u);
    if (!scheduler.ready()) clock.advance(*deadlines.next() - clock.now());
    deadlines.expire(clock.now());
    scheduler.run_turn();
    runtime->reap();
  }
  for (const char* id : {"one", "two", "three"}) EXPECT_EQ(result(id), "done");
}

}  // namespace
}  // namespace sluice::nse
