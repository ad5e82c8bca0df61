// Hostile and broken ledgers: an error, or the same answer; never a crash, never a wrong answer in what is checked.
#include "src/reader/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

ReadOutcome read(const ByteSource& source, LedgerImage& image, bool dead = true) {
    LedgerReader reader;
    return reader.read(source, {.writer_is_dead = dead}, image);
}

// What a reader answers, in short.
struct Answer {
    ReadStatus status = ReadStatus::kCorrupt;
    uint64_t live = 0, requested = 0, operations = 0, chips = 0;
    friend bool operator==(const Answer&, const Answer&) = default;
};

Answer answer(const ByteSource& source) {
    LedgerImage image;
    Answer answer;
    answer.status = read(source, image).status;
    if (answer.status != ReadStatus::kRecord) return answer;
    answer.live = image.live.size();
    for (const SessionImage& session : image.sessions) {
        for (const RowImage& row : session.rows) answer.requested += row.live.requested;
    }
    for (const RingImage& ring : image.rings) answer.operations += ring.operations;
    answer.chips = image.chips.size();
    return answer;
}

void fill(TestLedger& ledger) {
    ledger.set_chip(0, 1, 0, 12, 1 << 30, ledger.add_text("arch"));
    ledger.set_chip(1, 2, 1);
    ledger.open(1, 3);
    Recorder first = ledger.recorder(0), second = ledger.recorder(1);
    for (uint32_t slot = 1; slot < 30; ++slot) {
        const uint64_t handle = ledger.alloc(slot % 2 == 0 ? first : second, slot, TestLedger::body(slot * 4096, 4096));
        if (slot % 5 == 0) ledger.free(first, handle);
    }
}

class Broken : public ::testing::Test {
protected:
    Broken() { fill(ledger); }

    ReadOutcome with_region(size_t index, const Region& other) {
        Region& region = ledger.map.header->fixed.regions[index];
        const Region before = region;
        region = other;
        ledger.reseal();
        LedgerImage image;
        const ReadOutcome outcome = read(ledger.source(), image);
        region = before;
        ledger.reseal();
        return outcome;
    }

    TestLedger ledger;
};

TEST_F(Broken, AtEveryLengthItIsRefused) {
    for (uint64_t bytes = 0; bytes < ledger.bytes(); bytes += bytes < 8192 ? 1 : 509) {
        LedgerImage image;
        EXPECT_EQ(read(MemorySource(ledger.memory(), bytes), image).status, ReadStatus::kCorrupt) << bytes;
    }
}

// Becomes shorter while it is read: the size was right at first.
class ShrinkingSource final : public ByteSource {
public:
    ShrinkingSource(MemorySource whole, uint64_t bytes) : whole_(whole), bytes_(bytes) {}
    uint64_t size() const override { return whole_.size(); }
    bool read(uint64_t offset, void* into, size_t bytes) const override {
        return offset + bytes <= bytes_ && whole_.read(offset, into, bytes);
    }

private:
    MemorySource whole_;
    uint64_t bytes_;
};

TEST_F(Broken, WhileItBecomesShorterItIsRefused) {
    const Region& slots = ledger.map.header->fixed.regions[6];  // what lies after them is read on demand
    const uint64_t needed = slots.offset + ledger.map.header->live.slots_used * slots.stride;
    for (uint64_t bytes = 0; bytes < needed; bytes += 64) {
        LedgerImage image;
        EXPECT_FALSE(read(ShrinkingSource(ledger.source(), bytes), image).ok()) << bytes;
    }
}

TEST_F(Broken, EveryBitOfItsStaticHeaderIsChecked) {
    const Answer right = answer(ledger.source());
    ASSERT_EQ(right.status, ReadStatus::kRecord);
    for (uint64_t bit = 0; bit < sizeof(StaticHeader) * 8; ++bit) {
        ledger.memory()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
        const Answer now = answer(ledger.source());
        EXPECT_TRUE(now.status != ReadStatus::kRecord || now == right) << "bit " << bit;
        ledger.memory()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    }
}

