// What a ledger is and needs, for those who never read one themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ttmem {

// What a new ledger, as a program makes it by default, needs of a machine.
struct LedgerRoom {
    uint64_t start_bytes = 0;  // memory without which nothing is recorded
    uint64_t file_bytes = 0;   // size that the file has from the start; most of it takes memory only when it is needed
};
LedgerRoom ledger_room();

// Whether a file that begins so is a ledger, of whatever version and in whatever state.
bool is_ledger(const void* bytes, size_t size);

// The version of the format that is read here: "1.4".
std::string ledger_format();

}  // namespace ttmem
