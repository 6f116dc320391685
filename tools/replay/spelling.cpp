#include "replay/spelling.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace rollcall::replay {
namespace {

constexpr std::size_t word_bytes_max = 64;  // longer ones are like nothing: the work below is their product

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Letters to add, leave out, change or swap with their neighbour, to make one of the other (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = word.size();
  if (word.size() > word_bytes_max) return best;
  for (const std::string& candidate : known) {
    if (candidate.size() > word_bytes_max) continue;
    const std::size_t changes = distance(word, candidate);
    const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    if (changes <= allowed && changes < best_distance) {
      best = candidate;
      best_distance = changes;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known, std::string_view otherwise) {
  const std::string best = nearest(word, known);
  return best.empty() ? std::string(otherwise) : ": did you mean \"" + best + "\"?";
}

}  // namespace rollcall::replay