TEST_F(Broken, NoToggledBitAnywhereCrashesTheReaderOrAddsAnything) {
    const Answer right = answer(ledger.source());
    for (uint64_t bit = sizeof(StaticHeader) * 8; bit < ledger.bytes() * 8; bit += 61) {
        ledger.memory()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
        LedgerImage image;
        if (read(ledger.source(), image).ok()) {
            for (uint32_t ring = 0; ring < image.rings.size(); ++ring) {
                const History history = LedgerReader::history(ledger.source(), image, ring);
                EXPECT_EQ(history.events.size() + history.lost, history.to - history.from);
            }
            EXPECT_LE(image.live.size(), right.live) << "bit " << bit;
        }
        ledger.memory()[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    }
    EXPECT_EQ(answer(ledger.source()), right);
}

TEST_F(Broken, AToggledBitInALiveSlotIsCounted) {
    LedgerImage image;
    const uint64_t begin = ledger.map.header->fixed.regions[6].offset;
    for (uint64_t bit = 0; bit < 64 * 8; ++bit) {
        if (bit >= 64 && bit < 96) continue;  // the call stack stands outside of the check
        if (bit < 20) continue;               // who freed it, and the state: see below
        unsigned char& byte = ledger.memory()[begin + 64 + bit / 8];
        byte ^= static_cast<unsigned char>(1 << bit % 8);
        ASSERT_TRUE(read(ledger.source(), image).ok());
        EXPECT_EQ(image.quality.torn_slots, 1u) << "bit " << bit;
        byte ^= static_cast<unsigned char>(1 << bit % 8);
    }
}

// A hostile writer makes the check right, too.
TEST_F(Broken, WordsOfALiveSlotWithARightCheckAreInRangeOrLeftOut) {
    LedgerImage image;
    ASSERT_TRUE(read(ledger.source(), image).ok());
    const size_t live = image.live.size();
    Slot& slot = ledger.map.slots[1];
    const uint64_t handle = make_handle(control_generation(slot.control), 1);
    Word* const words[] = {&slot.where, &slot.requested, &slot.taken, &slot.who, &slot.order, &slot.time};
    const uint64_t check = slot.check;
    uint64_t left_out = 0;
    for (Word* word : words) {
        const uint64_t before = *word;
        for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{0xff}, uint64_t{0xfff000}, uint64_t{0xffffffff},
                                     before ^ 0xff, before ^ 0xf0, before ^ 0xfff0, UINT64_MAX}) {
            word->store(value);
            const Body body{slot.where, slot.requested, slot.taken, slot.who, slot.order, slot.time};
            slot.check.store(static_cast<uint64_t>(fold(body_sum(handle, body))) << 32 | (check & 0xffffffff));
            for (const bool dead : {true, false}) {
                ASSERT_TRUE(read(ledger.source(), image, dead).ok());
                EXPECT_EQ(image.live.size() + image.quality.bad_slots, live);
                left_out += image.quality.bad_slots;
                for (const LiveSlot& seen : image.live) {
                    if (seen.body.op() != Op::kAlloc) continue;
                    EXPECT_LT(seen.body.pool(), kPools);
                    EXPECT_LT(seen.body.session(), image.sessions.size());
                    EXPECT_LE(seen.body.data_banks(), seen.body.banks());
                }
            }
        }
        word->store(before);
    }
    slot.check.store(check);
    EXPECT_GT(left_out, 5u);
    ASSERT_TRUE(read(ledger.source(), image).ok());
    EXPECT_EQ(image.live.size(), live);
}

TEST_F(Broken, RegionsThatBreakARuleAreRefused) {
    const StaticHeader& fixed = ledger.map.header->fixed;
    const auto refused = [&](size_t index, auto change) {
        Region region = fixed.regions[index];
        change(region);
        return with_region(index, region).status == ReadStatus::kCorrupt;
    };
    for (size_t i = 0; i < 14; ++i) {
        EXPECT_TRUE(refused(i, [](Region& r) { r.offset += 8; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.offset = 0; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.offset = 1024; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.offset = UINT64_MAX & ~63ull; })) << i;
        const bool grown = fixed.regions[i].type == static_cast<uint32_t>(RegionType::kSessions);  // in 1.2
        EXPECT_TRUE(refused(i, [&](Region& r) {
            r.stride = static_cast<uint32_t>(grown ? kSessionBytesBefore2 : r.stride) - 8;
        })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.stride += 1; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.stride = 1u << 31; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.stride = 0; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.count = UINT64_MAX; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.count = UINT64_MAX / r.stride + 2; })) << i;
        EXPECT_TRUE(refused(i, [&](Region& r) { r.count = fixed.total_bytes / r.stride; })) << i;
    }
    for (const size_t i : {0, 1, 3, 4, 5, 6}) {  // those that may not be missing
        EXPECT_TRUE(refused(i, [](Region& r) { r.count = 0; })) << i;
        EXPECT_TRUE(refused(i, [](Region& r) { r.type = 0; })) << i;
        EXPECT_TRUE(refused(i, [&](Region& r) { r.type = fixed.regions[i + 1].type; })) << i;
        EXPECT_TRUE(refused(i, [&](Region& r) { r.offset = fixed.regions[i + 1].offset; })) << i;
    }
    EXPECT_TRUE(refused(7, [](Region& r) { --r.count; })) << "fewer unique ids than slots";
}

