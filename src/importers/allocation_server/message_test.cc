// Four sizes of one message on one socket, told apart.
#include "src/importers/allocation_server/message.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

AllocationMessage message(AllocationMessageType type, int32_t device = 3) {
    AllocationMessage m;
    m.type = type;
    m.device = device;
    m.bytes = 24'576;
    m.pid = 77;
    m.buffer = 1'073'737'728;
    m.timestamp = 1'700'000'000'000'000'000;
    return m;
}

std::vector<std::byte> bytes_of(uint32_t generation, const std::vector<AllocationMessage>& messages) {
    std::vector<std::byte> bytes;
    for (const AllocationMessage& m : messages) {
        const auto record = encode_allocation_message(generation, m);
        bytes.insert(bytes.end(), record.begin(), record.end());
    }
    return bytes;
}

class Generations : public testing::TestWithParam<uint32_t> {};

TEST_P(Generations, HaveTheirSizeAndEveryFieldComesBack) {
    AllocationMessage m = message(AllocationMessageType::kAlloc);
    m.buffer_type = 4;
    m.status = {1, 2, 3, 4, 5, 6, 7, 8, 2, 12, 1u << 30, 1'499'136, true, 8};
    const auto bytes = encode_allocation_message(GetParam(), m);
    ASSERT_EQ(bytes.size(), kAllocationMessageBytes[GetParam()]);
    const AllocationMessage back = decode_allocation_message(GetParam(), bytes);
    EXPECT_EQ(back.type, m.type);
    EXPECT_EQ(back.device, 3);
    EXPECT_EQ(back.bytes, 24'576u);
    EXPECT_EQ(back.buffer_type, 4);
    EXPECT_EQ(back.pid, 77);
    EXPECT_EQ(back.buffer, 1'073'737'728u);
    EXPECT_EQ(back.timestamp, m.timestamp);
    EXPECT_EQ(back.status.trace, 4u);
    EXPECT_EQ(back.status.cb, GetParam() >= 2 ? 5u : 0u);
    EXPECT_EQ(back.status.devices, GetParam() >= 1 ? 8u : 0u);
    EXPECT_EQ(back.status.l1_core_bytes, GetParam() >= 1 ? 1'499'136u : 0u);
}

TEST_P(Generations, AreToldApartByOneMessageOrByMany) {
    for (size_t count = 1; count <= 20; ++count) {
        AllocationMessageFraming framing;
        framing.feed(bytes_of(GetParam(), std::vector(count, message(AllocationMessageType::kAlloc))));
        size_t seen = 0;
        while (const auto m = framing.next()) seen += m->buffer == 1'073'737'728u;
        EXPECT_EQ(framing.generation(), GetParam()) << count;
        EXPECT_EQ(seen, count);
    }
}

TEST_P(Generations, AreToldApartWhenTheBytesComeInPieces) {
    const auto bytes = bytes_of(GetParam(), std::vector(200, message(AllocationMessageType::kFree)));
    AllocationMessageFraming framing;
    size_t seen = 0;
    for (size_t at = 0; at < bytes.size(); at += 5000) {
        framing.feed(std::span(bytes).subspan(at, std::min<size_t>(5000, bytes.size() - at)));
        while (framing.next()) ++seen;
    }
    EXPECT_EQ(seen, 200u);
    EXPECT_EQ(framing.generation(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, Generations, testing::Values(0, 1, 2, 3));

// Offsets as tt-metal's clients have them, written down without the encoder.
TEST(AllocationMessages, LieWhereTtMetalHasThem) {
    std::vector<std::byte> bytes(112);
    const auto put = [&](size_t at, uint64_t value, size_t size) {
        for (size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
    };
    put(0, 7, 1), put(4, 5, 4), put(72, 12ull << 30, 8), put(80, 95'944'704, 8), put(88, 2, 4), put(92, 12, 4);
    put(96, 1u << 30, 4), put(100, 1'499'136, 4), put(104, 1, 4), put(108, 8, 4);
    const AllocationMessage m = decode_allocation_message(1, bytes);
    EXPECT_EQ(m.type, AllocationMessageType::kDeviceInfoResponse);
    EXPECT_EQ(m.device, 5);
    EXPECT_EQ(m.status.total_dram, 12ull << 30);
    EXPECT_EQ(m.status.arch, 2u);
    EXPECT_EQ(m.status.dram_channel_bytes, 1u << 30);
    EXPECT_TRUE(m.status.available);
    EXPECT_EQ(m.status.devices, 8u);
}

TEST(AllocationMessages, OtherBytesAreRefusedAtOnce) {
    AllocationMessageFraming framing;
    framing.feed(std::vector(72, std::byte{'G'}));
    EXPECT_FALSE(framing.next());
    EXPECT_NE(framing.broken(), "");
}

TEST(AllocationMessages, ARecordThatBeginsWrongEndsTheTalk) {
    AllocationMessageFraming framing;
    framing.feed(encode_allocation_message(1, message(AllocationMessageType::kAlloc)));
    EXPECT_TRUE(framing.next());
    framing.feed(std::vector(112, std::byte{0xff}));
    EXPECT_FALSE(framing.next());
    EXPECT_NE(framing.broken(), "");
    framing.feed(encode_allocation_message(1, message(AllocationMessageType::kAlloc)));
    EXPECT_FALSE(framing.next());
}

TEST(AllocationMessages, HalfAMessageIsWaitedFor) {
    AllocationMessageFraming framing;
    const auto bytes = encode_allocation_message(3, message(AllocationMessageType::kCbAlloc));
    framing.feed(std::span(bytes).first(100));
    EXPECT_FALSE(framing.next());
    EXPECT_EQ(framing.broken(), "");
    framing.feed(std::span(bytes).subspan(100));
    EXPECT_TRUE(framing.next());
    EXPECT_EQ(framing.generation(), 3u);
}

}  // namespace
}  // namespace ttmem
