// What tt-metal's allocation server got wrong is right in the blocks, and stays as it was in its own table.
#include "src/importers/allocation_server/registration_table.h"

#include <gtest/gtest.h>

#include "src/importers/allocation_server/state_document.h"

namespace ttmem {
namespace {

constexpr uint64_t kAddress = 1'073'737'728;

AllocationMessage message(AllocationMessageType type, int32_t device, uint64_t address, uint64_t bytes = 24'576,
                          uint8_t buffer_type = 0) {
    AllocationMessage m;
    m.type = type;
    m.device = device;
    m.buffer = address;
    m.bytes = bytes;
    m.buffer_type = buffer_type;
    return m;
}

class RegistrationTables : public testing::Test {
protected:
    RegistrationEffect apply(const AllocationMessage& m, uint32_t generation = 1) {
        return table_.apply(process_, generation, m, ++clock_);
    }
    RegistrationEffect alloc(int32_t device, uint64_t address, uint64_t bytes = 24'576, uint8_t type = 0) {
        return apply(message(AllocationMessageType::kAlloc, device, address, bytes, type));
    }
    RegistrationEffect free(int32_t device, uint64_t address, uint32_t generation = 1) {
        return apply(message(AllocationMessageType::kFree, device, address, 0), generation);
    }
    AllocationServerState state() { return table_.state(clock_); }