TEST_F(Broken, AnyRuleOfTheHeaderThatIsBrokenRefusesIt) {
    using Change = std::function<void(StaticHeader&)>;
    const auto region = [](StaticHeader& header, RegionType type) -> Region& {
        return *std::find_if(std::begin(header.regions), std::end(header.regions),
                             [&](const Region& candidate) { return candidate.type == static_cast<uint32_t>(type); });
    };
    const std::pair<const char*, Change> changes[] = {
        {"older", [](StaticHeader& h) { h.format_major = kFormatMajor - 1; }},
        {"wrong size", [](StaticHeader& h) { h.header_bytes = sizeof(Header) - 1; }},
        {"wrong size", [](StaticHeader& h) { h.header_bytes = kHeaderBytes + 1; }},
        {"larger than", [](StaticHeader& h) { h.total_bytes = kMaxLedgerBytes + 1; }},
        {"should have", [](StaticHeader& h) { h.total_bytes += 64; }},
        {"wrong unit", [](StaticHeader& h) { h.clock_shift = 17; }},
        {"wrong record size", [&](StaticHeader& h) { region(h, RegionType::kTexts).stride = 16; }},
        {"wrong record size", [&](StaticHeader& h) { region(h, RegionType::kPlans).stride = 16; }},
        {"there is no region", [&](StaticHeader& h) { region(h, RegionType::kSlots).type = 99; }},
        {"fewer unique ids", [&](StaticHeader& h) { region(h, RegionType::kUniqueIds).count = 1; }},
        {"lies outside", [&](StaticHeader& h) { region(h, RegionType::kFailures).offset = h.total_bytes + 64; }},
    };
    const StaticHeader right = ledger.map.header->fixed;
    for (const auto& [words, change] : changes) {
        change(ledger.map.header->fixed);
        ledger.reseal();
        LedgerImage image;
        const ReadOutcome outcome = read(ledger.source(), image);
        EXPECT_EQ(outcome.status, ReadStatus::kCorrupt) << words;
        EXPECT_NE(outcome.reason.find(words), std::string::npos) << outcome.reason;
        std::memcpy(&ledger.map.header->fixed, &right, sizeof right);
    }
}

TEST_F(Broken, WithoutTheRegionsThatMayBeMissingTheRestIsRead) {
    const Answer right = answer(ledger.source());
    for (Region& region : ledger.map.header->fixed.regions) {
        const auto type = static_cast<RegionType>(region.type);
        if (type != RegionType::kUniqueIds && type != RegionType::kFailures && type < RegionType::kPlans) continue;
        region.count = 0;
        ledger.reseal();
        const Answer now = answer(ledger.source());
        EXPECT_TRUE(now == right || now.status == ReadStatus::kCorrupt) << region.type;
    }
}

TEST_F(Broken, RegionsOfALaterFormatAreNotLookedAt) { EXPECT_TRUE(with_region(14, {77, 1, 3, UINT64_MAX, 0}).ok()); }

TEST_F(Broken, WithoutARegionThatMustBeThereIsRefused) {
    const auto& regions = ledger.map.header->fixed.regions;
    int missed = 0;  // by name
    for (size_t i = 0; i < std::size(regions); ++i) {
        missed += with_region(i, {}).reason.starts_with("there is no region of ");
    }
    EXPECT_EQ(missed, 6);
}

TEST_F(Broken, CountsBeyondTheirRegionsAreRefused) {
    LiveHeader& live = ledger.map.header->live;
    for (Word* word : {&live.texts_used, &live.owners_used, &live.slots_used, &live.rings_used, &live.plans_used,
                       &live.pairs_used, &live.holdings_used, &live.traces_used, &live.level, &live.state}) {
        const uint64_t before = word->load();
        word->store(1'000'000);
        LedgerImage image;
        EXPECT_EQ(read(ledger.source(), image).status, ReadStatus::kCorrupt);
        word->store(before);
    }
}

TEST_F(Broken, ARingWithAnAbsurdPositionCostsNoMoreThanItsEvents) {
    for (const uint64_t position : {uint64_t{1} << 63, UINT64_MAX, uint64_t{17}}) {
        ledger.map.rings[0].position.store(position);
        for (const bool dead : {true, false}) {
            LedgerImage image;
            ASSERT_TRUE(read(ledger.source(), image, dead).ok());
            const History history = LedgerReader::history(ledger.source(), image, 0);
            EXPECT_EQ(history.events.size() + history.lost, position);
            EXPECT_LE(history.events.size(), 16u);
        }
    }
}

