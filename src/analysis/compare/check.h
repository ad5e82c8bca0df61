// A gate: whether what was recorded keeps within limits. Passed only when it is known to; what may be and may not be is
// inconclusive.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/compare/diff.h"
#include "src/analysis/leaks/suppressions.h"
#include "src/base/result.h"

namespace ttmem {

// What peaks and leaks may be. Bytes of peaks are reserved bytes on any chip.
struct Limits {
    std::array<std::optional<uint64_t>, kPoolCount> peaks;  // by Pool
    std::optional<uint64_t> leaks;                          // allocations that were left

    bool empty() const;
};

// The same figures of an earlier run, as a text that reads well in a review: a line "peak dram 9727639552" for each
// pool, "leaks 0", comments after #. What has no line is not compared.
struct Baseline {
    std::array<std::optional<uint64_t>, kPoolCount> peaks;
    std::optional<uint64_t> leaks;

    bool empty() const;  // nothing would be compared
    static Result<Baseline> parse(std::string_view text, const std::string& name);
};

// Who had how much at a peak, per chip.
struct HeldBy {
    std::string name;  // "`matmul`", "3 others"
    uint64_t reserved_bytes = 0;
};

// Who left how many allocations.
struct LeftCount {
    std::string name;  // "`matmul`", "3 others"
    uint64_t allocations = 0;
};

enum class CheckOutcome : uint8_t { kPassed, kFailed, kInconclusive };
std::string_view outcome_name(CheckOutcome outcome);  // "passed", "failed", "inconclusive"

struct CheckLine {
    CheckOutcome outcome = CheckOutcome::kPassed;
    std::string name;  // "peak of dram", "leaks"
    uint64_t limit = 0;
    // What was found: the truth lies between; `high` absent where nothing bounds it.
    uint64_t low = 0;
    std::optional<uint64_t> high;
    bool is_bytes = true;
    std::string why;           // of what is inconclusive, a sentence
    std::vector<HeldBy> held;  // of a peak that is too large: what is known to have been live then; adds up to it
    std::vector<LeftCount> left = {};  // of leaks that are too many: by whom, the most first; adds up to them
};

// What was recorded, in the figures that are checked.
struct CheckFigures {
    RunFigures run;
    uint64_t leaks = 0;  // at least: what is left, and what accumulated
    bool leaks_are_bound = false;
    std::vector<LeftCount> left;  // `leaks` by owner, the most first
    Coverage leaks_coverage;      // that of the run, with what could not be judged (analysis/leaks/judgement.h)

    // A baseline of what is exact, with who held it, and of what is not why it has no line.
    std::string baseline_text() const;
};
CheckFigures check_figures(const Recording& recording, std::string name,
                           const Suppressions& known = Suppressions::by_default());

// A line for each limit, then one for each figure of the baseline, which may be exceeded by `tolerance_permille`.
std::vector<CheckLine> check(const CheckFigures& figures, const Limits& limits, const Baseline& baseline,
                             uint64_t tolerance_permille);

// Failed if any is, else inconclusive if any is.
CheckOutcome overall(const std::vector<CheckLine>& lines);

}  // namespace ttmem
