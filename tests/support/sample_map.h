// A chip of 2 x 2 cores whose L1 can be drawn in the head: a base of 1,000, 10,000 B for L1 buffers in each core, and
// 500 B of L1_SMALL above. One process.
#pragma once

#include <string>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

class MapMaker {
public:
    static constexpr uint64_t kBase = 1000, kL1 = 10'000, kSmall = 500, kTop = kBase + kL1;
    static constexpr WallTime kNow = 1'795'373'293'000'000'000, kSecond = 1'000'000'000;

    explicit MapMaker(const std::vector<uint64_t>& chips = {0xa0}) {
        s.generated_at = kNow;
        Process process;
        process.pid = 100;
        process.comm = "llama";
        process.level = "events";
        for (const uint64_t id : chips) process.chips.push_back(chip(id));
        s.chips = process.chips;
        s.processes.push_back(process);
        place(chips);
    }

    static ChipUse chip(uint64_t id) {
        ChipUse use;
        use.chip.id = ChipId{id};
        use.chip.logical_id = static_cast<uint32_t>(id & 0xf);
        use.chip.arch = "wormhole_b0";
        use.chip.grid_x = use.chip.grid_y = 2;
        use.chip.l1_base = kBase;
        use.chip.l1_bytes_per_core = kTop + kSmall;
        use.chip.pools[static_cast<size_t>(Pool::kL1)] = {4, kL1};
        use.chip.pools[static_cast<size_t>(Pool::kL1Small)] = {4, kSmall};
        use.chip.pools[static_cast<size_t>(Pool::kDram)] = {2, 100'000};
        use.chip.pools[static_cast<size_t>(Pool::kTrace)] = {2, 0};
        use.cb = {0, 0, 0, nullptr, false};
        return use;
    }
    uint32_t place(const std::vector<uint64_t>& chips, uint32_t process = 0) {
        Place made;
        made.kind = chips.size() == 1 ? PlaceKind::kChip : PlaceKind::kMesh;
        made.process = ProcessIndex{process};
        for (const uint64_t id : chips) made.chips.push_back(ChipId{id});
        s.places.push_back(made);
        return static_cast<uint32_t>(s.places.size() - 1);
    }
    uint32_t text(const std::string& words) {
        s.texts.push_back(words);
        return static_cast<uint32_t>(s.texts.size() - 1);
    }
    Allocation& block(Pool pool, uint64_t address, uint64_t bytes, uint32_t op = 0, uint32_t at = 0) {
        Allocation a;
        a.handle = s.allocations.size() + 1;
        a.unique_id = a.handle;
        a.address = DeviceAddress{address};
        a.bytes_per_bank = bytes;
        a.banks = a.data_banks = pool == Pool::kDram ? 2 : 4;
        a.requested_bytes = bytes * a.banks;
        a.pool = pool;
        a.op = op;
        a.place = PlaceIndex{at};
        a.process = s.places[at].process;
        a.allocation_class = AllocationClass::kTensor;
        a.since = kNow - kSecond * static_cast<WallTime>(s.allocations.size() + 1);
        s.allocations.push_back(a);
        return s.allocations.back();
    }
    uint32_t program(const std::string& name, std::vector<CircularBuffer> buffers, uint32_t at = 0) {
        Program made;
        made.handle = 0x700 + s.programs.size();
        made.name = name;
        made.process = s.places[at].process;
        ProgramCbs cbs;
        cbs.place = PlaceIndex{at};
        cbs.plan = {std::move(buffers)};
        made.cbs.push_back(cbs);
        s.programs.push_back(made);
        return static_cast<uint32_t>(s.programs.size() - 1);
    }
    static CircularBuffer cb(uint8_t index, uint64_t address, uint64_t bytes, CoreRange cores = {0, 0, 1, 1}) {
        return {index, false, address, bytes, {cores}, CbKind::kCb};
    }

    Snapshot s;
};

// What people look at a map for: `matmul` reaches furthest on core (1,0), 64-byte semaphores lie below a tensor with
// free bytes between them, DRAM is split by one small block.
inline Snapshot sample_map() {
    MapMaker m;
    const uint32_t semaphore = m.text("all_gather"), tensor = m.text("linear"), cache = m.text("kv_cache");
    m.s.texts.push_back("semaphores");
    const uint32_t tag = static_cast<uint32_t>(m.s.texts.size() - 1);
    m.program("matmul", {MapMaker::cb(0, 1000, 2000), MapMaker::cb(1, 3000, 1000, {1, 0, 1, 0})});
    m.program("add", {MapMaker::cb(0, 1000, 500)});
    for (uint32_t iteration = 1; iteration <= 2; ++iteration) {
        Allocation& a = m.block(Pool::kL1, 4192 + 64 * iteration, 64, semaphore);
        a.tag = tag;
        a.iteration = iteration;
    }
    m.s.processes[0].iterations_begun = m.s.processes[0].iterations_ended = 2;
    m.block(Pool::kL1, 9000, 2000, tensor);
    m.block(Pool::kL1Small, MapMaker::kTop, 100, tensor);
    m.block(Pool::kDram, 32, 40'000, cache).persistent = true;
    m.block(Pool::kDram, 60'000, 64, semaphore);
    m.block(Pool::kDram, 99'000, 1032, tensor);
    return m.s;
}

}  // namespace ttmem
