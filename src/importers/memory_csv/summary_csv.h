// memory_usage_summary.csv and l1_usage_summary.csv of tt-metal, and their program_... twins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/importers/memory_csv/memory_moment.h"

namespace ttmem {

bool looks_like_summary_csv(std::string_view head);

class SummaryCsv {
public:
    // `text`: without its end. The error is why the line is none of such a table.
    Result<void> line(std::string_view text);
    // `coverage` gets what the rows do not say.
    std::vector<MemoryMoment> take(Coverage& coverage);

private:
    Result<void> header(const std::vector<std::string_view>& cells);
    Result<void> bank_row(MemoryMoment& moment, const std::vector<uint64_t>& figures);
    void free_row(MemoryMoment& moment, const std::vector<uint64_t>& figures);

    enum class Columns : uint8_t { kNone, kBank, kFreeL1 };
    Columns columns_ = Columns::kNone;
    uint64_t unit_ = 1;
    uint64_t nameless_ = 0;  // rows beyond those whose pool is known
    std::vector<MemoryMoment> moments_;
};

}  // namespace ttmem
