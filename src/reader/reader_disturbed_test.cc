// A reader of a ledger in which one thing happens between any two of its reads, or whose reads fail from any one on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/ledger/plan_recorder.h"
#include "tests/support/disturbed_source.h"
#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

Body body_of(Op op, uint64_t requested = 0) {
    Body body = TestLedger::body(0x8000, requested, op == Op::kAlloc ? 1 : 0, op == Op::kAlloc ? 0 : 15);
    body.time = pack_time(5'000, 1, op);
    return body;
}

// A bit of everything: two chips, two sessions of which one closes, allocations, a program with a plan, and a trace.
struct Everything {
    explicit Everything(bool with_history) : history(with_history) {
        TestLedger::put(ledger.map.header->live.level, history ? 2 : 1);
        ledger.set_chip(0, 1, 0);
        ledger.add_owner(ledger.add_text("matmul"), 0, 7);
        ledger.open(1, 1);
        ledger.open(2, 1);
        recorder = ledger.recorder(0, history);
        for (uint32_t slot = 1; slot <= 3; ++slot) handles.push_back(allocate(slot));
        program = ledger.alloc(recorder, 4, body_of(Op::kProgram));
        trace = ledger.alloc(recorder, 5, body_of(Op::kTrace));
        freed = allocate(6);
        ledger.free(recorder, freed);
        write_pair<RealStore>(ledger.map.pairs[1], 1, 1);
        write_holding<RealStore>(ledger.map.holdings[1], {program, 0, 0, 5'000, 1, 0});
        write_trace<RealStore>(ledger.map.traces[0], {trace, 0, 1, 100, 1});
        LiveHeader& live = ledger.map.header->live;
        TestLedger::put(live.pairs_used, 2);
        TestLedger::put(live.holdings_used, 2);
        TestLedger::put(live.traces_used, 1);
        TestLedger::put(live.plans_used, 8 * 8);
    }

    uint64_t allocate(uint32_t slot, SlotState state = SlotState::kLive) {
        return ledger.alloc(recorder, slot, TestLedger::body(slot * 4096, 1000 + slot), slot, state);
    }
    void event(uint64_t subject, const Body& body) {
        if (history) record_event<RealStore>(recorder, subject, body);
    }

    const bool history;
    TestLedger ledger;
    Recorder recorder;
    std::vector<uint64_t> handles;
    uint64_t freed = 0, program = 0, trace = 0;
};

struct Change {
    const char* what;
    std::function<void(Everything&)> happen;
    bool is_sound = true;                                          // the library may do it
    std::function<void(Everything&)> before = [](Everything&) {};  // how it was before the first read
};

const std::vector<Change>& changes() {
    static const std::vector<Change> all = {
        {"an allocation", [](Everything& s) { s.allocate(7); }},
        {"a persistent one in a slot that was free", [](Everything& s) { s.allocate(6, SlotState::kPersistent); }},
        {"many in slots that never were used",
         [](Everything& s) {
             for (uint32_t slot = 20; slot < 28; ++slot) s.allocate(slot);
         }},
        {"a free", [](Everything& s) { s.ledger.free(s.recorder, s.handles[1]); }},
        {"a free, and another allocation in its slot",
         [](Everything& s) {
             s.ledger.free(s.recorder, s.handles[1]);
             s.allocate(2);
         }},
        {"a mark",
         [](Everything& s) {
             TestLedger::put(s.ledger.map.slots[1].control,
                             make_control(handle_generation(s.handles[0]), SlotState::kPersistent));
             s.event(s.handles[0], body_of(Op::kPersistent));
         }},
        {"a program", [](Everything& s) { s.ledger.alloc(s.recorder, 8, body_of(Op::kProgram)); }},
        {"a program that gives its circular buffers back, and has others",
         [](Everything& s) {
             s.event(s.program, body_of(Op::kCbsFreed));
             s.event(s.program, body_of(Op::kCbPlan));
         }},
        {"the end of a program", [](Everything& s) { s.ledger.free(s.recorder, s.program, Op::kProgramEnd); }},
        {"the end of one, and another in its slot",
         [](Everything& s) {
             s.ledger.free(s.recorder, s.program, Op::kProgramEnd);
             s.ledger.alloc(s.recorder, 4, body_of(Op::kProgram));
         }},
        {"the end of a trace", [](Everything& s) { s.ledger.free(s.recorder, s.trace, Op::kTraceEnd); }},
        {"another thread",
         [](Everything& s) {
             s.ledger.alloc(s.recorder = s.ledger.recorder(1, s.history), 9, TestLedger::body(0x9000, 9));
         }},
        {"a holding that goes to another program",
         [](Everything& s) {
             TestLedger::put(s.ledger.map.holdings[1].program, 0);
             const uint64_t other = s.ledger.alloc(s.recorder, 8, body_of(Op::kProgram));
             write_holding<RealStore>(s.ledger.map.holdings[1], {other, 0, 0, 6'000, 1, 0});
         }},
        {"another session",
         [](Everything& s) {
             s.ledger.open(3, 1);
             TestLedger::put(s.ledger.map.header->live.sessions_used, 4);
         },
         true, [](Everything& s) { TestLedger::put(s.ledger.map.header->live.sessions_used, 3); }},
        {"a session that closes", [](Everything& s) { s.ledger.close(2); }},
        {"a chip that is brought up to date", [](Everything& s) { s.ledger.set_chip(0, 1, 3); }},
        {"a chip that was cut short meanwhile",
         [](Everything& s) {
             TestLedger::put(s.ledger.map.chips[0].sequence, 5);
             TestLedger::put(s.ledger.map.chips[0].grid, 77);
         }},
        {"events of slots that are none, or of none that a reader knows",
         [](Everything& s) {
             for (const Op op : {Op::kFree, Op::kProgramEnd, Op::kTraceEnd, Op::kAlloc, Op::kPersistent, Op::kCbPlan}) {
                 s.event(make_handle(9, 0), body_of(op, 1));
                 s.event(make_handle(9, 63), body_of(op, 1));
                 s.event(make_handle(9, 4095), body_of(op, 1));
             }
             Body body = body_of(Op::kAlloc, 1);
             body.time = pack_time(5'000, 200, Op::kAlloc);  // of no class
             s.event(make_handle(TestLedger::kFirstGeneration + 5, 3), body);
             s.event(s.freed, body_of(Op::kPersistent));
             s.event(make_handle(TestLedger::kFirstGeneration + 9, 3), body_of(Op::kPersistent));
         },
         false},
        {"the end of what was half written, with other words",
         [](Everything& s) {
             Body body = TestLedger::body(8192, 1002);
             body.time = pack_time(5'000, 200, Op::kAlloc);  // of no class
             Slot& slot = s.ledger.map.slots[2];
             TestLedger::put(slot.time, body.time);
             TestLedger::put(slot.order, body.order);
             TestLedger::put(slot.check, pack_check(body_sum(s.handles[1], body), 0));
         },
         false, [](Everything& s) { TestLedger::put(s.ledger.map.slots[2].time, 1); }},
        {"a free of what was half written",
         [](Everything& s) {
             TestLedger::put(s.ledger.map.slots[2].control,
                             make_control(handle_generation(s.handles[1]), SlotState::kFree));
         },
         false, [](Everything& s) { TestLedger::put(s.ledger.map.slots[2].time, 1); }},
        {"the end of an allocation that was half written",
         [](Everything& s) { s.ledger.map.slots[2].where.fetch_xor(1ull << 30); }, false,
         [](Everything& s) { s.ledger.map.slots[2].where.fetch_xor(1ull << 30); }},
        {"the end of a program that was half written",
         [](Everything& s) { s.ledger.map.slots[4].where.fetch_xor(1ull << 30); }, false,
         [](Everything& s) { s.ledger.map.slots[4].where.fetch_xor(1ull << 30); }},
        {"a position that goes back", [](Everything& s) { TestLedger::put(s.ledger.map.rings[0].position, 1); }, false},
        {"a ring that loses its history",
         [](Everything& s) {
             s.allocate(7);
             TestLedger::put(s.ledger.map.rings[0].capacity, 0);
         },
         false},
        {"fewer slots, rings, owners and texts",
         [](Everything& s) {
             LiveHeader& live = s.ledger.map.header->live;
             TestLedger::put(live.slots_used, 1);
             TestLedger::put(live.rings_used, 0);
             TestLedger::put(live.owners_used, 1);
             TestLedger::put(live.texts_used, 0);
         },
         false},
        {"more pairs than there are",
         [](Everything& s) { TestLedger::put(s.ledger.map.header->live.pairs_used, 1 << 20); }, false},
        {"more plans than there are",
         [](Everything& s) { TestLedger::put(s.ledger.map.header->live.plans_used, 1 << 20); }, false},
        {"anchors of the clock that are being written",
         [](Everything& s) { TestLedger::put(s.ledger.map.header->live.anchor_sequence, 3); }, false},
        {"a holding that is damaged", [](Everything& s) { TestLedger::put(s.ledger.map.holdings[1].who, 77); }, false},
        {"another damage of a damaged holding",
         [](Everything& s) { TestLedger::put(s.ledger.map.holdings[1].who, 78); }, false,
         [](Everything& s) { TestLedger::put(s.ledger.map.holdings[1].who, 77); }},
        {"the end of a damaged holding", [](Everything& s) { TestLedger::put(s.ledger.map.holdings[1].program, 0); },
         false, [](Everything& s) { TestLedger::put(s.ledger.map.holdings[1].who, 77); }},
        {"the end of a holding of a program that is gone",
         [](Everything& s) { TestLedger::put(s.ledger.map.holdings[1].program, 0); }, false,
         [](Everything& s) { s.ledger.free(s.recorder, s.program, Op::kProgramEnd); }},
        {"a slot that is damaged", [](Everything& s) { TestLedger::put(s.ledger.map.slots[2].where, 77); }, false},
    };
    return all;
}

void check(const Change& change, bool history, const LedgerImage& image) {
    uint64_t requested = 0;
    for (const LiveSlot& slot : image.live) {
        if (slot.body.op() == Op::kAlloc && slot.body.session() == 1) requested += slot.body.requested_bytes();
    }
    EXPECT_EQ(image.sessions[1].rows[0].live.requested, requested);
    if (!change.is_sound) return;
    EXPECT_EQ(image.quality.torn_slots + image.quality.bad_slots, 0u);
    EXPECT_GE(image.live.size(), 4u);  // no change ends two things
    EXPECT_TRUE(image.quality.single_moment || !history);
}

// One thing happens before read number `nth`, and reads from number `failing` on fail. Gives how many reads there were.
uint64_t disturb(const Change& change, bool history, uint64_t nth, uint64_t failing) {
    Everything everything(history);
    change.before(everything);
    const DisturbedSource source(
        everything.ledger.source(), nth, [&] { change.happen(everything); }, failing);
    LedgerReader reader;
    LedgerImage image;
    const bool read = reader.read(source, {}, image).ok();
    EXPECT_TRUE(read || !change.is_sound || source.reads() > failing);
    if (read) check(change, history, image);
    return source.reads();
}

TEST(Disturbed, WhateverHappensBetweenTwoReadsIsSeenOrNot) {
    uint64_t tried = 0;
    for (const Change& change : changes()) {
        for (const bool history : {true, false}) {
            for (uint64_t nth = 0, reads = 1; nth < reads; ++nth, ++tried) {
                SCOPED_TRACE(std::string(change.what) + " before read " + std::to_string(nth));
                reads = disturb(change, history, nth, DisturbedSource::kNever);
                for (uint64_t failing = nth; failing < reads; ++failing, ++tried) {
                    disturb(change, history, nth, failing);
                }
                ASSERT_FALSE(HasFailure());
            }
        }
    }
    std::printf("%lu changes\n", tried);
    EXPECT_GT(tried, 500u);
}

// The same with records that are longer, as a later format may have them.
struct Wide {
    explicit Wide(const TestLedger& ledger) : words(ledger.bytes() / 8) {
        std::memcpy(words.data(), ledger.memory(), ledger.bytes());
        for (size_t i = 0; i < std::size(ledger.map.header->fixed.regions); ++i) widen(ledger, i);
        StaticHeader& fixed = header();
        fixed.total_bytes = words.size() * 8;
        fixed.check = check_of(fixed);
    }
    StaticHeader& header() { return *reinterpret_cast<StaticHeader*>(words.data()); }
    MemorySource source() const { return MemorySource(words.data(), words.size() * 8); }

    std::vector<uint64_t> words;

private:
    void widen(const TestLedger& ledger, size_t number) {
        const Region from = ledger.map.header->fixed.regions[number];
        const auto type = static_cast<RegionType>(from.type);
        if (type == RegionType::kNone || type == RegionType::kTexts || type == RegionType::kPlans) return;
        const uint64_t count = from.count * (type == RegionType::kEvents ? ledger.map.geometry.rings : 1);
        const uint64_t words_before = words.size(), stride = from.stride + 64;
        words.resize(words_before + count * stride / 8);
        for (uint64_t i = 0; i < count; ++i) {
            std::memcpy(words.data() + words_before + i * stride / 8, ledger.memory() + from.offset + i * from.stride,
                        from.stride);
        }
        header().regions[number].offset = words_before * 8;
        header().regions[number].stride = stride;
    }
};

TEST(Disturbed, MoreNewSlotsThanThereIsRoomForAreNotTakenForAll) {
    uint64_t seen = 0, not_of_a_moment = 0;
    for (uint64_t nth = 0, reads = 1; nth < reads; ++nth) {
        Geometry geometry = TestLedger::small();
        geometry.slots = 80'000;
        TestLedger ledger(geometry);
        TestLedger::put(ledger.map.header->live.level, 1);
        const DisturbedSource source(ledger.source(), nth,
                                     [&] { TestLedger::put(ledger.map.header->live.slots_used, 79'000); });
        LedgerReader reader;
        LedgerImage image;
        ASSERT_TRUE(reader.read(source, {.attempts = 1, .threads = 1}, image).ok());
        ++seen;
        not_of_a_moment += !image.quality.single_moment;
        reads = source.reads();
    }
    EXPECT_GT(not_of_a_moment, 0u);
    EXPECT_LT(not_of_a_moment, seen);
}

TEST(Disturbed, AnyReadMayFail) {
    for (const bool history : {true, false}) {
        Everything scene(history);
        const Wide wide(scene.ledger);
        for (const MemorySource& whole : {scene.ledger.source(), wide.source()}) {
            for (const bool dead : {true, false}) {
                LedgerReader reader;
                LedgerImage image;
                uint64_t failing = 0;
                for (;; ++failing) {
                    const DisturbedSource source(whole, DisturbedSource::kNever, nullptr, failing);
                    const ReadOutcome outcome = reader.read(source, {.writer_is_dead = dead}, image);
                    if (outcome.ok() && source.reads() <= failing) break;
                    ASSERT_LT(failing, 1000u);
                }
                EXPECT_GT(failing, 10u);
                EXPECT_EQ(image.live.size(), 5u);
                EXPECT_EQ(image.holdings.size(), 1u);
                for (failing = 0;; ++failing) {
                    const DisturbedSource source(whole, DisturbedSource::kNever, nullptr, failing);
                    LedgerImage without_slots;
                    const ReadOutcome outcome =
                        reader.read(source, {.writer_is_dead = dead, .slots = false}, without_slots);
                    if (!outcome.ok() || source.reads() > failing) continue;
                    EXPECT_EQ(without_slots.rings.size(), image.rings.size());
                    break;
                }
                for (uint64_t reads = 0; reads < 20; ++reads) {
                    const DisturbedSource source(whole, DisturbedSource::kNever, nullptr, reads);
                    const History events = LedgerReader::history(source, image, 0);
                    EXPECT_EQ(events.events.size() + events.lost, events.to - events.from);
                }
            }
        }
    }
}

TEST(Disturbed, TheSlotOfAnOperationInFlightMayBeUnreadable) {
    Everything everything(true);
    RingHeader& ring = everything.ledger.map.rings[0];
    TestLedger::put(ring.sequence, ring.sequence + 1);
    LedgerReader reader;
    LedgerImage image;
    for (uint64_t failing = 0; failing < 60; ++failing) {
        const DisturbedSource source(everything.ledger.source(), DisturbedSource::kNever, nullptr, failing);
        const bool read = reader.read(source, {.writer_is_dead = true}, image).ok();
        if (read && source.reads() <= failing) return;
    }
    ADD_FAILURE() << "it is never read";
}

TEST(Disturbed, WhatLooksDamagedIsReadAgainAndMayFailThen) {
    for (const Change& change : changes()) {
        if (change.is_sound) continue;
        for (const bool dead : {true, false}) {
            for (uint64_t failing = 0; failing < 60; ++failing) {
                Everything scene(true);
                change.happen(scene);
                const DisturbedSource source(scene.ledger.source(), DisturbedSource::kNever, nullptr, failing);
                LedgerReader reader;
                LedgerImage image;
                if (reader.read(source, {.writer_is_dead = dead}, image).ok()) {
                    EXPECT_LE(image.live.size(), 6u) << change.what;
                }
            }
        }
    }
}

}  // namespace
}  // namespace ttmem::ledger
