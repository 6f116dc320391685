// The report on a terminal (report_text.hpp), as a whole.
#include "replay/report_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "replay/example_run.hpp"

namespace rollcall::replay {
namespace {

std::string report_of(const Run& run, TextOptions options) {
  return text_report(run, test::example_verdicts(run), options);
}

TEST(TextReport, OfABusyMinute) {
  EXPECT_EQ("\n" + report_of(test::example_run(), {Language::english, false}), R"(
A busy minute
tcp://localhost:8080 · seed 7 · 1 min 00 s · open loop

Requests        60,000 due · 59,988 sent · 12 not sent, for want of room or a connection
Replies         59,961 · 999/s · 99.93 % of the 1,000/s planned
Errors          18 busy · 7 unknown, as the connection was lost · 2 timed out
Clients         260 joined · 48 left · 100 crashed · 1 lost the connection

Latency                 p50        p90        p99      p99.9        max
  corrected         1.19 ms    2.34 ms     126 ms     177 ms     192 ms
  raw                991 µs    1.74 ms    3.90 ms    8.74 ms    13.2 ms
  corrected: since the request was due, its wait included; raw: since it was sent.
  39 requests without a reply are not in these figures.

Over time       0 s                                   1 min 00 s
Count           ▁▂▂▃▃▃▄▅▅▅▆▆▇▇▇█████████▅▄▄▄▄▄▄▄▄▄▄▄▇▇▇▇▇▇▇▆▆▆▅▅  most 200, at the end 111
Replies/s       ████████████████████████████████████████████████  most 1,000
p99             ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁██▁▁▁▁▁▁▁▁▁▁▁▁▁  most 183 ms

Expectations    1,020 of 1,022 met (99.8 %)

  line 14, bia7
    expected   text "Hello, Client! Conexões ativas: 101"
    got        text "Hello, Client! Conexões ativas: 99"

  line 23, ana
    expected   a reply within 2 s
    got        error busy: the window is full

Thresholds
  ✘ p99<50ms            126 ms
  ✔ raw.p99.9<20ms      8.74 ms
  ✘ errors==0           39
  ✔ rate>=990/s         999/s
  ✘ expectations==100%  99.8 %

✘ 2 expectations not met, 3 thresholds not met.
)");
}

TEST(TextReport, SpeaksPortuguese) {
  EXPECT_EQ("\n" + report_of(test::example_run(), {Language::portuguese, false}), R"(
A busy minute
tcp://localhost:8080 · semente 7 · 1 min 00 s · laço aberto

Pedidos         60.000 previstos · 59.988 enviados · 12 não enviados, por falta de vaga ou de conexão
Respostas       59.961 · 999/s · 99,93 % dos 1.000/s planejados
Erros           18 busy · 7 sem desfecho, pois a conexão caiu (unknown) · 2 fora do prazo (timeouts)
Clientes        260 entraram · 48 saíram · 100 derrubados · 1 perdeu a conexão

Latência                p50        p90        p99      p99.9        max
  corrigida         1,19 ms    2,34 ms     126 ms     177 ms     192 ms
  crua (raw)         991 µs    1,74 ms    3,90 ms    8,74 ms    13,2 ms
  corrigida: desde a hora em que o pedido devia sair, espera incluída; crua: desde que saiu.
  39 pedidos sem resposta não entram nestes números.

No tempo        0 s                                   1 min 00 s
Conectados      ▁▂▂▃▃▃▄▅▅▅▆▆▇▇▇█████████▅▄▄▄▄▄▄▄▄▄▄▄▇▇▇▇▇▇▇▆▆▆▅▅  máx 200, no fim 111
Respostas/s     ████████████████████████████████████████████████  máx 1.000
p99             ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁██▁▁▁▁▁▁▁▁▁▁▁▁▁  máx 183 ms

Expectativas    1.020 de 1.022 cumpridas (99,8 %)

  linha 14, bia7
    esperado   text "Hello, Client! Conexões ativas: 101"
    recebido   text "Hello, Client! Conexões ativas: 99"

  linha 23, ana
    esperado   a reply within 2 s
    recebido   error busy: the window is full

Limites
  ✘ p99<50ms            126 ms
  ✔ raw.p99.9<20ms      8,74 ms
  ✘ errors==0           39
  ✔ rate>=990/s         999/s
  ✘ expectations==100%  99,8 %

✘ 2 expectativas não cumpridas, 3 limites não respeitados.
)");
}

TEST(TextReport, OfAShortScriptIsShort) {
  EXPECT_EQ("\n" + text_report(test::quiet_run(), {}, {Language::portuguese, false}), R"(
três amigos
tcp://localhost:8080 · semente 42 · 0,3 s

Pedidos         3 previstos · 3 enviados
Respostas       3 · 8,6/s
Erros           nenhum
Clientes        3 entraram · 3 saíram

Latência                p50        p90        p99      p99.9        max
  ida e volta        214 µs     314 µs     314 µs     314 µs     314 µs

Expectativas    3 de 3 cumpridas (100 %)

✔ Tudo como esperado.
)");
}

TEST(TextReport, OfNothingSaysSo) {
  EXPECT_EQ("\n" + report_of(replay::Run{}, {Language::english, false}), R"(
rollcall-replay
0.0 s

Requests        0 due · 0 sent
Replies         0
Errors          none
Clients         0 joined

Latency         no reply, nothing to measure

Thresholds
  ✘ p99<50ms            there was nothing to measure
  ✘ raw.p99.9<20ms      there was nothing to measure
  ✔ errors==0           0
  ✘ rate>=990/s         there was nothing to measure
  ✘ expectations==100%  there was nothing to measure

✘ 4 thresholds not met.
)");
}

TEST(TextReport, JudgesOnlyWhatWasAskedOfIt) {
  replay::Run run = test::quiet_run();
  run.total.expectations_met = 0;
  const std::string report = text_report(run, {}, {Language::english, false});
  EXPECT_EQ(report.find("✔"), std::string::npos);
  EXPECT_EQ(report.find("Expectations"), std::string::npos);
}

TEST(TextReport, TellsOfMoreFailuresThanItShows) {
  replay::Run run = test::example_run();
  run.total.expectations_failed = 12;
  run.interrupted = true;
  run.notes = {"two of five sources stopped early"};
  const std::string report = report_of(run, {Language::english, false});
  EXPECT_NE(report.find("  … and 10 more\n"), std::string::npos);
  EXPECT_NE(report.find("Interrupted: the figures go as far as that.\n! two of five sources"), std::string::npos);
}

TEST(TextReport, HasColoursOnlyWhereTheyAreWanted) {
  EXPECT_EQ(report_of(test::example_run(), {Language::english, false}).find('\x1b'), std::string::npos);
  std::string colourful = report_of(test::example_run(), {Language::english, true});
  EXPECT_NE(colourful.find("\x1b[31m✘\x1b[0m p99<50ms"), std::string::npos);
  for (std::size_t at = 0; (at = colourful.find('\x1b')) != std::string::npos;) {
    colourful.erase(at, colourful.find('m', at) + 1 - at);
  }
  EXPECT_EQ(colourful, report_of(test::example_run(), {Language::english, false}));
}

TEST(TextReport, LetsNobodyWriteToTheTerminal) {
  const std::string report = report_of(test::hostile_run(), {Language::english, false});
  EXPECT_EQ(report.find_first_of("\x1b\r\t\x07"), std::string::npos);
  EXPECT_EQ(report.find("\u202E"), std::string::npos);
  EXPECT_NE(report.find("\\u{1B}[31m"), std::string::npos);
  EXPECT_LT(report.size(), 64U * 1024U) << "long texts are cut";
}

}  // namespace
}  // namespace rollcall::replay
