// SPDX-License-Identifier: Apache-2.0
// The service name of a port in a host report pointed into the table of the engine. A report that was kept after the
// engine had been destroyed read freed memory.

#include "library/engine_fixture.hpp"

namespace sluice::engine {
namespace {

struct HostReport : EngineTest {};

TEST_F(HostReport, ServiceNamesOutliveEngine) {
  options.ports = "1,22";
  run();
  engine.reset();
  const std::vector<PortReport> ports = recorder.one<event::HostFinished>().report->ports;
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[0].table_service, "tcpmux");
  EXPECT_EQ(ports[1].table_service, "ssh");
}

}  // namespace
}  // namespace sluice::engine
