// Plans, pairs, holdings and traces that break a rule although their checks are right, and some that break none.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/ledger/plan_recorder.h"
#include "src/reader/plans.h"
#include "tests/support/disturbed_source.h"
#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

// A ledger whose plans a test writes word by word.
class PlanReader : public testing::Test {
protected:
    PlanReader() {
        ledger.set_chip(0, 1, 0);
        ledger.open(1, 1);
        program = begin_program(1);
        TestLedger::put(ledger.map.header->live.plans_used, 8);
        TestLedger::put(ledger.map.header->live.pairs_used, 1);
        TestLedger::put(ledger.map.header->live.holdings_used, 1);
    }

    uint64_t begin_program(uint32_t slot) { return ledger.alloc(recorder, slot, pack_program({.clock = 5'000})); }
    uint64_t begin_trace(uint32_t slot, uint64_t record) {
        return ledger.alloc(recorder, slot, pack_trace({.record = record, .clock = 5'000}));
    }

    // A plan of these words behind its head, and its number. `words`, `buffers`: as the head says.
    uint64_t add_plan(const std::vector<uint64_t>& rest, uint32_t buffers = 1, int more_words = 0) {
        Word& used = ledger.map.header->live.plans_used;
        const uint64_t number = used / 8;
        uint64_t* record = ledger.map.plans + number;
        PlanHead head{static_cast<uint32_t>(2 + static_cast<int>(rest.size()) + more_words), buffers, 0};
        std::memcpy(record, &head, sizeof head);
        std::copy(rest.begin(), rest.end(), record + 2);
        head.check = head.words < 2 ? 0 : plan_check(record, head.words);
        std::memcpy(record, &head, sizeof head);
        used = (number + 2 + rest.size()) * 8;
        return number;
    }

    // The words of a buffer and its ranges.
    static std::vector<uint64_t> buffer(uint64_t ranges, std::vector<uint64_t> words, uint64_t address = 4096,
                                        uint64_t bytes = 64) {
        std::vector<uint64_t> all = {ranges << 16, address, bytes};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }

    uint64_t add_pair(uint64_t plan, uint64_t session = 1) {
        Word& used = ledger.map.header->live.pairs_used;
        write_pair<RealStore>(ledger.map.pairs[used], plan, session);
        return used++;
    }
    uint64_t add_holding(uint64_t of_program, uint64_t pair) {
        Word& used = ledger.map.header->live.holdings_used;
        write_holding<RealStore>(ledger.map.holdings[used], {of_program, 0, 0, 5'000, pair, 0});
        return used++;
    }

    LedgerImage read(bool dead = false) { return read(ledger.source(), dead); }
    static LedgerImage read(const ByteSource& source, bool dead = false) {
        LedgerReader reader;
        LedgerImage image;
        const ReadOutcome outcome = reader.read(source, {.writer_is_dead = dead}, image);
        EXPECT_TRUE(outcome.ok()) << outcome.reason;
        return image;
    }
    // Whether the plan that was added last is read.
    bool is_read(uint64_t plan) {
        const uint64_t pair = add_pair(plan);
        const LedgerImage image = read();
        EXPECT_EQ(image.pairs[pair].session, 1u);
        return image.pairs[pair].plan != 0;
    }

    static Geometry roomy() {
        Geometry geometry = TestLedger::small();
        geometry.plan_bytes = 16384;
        geometry.pairs = 64;
        return geometry;
    }

    TestLedger ledger{roomy()};
    Recorder recorder = ledger.recorder(0);
    uint64_t program;
};

TEST_F(PlanReader, ReadsPlansThatBreakNoRule) {
    EXPECT_TRUE(is_read(add_plan(buffer(1, {pack_range(0, 0, 7, 7)}))));
    EXPECT_TRUE(is_read(add_plan({}, 0)));
    EXPECT_TRUE(is_read(add_plan(buffer(0, {}))));
    EXPECT_EQ(read().quality.bad_records, 0u);
}

TEST_F(PlanReader, CountsPlansThatBreakOne) {
    const uint64_t range = pack_range(0, 0, 7, 7);
    EXPECT_FALSE(is_read(0));                                                  // none has this number
    EXPECT_FALSE(is_read(400));                                                // nor this one yet
    EXPECT_FALSE(is_read(add_plan({}, 0, -1)));                                // shorter than its head
    EXPECT_FALSE(is_read(add_plan({}, 1)));                                    // a buffer that is not there
    EXPECT_FALSE(is_read(add_plan(buffer(1, {range}), kMaxPlanBuffers + 1)));  // too many of them
    EXPECT_FALSE(is_read(add_plan(buffer(1, {}))));                            // ranges that are not there
    EXPECT_FALSE(is_read(add_plan(buffer(kMaxPlanRanges + 1, std::vector<uint64_t>(129, range)))));  // too many
    EXPECT_FALSE(is_read(add_plan(buffer(1, {range}, 1ull << 40))));
    EXPECT_FALSE(is_read(add_plan(buffer(1, {range}, 0, 1ull << 40))));
    EXPECT_FALSE(is_read(add_plan(buffer(1, {pack_range(1, 0, 0, 0)}))));
    EXPECT_FALSE(is_read(add_plan(buffer(1, {pack_range(0, 1, 0, 0)}))));
    EXPECT_FALSE(is_read(add_plan(buffer(1, {pack_range(0, 0, kMaxCoreCoordinate, 0)}))));
    EXPECT_FALSE(is_read(add_plan(buffer(1, {pack_range(0, 0, 0, kMaxCoreCoordinate)}))));
    EXPECT_FALSE(is_read(add_plan(buffer(1, {range}), 1, 1000)));  // longer than all plans
    const uint64_t damaged = add_plan(buffer(1, {range}));
    ledger.map.plans[damaged + 4] ^= 1;
    EXPECT_FALSE(is_read(damaged));
    Word& used = ledger.map.header->live.plans_used;
    used += 8;
    EXPECT_FALSE(is_read(used / 8 - 1));  // of a single word
    EXPECT_EQ(read().quality.bad_records, 16u);
}

TEST_F(PlanReader, ReadsOnePlanByItsNumber) {
    const uint64_t number = add_plan(buffer(1, {pack_range(0, 0, 7, 7)}));
    const uint64_t damaged = add_plan(buffer(1, {pack_range(0, 0, 7, 7)}, 8192));
    ledger.map.plans[damaged + 4] ^= 1;
    const Regions regions = read().regions;
    const std::optional<PlanImage> plan = read_plan(ledger.source(), regions, number);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->number, number);
    ASSERT_EQ(plan->buffers.size(), 1u);
    EXPECT_EQ(plan->buffers[0].bytes, 64u);
    EXPECT_FALSE(read_plan(ledger.source(), regions, 0)) << "not known";
    EXPECT_FALSE(read_plan(ledger.source(), regions, damaged));
    EXPECT_FALSE(read_plan(ledger.source(), regions, regions.plans.count));
    EXPECT_FALSE(read_plan(ledger.source(), regions, regions.plans.count - 1)) << "nothing was written there";
    const DisturbedSource failing(
        ledger.source(), DisturbedSource::kNever, [] {}, 0);
    EXPECT_FALSE(read_plan(failing, regions, number));
    const uint64_t pair = add_pair(number);
    const LedgerImage image = read();
    EXPECT_EQ(image.plans[image.pairs[pair].plan - 1].number, number);
}

TEST_F(PlanReader, LeavesOutPairsAndTracesOfSessionsThatAreGone) {
    const uint64_t plan = add_plan(buffer(1, {pack_range(0, 0, 7, 7)}));
    const uint64_t pairs[] = {add_pair(plan, 0), add_pair(plan, 3), add_pair(plan, 1000)};
    for (const uint64_t pair : pairs) add_holding(program, pair);
    const uint64_t there = add_pair(plan);
    TestLedger::put(ledger.map.pairs[add_pair(plan)].key, pack_pair_key(plan, 1) ^ 1);  // damaged
    add_holding(program, there);
    const uint64_t trace = begin_trace(2, 1), elsewhere = begin_trace(3, 3);
    write_trace<RealStore>(ledger.map.traces[0], {trace, 0, 0, 100, 1});      // its slot says that it is record 1
    write_trace<RealStore>(ledger.map.traces[1], {trace, 0, 0, 100, 3});      // of a session that is not there
    write_trace<RealStore>(ledger.map.traces[2], {elsewhere, 0, 0, 100, 1});  // nor is this its record
    TestLedger::put(ledger.map.header->live.traces_used, 3);
    const LedgerImage image = read();
    for (const uint64_t pair : pairs) EXPECT_EQ(image.pairs[pair].session, 0u);
    ASSERT_EQ(image.holdings.size(), 1u);
    EXPECT_EQ(image.holdings[0].pair, there);
    EXPECT_TRUE(image.traces.empty());
    EXPECT_EQ(image.quality.bad_records, 2u);
}

TEST_F(PlanReader, ReadsTracesWithoutPairs) {
    const uint64_t trace = begin_trace(2, 0);
    write_trace<RealStore>(ledger.map.traces[0], {trace, 0, 0, 100, 1});
    TestLedger::put(ledger.map.header->live.traces_used, 1);
    EXPECT_EQ(read().traces.size(), 1u);
}

TEST_F(PlanReader, TellsWhatWasLeftBehindFromWhatIsJustBeginning) {
    const uint64_t pair = add_pair(add_plan(buffer(1, {pack_range(0, 0, 7, 7)})));
    const uint64_t gone = begin_program(2);
    ledger.free(recorder, gone, Op::kProgramEnd);
    add_holding(gone, pair);
    add_holding(make_handle(1, 0), pair);     // of a slot that cannot be
    add_holding(make_handle(1, 4000), pair);  // nor this one
    for (const bool dead : {true, false}) {
        const LedgerImage image = read(dead);
        ASSERT_EQ(image.holdings.size(), 1u);
        EXPECT_TRUE(image.holdings[0].left_behind);
    }
    // Without history, a program that begins after its slot was read.
    uint64_t seen = 0, unseen = 0;
    for (uint64_t nth = 0, reads = 1; nth < reads; ++nth) {
        TestLedger fresh(roomy());
        fresh.set_chip(0, 1, 0);
        fresh.open(1, 1);
        TestLedger::put(fresh.map.header->live.level, 1);
        Recorder quiet = fresh.recorder(0, false);
        std::memcpy(fresh.map.plans, ledger.map.plans, 512);
        for (Word LiveHeader::*used : {&LiveHeader::plans_used, &LiveHeader::pairs_used}) {
            TestLedger::put(fresh.map.header->live.*used, ledger.map.header->live.*used);
        }
        write_pair<RealStore>(fresh.map.pairs[pair], pair_plan(ledger.map.pairs[pair].key), 1);
        TestLedger::put(fresh.map.header->live.slots_used, 4);
        const auto begin_one = [&] {
            const uint64_t begun = fresh.alloc(quiet, 1, pack_program({.clock = 5'000}));
            write_holding<RealStore>(fresh.map.holdings[1], {begun, 0, 0, 5'000, pair, 0});
            TestLedger::put(fresh.map.header->live.holdings_used, 2);
        };
        const DisturbedSource source(fresh.source(), nth, begin_one);
        const LedgerImage image = read(source);
        for (const HoldingImage& holding : image.holdings) EXPECT_FALSE(holding.left_behind) << "read " << nth;
        ++(image.holdings.empty() ? unseen : seen);
        reads = source.reads();
    }
    EXPECT_GT(seen, 0u);
    EXPECT_GT(unseen, 0u);
}

}  // namespace
}  // namespace ttmem::ledger
