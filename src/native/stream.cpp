// SPDX-License-Identifier: Apache-2.0
#include "native/stream.hpp"

namespace sluice::net {

using Kind = Step::Kind;
using State = TlsSession::State;

namespace {

constexpr std::size_t kPull = 16384;           ///< bytes; about one record
constexpr std::size_t kEncryptAtOnce = 65536;  ///< bytes that the session encrypts at a time
constexpr std::size_t kLongestDatagram = 65536;

}  // namespace

Step Stream::shake() {
  for (;;) {
    const State state = tls_->shake();
    const Step sent = flush();
    if (state == State::Failed) return {.kind = Kind::Failed};
    if (sent.kind != Kind::Done) return sent;
    if (state == State::Done) return {};
    if (const Step pulled = pull(); pulled.kind != Kind::Done) return pulled;
  }
}

Step Stream::read(char* into, std::size_t size) {
  for (;;) {
    const auto [state, bytes] = tls_->read(into, size);
    flush();  // answers of the protocol; what cannot be sent now is sent by the next call
    if (state == State::Done) return {.bytes = bytes};
    if (state == State::End) return {.kind = Kind::End};
    if (state == State::Failed) return {.kind = Kind::Failed};
    if (const Step pulled = pull(); pulled.kind != Kind::Done) return pulled;
  }
}

Step Stream::write(std::string_view data) {
  for (;;) {
    if (const Step sent = flush(); sent.kind != Kind::Done) return sent;
    const auto [state, bytes] = tls_->write(data.substr(0, kEncryptAtOnce));
    if (state == State::Done) return {.bytes = bytes};
    if (state != State::NeedsInput) return {.kind = Kind::Failed};
    if (const Step sent = flush(); sent.kind != Kind::Done) return sent;
    if (const Step pulled = pull(); pulled.kind != Kind::Done) return pulled;
  }
}

void Stream::shut() noexcept {
  if (!tls_) return;
  tls_->shut();
  flush();
}

bool TcpStream::secure(const std::string& server_name) {
  tls_ = TlsSession::client(server_name);
  return tls_ != nullptr;
}

Step TcpStream::read(char* into, std::size_t size) {
  return tls_ ? Stream::read(into, size) : read_stream(descriptor_, into, size);
}

Step TcpStream::write(std::string_view data) { return tls_ ? Stream::write(data) : write_stream(descriptor_, data); }

Step TcpStream::flush() {
  if (!tls_) return {};
  outgoing_ += tls_->take_output();
  while (sent_ < outgoing_.size()) {
    const Step sent = write_stream(descriptor_, std::string_view(outgoing_).substr(sent_));
    if (sent.kind != Kind::Done) return sent;
    sent_ += sent.bytes;
  }
  outgoing_.clear();
  sent_ = 0;
  return {};
}

Step TcpStream::pull() {
  char piece[kPull];
  const Step got = read_stream(descriptor_, piece, sizeof piece);
  if (got.kind == Kind::End) {
    tls_->feed_end();
    return {};
  }
  if (got.kind == Kind::Done) tls_->feed({piece, got.bytes});
  return got;
}

bool DtlsStream::secure(const std::string&) {
  tls_ = TlsSession::datagram_client(path_payload(descriptor_, family_));
  return tls_ != nullptr;
}

Step DtlsStream::flush() {
  for (;;) {
    if (outgoing_.empty()) outgoing_ = tls_->take_output();
    if (outgoing_.empty()) return {};
    const Step sent = write_datagram(descriptor_, outgoing_, nullptr);
    if (sent.kind == Kind::WouldWrite || sent.kind == Kind::Lacking) return sent;
    outgoing_.clear();
    if (sent.kind != Kind::Done) return sent;
  }
}

Step DtlsStream::pull() {
  char datagram[kLongestDatagram];
  const Step got = read_datagram(descriptor_, datagram, sizeof datagram);
  if (got.kind == Kind::Done) tls_->feed({datagram, got.bytes});
  return got;
}

}  // namespace sluice::net
