// A small hand-written world for the tests of this folder and of the views: one mesh of two chips in a live process,
// and a killed process that held a tensor on one of them. Every figure can be checked in the head.
#pragma once

#include "src/model/snapshot.h"

namespace ttmem {

constexpr WallTime kSampleNow = 1'795'373'293'000'000'000;  // 2026-11-22T18:48:13Z
constexpr WallTime kSecond = 1'000'000'000;

inline ChipUse sample_chip(uint64_t id, uint32_t logical_id) {
    ChipUse use;
    use.chip.id = ChipId{id};
    use.chip.logical_id = logical_id;
    use.chip.arch = "wormhole_b0";
    for (const Pool pool : kAllPools) use.pool(pool) = {0, 0, 0, Interval{}, Interval{}, 0};
    use.pool(Pool::kDram).capacity_bytes = 12884901888;
    use.cb = {};
    return use;
}

// Live: a tensor (4,194,304 asked for, 4,202,496 taken) and the cached binary of `matmul` (24,576) on chips 0 and 1.
// Killed: a tensor of 2,048 asked for and 24,576 taken on chip 0, and one of 4,096 that a close had released.
inline Snapshot sample_snapshot() {
    Snapshot s;
    s.generated_at = kSampleNow;
    s.texts = {"", "matmul", "kv_cache", "embedding"};

    Process live;
    live.ledger = LedgerId{0x11};
    live.ledger_path = "/dev/shm/ttmem-0/00000000000000000000000000000011.ledger";
    live.pid = 100;
    live.pid_verified = true;
    live.comm = "llama";
    live.started_at = kSampleNow - 125 * kSecond;
    live.level = "counts";
    for (uint32_t chip : {0, 1}) {
        ChipUse use = sample_chip(0xa0 + chip, chip);
        use.pool(Pool::kDram) = {4218880,    4227072, 2, Interval{5000000, 5000000}, Interval{5242880, 5242880},
                                 12884901888};
        live.chips.push_back(use);
        s.chips.push_back(use);
    }
    Process killed;
    killed.ledger = LedgerId{0x22};
    killed.ledger_path = "/dev/shm/ttmem-0/00000000000000000000000000000022.ledger";
    killed.pid = 200;
    killed.comm = "bad\x1b[31m";
    killed.state = ProcessState::kKilled;
    killed.started_at = kSampleNow - 600 * kSecond;
    killed.level = "events";
    killed.chips = {sample_chip(0xa0, 0)};
    killed.chips[0].pool(Pool::kDram) = {2048, 24576, 1, Interval{2048, 6144}, Interval{24576, 49152}, 12884901888};
    s.processes = {live, killed};

    s.places = {
        {PlaceKind::kMesh, 0, "", {ChipId{0xa0}, ChipId{0xa1}}, ProcessIndex{0}, true, kSampleNow - 120 * kSecond, {}},
        {PlaceKind::kChip, 0, "", {ChipId{0xa0}}, ProcessIndex{1}, true, kSampleNow - 599 * kSecond, {}},
        {PlaceKind::kChip,
         0,
         "",
         {ChipId{0xa0}},
         ProcessIndex{1},
         false,
         kSampleNow - 600 * kSecond,
         kSampleNow - 599 * kSecond}};
    Program matmul;
    matmul.handle = 0x700;
    matmul.unique_id = 7;
    matmul.name = "matmul";
    matmul.created_at = kSampleNow - 60 * kSecond;
    s.programs = {matmul};

    Allocation tensor;
    tensor.handle = 0x1001;
    tensor.address = DeviceAddress{0x20000};
    tensor.requested_bytes = 4194304;
    tensor.bytes_per_bank = 350208;
    tensor.since = kSampleNow - 90 * kSecond;
    tensor.op = 3, tensor.tag = 2, tensor.thread = 101;
    tensor.page_bytes = 2048;
    tensor.banks = 12, tensor.data_banks = 12;
    tensor.allocation_class = AllocationClass::kTensor;

    Allocation binary = tensor;
    binary.handle = 0x1002;
    binary.address = DeviceAddress{1073737728};
    binary.requested_bytes = 24576;
    binary.bytes_per_bank = 2048;
    binary.since = kSampleNow - 60 * kSecond;
    binary.op = 1, binary.tag = 0, binary.program = 1;
    binary.allocation_class = AllocationClass::kProgram;

    Allocation held = tensor;
    held.handle = 0x2001;
    held.address = DeviceAddress{0x40000000 - 2048};
    held.requested_bytes = 2048;
    held.bytes_per_bank = 2048;
    held.since = kSampleNow - 590 * kSecond;
    held.process = ProcessIndex{1}, held.place = PlaceIndex{1};
    held.op = 1, held.tag = 0, held.thread = 200;
    held.data_banks = 1;

    Allocation released = held;
    released.handle = 0x2002;
    released.address = DeviceAddress{0x30000};
    released.requested_bytes = 4096;
    released.bytes_per_bank = 2048;
    released.place = PlaceIndex{2};
    released.data_banks = 2;
    released.released = true;

    s.allocations = {tensor, binary, held, released};
    return s;
}

}  // namespace ttmem
