// What the server prints: a line for people, or a JSON object, for every event.
//
// Lines go through a bounded queue to a thread of their own (spdlog): when the reader of stdout is slow, the oldest
// lines are lost, and the server is not slowed. Call from one thread.
#pragma once

#include <memory>
#include <string>

#include "common/command_line.hpp"
#include "rollcall/server.hpp"

namespace spdlog {
class logger;
}

namespace rollcall::tools {

class EventLog {
 public:
  enum class Format { text, json };
  EventLog(Format format, Language language);
  /// Writes what is queued, within a second.
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void started(const Server& server, const ServerConfig& config);
  void happened(const ServerEvent& event);
  void stopped(Server::End end);

 private:
  struct Words;
  static const Words& words(Language language);

  [[nodiscard]] std::string text_line(const ServerEvent& event) const;
  void write(const std::string& line);

  Format format_;
  Language language_;
  const Words& words_;
  std::shared_ptr<spdlog::logger> out_;
};

}  // namespace rollcall::tools
