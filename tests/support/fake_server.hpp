// SPDX-License-Identifier: Apache-2.0
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

/// The behaviour of one endpoint of a FakeNetwork, and a record of what it has received. By default it accepts
/// connections and sends nothing. Calls can be chained:
/// `network.tcp(endpoint).rtt(5ms).banner("SSH-2.0\r\n").after(1s).close()`. Owned by the FakeNetwork.
class FakeServer {
 public:
  /// The answer to one send. `close`: the server closes the connection after it.
  struct Reaction {
    Reaction(std::string text, bool then_close = false) : data(std::move(text)), close(then_close) {}
    Reaction(const char* text) : data(text) {}
    std::string data;
    bool close = false;
  };
  using React = std::function<std::optional<Reaction>(std::string_view sent)>;

  /// Connects fail with this errno. A datagram is answered by an ICMP error with this errno.
  FakeServer& refuse(int error = ECONNREFUSED) { return mode_ = Mode::Refuse, error_ = error, *this; }
  /// Does not answer connects and datagrams.
  FakeServer& silent() { return mode_ = Mode::Silent, *this; }
  FakeServer& accept() { return mode_ = Mode::Accept, *this; }
  /// Loses the first `count` connect attempts (UDP: datagrams).
  FakeServer& lose(unsigned count) { return losses_ = count, *this; }
  /// Sets the round-trip time, which all answers take.
  FakeServer& rtt(Duration time) { return rtt_ = time, *this; }

  /// Delays the next banner(), close() or reset() by this time after the one before it.
  FakeServer& after(Duration time) { return clock_ += time, *this; }
  /// Sends these bytes on each new connection.
  FakeServer& banner(std::string data) { return greeting_.push_back({clock_, Kind::Data, std::move(data)}), *this; }
  FakeServer& close() { return greeting_.push_back({clock_, Kind::Eof, {}}), *this; }
  FakeServer& reset() { return greeting_.push_back({clock_, Kind::Reset, {}}), *this; }

  /// For a command: sets its exit status, and ends it at this point of the sequence. Without this call it ends after
  /// its output, with code 0.
  FakeServer& exit(core::Exit how) { return greeting_.push_back({clock_, Kind::Eof, {}}), exit_ = how, *this; }

  /// Adds the answer to the next send. The n-th call sets the answer to the n-th send of each connection.
  FakeServer& reply(Reaction with) { return replies_.push_back(std::move(with)), *this; }
  /// Sets a function that answers the further sends. It returns nothing for no answer.
  FakeServer& react(React how) { return react_ = std::move(how), *this; }
  FakeServer& echo() {
    return react([](std::string_view sent) { return Reaction(std::string(sent)); });
  }
  /// Reads nothing, so that sends never complete.
  FakeServer& stall() { return stalls_ = true, *this; }
  /// Serves one connection at a time. Further ones are closed, or reset, when they have been accepted.
  FakeServer& alone(bool resets = false) { return refusal_ = resets ? Kind::Reset : Kind::Eof, *this; }
  /// Serves the newest connection, and closes the others.
  FakeServer& latest() { return serves_latest_ = true, *this; }
  /// Serves connections one after the other. A connection is accepted, but nothing is read or sent on it, until all
  /// earlier ones have ended.
  FakeServer& in_turn() { return in_turn_ = true, *this; }
  /// Handshakes succeed (Transport::Tls, Transport::Dtls, upgrade_tls). Without this call they fail.
  FakeServer& tls(CertificateChain chain = {}) { return tls_ = true, chain_ = std::move(chain), *this; }

  /// All bytes that were sent to the server, in order.
  [[nodiscard]] const std::string& received() const { return received_; }
  /// Number of connect attempts and probes; UDP: of datagrams.
  [[nodiscard]] std::size_t attempts() const { return attempts_; }
  /// For a command: how often it was killed.
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
  std::deque<SocketId> turns_;   ///< in_turn(): the open connections, in the order of their connects
  std::optional<Kind> refusal_;  ///< alone(): how further connections end
  CertificateChain chain_;
  std::string received_;
  core::Exit exit_;
  std::size_t kills_ = 0;
  std::size_t attempts_ = 0, open_ = 0, peak_ = 0;
  std::vector<std::string> server_names_;
};

}  // namespace sluice::net
