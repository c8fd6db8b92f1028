// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sluice/export.hpp>
#include <sluice/observer.hpp>
#include <sluice/options.hpp>
#include <sluice/report.hpp>
#include <sluice/writer.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Compares two runs. docs/compare-scans.md describes the rules and the output.

namespace sluice {

/// What a comparison needs of the events of a run, in compact form. It keeps no host reports: equal texts are stored
/// once, and so is the most frequent state of the ports of a host. Not thread-safe.
class SLUICE_EXPORT RunSummary final : public Observer {
 public:
  RunSummary();
  ~RunSummary() override;

  void on_event(const Event& event) override;
  /// Returns event::RunStarted::arguments; empty if the report has none.
  [[nodiscard]] const std::vector<std::string>& arguments() const;
  /// Adds what the options say about the hosts, scripts and services that the run asked. A comparison without them
  /// uses only what the events show. Typically those that parse_command_line gives for arguments().
  void set_options(const Options& options);

  struct Content;
  /// For compare_runs() only.
  [[nodiscard]] Content& content() const { return *content_; }

 private:
  const std::unique_ptr<Content> content_;
};

/// Options of a comparison (docs/compare-scans.md).
struct CompareOptions {
  bool by_name = false;  ///< hosts with the same name are the same; false: those with the same address
  bool strict = false;   ///< also differences that are Change::Class::Noise otherwise
  bool all = false;      ///< also what only one run asked
  bool why = false;      ///< also what is left out as noise, with the reason
};

/// A difference between an old and a new run. The texts are valid during the call that receives the change.
struct Change {
  enum class Op : std::uint8_t { Add, Remove, Replace };
  enum class Class : std::uint8_t {
    Different,     ///< both runs asked
    OldAskedOnly,  ///< the new run did not ask; only with CompareOptions::all
    NewAskedOnly,  ///< the old run did not ask; only with CompareOptions::all
    Noise          ///< no difference for the reasons `why`; only with CompareOptions::why
  };
  enum class Subject : std::uint8_t { Host, Status, Names, Addresses, Mac, Port, PortState, ServiceField, Script };

  /// A field of a service, or the result of a script.
  struct Field {
    std::string_view name, value;
  };
  struct Port {
    std::uint16_t number = 0;
    Protocol protocol = Protocol::Tcp;
    PortState state = PortState::Closed;
    std::string_view table_service;  ///< name of the service by the number of the port; not compared
    std::vector<Field> service;      ///< what a probe or a script has determined
    std::vector<Field> scripts;
  };
  /// Ports of a host with the same state.
  struct PortGroup {
    Protocol protocol = Protocol::Tcp;
    PortState state = PortState::Closed;
    std::size_t count = 0;
    std::string ports;  ///< "80,7001-7002"
  };
  struct Host {
    std::string_view status;  ///< "up", or "unknown" with -sL
    std::vector<std::string> names, addresses;
    std::string mac;  ///< "" if unknown
    std::vector<Port> ports;
    std::vector<PortGroup> not_shown;  ///< further ports
    std::vector<Field> scripts;
  };
  /// Nothing; a text; a sorted set of texts; a port; a host.
  using Value = std::variant<std::monostate, std::string_view, std::vector<std::string>, Port, Host>;

  Op op = Op::Replace;
  Class kind = Class::Different;
  Subject subject = Subject::Host;
  std::string_view host,  ///< key of the host: address, or name; "" for a script that runs without a host
      host_name,          ///< a name of the host; may be ""
      phase;              ///< "prerule" or "postrule" for a script that runs without a host; otherwise ""
  std::optional<std::pair<Protocol, std::uint16_t>> port;
  std::string_view item;  ///< name of the field of a service, or id of a script
  Value old_value, new_value;
  std::vector<std::string_view> why;  ///< of noise: names of normalisers (volatile_texts()), or "no-state"
};

/// Calls `each` for each difference, sorted by host, port and item. Exceptions of `each` pass through. Completes both
/// summaries: they must receive no further events. Not thread-safe.
SLUICE_EXPORT void compare_runs(RunSummary& old_run, RunSummary& new_run, const CompareOptions& options,
                                const std::function<void(const Change&)>& each);

/// A kind of text that differs between runs of the same script without a meaning: `name` and an example.
struct VolatileText {
  std::string_view name, meaning, example;
};
/// Returns the kinds of texts that comparisons take for equal. Thread-safe.
SLUICE_EXPORT std::span<const VolatileText> volatile_texts();

/// The format of a list of changes.
enum class ChangeFormat : std::uint8_t { Text, Json, Markdown };

/// Writes changes. Not thread-safe.
class SLUICE_EXPORT ChangeWriter {
 public:
  virtual ~ChangeWriter() = default;
  /// Writes a change. REQUIRES: finish() was not called.
  virtual void write(const Change& change) = 0;
  /// Completes the output.
  virtual void finish() = 0;
};

/// Creates a writer. `old_name` and `new_name`: names of the two runs. The texts contain no characters that control a
/// terminal. Exceptions of the sink pass through.
SLUICE_EXPORT std::unique_ptr<ChangeWriter> make_change_writer(ChangeFormat format, std::string old_name,
                                                               std::string new_name, Sink sink);

}  // namespace sluice
