// A chip or a mesh of this process, programs on it, and what the collector says of it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/collector/collector.h"
#include "src/collector/system.h"
#include "tests/support/client_test_support.h"

namespace ttmem::programs_testing {

using namespace ttmem::client::testing;

constexpr ttmem_core_range kGrid = {0, 0, 7, 7}, kLeft = {0, 0, 3, 7}, kRight = {4, 0, 7, 7}, kOneCore = {0, 0, 0, 0};
constexpr uint64_t kBase = 101152;
constexpr uint64_t kChip = 77;
constexpr uint64_t kCores = 64;  // of kGrid

inline ttmem_circular_buffer cb(uint64_t address, uint64_t bytes, const ttmem_core_range& cores, uint8_t flags = 0) {
    return {0, flags, 1, 0, address, bytes, &cores};
}

inline ttmem_result plan(ttmem_handle program, ttmem_place place, std::vector<ttmem_circular_buffer> buffers) {
    return ttmem_program_planned(program, place, buffers.data(), static_cast<uint32_t>(buffers.size()));
}

inline ttmem_handle program(const char* name) { return ttmem_program_created(ttmem_intern(name), 0); }

inline ttmem_place mesh(uint32_t number, std::vector<uint64_t> chips, ttmem_place parent = 0) {
    ttmem_place_info info{};
    info.kind = parent != 0 ? TTMEM_PLACE_MESH_PART : TTMEM_PLACE_MESH;
    info.number = number;
    info.parent = parent;
    info.chip_count = static_cast<uint32_t>(chips.size());
    info.chip_ids = chips.data();
    return ttmem_register_place(&info);
}

// This machine, but for the directories in which other tests leave what they want.
class OwnDirectory : public System {
public:
    WallTime now() const override { return real_->now(); }
    uint32_t user() const override { return real_->user(); }
    std::optional<uint64_t> tsc() const override { return real_->tsc(); }
    std::array<uint8_t, 16> boot_id() const override { return real_->boot_id(); }
    bool maps(uint32_t pid, const FileFacts& file) const override { return real_->maps(pid, file); }
    LedgerDirectories directories() const override {
        LedgerDirectories found = real_->directories(), own;
        own.readable.push_back(std::move(found.readable.at(0)));  // $TTMEM_DIR comes first
        return own;
    }

private:
    std::unique_ptr<System> real_ = real_system();
};

// What the collector sees of this process now.
inline Snapshot snapshot() {
    const OwnDirectory system;
    Interest mine;
    mine.pid = static_cast<uint32_t>(getpid());
    mine.dead = false;
    return collect(system, mine);
}

inline const CbUse& cbs_of(const Snapshot& snapshot, uint64_t chip) {
    const auto found = std::find_if(snapshot.chips.begin(), snapshot.chips.end(),
                                    [&](const ChipUse& use) { return use.chip.id.value == chip; });
    CHECK(found != snapshot.chips.end());
    return found->cb;
}

struct CbBytes {
    uint64_t reserved, resident;
    friend bool operator==(const CbBytes&, const CbBytes&) = default;
};
inline CbBytes bytes_on(uint64_t chip) {
    const Snapshot now = snapshot();
    const CbUse& use = cbs_of(now, chip);
    CHECK(use.reserved_bytes && use.resident_bytes);
    return {*use.reserved_bytes, *use.resident_bytes};
}

inline const Program& named(const Snapshot& snapshot, const std::string& name) {
    const auto found = std::find_if(snapshot.programs.begin(), snapshot.programs.end(),
                                    [&](const Program& program) { return program.name == name; });
    CHECK(found != snapshot.programs.end());
    return *found;
}

}  // namespace ttmem::programs_testing