    RegistrationTable table_;
    uint32_t process_ = table_.add_process(4711, 1000, "python3", 1);
    WallTime clock_ = 1;
};

TEST_F(RegistrationTables, OnePieceOfMemoryCountsOnceHoweverOftenItIsRegistered) {
    for (int i = 0; i < 4; ++i) alloc(0, kAddress);
    for (int device = 1; device < 8; ++device) alloc(device, kAddress), alloc(device, kAddress);
    const AllocationServerState now = state();
    ASSERT_EQ(now.blocks.size(), 8u);
    uint64_t registrations = 0;
    for (const RegisteredBlock& block : now.blocks) registrations += block.registrations;
    EXPECT_EQ(registrations, 18u);
    EXPECT_EQ(table_.use_of(0).dram, 24'576u);
    EXPECT_EQ(now.counts[0].buffers, 4u);
    EXPECT_EQ(now.counts[0].bytes[0], 4 * 24'576u);
    EXPECT_EQ(table_.keys(), 8u);
}

TEST_F(RegistrationTables, AnAddressIsNoIdentity) {
    alloc(0, kAddress);
    const uint32_t other = table_.add_process(4712, 1000, "python3", 2);
    table_.apply(other, 1, message(AllocationMessageType::kAlloc, 0, kAddress, 4096), 3);
    EXPECT_EQ(state().blocks.size(), 2u);
    EXPECT_EQ(table_.use_of(0).dram, 24'576u + 4096u);
    table_.apply(other, 1, message(AllocationMessageType::kFree, 0, kAddress), 4);
    EXPECT_EQ(table_.use_of(0).dram, 24'576u);
}

TEST_F(RegistrationTables, AnotherSizeAtTheSameAddressIsAnotherBlock) {
    alloc(0, kAddress, 24'576);
    alloc(0, kAddress, 8192);
    EXPECT_EQ(table_.use_of(0).dram, 8192u);
    const AllocationServerState now = state();
    ASSERT_EQ(now.blocks.size(), 2u);
    EXPECT_FALSE(now.blocks[0].until);
    EXPECT_TRUE(now.blocks[1].until);
}

TEST_F(RegistrationTables, ADeadProcessHoldsNothingButWhatItHeldIsKnown) {
    alloc(0, kAddress), alloc(1, kAddress);
    table_.end_process(process_, 9);
    EXPECT_EQ(table_.use_of(0).dram, 0u);
    EXPECT_EQ(table_.keys(), 0u);
    EXPECT_EQ(state().processes[0].held_blocks, 2u);
    EXPECT_EQ(state().processes[0].held_bytes, 2 * 24'576u);
}

TEST_F(RegistrationTables, AFreeOfAnUnknownCircularBufferWrapsNoCounter) {
    const RegistrationEffect effect = apply(message(AllocationMessageType::kCbFree, 0, 101'152, 4096), 2);
    EXPECT_EQ(effect.kind, RegistrationEffect::Kind::kUnknownFree);
    EXPECT_EQ(table_.use_of(0).cb, 0u);
    EXPECT_EQ(state().processes[0].unknown_frees, 1u);
}

TEST_F(RegistrationTables, ACircularBufferReportedAgainIsTheSameOne) {
    for (int i = 0; i < 3; ++i) apply(message(AllocationMessageType::kCbAlloc, 0, 101'152, 4096), 2);
    EXPECT_EQ(table_.use_of(0).cb, 4096u);
    EXPECT_EQ(table_.use_of(0).l1, 0u);
    apply(message(AllocationMessageType::kCbAlloc, 0, 101'152, 2048), 2);
    EXPECT_EQ(table_.use_of(0).cb, 2048u);
    apply(message(AllocationMessageType::kCbFree, 0, 101'152, 0), 2);
    EXPECT_EQ(table_.use_of(0).cb, 0u);
}

TEST_F(RegistrationTables, TraceIsNotL1SmallAndSystemMemoryIsNoDeviceMemory) {
    alloc(0, 1000, 10, 4), alloc(0, 2000, 20, 3), alloc(0, 3000, 30, 2);
    const DeviceFigures use = table_.use_of(0);
    EXPECT_EQ(use.trace, 10u);
    EXPECT_EQ(use.l1_small, 20u);
    EXPECT_EQ(use.dram + use.l1, 0u);
}

TEST_F(RegistrationTables, WhatMakesNoSenseIsRefusedAndCounted) {
    EXPECT_EQ(alloc(0, kAddress, 0).kind, RegistrationEffect::Kind::kRefused);
    EXPECT_EQ(alloc(0, kAddress, 200ull << 30).kind, RegistrationEffect::Kind::kRefused);
    EXPECT_EQ(alloc(-1, kAddress).kind, RegistrationEffect::Kind::kRefused);
    EXPECT_EQ(state().processes[0].refused, 3u);
    EXPECT_TRUE(state().blocks.empty());
}

TEST_F(RegistrationTables, AnOldClientsFreeWithoutADeviceFindsTheOnlyBlock) {
    alloc(5, kAddress);
    EXPECT_EQ(free(0, kAddress, 1).kind, RegistrationEffect::Kind::kUnknownFree);
    EXPECT_EQ(table_.use_of(5).dram, 24'576u);
    free(0, kAddress, 0);
    EXPECT_EQ(table_.use_of(5).dram, 0u);
    alloc(5, kAddress), alloc(6, kAddress);
    free(0, kAddress, 0);  // of which one?
    EXPECT_EQ(table_.use_of(5).dram + table_.use_of(6).dram, 2 * 24'576u);
}

TEST_F(RegistrationTables, TheServersLinesAreAsItsToolsReadThem) {
    const AllocationMessage m = message(AllocationMessageType::kAlloc, 3, kAddress);
    EXPECT_EQ(allocation_server_log_line(1, 77, m, apply(m)),
              "✓ [PID 77] Allocated 24576 bytes of DRAM on device 3 (buffer_id=1073737728)\n");
    EXPECT_EQ(allocation_server_log_line(3, 77, m, apply(m)),
              "✓ [PID 77] Allocated 24576 bytes of DRAM on device 3 (buffer_id=0x3ffff000, ref_count=2)\n");
    const AllocationMessage f = message(AllocationMessageType::kFree, 3, kAddress, 0);
    EXPECT_EQ(allocation_server_log_line(1, 77, f, apply(f)),
              "✗ [PID 77] Freed buffer 1073737728 on device 3 (24576 bytes, ref_count=1 remaining)\n");
    EXPECT_EQ(allocation_server_log_line(1, 77, f, apply(f)),
              "✗ [PID 77] Freed buffer 1073737728 on device 3 (24576 bytes, FINAL)\n");
    EXPECT_EQ(allocation_server_log_line(1, 77, f, apply(f)),
              "⚠ [PID 77] Deallocation for unknown buffer 1073737728 on device 3\n");
}

TEST_F(RegistrationTables, AStateComesBackFromItsDocument) {
    alloc(0, kAddress), alloc(0, kAddress), alloc(1, 96, 4096, 3);
    free(1, 96);
    const AllocationServerState before = state();
    const Result<AllocationServerState> after = parse_allocation_server_document(allocation_server_document(before));
    ASSERT_TRUE(after) << after.error().why;
    ASSERT_EQ(after->blocks.size(), 2u);
    EXPECT_EQ(after->blocks[0].registrations, 2u);
    EXPECT_EQ(after->blocks[1].pool, Pool::kL1Small);
    EXPECT_EQ(after->blocks[1].until, before.blocks[1].until);
    EXPECT_EQ(after->processes[0].comm, "python3");
    EXPECT_EQ(after->counts, before.counts);
    EXPECT_EQ(after->coverage.notes, before.coverage.notes);
}

TEST(AllocationServerDocuments, OtherTextIsRefused) {
    EXPECT_FALSE(parse_allocation_server_document("{}"));
    EXPECT_FALSE(parse_allocation_server_document("no JSON"));
    EXPECT_FALSE(parse_allocation_server_document(
        R"({"schema":"ttmem.legacy-state/1","generated_at":1,"server_pid":1,"socket":"",
        "notes":[],"processes":[],"fork":[],"blocks":[{"process":7,"device":0,"pool":"dram","circular_buffer":false,
        "address":1,"bytes":1,"registrations":1,"frees":0,"since":1,"until":null}]})"));
}

}  // namespace
}  // namespace ttmem
