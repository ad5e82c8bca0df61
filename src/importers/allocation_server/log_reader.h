// Logs of tt-metal's allocation server: what it printed for each message, and what it stated about devices.
//
//   ✓ [PID 1714322] Allocated 4194304 bytes of DRAM on device 0 (buffer_id=2560032)
//   ✗ [PID 1691149] Freed buffer 3700768 on device 0 (1048576 bytes, FINAL)
//   Device 0: Buffers: 20, DRAM: 14827520 bytes, L1: 22528 bytes
// The events are taken as the messages that they were of (registration_table.h): each piece of memory counts once. What
// the log states itself counts a buffer for each registration, and is handed on as it stands. Other lines are passed
// over.
#pragma once

#include <string_view>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"
#include "src/model/imported_use.h"

namespace ttmem {

// `name` is for errors: a source that cannot be read, or that has no line of such a log.
Result<ImportedUse> read_allocation_server_log(const ByteReader& read, std::string_view name);

// Whether text may be such a log: for recognising a source by its first bytes.
bool looks_like_allocation_server_log(std::string_view text);

}  // namespace ttmem
