// The detailed_memory_usage.csv that tt-metal's memory reports write (ttnn.dump_device_memory_state): for DRAM and L1
// the sums over all banks, and the blocks of one bank, which lie alike in all. Old ones say KB where new ones say B.
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
