// A thread that was given a slot at once, but had used up its turn, suspended before its socket was counted: the slot
// passed on to the next in line, and both held it.

#include "support/runtime_fixture.hpp"

namespace sluice::nse {
namespace {

struct SlotAtTurnsEnd : RuntimeFixture {
  SlotAtTurnsEnd() : RuntimeFixture({1, 1}) {}
};

TEST_F(SlotAtTurnsEnd, ASlotThatIsFreeStaysWithTheThreadThatAskedWhereverItsTurnEnds) {
  network.tcp().accept();
  // Each round comes to connect after one more call that is answered at once.
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
