#include "src/importers/memory_csv/summary_csv.h"

#include <algorithm>
#include <array>
#include <optional>

#include "src/base/decimal.h"
#include "src/base/text.h"
#include "src/importers/memory_csv/csv_cells.h"

namespace ttmem {
namespace {

constexpr std::string_view kBankColumn = "Total Allocatable Size (", kFreeColumn = "Largest Contiguous Free Block (";
constexpr size_t kMostMoments = size_t{1} << 20;
// The rows have no names. In the order in which tt-metal writes them.
constexpr std::array kPoolsOfRows = {Pool::kDram, Pool::kL1, Pool::kL1Small};

}  // namespace

bool looks_like_summary_csv(std::string_view head) {
    const std::string_view first = head.substr(0, 512);
    return first.find(kBankColumn) != std::string_view::npos || first.find(kFreeColumn) != std::string_view::npos;
}

Result<void> SummaryCsv::header(const std::vector<std::string_view>& cells) {
    const bool bank = cells.size() == 5 && cells[1].starts_with(kBankColumn);
    const bool free_l1 = cells.size() == 3 && cells[1].starts_with(kFreeColumn);
    if (!bank && !free_l1) return Error{"its columns are those of another release", "", ""};
    columns_ = bank ? Columns::kBank : Columns::kFreeL1;
    const bool kilobytes =
        std::all_of(cells.begin() + 1, cells.end(), [](std::string_view cell) { return cell.ends_with("(KB)"); });
    unit_ = kilobytes ? 1024 : 1;
    return {};
}

Result<void> SummaryCsv::line(std::string_view text) {
    const std::vector<std::string_view> cells = cells_of(text);
    if (cells.size() == 1) return {};  // a blank line, or the title
    if (columns_ == Columns::kNone) return header(cells);
    if (cells.size() != (columns_ == Columns::kBank ? 5U : 3U))
        return Error{"a row has another number of cells", "", ""};
    std::vector<uint64_t> figures;
    for (size_t i = 1; i < cells.size(); ++i) {
        uint64_t bytes = 0;
        const std::optional<uint64_t> value = decimal_in(cells[i]);
        if (!value || __builtin_mul_overflow(*value, unit_, &bytes))
            return Error{"a figure is no number: `" + printable(cells[i]) + "`", "", ""};
        figures.push_back(bytes);
    }
    const std::optional<uint64_t> program = decimal_in(cells[0]);
    if (!program && !cells[0].empty()) return Error{"a program is no number: `" + printable(cells[0]) + "`", "", ""};
    if (program || moments_.empty()) {
        if (moments_.size() >= kMostMoments) return Error{"it has more programs than any run", "", ""};
        moments_.push_back({program, {}});
    }
    if (columns_ == Columns::kBank) return bank_row(moments_.back(), figures);
    free_row(moments_.back(), figures);
    return {};
}

Result<void> SummaryCsv::bank_row(MemoryMoment& moment, const std::vector<uint64_t>& figures) {
    if (moment.pools.size() >= kPoolsOfRows.size()) {
        ++nameless_;
        return {};
    }
    PoolState state;
    state.pool = kPoolsOfRows[moment.pools.size()];
    state.bank_bytes = figures[0];
    state.allocated_per_bank = figures[1];
    state.largest_free_per_bank = figures[3];
    // Each of the three is rounded down by itself.
    const auto sum = static_cast<unsigned __int128>(figures[1]) + figures[2];
    if (sum > figures[0] || figures[0] - static_cast<uint64_t>(sum) >= 2 * unit_ - 1)
        return Error{"allocated and free bytes do not add up to the size", "", ""};
    moment.pools.push_back(state);
    return {};
}

void SummaryCsv::free_row(MemoryMoment& moment, const std::vector<uint64_t>& figures) {
    if (!moment.pools.empty()) {
        ++nameless_;
        return;
    }
    PoolState state;
    state.pool = Pool::kL1;
    state.largest_free_per_bank = figures[0];
    if (unit_ == 1 && figures[0] != 0 && figures[1] % figures[0] == 0) state.banks = figures[1] / figures[0];
    moment.pools.push_back(state);
}

std::vector<MemoryMoment> SummaryCsv::take(Coverage& coverage) {
    if (unit_ != 1) coverage.note("This report counts in KiB: each figure may be up to 1,023 B larger.");
    if (nameless_ != 0)
        coverage.note(counted(nameless_, "row") + " beyond DRAM, L1 and L1_SMALL: of which pool is not said.");
    if (columns_ == Columns::kBank) {
        coverage.note("The table has figures of one bank, and not how many banks there are.", false);
    } else {
        coverage.note("The table has what is free in one piece of L1, not what is allocated.", false);
    }
    return std::move(moments_);
}

}  // namespace ttmem
