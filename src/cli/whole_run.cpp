// SPDX-License-Identifier: Apache-2.0
#include "cli/whole_run.hpp"

#include <optional>
#include <sluice/quote.hpp>
#include <utility>

#include "cli/print.hpp"
#include "cli/report_source.hpp"
#include "cli/unfinished_hosts.hpp"

namespace sluice::cli {

namespace {

/// Passes the first run on, and gives it an end. Not thread-safe.
class FirstRun final : public Observer {
 public:
  explicit FirstRun(Observer& to) : to_(to) {}

  void on_event(const Event& event) override {
    if (!start_) start_ = event.time;
    if (ended_) {
      several_ = true;
      return;
    }
    last_ = event.time;
    ended_ = std::holds_alternative<event::RunFinished>(event.what);
    unfinished_.note(event);
    pass_on(event);
  }
  /// Ends the run, if it has begun and has no end. `why`: why it has none.
  void end(const std::string& why) {
    if (!start_ || std::exchange(ended_, true)) return;
    for (auto& host : unfinished_.pop_all(last_, why)) pass_on({last_, std::move(host)});
    counts_.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(last_ - *start_);
    counts_.error = why;
    pass_on({last_, counts_});
  }
  /// True if there was another run.
  [[nodiscard]] bool several() const noexcept { return several_; }

 private:
  void pass_on(const Event& event) {
    if (const auto* host = std::get_if<event::HostFinished>(&event.what)) {
      const std::string_view status = status_text(*host->report);
      if (status == "up") ++counts_.hosts_up;
      if (status == "down") ++counts_.hosts_down;
      ++counts_.hosts_total;
    }
    to_.on_event(event);
  }

  Observer& to_;
  std::optional<WallTime> start_;
  WallTime last_;
  bool ended_ = false, several_ = false;
  UnfinishedHosts unfinished_;
  event::RunFinished counts_;
};

}  // namespace

Result<void> read_whole_run(const std::string& name, Observer& observer, Warnings warnings) {
  FirstRun run(observer);
  const auto warn = [&](const std::string& text) {
    if (warnings == Warnings::Told) tell(event::warning(text + '.').text);
  };
  const Result<MissingEnd> read = read_report(name, run);
  if (!read) {
    run.end("the report that was read is damaged");
    return read.error();
  }
  if (!read->empty()) warn(*read);
  run.end("the run did not end");
  if (run.several()) warn(shortened(name) + ": has several runs; the reports have the first one");
  return {};
}

}  // namespace sluice::cli
