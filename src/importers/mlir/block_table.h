// The allocator's block tables in the memory reports of tt-mlir (ttrt --memory, ttir-builder): after each operation,
// for each pool, all blocks of a bank with address, size and state, and the allocator's own sums.
//
// A report is a JSON list of operations, or an object of them by number. It is read one operation at a time. What is
// not such a report, or is damaged, is refused with the offset and the reason. Where the sums of a report contradict
// its blocks, the blocks are right and coverage names the contradiction: nothing is put in order silently.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"
#include "src/model/ids.h"
#include "src/model/imported_use.h"
#include "src/model/pool.h"

namespace ttmem {

struct Block {
    DeviceAddress address;  // relative to the begin of the pool in its bank
    uint64_t bytes = 0;
    bool allocated = false;
};

// One pool after one operation. The figures are those of the report, per bank.
struct BlockTable {
    Pool pool = Pool::kDram;
    std::string device;  // "0"; "" when the report does not tell devices apart
    uint64_t banks = 0;
    uint64_t bank_bytes = 0;
    uint64_t allocated_per_bank = 0;
    uint64_t free_per_bank = 0;
    uint64_t largest_free_per_bank = 0;
    std::vector<Block> blocks;                // by address
    std::vector<std::string> contradictions;  // sentences; empty when everything adds up
};

struct ReportedOperation {
    uint64_t number = 0;
    std::string name;      // "ttnn.tan"; "" when the report does not say
    std::string location;  // as the report writes it
    std::vector<BlockTable> tables;
    std::vector<std::string> unread;  // why pools that it has cannot be read
};

// What the blocks of a table say against its sums and against each other.
std::vector<std::string> contradictions_of(const BlockTable& table);

// Reads a whole report; `each` gets the operations in its order, may be empty. `name` is for errors and notes.
Result<ImportedUse> read_memory_report(const ByteReader& read, std::string_view name,
                                       const std::function<void(const ReportedOperation&)>& each = {});

}  // namespace ttmem
