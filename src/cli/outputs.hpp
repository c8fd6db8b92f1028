#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <sluice/command_line.hpp>
#include <sluice/writer.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/open_hosts.hpp"
#include "cli/report_file.hpp"

namespace sluice::cli {

/// Every report of a run and its terminal: the observer that hands each event to the writers. An output that cannot be
/// written is given up, said once on stderr and remembered; the others go on. Every event is with the system when
/// on_event returns. Errors of the run and LogTo::Error lines are shown on stderr here.
///
/// When a report goes to standard output, everything else, what scripts print included, goes to stderr from open() on.
/// If stderr is no terminal, the text report, progress and lines of -v are left out: a program that reads the report to
/// its end before it reads stderr would wait for ever once they fill the pipe.
class Outputs final : public Observer {
 public:
  /// Opens every report; the error names the one that cannot be, and none is touched then. Until open() no report has
  /// changed, and files made here go away with this object.
  static Result<std::unique_ptr<Outputs>> open(const CommandLine& command);
  ~Outputs() override;

  /// The run starts: reports are written from now on. Events that came before are passed on.
  void open();
  /// Keys are read: the first progress that is told says so.
  void announce_keys();
  /// From any thread, but one at a time waits for the other. Never throws: what there is no memory for is missing in
  /// the report, which counts as lost.
  void on_event(const Event& event) noexcept override;
  /// Makes every report complete if the run did not (event::RunFinished), with what is known of the hosts whose scripts
  /// have not ended; `error` tells why. From any thread.
  void finish(std::string_view error);
  /// After the end: closes the files. Was every output written to its end?
  bool close();

 private:
  struct Output {
    std::unique_ptr<Observer> writer;
    ReportFile file;
    bool told = false;  ///< that it is lost
    Output(Format format, const WriterOptions& options, ReportFile where);
  };
  Outputs() = default;
  Result<void> add(const CommandLine& command, const OutputFile& wanted, const WriterOptions& options);
  void handle(const Event& event) noexcept;
  void pass_on(const Event& event) noexcept;
  void note(const Event& event);
  void flush_prints() noexcept;
  static void tell_loss(Output& output, const std::string& why) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Output>> outputs_;  // the writers' sinks point into them
  int standard_output_ = -1;                      // what descriptor 1 was before it became stderr
  bool begun_ = false, finished_ = false, keys_to_announce_ = false;
  std::vector<Event> early_;
  std::unique_ptr<char[]> reserve_;  // memory for the last words
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  // For the last words.
  OpenHosts open_hosts_;
  std::size_t hosts_up_ = 0, hosts_down_ = 0, hosts_total_ = 0;
};

/// Shows the user a line on stderr, made harmless for a terminal. Gives up silently.
void tell(const std::string& line) noexcept;

/// The stylesheet that XML reports name unless told otherwise: that of the installed Nmap, "" if there is none.
std::string installed_stylesheet(const Options& options);

}  // namespace sluice::cli
