#include "client/line_editor.hpp"

#include <fcntl.h>
#include <histedit.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <string_view>
#include <utility>

#include "client/conversation.hpp"
#include "client/text_width.hpp"

namespace rollcall::tools {
namespace {

constexpr int history_lines_max = 1000;
constexpr int columns_default = 80;

/// $XDG_STATE_HOME/rollcall/history, by default below ~/.local/state; empty when there is no home.
std::string history_file() {
  std::filesystem::path directory;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    directory = state;
  } else if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    directory = std::filesystem::path(home) / ".local" / "state";
  } else {
    return {};
  }
  directory /= "rollcall";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return {};
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  return directory / "history";
}

int columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : columns_default;
}

}  // namespace

struct LineEditor::State {
  std::string prompt;
  int busy_fd;
  std::function<std::string()> happened;
  std::string history_path;
  EditLine* editor = nullptr;
  History* history = nullptr;
  std::mbstate_t decoding{};

  /// Shows `text` where the line being typed stands, and that line again below it.
  void show_above(const std::string& text) const {
    const LineInfo* line = el_line(editor);
    const std::string_view before_cursor(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
    const int rows_above = (width(prompt) + width(before_cursor)) / columns();
    if (rows_above > 0) std::printf("\033[%dA", rows_above);
    std::printf("\r\033[J%s\n", text.c_str());
    std::fflush(stdout);
    el_set(editor, EL_REFRESH);
  }

  /// libedit's source of characters: 1 with a character, 0 at the end, -1 on an error.
  int read_character(wchar_t* out) {
    for (;;) {
      std::array<pollfd, 2> fds = {{{STDIN_FILENO, POLLIN, 0}, {busy_fd, POLLIN, 0}}};
      if (wait_for(fds, -1) < 0) return -1;
      if (fds[1].revents != 0) {
        if (const std::string text = happened(); !text.empty()) show_above(text);
      }
      if (fds[0].revents == 0) continue;
      char byte = 0;
      const ssize_t size = read(STDIN_FILENO, &byte, 1);
      if (size <= 0) return static_cast<int>(size);
      const std::size_t used = std::mbrtowc(out, &byte, 1, &decoding);
      if (used == static_cast<std::size_t>(-2)) continue;  // more bytes of it are to come
      if (used == static_cast<std::size_t>(-1)) {
        decoding = {};
        continue;
      }
      return 1;
    }
  }
};

LineEditor::LineEditor(std::string prompt, int busy_fd, std::function<std::string()> happened)
    : state_(std::make_unique<State>()) {
  use_utf8_locale();
  state_->prompt = std::move(prompt);
  state_->busy_fd = busy_fd;
  state_->happened = std::move(happened);
  state_->history_path = history_file();
  state_->history = history_init();
  HistEvent event{};
  history(state_->history, &event, H_SETSIZE, history_lines_max);
  history(state_->history, &event, H_SETUNIQUE, 1);
  if (!state_->history_path.empty()) history(state_->history, &event, H_LOAD, state_->history_path.c_str());
  state_->editor = el_init("rollcall-client", stdin, stdout, stderr);
  EditLine* editor = state_->editor;
  el_set(editor, EL_CLIENTDATA, state_.get());
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_HIST, history, state_->history);
  using PromptFunction = char* (*)(EditLine*);
  const PromptFunction prompt_function = [](EditLine* el) {
    State* state = nullptr;
    el_get(el, EL_CLIENTDATA, &state);
    return state->prompt.data();
  };
  el_set(editor, EL_PROMPT, prompt_function);
  const el_rfunc_t read_function = [](EditLine* el, wchar_t* out) {
    State* state = nullptr;
    el_get(el, EL_CLIENTDATA, &state);
    return state->read_character(out);
  };
  el_set(editor, EL_GETCFN, read_function);
  el_source(editor, nullptr);
}

LineEditor::~LineEditor() {
  if (!state_->history_path.empty()) {
    // Made here, so that it is never readable by others, not even while it is written.
    const int fd = open(state_->history_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0) {
      fchmod(fd, S_IRUSR | S_IWUSR);
      close(fd);
      HistEvent event{};
      history(state_->history, &event, H_SAVE, state_->history_path.c_str());
    }
  }
  el_end(state_->editor);
  history_end(state_->history);
}

std::optional<std::string> LineEditor::read_line() {
  int size = 0;
  // Before the prompt, not just before the first character: what is typed between the two would be shown twice.
  el_set(state_->editor, EL_PREP_TERM, 1);
  const char* line = el_gets(state_->editor, &size);
  if (line == nullptr || size <= 0) return std::nullopt;
  std::string text(line, static_cast<std::size_t>(size));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (!text.empty()) {
    HistEvent event{};
    history(state_->history, &event, H_ENTER, text.c_str());
  }
  return text;
}

}  // namespace rollcall::tools
