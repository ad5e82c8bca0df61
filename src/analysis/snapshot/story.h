// An allocation told in sentences: what it is, where it lies, what it takes, whose it is, and when it will go.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

// "2^30", "2^30 - 2 x 2048", "2^20 + 4096": how an address lies beside a power of two, counted in units of
// `unit_bytes`. "" when there is no such short form, or when `unit_bytes` is 0.
std::string power_of_two_form(uint64_t address, uint64_t unit_bytes);

// "mesh 0", "chip 3", "part 2 of a mesh", with the place's own name behind it if it has one: "mesh 0 (prefill)".
std::string place_text(const Place& place);

// "`matmul`", or "number 0x12" for a program without a name.
std::string program_text(const Program& program);

// "(0,0)-(7,7), (1,8)": the cores of a circular buffer.
std::string core_ranges_text(const CircularBuffer& buffer);

// The sentences on one allocation of a snapshot, seen from `offset` bytes into it in each bank. Names in it are as the
// process gave them: escape them before they reach a terminal.
std::vector<std::string> story_of(const Snapshot& snapshot, uint32_t allocation, uint64_t offset);

// The same on a circular buffer of Snapshot::programs[program].cbs[cbs], which is resident on so many cores of all
// chips together.
std::vector<std::string> story_of_cb(const Snapshot& snapshot, uint32_t program, uint32_t cbs, uint32_t buffer,
                                     uint64_t offset, uint64_t resident_cores);

}  // namespace ttmem
