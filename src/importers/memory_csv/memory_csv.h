// The memory reports of tt-metal (ttnn.dump_device_memory_state, EnableMemoryReports), each a CSV of its own:
//
//   detailed_memory_usage.csv   the sums over all banks of each pool, and the blocks of one bank: all banks are alike
//   memory_usage_summary.csv    what one bank of each pool has: size, allocated, free, largest free block
//   l1_usage_summary.csv        the largest free block of an L1 bank, and that in all banks together
//
// and their program_... twins, with one such table for each program. The headers of some releases say KB of columns
// that are in bytes; KB counts only where every column has it.
#pragma once

#include <string_view>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"
#include "src/model/imported_use.h"

namespace ttmem {

bool looks_like_memory_csv(std::string_view head);

// What is not such a table is refused with its line and the reason; sums that contradict the blocks are noted.
Result<ImportedUse> read_memory_csv(const ByteReader& read, std::string_view name);

}  // namespace ttmem
