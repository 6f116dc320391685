// What the server prints: a line for people, or a JSON object, for every event.
//
// Lines go through a bounded queue to a thread of their own (spdlog): when the reader of stdout is slow, the oldest
// lines are lost, and the server is not slowed. When that reader is gone, all are. Call from one thread.
#pragma once

#include <chrono>
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
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Writes what is queued, and nothing more may be told. False when nobody read it in time: the log's thread is still
  /// at it, so the process must end without destructors of static objects (std::_Exit).
  [[nodiscard]] bool close(std::chrono::milliseconds patience);

  /// `page` is where its page is; empty when there is none.
  void started(const Server& server, const ServerConfig& config, const std::string& page);
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
