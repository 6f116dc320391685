#include "replay/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "common/number_text.hpp"
#include "replay/sparkline.hpp"

namespace rollcall::replay {

namespace {

using Course = std::vector<std::optional<double>>;

constexpr int label_columns = 16;
constexpr int figure_columns = 11;
constexpr std::size_t course_columns = 48;
constexpr std::string_view bold = "1";
constexpr std::string_view dim = "2";
constexpr std::string_view green = "32";
constexpr std::string_view red = "31";

class TextReport {
 public:
  TextReport(const Run& run, const std::vector<Verdict>& verdicts, TextOptions options)
      : run_(run), total_(run.total), verdicts_(verdicts), options_(options) {}

  std::string write() {
    heading();
    requests();
    clients();
    latency();
    course();
    expectations();
    thresholds();
    conclusion();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view say(std::string_view portuguese, std::string_view english) const {
    return options_.language == Language::english ? english : portuguese;
  }
  [[nodiscard]] std::string number(std::uint64_t value) const { return tools::grouped(value, options_.language); }
  [[nodiscard]] std::string painted(std::string_view colour, std::string_view text) const {
    return options_.colours ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
  }
  void line(std::string_view text = "") {
    out_ += text;
    out_ += '\n';
  }
  void row(std::string_view label, std::string_view text) { line(fmt::format("{:<{}}{}", label, label_columns, text)); }
  /// "12 joined", if there are any or `always`; `one` is for a single one.
  void count(std::vector<std::string>& parts, std::uint64_t value, std::string_view one, std::string_view many,
             bool always = false) const {
    if (value > 0 || always) parts.push_back(fmt::format("{} {}", number(value), value == 1 ? one : many));
  }
  void parts(std::string_view label, const std::vector<std::string>& parts) {
    row(label, fmt::format("{}", fmt::join(parts, " · ")));
  }

  void heading() {
    line(painted(bold, run_.title.empty() ? "rollcall-replay" : shown(run_.title)));
    std::vector<std::string> about;
    if (!run_.server.empty()) about.push_back(shown(run_.server));
    if (run_.seed) about.push_back(fmt::format("{} {}", say("semente", "seed"), *run_.seed));
    about.push_back(elapsed_text(run_.seconds, options_.language));
    if (run_.open_loop) about.emplace_back(say("laço aberto", "open loop"));
    line(painted(dim, fmt::format("{}", fmt::join(about, " · "))));
    if (run_.interrupted) {
      line(painted(red, say("Interrompido: os números valem até ali.", "Interrupted: the figures go as far as that.")));
    }
    for (const std::string& note : run_.notes) line("! " + shown(note));
    line();
  }

  void requests() {
    std::vector<std::string> sent;
    count(sent, total_.due, say("previsto", "due"), say("previstos", "due"), true);
    count(sent, total_.sent, say("enviado", "sent"), say("enviados", "sent"), true);
    count(sent, total_.not_sent,
          say("não enviado, por falta de vaga ou de conexão", "not sent, for want of room or a connection"),
          say("não enviados, por falta de vaga ou de conexão", "not sent, for want of room or a connection"));
    parts(say("Pedidos", "Requests"), sent);

    std::vector<std::string> replies = {number(total_.replies)};
    if (run_.seconds > 0) {
      const double rate = static_cast<double>(total_.replies) / run_.seconds;
      replies.push_back(rate_text(rate, options_.language) + "/s");
      if (run_.planned_rate > 0) {
        replies.push_back(fmt::format(fmt::runtime(say("{} dos {}/s planejados", "{} of the {}/s planned")),
                                      percent_text(rate, run_.planned_rate, options_.language),
                                      rate_text(run_.planned_rate, options_.language)));
      }
    }
    parts(say("Respostas", "Replies"), replies);

    std::vector<std::string> errors;
    for (const auto& [name, times] : total_.errors) count(errors, times, shown(name), shown(name));
    const auto unknown = say("sem desfecho, pois a conexão caiu (unknown)", "unknown, as the connection was lost");
    count(errors, total_.unknown, unknown, unknown);
    const auto timeouts = say("fora do prazo (timeouts)", "timed out");
    count(errors, total_.timeouts, timeouts, timeouts);
    if (errors.empty()) errors.emplace_back(say("nenhum", "none"));
    parts(say("Erros", "Errors"), errors);
  }

  void clients() {
    std::vector<std::string> clients;
    count(clients, total_.joins, say("entrou", "joined"), say("entraram", "joined"), true);
    count(clients, total_.leaves, say("saiu", "left"), say("saíram", "left"));
    count(clients, total_.crashes, say("derrubado", "crashed"), say("derrubados", "crashed"));
    count(clients, total_.lost, say("perdeu a conexão", "lost the connection"),
          say("perderam a conexão", "lost the connection"));
    count(clients, total_.refused, say("recusado", "refused"), say("recusados", "refused"));
    parts(say("Clientes", "Clients"), clients);
  }

  void latency_row(std::string_view label, const Histogram& histogram) {
    std::string text = fmt::format("{:<{}}", label, label_columns);
    for (const double fraction : {0.5, 0.9, 0.99, 0.999, 1.0}) {
      const auto ns = static_cast<double>(fraction < 1 ? histogram.quantile(fraction) : histogram.max());
      text += fmt::format("{:>{}}", duration_text(ns, options_.language), figure_columns);
    }
    line(text);
  }

  void latency() {
    line();
    if (total_.latency.count() == 0) {
      row(say("Latência", "Latency"), say("nenhuma resposta, nada a medir", "no reply, nothing to measure"));
      return;
    }
    std::string head = fmt::format("{:<{}}", say("Latência", "Latency"), label_columns);
    for (const std::string_view name : {std::string_view("p50"), std::string_view("p90"), std::string_view("p99"),
                                        std::string_view("p99.9"), std::string_view("max")}) {
      head += fmt::format("{:>{}}", name, figure_columns);
    }
    line(painted(bold, head));
    if (!run_.open_loop) {
      latency_row(say("  ida e volta", "  round trip"), total_.latency);
    } else {
      latency_row(say("  corrigida", "  corrected"), total_.latency);
      latency_row(say("  crua (raw)", "  raw"), total_.service_time);
      line(painted(dim,
                   say("  corrigida: desde a hora em que o pedido devia sair, espera incluída; crua: desde que saiu.",
                       "  corrected: since the request was due, its wait included; raw: since it was sent.")));
    }
    const std::uint64_t without = total_.errors_total();
    if (without > 0) {
      const auto what = without == 1 ? say("pedido sem resposta não entra nestes números.",
                                           "request without a reply is not in these figures.")
                                     : say("pedidos sem resposta não entram nestes números.",
                                           "requests without a reply are not in these figures.");
      line(painted(dim, fmt::format("  {} {}", number(without), what)));
    }
  }

  /// What `value` says of each group of intervals, as many groups as there are columns.
  template <typename Value>
  [[nodiscard]] Course grouped_course(Value value) const {
    const std::size_t intervals = run_.intervals.size();
    const std::size_t columns = std::min(course_columns, intervals);
    Course course;
    for (std::size_t i = 0; i < columns; ++i) {
      const auto* const first = run_.intervals.data() + i * intervals / columns;
      const auto* const last = run_.intervals.data() + (i + 1) * intervals / columns;
      course.push_back(value(first, last));
    }
    return course;
  }

  static double most(const Course& course) {
    double most = 0;
    for (const auto& value : course) most = std::max(most, value.value_or(0));
    return most;
  }

  void course() {
    if (run_.intervals.size() < 2) return;
    using Interval = Run::Interval;
    std::optional<double> known;
    double count_most = 0;
    const Course count = grouped_course([&](const Interval* first, const Interval* last) {
      for (; first != last; ++first) {
        if (!first->count) continue;
        known = *first->count;
        count_most = std::max(count_most, *known);
      }
      return known;
    });
    const Course rate = grouped_course([](const Interval* first, const Interval* last) -> std::optional<double> {
      double replies = 0;
      double seconds = 0;
      for (; first != last; ++first) {
        replies += static_cast<double>(first->replies);
        seconds += first->seconds;
      }
      return seconds > 0 ? std::optional(replies / seconds) : std::nullopt;
    });
    const Course p99 = grouped_course([](const Interval* first, const Interval* last) {
      std::optional<double> worst;
      for (; first != last; ++first) {
        if (first->replies > 0) worst = std::max(worst.value_or(0), first->p99_ms);
      }
      return worst;
    });
    line();
    const std::string end = elapsed_text(run_.seconds, options_.language);
    row(say("No tempo", "Over time"),
        painted(dim, fmt::format("0 s{:>{}}", end, std::max<std::size_t>(count.size(), 12) - 3)));
    if (known) {
      course_row(say("Conectados", "Count"), count, count_most,
                 fmt::format("{} {}, {} {}", say("máx", "most"), number(static_cast<std::uint64_t>(count_most)),
                             say("no fim", "at the end"), number(static_cast<std::uint64_t>(*known))));
    }
    course_row(say("Respostas/s", "Replies/s"), rate, most(rate),
               fmt::format("{} {}", say("máx", "most"), rate_text(most(rate), options_.language)));
    course_row("p99", p99, most(p99),
               fmt::format("{} {}", say("máx", "most"), duration_text(most(p99) * ns_per_ms, options_.language)));
  }

  void course_row(std::string_view label, const Course& course, double most, std::string_view about) {
    row(label, fmt::format("{:<12}  {}", sparkline(course, most), about));
  }

  void expectations() {
    const std::uint64_t met = total_.expectations_met;
    const std::uint64_t failed = total_.expectations_failed;
    if (met + failed == 0) return;
    line();
    const std::string share =
        percent_text(static_cast<double>(met), static_cast<double>(met + failed), options_.language);
    row(say("Expectativas", "Expectations"),
        painted(failed == 0 ? green : red, fmt::format("{} {} {} {} ({})", number(met), say("de", "of"),
                                                       number(met + failed), say("cumpridas", "met"), share)));
    for (const Failure& failure : total_.failures) {
      line();
      line(fmt::format("  {} {}, {}", say("linha", "line"), failure.line, painted(bold, shown(failure.client))));
      line(fmt::format("    {:<11}{}", say("esperado", "expected"), shown(failure.expected)));
      line(fmt::format("    {:<11}{}", say("recebido", "got"), painted(red, shown(failure.got))));
    }
    if (failed > total_.failures.size()) {
      line();
      line(fmt::format("  … {} {}", say("e mais", "and"), number(failed - total_.failures.size())) +
           std::string(say("", " more")));
    }
  }

  void thresholds() {
    if (verdicts_.empty()) return;
    line();
    line(painted(bold, say("Limites", "Thresholds")));
    std::size_t widest = 0;
    for (const Verdict& verdict : verdicts_) widest = std::max(widest, verdict.threshold.text.size());
    for (const Verdict& verdict : verdicts_) {
      const std::string mark = verdict.met ? painted(green, "✔") : painted(red, "✘");
      line(fmt::format("  {} {:<{}}  {}", mark, verdict.threshold.text, widest,
                       actual_text(verdict, options_.language)));
    }
  }

  void conclusion() {
    const auto missed = static_cast<std::uint64_t>(
        std::count_if(verdicts_.begin(), verdicts_.end(), [](const Verdict& verdict) { return !verdict.met; }));
    const std::uint64_t failed = total_.expectations_failed;
    if (verdicts_.empty() && failed + total_.expectations_met == 0) return;
    line();
    if (missed + failed == 0) {
      line(painted(green, say("✔ Tudo como esperado.", "✔ All as expected.")));
      return;
    }
    std::vector<std::string> wrong;
    if (failed > 0) {
      wrong.push_back(number(failed) + std::string(failed == 1
                                                       ? say(" expectativa não cumprida", " expectation not met")
                                                       : say(" expectativas não cumpridas", " expectations not met")));
    }
    if (missed > 0) {
      wrong.push_back(number(missed) + std::string(missed == 1
                                                       ? say(" limite não respeitado", " threshold not met")
                                                       : say(" limites não respeitados", " thresholds not met")));
    }
    line(painted(red, fmt::format("✘ {}.", fmt::join(wrong, ", "))));
  }

  const Run& run_;
  const Sample& total_;
  const std::vector<Verdict>& verdicts_;
  TextOptions options_;
  std::string out_;
};

}  // namespace

std::string text_report(const Run& run, const std::vector<Verdict>& verdicts, TextOptions options) {
  return TextReport(run, verdicts, options).write();
}

}  // namespace rollcall::replay
