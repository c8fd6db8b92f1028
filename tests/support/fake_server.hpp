#pragma once

#include <cerrno>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "net/network.hpp"

namespace sluice::net {

/// What one endpoint of a FakeNetwork does, and what it has seen. It accepts and says nothing unless told otherwise;
/// the calls chain: `network.tcp(endpoint).rtt(5ms).banner("SSH-2.0\r\n").after(1s).close()`.
class FakeServer {
 public:
  /// What it answers to one send; `close` ends the connection after it.
  struct Reaction {
    Reaction(std::string text, bool then_close = false) : data(std::move(text)), close(then_close) {}
    Reaction(const char* text) : data(text) {}
    std::string data;
    bool close = false;
  };
  using React = std::function<std::optional<Reaction>(std::string_view sent)>;

  /// Connects fail with this errno; a datagram is answered by it.
  FakeServer& refuse(int error = ECONNREFUSED) { return mode_ = Mode::Refuse, error_ = error, *this; }
  /// Nothing ever comes back.
  FakeServer& silent() { return mode_ = Mode::Silent, *this; }
  FakeServer& accept() { return mode_ = Mode::Accept, *this; }
  /// The first `count` connect attempts (UDP: datagrams) get lost.
  FakeServer& lose(unsigned count) { return losses_ = count, *this; }
  /// Answers of every kind take this long.
  FakeServer& rtt(Duration time) { return rtt_ = time, *this; }

  /// The next of banner, close and reset comes so much later than the one before it.
  FakeServer& after(Duration time) { return clock_ += time, *this; }
  /// Said to whoever connects.
  FakeServer& banner(std::string data) { return greeting_.push_back({clock_, Kind::Data, std::move(data)}), *this; }
  FakeServer& close() { return greeting_.push_back({clock_, Kind::Eof, {}}), *this; }
  FakeServer& reset() { return greeting_.push_back({clock_, Kind::Reset, {}}), *this; }

  /// A command: how and when it ends. One without this ends with its output, by code 0.
  FakeServer& exit(core::Exit how) { return greeting_.push_back({clock_, Kind::Eof, {}}), exit_ = how, *this; }

  /// Answers the next send of a connection that no earlier reply() answers.
  FakeServer& reply(Reaction with) { return replies_.push_back(std::move(with)), *this; }
  /// Answers every send that no reply() answers; nothing: no answer.
  FakeServer& react(React how) { return react_ = std::move(how), *this; }
  FakeServer& echo() {
    return react([](std::string_view sent) { return Reaction(std::string(sent)); });
  }
  /// Reads nothing: sends never finish.
  FakeServer& stall() { return stalls_ = true, *this; }
  /// Takes one connection at a time: others are closed as soon as they are accepted, or reset.
  FakeServer& alone(bool resets = false) { return refusal_ = resets ? Kind::Reset : Kind::Eof, *this; }
  /// Serves the connection that came last: it closes the others.
  FakeServer& latest() { return serves_latest_ = true, *this; }
  /// Takes its connections in turn: reads and says nothing on one until all that were made before have ended.
  FakeServer& in_turn() { return in_turn_ = true, *this; }
  /// Speaks TLS when asked to (Transport::Tls, upgrade_tls).
  FakeServer& tls(CertificateChain chain = {}) { return tls_ = true, chain_ = std::move(chain), *this; }

  /// Everything sent to it, in order.
  [[nodiscard]] const std::string& received() const { return received_; }
  /// Connect attempts and probes; UDP: datagrams.
  [[nodiscard]] std::size_t attempts() const { return attempts_; }
  /// A command: how often it was killed.
  [[nodiscard]] std::size_t kills() const { return kills_; }
  [[nodiscard]] std::size_t open_connections() const { return open_; }
  [[nodiscard]] std::size_t peak_connections() const { return peak_; }
  /// Server names of the handshakes, in order.
  [[nodiscard]] const std::vector<std::string>& server_names() const { return server_names_; }

 private:
  friend class FakeNetwork;
  enum class Mode : std::uint8_t { Accept, Refuse, Silent };
  enum class Kind : std::uint8_t { Data, Eof, Reset };
  struct Step {
    Duration after;
    Kind kind;
    std::string data;
  };
  bool lost() { return attempts_++ < losses_ || mode_ == Mode::Silent; }
  std::optional<Reaction> answer(std::size_t nth, std::string_view sent) const {
    if (nth < replies_.size()) return replies_[nth];
    return react_ ? react_(sent) : std::nullopt;
  }

  Mode mode_ = Mode::Accept;
  int error_ = ECONNREFUSED;
  unsigned losses_ = 0;
  Duration rtt_{}, clock_{};
  std::vector<Step> greeting_;
  std::vector<Reaction> replies_;
  React react_;
  bool stalls_ = false, tls_ = false;
  bool serves_latest_ = false, in_turn_ = false;
  std::deque<SocketId> turns_;   ///< of in_turn()
  std::optional<Kind> refusal_;  ///< of all connections but one
  CertificateChain chain_;
  std::string received_;
  core::Exit exit_;
  std::size_t kills_ = 0;
  std::size_t attempts_ = 0, open_ = 0, peak_ = 0;
  std::vector<std::string> server_names_;
};

}  // namespace sluice::net
