// For the collector's tests: processes whose ledgers a test writes, and what it looks for in the answer.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "src/model/chip.h"
#include "tests/support/fake_system.h"
#include "tests/support/notes.h"

namespace ttmem {

inline const ChipUse* find_chip(const std::vector<ChipUse>& chips, uint64_t id) {
    const auto found =
        std::find_if(chips.begin(), chips.end(), [&](const ChipUse& use) { return use.chip.id.value == id; });
    return found == chips.end() ? nullptr : &*found;
}

// Two chips, a mesh over both, one block of `bytes` in dram.
struct Scene {
    FakeSystem system;

    FakeLedger& process(uint8_t id, uint32_t pid, uint64_t bytes, uint8_t run = 0) {
        FakeLedger& process = system.add("/d", id, pid, run);
        process.bytes.set_chip(0, 0x10, 0);
        process.bytes.set_chip(1, 0x11, 1);
        process.bytes.open(1, 3, 2, 7, process.bytes.add_text("mesh"));
        ledger::Recorder recorder = process.bytes.recorder(0);
        if (bytes != 0) process.bytes.alloc(recorder, 1, ledger::TestLedger::body(4096, bytes), 33);
        return process;
    }
};

}  // namespace ttmem
