#include "src/importers/memory_csv/detailed_csv.h"

#include <algorithm>
#include <array>

#include "src/base/decimal.h"
#include "src/base/text.h"
#include "src/importers/memory_csv/csv_cells.h"

namespace ttmem {
namespace {

constexpr size_t kMostSections = size_t{1} << 20;

std::optional<Pool> section_pool(std::string_view cell) {
    if (cell == "DRAM") return Pool::kDram;
    if (cell == "L1") return Pool::kL1;
    if (cell == "L1_SMALL") return Pool::kL1Small;
    if (cell == "TRACE") return Pool::kTrace;
    return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (words.size() < 8) {
        const size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) break;
        const size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        line.remove_prefix(end);
    }
    return words;
}

// What the allocators print around their blocks.
bool is_around_blocks(std::string_view line) {
    static constexpr std::array<std::string_view, 6> kAround = {
        "FreeListOpt allocator info", "segregated free blocks", "Size class ",
        "Free slots in block table",  "Block table:",           ",,Blocks:"};
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    return line.empty() || std::ranges::any_of(kAround, [&](auto begin) { return line.starts_with(begin); });
}

}  // namespace

bool looks_like_detailed_csv(std::string_view head) {
    return head.substr(0, 4096).find("Total allocatable (") != std::string_view::npos &&
           (head.find(",Allocated (Y/N)") != std::string_view::npos ||
            head.find("Block table:") != std::string_view::npos);
}

// ",DRAM"; "17,DRAM" is the first pool of program 17.
bool DetailedCsv::begins_section(const std::vector<std::string_view>& cells) {
    if (cells.size() != 2) return false;
    const std::optional<Pool> pool = section_pool(cells[1]);
    const std::optional<uint64_t> program = decimal_in(cells[0]);
    if (!pool || (!program && !cells[0].empty())) return false;
    bool& again = told_[static_cast<size_t>(*pool)];
    if (program || moments_.empty() || again) {
        moments_.push_back({program, {}});
        told_.fill(false);
    }
    again = true;
    sections_.push_back({});
    sections_.back().moment = moments_.size() - 1;
    sections_.back().pool = *pool;
    in_block_table_ = false;
    return true;
}

Result<void> DetailedCsv::line(std::string_view text) {
    const std::vector<std::string_view> cells = cells_of(text);
    if (sections_.size() >= kMostSections) return Error{"it has more tables than any run", "", ""};
    if (begins_section(cells)) return {};
    if (sections_.empty()) return {};
    Section& section = sections_.back();
    for (const std::string_view cell : cells) {
        if (cell.starts_with("Total ")) return total(section, cell, cells);
    }
    if (cells.size() >= 4 && (cells.back() == "Y" || cells.back() == "N"))
        return block(section, cells[cells.size() - 2], cells.back() == "Y");
    const std::vector<std::string_view> words = words_of(text);
    in_block_table_ = in_block_table_ || (words.size() == 6 && words[0] == "Block" && words[5] == "Allocated");
    if (in_block_table_ && words.size() == 6 && (words[5] == "yes" || words[5] == "no"))
        return block(section, words[2], words[5] == "yes");
    const bool header = in_block_table_ && !words.empty() && words[0] == "Block";
    if (!header && !is_around_blocks(text)) ++not_read_;
    return {};
}

// ",Total allocatable (B):,12884901504"
Result<void> DetailedCsv::total(Section& section, std::string_view word, const std::vector<std::string_view>& cells) {
    const std::optional<uint64_t> value = decimal_in(cells.back());
    if (!value) return Error{"a total is no number: `" + printable(cells.back()) + "`", "", ""};
    (word.find("(KB)") != word.npos ? kilobytes_ : bytes_) = true;
    if (word.starts_with("Total allocatable")) {
        section.total = value;
    } else if (word.starts_with("Total allocated")) {
        section.allocated = value;
    } else if (word.starts_with("Total free")) {
        section.free = value;
    }
    return {};
}

Result<void> DetailedCsv::block(Section& section, std::string_view size, bool allocated) {
    const std::optional<uint64_t> bytes = decimal_in(size);
    if (!bytes) return Error{"the size of a block is no number: `" + printable(size) + "`", "", ""};
    if (__builtin_add_overflow(section.bank, *bytes, &section.bank))
        return Error{"the blocks are larger than 64 bits hold", "", ""};
    ++section.blocks;
    if (allocated) {
        section.allocated_in_bank += *bytes;
    } else {
        section.largest_free = std::max(section.largest_free, *bytes);
    }
    return {};
}

// The blocks are exact; the sums tell how many banks there are, and are rounded where they are in KB.
PoolState DetailedCsv::state_of(const Section& section, Coverage& coverage) const {
    const std::string pool(pool_name(section.pool));
    const uint64_t unit = kilobytes_ && !bytes_ ? 1024 : 1;
    PoolState state;
    state.pool = section.pool;
    if (unit == 1) state.total = section.total, state.allocated = section.allocated, state.free = section.free;
    if (state.total && state.allocated && state.free && *state.allocated + *state.free != *state.total)
        coverage.note("Allocated and free bytes of " + pool + " do not add up to the total.");
    if (section.blocks == 0) {
        coverage.note("Of " + pool + " no blocks are listed: what a bank has is not known.");
        return state;
    }
    state.bank_bytes = section.bank;
    state.allocated_per_bank = section.allocated_in_bank;
    state.largest_free_per_bank = section.largest_free;
    uint64_t most = 0;
    if (!section.total || section.bank == 0 || __builtin_mul_overflow(*section.total, unit, &most) ||
        __builtin_add_overflow(most, unit - 1, &most))
        return state;
    const uint64_t banks = most / section.bank;
    if (banks * section.bank / unit != *section.total) {
        coverage.note("The blocks of a " + pool +
                      " bank do not divide the total: how many banks there are is not known.");
        return state;
    }
    state.banks = banks;
    if (section.allocated && banks * section.allocated_in_bank / unit != *section.allocated)
        coverage.note("The blocks of " + pool + " have " + bytes_text(section.allocated_in_bank) +
                      " allocated in each of " + std::to_string(banks) + " banks, which is not the total.");
    return state;
}

std::vector<MemoryMoment> DetailedCsv::take(Coverage& coverage) {
    for (const Section& section : sections_) moments_[section.moment].pools.push_back(state_of(section, coverage));
    if (not_read_ != 0) coverage.note(counted(not_read_, "line") + " of the table could not be read.");
    return std::move(moments_);
}

}  // namespace ttmem
