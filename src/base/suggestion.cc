#include "src/base/suggestion.h"

#include <algorithm>

namespace ttmem {
namespace {

constexpr size_t kMostSlips = 2;

// Damerau's distance (neighbours swapped count as one slip).
size_t slips_between(const std::string& a, const std::string& b) {
    std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t other = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, other});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
    std::string best;
    size_t fewest = kMostSlips + 1;
    for (const std::string& candidate : known) {
        const bool begun = word.size() >= 2 && candidate.starts_with(word);
        const size_t slips = begun ? 0 : slips_between(word, candidate);
        if (slips < std::min(fewest, std::max(word.size(), size_t{1}))) {
            fewest = slips;
            best = candidate;
        }
    }
    return best;
}

}  // namespace ttmem
