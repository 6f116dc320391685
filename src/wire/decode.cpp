#include <algorithm>

#include "wire/codec.hpp"
#include "wire/utf8.hpp"

namespace rollcall::wire {

// The pairs of metadata: key value
template <>
MetadataPair unpack_item<MetadataPair>(Reader& reader) noexcept {
  const std::string_view key = reader.string();
  return {key, reader.string()};
}

namespace {

// entry = session since requests idle name address
// The strings are read by `read_name` and `read_address`, which check them or don't.
template <typename ReadName, typename ReadAddress>
RosterEntry read_entry(Reader& reader, ReadName&& read_name, ReadAddress&& read_address) {
  RosterEntry entry;
  entry.session = reader.number<std::uint64_t>();
  entry.since_unix_ms = reader.number<std::uint64_t>();
  entry.requests = reader.number<std::uint64_t>();
  entry.idle_ms = reader.number<std::uint32_t>();
  entry.name = read_name();
  entry.address = read_address();
  return entry;
}

}  // namespace

template <>
RosterEntry unpack_item<RosterEntry>(Reader& reader) noexcept {
  const auto read_string = [&] { return reader.string(); };
  return read_entry(reader, read_string, read_string);
}

namespace {

constexpr Fault truncated(std::string_view what) { return {ErrorCode::malformed, what, 0}; }

/// Decoders read and check their fields in order, and `Checks` keeps the first thing that was wrong with them.
class Checks {
 public:
  explicit Checks(Reader& reader) : reader_(reader) {}

  void present(std::string_view what) {
    if (reader_.failed()) add(truncated(what));
  }
  void require(bool good, ErrorCode code, std::string_view what) {
    if (!good) add({code, what, 0});
  }
  /// Reads a string. Its length comes before its bytes: one over `bytes_max` is `bound`, whatever follows it.
  [[nodiscard]] std::string_view text(std::string_view what, std::size_t bytes_max, std::string_view bound) {
    const auto size = reader_.number<std::uint16_t>();
    present(what);
    require(size <= bytes_max, ErrorCode::too_large, bound);
    const std::string_view value = reader_.take(size);
    present(what);
    require(is_utf8(value), ErrorCode::invalid_text, what);
    return value;
  }
  /// Reads a string that has no bound but that of its length's two bytes.
  [[nodiscard]] std::string_view text(std::string_view what) { return text(what, 0xFFFF, {}); }
  // name = string ; 0 to 128 bytes
  [[nodiscard]] std::string_view name() { return text("name", name_bytes_max, "name is bounded to 128 bytes"); }
  /// `message`, unless something was wrong or bytes are left over.
  template <typename Variant, typename Message>
  Variant result(const Message& message) {
    present("a field ends beyond the part");
    require(reader_.rest().empty(), ErrorCode::trailing_bytes, "bytes after the last field");
    return good_ ? Variant(message) : Variant(fault_);
  }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  void add(const Fault& fault) {
    if (good_) fault_ = fault;
    good_ = false;
  }

