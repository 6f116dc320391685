#include "common/script_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

#include "common/json_text.hpp"

namespace rollcall::tools::script {
namespace {

constexpr std::chrono::seconds usual_timeout{30};
// A reply that took longer than this gets a timeout of its own, several times what it took.
constexpr std::chrono::seconds slow_reply{10};
constexpr std::int64_t slow_reply_factor = 3;

/// `what` is text, or else bytes.
void append_text(std::string_view what, std::string& out) {
  const std::size_t begin = out.size();
  out += "\"text\":";
  if (append_json_string(what, Braces::doubled, out)) return;
  constexpr std::string_view digits = "0123456789abcdef";
  out.resize(begin);
  out += "\"hex\":\"";
  for (const char c : what) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  out += '"';
}

void append_offset(Offset at, std::string& out) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at).count();
  fmt::format_to(std::back_inserter(out), ",\"at\":{}.{:06}", us / 1'000'000, us % 1'000'000);
}

/// Client names are the writer's own: nothing in them needs an escape.
void append_verb(std::string_view verb, std::string_view client, std::string& out) {
  out += "{\"";
  out += verb;
  out += "\":\"";
  out += client;
  out += '"';
}

/// Without the braces around it.
void append_reply(const Reply& reply, std::string& out) {
  const std::size_t begin = out.size();
  const auto separate = [&] {
    if (out.size() > begin) out += ',';
  };
  if (reply.error) {
    out += "\"error\":\"";
    for (const char c : *reply.error) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out += '"';
  } else if (reply.text) {
    append_text(*reply.text, out);
  } else if (!reply.count) {
    out += "\"matches\":\"\"";  // any reply
  }
  if (reply.count && !reply.error) {
    separate();
    fmt::format_to(std::back_inserter(out), "\"count\":{}", *reply.count);
  }
  if (reply.timeout) {
    separate();
    fmt::format_to(std::back_inserter(out), "\"timeout\":{}", reply.timeout->count());
  }
}

}  // namespace

std::optional<std::chrono::seconds> timeout_for(std::chrono::nanoseconds took) {
  if (took <= slow_reply) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(took) * slow_reply_factor;
}

void header(std::string_view title, std::string& out) {
  out += "{\"rollcall\":1,\"title\":";
  if (!append_json_string(title, Braces::as_they_are, out)) out += "\"\"";
  fmt::format_to(std::back_inserter(out), ",\"timeout\":{}}}\n", usual_timeout.count());
}

void comment(std::string_view text, std::string& out) {
  out += "# ";
  out += text;
  out += '\n';
}

void join(std::string_view client, std::string_view label, Offset at, std::string& out) {
  append_verb("join", client, out);
  if (label != client) {
    out += ",\"name\":";
    if (!append_json_string(label, Braces::doubled, out)) out += "\"\"";
  }
  append_offset(at, out);
  out += "}\n";
}

void send(std::string_view client, std::string_view text, Offset at, std::string& out) {
  append_verb("send", client, out);
  append_offset(at, out);
  out += ',';
  append_text(text, out);
  out += "}\n";
}

void send(std::string_view client, std::string_view text, Offset at, const Reply& reply, std::string& out) {
  send(client, text, at, out);
  out.resize(out.size() - 2);
  out += ",\"expect\":{";
  append_reply(reply, out);
  out += "}}\n";
}

void expect(std::string_view client, const Reply& reply, std::string& out) {
  append_verb("expect", client, out);
  out += ',';
  append_reply(reply, out);
  out += "}\n";
}

void leave(std::string_view client, Offset at, std::string& out) {
  append_verb("leave", client, out);
  append_offset(at, out);
  out += "}\n";
}

void crash(std::string_view client, Offset at, std::string& out) {
  append_verb("crash", client, out);
  append_offset(at, out);
  out += "}\n";
}

void wait(std::uint32_t count, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{{\"wait\":{{\"count\":{}}}}}\n", count);
}

}  // namespace rollcall::tools::script
