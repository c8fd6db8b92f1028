// SPDX-License-Identifier: Apache-2.0
#include "native/netlink.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace sluice::net::netlink {

void Request::open_message(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  append(&header, sizeof header);
}

void Request::append(const void* data, std::size_t size) {
  bytes_.append(static_cast<const char*>(data), size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

void Request::attribute(std::uint16_t type, std::string_view value) {
  rtattr header{};
  header.rta_type = type;
  header.rta_len = static_cast<std::uint16_t>(sizeof header + value.size());
  append(&header, sizeof header);
  append(value.data(), value.size());
}

void Request::attribute(std::uint16_t type, std::uint32_t value) {
  attribute(type, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
}

std::string Request::bytes() const {
  std::string bytes = bytes_;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data() + offsetof(nlmsghdr, nlmsg_len), &size, sizeof size);
  return bytes;
}

namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

/// Returns the next datagram of the answer; empty if there is none.
std::optional<std::string> receive(int socket) {
  const ssize_t size = ::recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  if (size <= 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got <= 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace

std::optional<std::string> ask(const Request& request) {
  const Descriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (socket.number < 0) return std::nullopt;
  const std::string question = request.bytes();
  if (::send(socket.number, question.data(), question.size(), 0) != static_cast<ssize_t>(question.size()))
    return std::nullopt;
  nlmsghdr asked;
  std::memcpy(&asked, question.data(), sizeof asked);
  const bool several = (asked.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  std::string answer;
  for (;;) {
    auto bytes = receive(socket.number);
    if (!bytes) return std::nullopt;
    for (Messages message(*bytes); message.next();) {
      if (message.type() == NLMSG_ERROR) return std::nullopt;
      if (message.type() == NLMSG_DONE) return answer;
    }
    answer += *bytes;
    if (!several) return answer;
  }
}

bool Messages::next() {
  nlmsghdr header;
  if (rest_.size() < sizeof header) return false;
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest_.size()) return false;
  type_ = header.nlmsg_type;
  payload_ = rest_.substr(sizeof header, header.nlmsg_len - sizeof header);
  rest_.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), rest_.size()));
  return true;
}

std::optional<std::string_view> find(std::string_view attributes, std::uint16_t type) {
  rtattr header;
  while (attributes.size() >= sizeof header) {
    std::memcpy(&header, attributes.data(), sizeof header);
    if (header.rta_len < sizeof header || header.rta_len > attributes.size()) return std::nullopt;
    if (header.rta_type == type) return attributes.substr(sizeof header, header.rta_len - sizeof header);
    attributes.remove_prefix(std::min<std::size_t>(RTA_ALIGN(header.rta_len), attributes.size()));
  }
  return std::nullopt;
}

std::uint32_t find_number(std::string_view attributes, std::uint16_t type) {
  std::uint32_t number = 0;
  const auto value = find(attributes, type);
  if (value && value->size() == sizeof number) std::memcpy(&number, value->data(), sizeof number);
  return number;
}

}  // namespace sluice::net::netlink
