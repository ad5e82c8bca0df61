// Logs of the tt-mlir and tt-torch runtimes: the operations they executed, and the state of the pools that they logged
// before each of them.
//
//   ... | Executing operation: %1 = "ttnn.typecast"(%arg1) ... loc("gather.4")
//   ... | KCM DRAM View - Banks: 12 Size: 1023 MB ...               the state before that operation
// and, from the log level for memory on, in either order with the line above
//   ... | Device memory state before operation TypecastOp
//   ... | Device DRAM memory state: MemoryView{...}                 one per pool
// The log is read line by line in bounded memory; colours and the rank prefixes of mpirun ("[1,0]<stdout>:") are
// understood, every rank is followed on its own.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"
#include "src/importers/mlir/memory_view.h"
#include "src/model/imported_use.h"

namespace ttmem {

// One executed operation, or another moment at which the log tells the state ("before submit").
struct LoggedState {
    uint64_t line = 0;                  // of its first line, counted from 1
    uint64_t offset = 0;                // likewise, in bytes of the (decompressed) log
    std::string rank;                   // "1,0"; "" without
    std::optional<uint64_t> operation;  // its number in the log, from 0; absent: not an operation
    uint32_t program = 0;               // counted from 0: a program begins with the value %0
    std::string name;                   // "ttnn.typecast", "TypecastOp", "before submit"; "" when the log does not say
    std::string result;                 // "%1"; "" without
    std::string location;               // "gather.4"; "" without
    std::array<std::optional<MemoryView>, kPoolCount> pools;  // by Pool: what was in use before it ran

    const std::optional<MemoryView>& pool(Pool p) const { return pools[static_cast<size_t>(p)]; }
};

// Reads a whole log. `each` gets every state in the order of the log (of each rank), may be empty. The result has the
// last state and the peaks, each with the operation that left it behind; its chips are the ranks. `name` is for errors:
// a source that cannot be read, or that has no state of a pool at all. Lines that look like a state but are not are
// left out, and coverage says so.
Result<ImportedUse> read_mlir_log(const ByteReader& read, std::string_view name,
                                  const std::function<void(const LoggedState&)>& each = {});

// Whether text may be such a log: for recognising a source by its first bytes.
bool looks_like_mlir_log(std::string_view text);

}  // namespace ttmem
