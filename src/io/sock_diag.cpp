#include "io/sock_diag.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace rollcall::io {
namespace {

constexpr std::uint32_t bit_of(int state) { return std::uint32_t{1} << static_cast<unsigned>(state); }

// Of connections that are there for both sides, or for one.
constexpr std::uint32_t connected_states = bit_of(TCP_ESTABLISHED) | bit_of(TCP_FIN_WAIT1) | bit_of(TCP_FIN_WAIT2) |
                                           bit_of(TCP_CLOSE_WAIT) | bit_of(TCP_LAST_ACK) | bit_of(TCP_CLOSING);

std::uint8_t fill(TcpEnd& end, const sockaddr_storage& storage, std::uint32_t& scope) noexcept {
  if (storage.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    end.address[0] = address.sin_addr.s_addr;
    end.port = address.sin_port;
    return AF_INET;
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    std::memcpy(end.address.data(), &address.sin6_addr, sizeof end.address);
    end.port = address.sin6_port;
    scope = address.sin6_scope_id;
    return AF_INET6;
  }
  return 0;
}

// The macros of netlink(3), without their casts.
const nlmsghdr& head_at(const char* bytes) noexcept { return *reinterpret_cast<const nlmsghdr*>(bytes); }

const inet_diag_msg* answer_in(const nlmsghdr& head) noexcept {
  if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_len < sizeof head + sizeof(inet_diag_msg)) return nullptr;
  return reinterpret_cast<const inet_diag_msg*>(&head + 1);
}

bool is_at(const inet_diag_msg& connection, const TcpEnds& listening) noexcept {
  constexpr std::array<std::uint32_t, 4> any{};
  if (listening.local.address == any) return true;
  return std::equal(listening.local.address.begin(), listening.local.address.end(),
                    std::begin(connection.id.idiag_src));
}

}  // namespace

TcpEnds tcp_ends(int fd) noexcept {
  TcpEnds ends;
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  ends.family = fill(ends.local, storage, ends.scope);
  storage = {};
  size = sizeof storage;
  std::uint32_t peers_scope = 0;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) == 0) fill(ends.peer, storage, peers_scope);
  return ends;
}

SockDiag::SockDiag() noexcept : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}

SockDiag::~SockDiag() {
  if (fd_ >= 0) close(fd_);
}

bool SockDiag::ask(const TcpEnds& ends, std::uint32_t states, bool all) noexcept {
  if (fd_ < 0 || ends.family == 0) return false;
  struct {
    nlmsghdr head;
    inet_diag_req_v2 request;
  } question{};
  question.head.nlmsg_len = sizeof question;
  question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | (all ? NLM_F_DUMP : 0));
  question.head.nlmsg_seq = ++sequence_;
  question.request.sdiag_family = ends.family;
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = states;
  inet_diag_sockid& id = question.request.id;
  id.idiag_sport = ends.local.port;
  id.idiag_dport = ends.peer.port;
  if (!all) {
    std::copy(ends.local.address.begin(), ends.local.address.end(), std::begin(id.idiag_src));
    std::copy(ends.peer.address.begin(), ends.peer.address.end(), std::begin(id.idiag_dst));
    id.idiag_if = ends.scope;
  }
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return send(fd_, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question);
}

std::size_t SockDiag::receive() noexcept {
  while (true) {
    // The kernel answers within send(2) and recv(2): there is nothing to wait for.
    const ssize_t got = recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < static_cast<ssize_t>(sizeof(nlmsghdr))) return 0;
    if (head_at(buffer_.data()).nlmsg_seq == sequence_) return static_cast<std::size_t>(got);
  }
}

std::optional<int> SockDiag::state_of(const TcpEnds& ends) noexcept {
  if (!ask(ends, ~std::uint32_t{0}, false) || receive() == 0) return std::nullopt;
  const auto* answer = answer_in(head_at(buffer_.data()));
  // Where there is no connection, the kernel tells of what listens there.
  if (answer == nullptr || answer->idiag_state == TCP_LISTEN) return std::nullopt;
  return answer->idiag_state;
}

std::optional<std::size_t> SockDiag::accepted_at(const TcpEnds& listening) noexcept {
  if (!ask(listening, connected_states, true)) return std::nullopt;
  std::size_t count = 0;
  while (const std::size_t got = receive()) {
    for (std::size_t at = 0; at + sizeof(nlmsghdr) <= got;) {
      const nlmsghdr& head = head_at(buffer_.data() + at);
      if (head.nlmsg_type == NLMSG_DONE) return count;
      const auto* connection = answer_in(head);
      if (connection == nullptr) return std::nullopt;
      // Without an inode, nobody has accepted it yet, or its owner has closed it.
      if (connection->idiag_inode != 0 && is_at(*connection, listening)) ++count;
      at += (head.nlmsg_len + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
    }
  }
  return std::nullopt;
}

bool is_given_up(std::optional<int> state) noexcept {
  return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
         state == TCP_TIME_WAIT;
}

}  // namespace rollcall::io