TEST_F(Broken, ARingWithAnAbsurdCapacityHasNoHistory) {
    for (const uint64_t capacity : {uint64_t{3}, uint64_t{32}, UINT64_MAX, uint64_t{1} << 63}) {
        ledger.map.rings[0].capacity.store(capacity);
        LedgerImage image;
        ASSERT_TRUE(read(ledger.source(), image).ok());
        EXPECT_EQ(image.rings[0].capacity, 0u);
        const History history = LedgerReader::history(ledger.source(), image, 0);
        EXPECT_EQ(history.lost, image.rings[0].events);
    }
}

TEST_F(Broken, TextsThatFailTheirCheckAreEmpty) {
    LedgerImage image;
    const uint32_t number = 1;
    ASSERT_TRUE(read(ledger.source(), image).ok());
    ASSERT_EQ(image.text(number), "arch");
    for (const uint64_t toggled : {1ull, 1ull << 31, 1ull << 32}) {  // length, absurd length, check
        ledger.map.texts[number] ^= toggled;
        ASSERT_TRUE(read(ledger.source(), image).ok());
        EXPECT_EQ(image.text(number), "");
        ledger.map.texts[number] ^= toggled;
    }
    EXPECT_EQ(image.text(0), "");
    EXPECT_EQ(image.text(UINT64_MAX), "");
    EXPECT_EQ(image.text(1'000'000), "");
}

TEST_F(Broken, DamagedChipsSessionsOwnersAndFailuresAreCounted) {
    ledger.add_owner(1, 0, 5);
    LedgerImage image;
    ASSERT_TRUE(read(ledger.source(), image).ok());
    ASSERT_EQ(image.quality.bad_records, 0u);
    ledger.map.chips[1].chip_id.fetch_xor(1);
    ledger.map.owners[1].thread.fetch_xor(1);
    ledger.map.failures[0].position.store(1);  // and nothing else of it
    ASSERT_TRUE(read(ledger.source(), image).ok());
    // The session names a chip that is not known any more.
    EXPECT_EQ(image.quality.bad_records, 4u);
    ledger.map.sessions[1].number.fetch_xor(1);
    ASSERT_TRUE(read(ledger.source(), image).ok());
    EXPECT_EQ(image.quality.bad_records, 4u);
    EXPECT_TRUE(image.live.empty());
    EXPECT_EQ(image.quality.bad_slots, 24u);
}

TEST(BrokenLedger, LargerRecordsOfALaterFormatAreRead) {
    // The same ledger with every record of slots and events 64 bytes longer, and every unique id.
    TestLedger ledger;
    fill(ledger);
    const Answer right = answer(ledger.source());
    StaticHeader& fixed = ledger.map.header->fixed;
    const Region slots = fixed.regions[6], ids = fixed.regions[7], events = fixed.regions[13];
    ASSERT_EQ(ids.type, static_cast<uint32_t>(RegionType::kUniqueIds));
    const uint64_t copies = ledger.map.geometry.rings;
    std::vector<uint64_t> wide(ledger.bytes() / 8 + 2 * slots.count * 16 + events.count * copies * 16);
    auto* bytes = reinterpret_cast<unsigned char*>(wide.data());
    std::memcpy(bytes, ledger.memory(), ledger.bytes());
    auto* header = reinterpret_cast<StaticHeader*>(bytes);
    uint64_t offset = ledger.bytes();
    const auto widen = [&](Region& region, const Region& source, uint64_t count) {
        region.offset = offset;
        region.stride = 128;
        for (uint64_t i = 0; i < count; ++i) {
            std::memcpy(bytes + offset + i * 128, ledger.memory() + source.offset + i * source.stride, source.stride);
        }
        offset += count * 128;
    };
    widen(header->regions[6], slots, slots.count);
    widen(header->regions[7], ids, ids.count);
    widen(header->regions[13], events, events.count * copies);
    header->total_bytes = wide.size() * 8;
    header->check = check_of(*header);
    const MemorySource source(bytes, wide.size() * 8);
    EXPECT_EQ(answer(source), right);
    LedgerImage image;
    ASSERT_TRUE(read(source, image).ok());
    EXPECT_EQ(LedgerReader::history(source, image, 0).events.size(), 16u);
}

TEST(BrokenLedger, RandomBytesBehindARightHeaderDoNoHarm) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 300; ++round) {
        TestLedger ledger;
        fill(ledger);
        for (int i = 0; i < 200; ++i) {
            const uint64_t offset = sizeof(StaticHeader) + random() % (ledger.bytes() - sizeof(StaticHeader));
            ledger.memory()[offset] = static_cast<unsigned char>(random());
        }
        for (const bool dead : {true, false}) {
            LedgerImage image;
            if (!read(ledger.source(), image, dead).ok()) continue;
            EXPECT_LE(image.live.size(), 64u);
            for (const LiveSlot& slot : image.live) EXPECT_LT(slot.body.session(), image.sessions.size());
        }
    }
}

}  // namespace
}  // namespace ttmem::ledger
