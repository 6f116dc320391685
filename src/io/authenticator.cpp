#include "io/authenticator.hpp"

#include <array>
#include <utility>

#include "io/curve.hpp"
#include "io/key_files.hpp"
#include "io/signals.hpp"

namespace rollcall::io {
namespace {

constexpr const char* endpoint = "inproc://zeromq.zap.01";
constexpr std::string_view zap_version = "1.0";
constexpr std::size_t key_bytes = 32;
// Frames of a request (RFC 27).
constexpr std::size_t frame_version = 0;
constexpr std::size_t frame_request_id = 1;
constexpr std::size_t frame_domain = 2;
constexpr std::size_t frame_mechanism = 5;
constexpr std::size_t frame_credentials = 6;
constexpr std::size_t request_frames = 7;

void send(zmq::socket_t& socket, std::string_view frame, bool more) {
  socket.send(zmq::const_buffer(frame.data(), frame.size()), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
}

}  // namespace

Authenticator::Authenticator(zmq::context_t& context, std::string keys_file)
    : keys_file_(std::move(keys_file)), requests_(context, ZMQ_REP), keys_(read_authorized_keys(keys_file_)) {
  requests_.set(zmq::sockopt::linger, 0);
  requests_.bind(endpoint);
  thread_ = std::thread([this] { run(); });
}

Authenticator::~Authenticator() {
  ending_.store(true);
  wakeup_.signal();
  thread_.join();
}

bool Authenticator::allows(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return keys_.contains(key);
}

Authenticator::User Authenticator::user_of(zmq::message_t& message) const {
  const char* id = zmq_msg_gets(message.handle(), "User-Id");
  const std::string_view user = id == nullptr ? std::string_view() : id;
  if (user.size() <= core::key_text_bytes) return {};
  const User found{user.substr(0, core::key_text_bytes), user.substr(core::key_text_bytes)};
  return allows(found.key) ? found : User{};
}

void Authenticator::reload() {
  reload_.store(true);
  wakeup_.signal();
}

std::vector<Authenticator::News> Authenticator::take_news() {
  news_ready_.take();
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void Authenticator::run() noexcept {
  block_all_signals();
  try {
    while (!ending_.load()) {
      std::array<zmq::pollitem_t, 2> items = {
          {{requests_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}}};
      zmq::poll(items.data(), items.size(), std::chrono::milliseconds{-1});
      wakeup_.take();
      if (reload_.exchange(false)) read_again();
      if ((items[0].revents & ZMQ_POLLIN) != 0) answer();
    }
  } catch (...) {
    // What went wrong does not matter: nobody answers any more.
  }
  alive_.store(false);
  news_ready_.signal();
  requests_.close();
}

// One reply to each request, whatever is in it: libzmq ends the process on a second one.
void Authenticator::answer() {
  std::vector<std::string> frames;
  zmq::message_t frame;
  do {
    if (!requests_.recv(frame)) return;
    if (frames.size() <= request_frames) frames.push_back(frame.to_string());
  } while (frame.more());
  const bool understood = frames.size() == request_frames && frames[frame_version] == zap_version &&
                          frames[frame_domain] == zap_domain && frames[frame_mechanism] == "CURVE";
  const std::string user_id = understood ? user_id_for(frames[frame_credentials]) : std::string();
  send(requests_, zap_version, true);
  send(requests_, frames.size() > frame_request_id ? frames[frame_request_id] : std::string(), true);
  send(requests_, user_id.empty() ? "400" : "200", true);
  send(requests_, user_id.empty() ? "this key is not allowed" : "OK", true);
  send(requests_, user_id, true);
  send(requests_, {}, false);
}

std::string Authenticator::user_id_for(std::string_view credentials) const {
  std::array<char, core::key_text_bytes + 1> key{};
  if (credentials.size() != key_bytes) return {};
  std::array<std::uint8_t, key_bytes> bytes{};
  std::copy(credentials.begin(), credentials.end(), bytes.begin());
  if (zmq_z85_encode(key.data(), bytes.data(), bytes.size()) == nullptr) return {};
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(std::string_view(key.data()));
  return found == keys_.end() ? std::string() : found->first + found->second;
}

void Authenticator::read_again() {
  News news;
  try {
    core::AuthorizedKeys keys = read_authorized_keys(keys_file_);
    const std::lock_guard lock(mutex_);
    for (const auto& [key, name] : keys_) {
      if (!keys.contains(key)) news.revoked.push_back(key);
    }
    keys_ = std::move(keys);
    news.keys = keys_.size();
    news_.push_back(std::move(news));
  } catch (const KeyError& error) {
    const std::lock_guard lock(mutex_);
    news.keys = keys_.size();
    news.problem = error.what();
    news_.push_back(std::move(news));
  }
  news_ready_.signal();
}

}  // namespace rollcall::io
