// detailed_memory_usage.csv of tt-metal, and its program_... twin: the blocks of a bank, as its two allocators list
// them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/importers/memory_csv/memory_moment.h"

namespace ttmem {

bool looks_like_detailed_csv(std::string_view head);

class DetailedCsv {
public:
    // `text`: without its end. The error is why the line is none of such a table.
    Result<void> line(std::string_view text);
    // `coverage` gets where sums and blocks contradict each other.
    std::vector<MemoryMoment> take(Coverage& coverage);

private:
    // One pool of the table.
    struct Section {
        size_t moment = 0;
        Pool pool = Pool::kDram;
        std::optional<uint64_t> total, allocated, free;                          // over all banks, in unit_
        uint64_t bank = 0, allocated_in_bank = 0, largest_free = 0, blocks = 0;  // of the blocks
    };

    bool begins_section(const std::vector<std::string_view>& cells);
    Result<void> total(Section& section, std::string_view word, const std::vector<std::string_view>& cells);
    static Result<void> block(Section& section, std::string_view size, bool allocated);
    PoolState state_of(const Section& section, Coverage& coverage) const;

    std::vector<Section> sections_;
    std::vector<MemoryMoment> moments_;
    std::array<bool, kPoolCount> told_{};  // which pools the newest moment has
    bool in_block_table_ = false;
    bool kilobytes_ = false, bytes_ = false;
    uint64_t not_read_ = 0;
};

}  // namespace ttmem