  Reader& reader_;
  Fault fault_;
  bool good_ = true;
};

/// Calls `read_item`, which reads and checks one item, `size` times, and returns the list of what it went over.
template <typename Item, typename ReadItem>
PackedList<Item> read_list(Reader& reader, Checks& checks, std::uint16_t size, ReadItem&& read_item) {
  const std::string_view all = reader.rest();
  for (std::uint16_t i = 0; i < size && checks.good(); ++i) read_item();
  return {all.substr(0, all.size() - reader.rest().size()), size};
}

// metadata = u8 1*16(key value)
PackedList<MetadataPair> read_metadata(Reader& reader, Checks& checks) {
  constexpr std::string_view bound = "metadata is bounded to 2048 bytes";
  const std::size_t size_at_start = reader.rest().size();
  const auto used = [&] { return size_at_start - reader.rest().size(); };
  // How long the next string may be: what its length, not read yet, and all before it leave of the bound.
  const auto room = [&] { return metadata_bytes_max - std::min(metadata_bytes_max, used() + sizeof(std::uint16_t)); };
  const auto size = reader.number<std::uint8_t>();
  checks.present("metadata");
  checks.require(size >= 1, ErrorCode::invalid_value, "metadata has 1 to 16 pairs");
  checks.require(size <= metadata_pairs_max, ErrorCode::too_large, "metadata is bounded to 16 pairs");
  const auto list = read_list<MetadataPair>(reader, checks, size, [&] {
    const bool room_for_key = room() >= metadata_key_bytes_max;
    const auto key = room_for_key
                         ? checks.text("metadata key", metadata_key_bytes_max, "a metadata key has 1 to 64 bytes")
                         : checks.text("metadata key", room(), bound);
    checks.require(!key.empty(), ErrorCode::invalid_value, "a metadata key has 1 to 64 bytes");
    static_cast<void>(checks.text("metadata value", room(), bound));
  });
  checks.require(used() <= metadata_bytes_max, ErrorCode::too_large, bound);
  return list;
}

// hello = %x01 %x01 hello-flags name [token] [metadata]
ClientMessage decode_hello(Reader& reader) {
  Checks checks(reader);
  const auto flags = reader.number<std::uint8_t>();
  checks.present("hello-flags");
  checks.require((flags & ~0x03U) == 0, ErrorCode::unknown_flag, "hello-flags");
  Hello hello;
  hello.name = checks.name();
  if ((flags & 0x01U) != 0) {
    const std::string_view bytes = reader.take(std::tuple_size_v<Token>);
    checks.present("token");
    Token token{};
    std::copy(bytes.begin(), bytes.end(), token.begin());
    hello.token = token;
  }
  if ((flags & 0x02U) != 0) hello.metadata = read_metadata(reader, checks);
  return checks.result<ClientMessage>(hello);
}

// request = %x01 %x02 id body
ClientMessage decode_request(Reader& reader) {
  Request request;
  request.id = reader.number<std::uint64_t>();
  if (reader.failed()) return truncated("request id");
  request.body = reader.rest();
  return request;
}

// roster-query = %x01 %x04 cursor limit
ClientMessage decode_roster_query(Reader& reader) {
  Checks checks(reader);
  RosterQuery query;
  query.cursor = reader.number<std::uint64_t>();
  query.limit = reader.number<std::uint16_t>();
  return checks.result<ClientMessage>(query);
}

// watch = %x01 %x05 watch-flags version-from
ClientMessage decode_watch(Reader& reader) {
  Checks checks(reader);
  const auto flags = reader.number<std::uint8_t>();
  checks.present("watch-flags");
  checks.require((flags & ~0x01U) == 0, ErrorCode::unknown_flag, "watch-flags");
  Watch watch;
  watch.stop = (flags & 0x01U) != 0;
  watch.from_version = reader.number<std::uint64_t>();
  return checks.result<ClientMessage>(watch);
}

// welcome = %x01 %x81 welcome-flags token window max-message liveness count version
ServerMessage decode_welcome(Reader& reader) {
  Checks checks(reader);
  const auto flags = reader.number<std::uint8_t>();
  checks.present("welcome-flags");
  checks.require((flags & ~0x01U) == 0, ErrorCode::unknown_flag, "welcome-flags");
  Welcome welcome;
  welcome.resumed = (flags & 0x01U) != 0;
  const std::string_view token = reader.take(welcome.token.size());
  std::copy(token.begin(), token.end(), welcome.token.begin());
  welcome.window = reader.number<std::uint32_t>();
  checks.present("window");
  checks.require(welcome.window >= 1, ErrorCode::invalid_value, "window is 1 or more");
  welcome.max_message_bytes = reader.number<std::uint32_t>();
  welcome.liveness_ms = reader.number<std::uint32_t>();
  welcome.count = reader.number<std::uint32_t>();
  welcome.version = reader.number<std::uint64_t>();
  return checks.result<ServerMessage>(welcome);
}

// reply = %x01 %x82 id count version body
ServerMessage decode_reply(Reader& reader) {
  Reply reply;
  reply.id = reader.number<std::uint64_t>();
  reply.count = reader.number<std::uint32_t>();
  reply.version = reader.number<std::uint64_t>();
  if (reader.failed()) return truncated("reply");
  reply.body = reader.rest();
  return reply;
}

// roster = %x01 %x84 roster-flags version count next entry-count *entry
ServerMessage decode_roster(Reader& reader) {
  Checks checks(reader);
  const auto flags = reader.number<std::uint8_t>();
  checks.present("roster-flags");
  checks.require((flags & ~0x01U) == 0, ErrorCode::unknown_flag, "roster-flags");
  Roster roster;
  roster.pushed = (flags & 0x01U) != 0;
  roster.version = reader.number<std::uint64_t>();
  roster.count = reader.number<std::uint32_t>();
  roster.next = reader.number<std::uint64_t>();
  const auto size = reader.number<std::uint16_t>();
  checks.present("roster");
  roster.entries = read_list<RosterEntry>(reader, checks, size, [&] {
    static_cast<void>(read_entry(
        reader, [&] { return checks.name(); }, [&] { return checks.text("entry address"); }));
  });
  return checks.result<ServerMessage>(roster);
}

// event = %x01 %x85 kind reason session count version name address
ServerMessage decode_event(Reader& reader) {
  Checks checks(reader);
  const auto kind = reader.number<std::uint8_t>();
  checks.present("event kind");
  checks.require(kind >= 1 && kind <= 3, ErrorCode::invalid_value, "event kind is 1 to 3");
  const auto reason = reader.number<std::uint8_t>();
  checks.present("event reason");
  const bool left = kind == static_cast<std::uint8_t>(EventKind::left);
  checks.require(left ? reason >= 1 && reason <= 5 : reason == 0, ErrorCode::invalid_value,
                 "reason is 1 to 5 for a leave, else 0");
  Event event;
  event.kind = static_cast<EventKind>(kind);
  event.reason = static_cast<LeaveReason>(reason);
  event.session = reader.number<std::uint64_t>();
  event.count = reader.number<std::uint32_t>();
  event.version = reader.number<std::uint64_t>();
  event.name = checks.name();
  event.address = checks.text("event address");
  return checks.result<ServerMessage>(event);
}

// error = %x01 %x86 id code text
ServerMessage decode_error(Reader& reader) {
  Checks checks(reader);
  Error error;
  error.id = reader.number<std::uint64_t>();
  const auto code = reader.number<std::uint16_t>();
  checks.present("error");
  checks.require(code >= 1, ErrorCode::invalid_value, "error code is 1 or more");
  error.code = static_cast<ErrorCode>(code);
  error.text = checks.text("error text");
  return checks.result<ServerMessage>(error);
}

// closing = %x01 %x87 closing-reason grace text
ServerMessage decode_closing(Reader& reader) {
  Checks checks(reader);
  const auto reason = reader.number<std::uint8_t>();
  checks.present("closing");
  checks.require(reason >= 1 && reason <= 3, ErrorCode::invalid_value, "closing-reason is 1 to 3");
  Closing closing;
  closing.reason = static_cast<ClosingReason>(reason);
  closing.grace_ms = reader.number<std::uint32_t>();
  closing.text = checks.text("closing text");
  return checks.result<ServerMessage>(closing);
}

/// What comes before the fields, the same in both directions: version and type, or plain text.
/// Gives the type byte, or the alternative that the message already is.
template <typename Variant>
std::variant<std::uint8_t, Variant> read_type(Reader& reader) {
  const std::string_view part = reader.rest();
  if (part.empty()) return Variant(Fault{ErrorCode::malformed, "the message is empty", 0});
  if (static_cast<std::uint8_t>(part[0]) >= first_plain_byte) {
    if (!is_utf8(part)) return Variant(Fault{ErrorCode::invalid_text, "plain text is UTF-8", 0});
    return Variant(Plain{part});
  }
  if (reader.number<std::uint8_t>() != protocol_version) {
    return Variant(Fault{ErrorCode::unknown_version, "the first byte is 0x01, or 0x20 and above for plain text", 0});
  }
  const auto type = reader.number<std::uint8_t>();
  if (reader.failed()) return Variant(truncated("type"));
  return type;
}

}  // namespace

ClientMessage decode_client_message(std::string_view part) noexcept {
  Reader reader(part);
  const auto type = read_type<ClientMessage>(reader);
  if (const auto* message = std::get_if<ClientMessage>(&type)) return *message;
  switch (static_cast<Type>(std::get<std::uint8_t>(type))) {
    case Type::hello:
      return decode_hello(reader);
    case Type::request:
      return decode_request(reader);
    case Type::bye:
      return Checks(reader).result<ClientMessage>(Bye{});
    case Type::roster_query:
      return decode_roster_query(reader);
    case Type::watch:
      return decode_watch(reader);
    default:
      return Fault{ErrorCode::unknown_type, "no client sends this type", 0};
  }
}

ServerMessage decode_server_message(std::string_view part) noexcept {
  Reader reader(part);
  const auto type = read_type<ServerMessage>(reader);
  if (const auto* message = std::get_if<ServerMessage>(&type)) return *message;
  switch (static_cast<Type>(std::get<std::uint8_t>(type))) {
    case Type::welcome:
      return decode_welcome(reader);
    case Type::reply:
      return decode_reply(reader);
    case Type::roster:
      return decode_roster(reader);
    case Type::event:
      return decode_event(reader);
    case Type::error:
      return decode_error(reader);
    case Type::closing:
      return decode_closing(reader);
    default:
      return Fault{ErrorCode::unknown_type, "no server sends this type", 0};
  }
}

}  // namespace rollcall::wire
