// docs/ledger-format.md, held against layout.h: sizes, offsets, packed words and numbers of every table.
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "src/ledger/layout.h"
#include "src/ledger/plan_layout.h"
#include "tests/docs/document.h"

namespace ttmem::ledger {
namespace {

const Document& page() {
    static const Document document("ledger-format.md");
    return document;
}

struct Field {
    const char* name;
    size_t offset, bytes;
};
struct Record {
    const char* name;
    size_t bytes;
    std::vector<Field> fields;
};
#define FIELD(type, name) \
    Field { #name, offsetof(type, name), sizeof(type::name) }

const Record kRecords[] = {
    {"StaticHeader",
     sizeof(StaticHeader),
     {FIELD(StaticHeader, magic),
      FIELD(StaticHeader, format_major),
      FIELD(StaticHeader, format_minor),
      FIELD(StaticHeader, header_bytes),
      FIELD(StaticHeader, total_bytes),
      FIELD(StaticHeader, compat),
      FIELD(StaticHeader, ro_compat),
      FIELD(StaticHeader, incompat),
      FIELD(StaticHeader, check),
      FIELD(StaticHeader, ledger_id),
      FIELD(StaticHeader, run_id),
      FIELD(StaticHeader, boot_id),
      FIELD(StaticHeader, parent_ledger_id),
      FIELD(StaticHeader, pid),
      FIELD(StaticHeader, uid),
      FIELD(StaticHeader, start_ticks),
      FIELD(StaticHeader, pid_namespace),
      FIELD(StaticHeader, clock_kind),
      FIELD(StaticHeader, clock_shift),
      FIELD(StaticHeader, comm),
      FIELD(StaticHeader, command_line),
      FIELD(StaticHeader, library_version),
      FIELD(StaticHeader, reserved),
      FIELD(StaticHeader, regions)}},
    {"Region",
     sizeof(Region),
     {FIELD(Region, type), FIELD(Region, stride), FIELD(Region, offset), FIELD(Region, count),
      FIELD(Region, reserved)}},
    {"LiveHeader",
     sizeof(LiveHeader),
     {FIELD(LiveHeader, state),
      FIELD(LiveHeader, level),
      FIELD(LiveHeader, texts_used),
      FIELD(LiveHeader, owners_used),
      FIELD(LiveHeader, slots_used),
      FIELD(LiveHeader, failures),
      FIELD(LiveHeader, rings_used),
      FIELD(LiveHeader, plans_used),
      FIELD(LiveHeader, anchor_sequence),
      FIELD(LiveHeader, first_ticks),
      FIELD(LiveHeader, first_wall_ns),
      FIELD(LiveHeader, latest_ticks),
      FIELD(LiveHeader, latest_wall_ns),
      FIELD(LiveHeader, reserved1),
      FIELD(LiveHeader, session_clock),
      FIELD(LiveHeader, iterations_begun),
      FIELD(LiveHeader, iterations_ended),
      FIELD(LiveHeader, tickets),
      FIELD(LiveHeader, pairs_used),
      FIELD(LiveHeader, holdings_used),
      FIELD(LiveHeader, traces_used),
      FIELD(LiveHeader, first_iteration),
      FIELD(LiveHeader, untracked_allocations),
      FIELD(LiveHeader, untracked_bytes),
      FIELD(LiveHeader, ring_misses),
      FIELD(LiveHeader, double_free),
      FIELD(LiveHeader, unknown_free),
      FIELD(LiveHeader, foreign_free),
      FIELD(LiveHeader, ambiguous_free),
      FIELD(LiveHeader, late_free),
      FIELD(LiveHeader, reentrant),
      FIELD(LiveHeader, invalid),
      FIELD(LiveHeader, texts_full),
      FIELD(LiveHeader, owners_full),
      FIELD(LiveHeader, sessions_full),
      FIELD(LiveHeader, chips_full),
      FIELD(LiveHeader, history_refused),
      FIELD(LiveHeader, retired_allocations),
      FIELD(LiveHeader, retired_bytes),
      FIELD(LiveHeader, expired_ledgers),
      FIELD(LiveHeader, plans_refused),
      FIELD(LiveHeader, notes_refused),
      FIELD(LiveHeader, slots_ready),
      FIELD(LiveHeader, untracked_now_allocations),
      FIELD(LiveHeader, untracked_now_bytes),
      FIELD(LiveHeader, frames_refused),
      FIELD(LiveHeader, notes),
      FIELD(LiveHeader, sessions_used),
      FIELD(LiveHeader, dispatches_forgotten),
      FIELD(LiveHeader, plans_forgotten),
      FIELD(LiveHeader, leaks_forgotten),
      FIELD(LiveHeader, ops_too_deep),
      FIELD(LiveHeader, iterations_lost),
      FIELD(LiveHeader, reserved4)}},
    {"TextHead", sizeof(TextHead), {FIELD(TextHead, length), FIELD(TextHead, check)}},
    {"FrameText",
     sizeof(FrameText),
     {FIELD(FrameText, caller), FIELD(FrameText, file), FIELD(FrameText, function), FIELD(FrameText, line)}},
    {"ChipRecord",
     sizeof(ChipRecord),
     {FIELD(ChipRecord, sequence), FIELD(ChipRecord, check), FIELD(ChipRecord, chip_id),
      FIELD(ChipRecord, logical_and_arch), FIELD(ChipRecord, banks), FIELD(ChipRecord, bytes_per_bank),
      FIELD(ChipRecord, grid), FIELD(ChipRecord, l1_bytes_per_core), FIELD(ChipRecord, l1_base),
      FIELD(ChipRecord, dram_base), FIELD(ChipRecord, reserved), FIELD(ChipRecord, past_peaks),
      FIELD(ChipRecord, reserved1)}},
    {"PastPeak",
     sizeof(PastPeak),
     {FIELD(PastPeak, requested_low), FIELD(PastPeak, requested_high), FIELD(PastPeak, reserved_low),
      FIELD(PastPeak, reserved_high)}},
    {"OwnerRecord",
     sizeof(OwnerRecord),
     {FIELD(OwnerRecord, op_and_tag), FIELD(OwnerRecord, thread), FIELD(OwnerRecord, check),
      FIELD(OwnerRecord, reserved)}},
    {"FailureRecord",
     sizeof(FailureRecord),
     {FIELD(FailureRecord, position), FIELD(FailureRecord, check), FIELD(FailureRecord, what),
      FIELD(FailureRecord, owner_and_tid), FIELD(FailureRecord, requested_bytes), FIELD(FailureRecord, bytes_per_bank),
      FIELD(FailureRecord, bank_bytes), FIELD(FailureRecord, allocated_per_bank), FIELD(FailureRecord, free_per_bank),
      FIELD(FailureRecord, largest_free_per_bank), FIELD(FailureRecord, time), FIELD(FailureRecord, session_generation),
      FIELD(FailureRecord, reserved)}},
    {"SessionRecord",
     sizeof(SessionRecord),
     {FIELD(SessionRecord, control), FIELD(SessionRecord, check), FIELD(SessionRecord, place),
      FIELD(SessionRecord, number), FIELD(SessionRecord, parent), FIELD(SessionRecord, chips),
      FIELD(SessionRecord, name), FIELD(SessionRecord, opened), FIELD(SessionRecord, opened_time),
      FIELD(SessionRecord, closed), FIELD(SessionRecord, closed_time), FIELD(SessionRecord, reserved),
      FIELD(SessionRecord, rows), FIELD(SessionRecord, untracked_now), FIELD(SessionRecord, reserved1)}},
    {"RowUntracked",
     sizeof(RowUntracked),
     {FIELD(RowUntracked, allocations), FIELD(RowUntracked, requested), FIELD(RowUntracked, reserved),
      FIELD(RowUntracked, most_requested), FIELD(RowUntracked, most_reserved)}},
    {"Row",
     sizeof(Row),
     {FIELD(Row, live_requested), FIELD(Row, live_reserved), FIELD(Row, peak_requested), FIELD(Row, peak_reserved),
      FIELD(Row, untracked_allocations), FIELD(Row, untracked_requested), FIELD(Row, untracked_reserved),
      FIELD(Row, use)}},
    {"Slot",
     sizeof(Slot),
     {FIELD(Slot, control), FIELD(Slot, check), FIELD(Slot, where), FIELD(Slot, requested), FIELD(Slot, taken),
      FIELD(Slot, who), FIELD(Slot, order), FIELD(Slot, time)}},
    {"PlanHead", sizeof(PlanHead), {FIELD(PlanHead, words), FIELD(PlanHead, buffers), FIELD(PlanHead, check)}},
    {"PlanBuffer",
     sizeof(PlanBuffer),
     {FIELD(PlanBuffer, index), FIELD(PlanBuffer, flags), FIELD(PlanBuffer, ranges), FIELD(PlanBuffer, reserved),
      FIELD(PlanBuffer, address), FIELD(PlanBuffer, bytes)}},
    {"PairRecord", sizeof(PairRecord), {FIELD(PairRecord, key), FIELD(PairRecord, newest)}},
    {"HoldingRecord",
     sizeof(HoldingRecord),
     {FIELD(HoldingRecord, program), FIELD(HoldingRecord, check), FIELD(HoldingRecord, who),
      FIELD(HoldingRecord, where), FIELD(HoldingRecord, time), FIELD(HoldingRecord, pairs),
      FIELD(HoldingRecord, planned), FIELD(HoldingRecord, next)}},
    {"TraceRecord",
     sizeof(TraceRecord),
     {FIELD(TraceRecord, trace), FIELD(TraceRecord, check), FIELD(TraceRecord, entries), FIELD(TraceRecord, captured),
      FIELD(TraceRecord, session), FIELD(TraceRecord, replay), FIELD(TraceRecord, reserved)}},
    {"RingHeader",
     sizeof(RingHeader),
     {FIELD(RingHeader, sequence), FIELD(RingHeader, position), FIELD(RingHeader, redo_handle),
      FIELD(RingHeader, redo_op), FIELD(RingHeader, redo_order), FIELD(RingHeader, redo_time),
      FIELD(RingHeader, redo_who), FIELD(RingHeader, reserved0), FIELD(RingHeader, thread),
      FIELD(RingHeader, thread_name), FIELD(RingHeader, owner), FIELD(RingHeader, capacity),
      FIELD(RingHeader, iterations), FIELD(RingHeader, order), FIELD(RingHeader, reserved1)}},
    {"Event",
     sizeof(Event),
     {FIELD(Event, subject), FIELD(Event, check), FIELD(Event, where), FIELD(Event, requested), FIELD(Event, taken),
      FIELD(Event, who), FIELD(Event, order), FIELD(Event, time)}},
};

TEST(LedgerFormatPage, EveryFieldOfEveryRecordStandsWhereTheLayoutPutsIt) {
    for (const Record& record : kRecords) {
        SCOPED_TRACE(record.name);
        const Section& section = page().section(std::string(record.name) + ",");
        EXPECT_EQ(section.title, std::string(record.name) + ", " + std::to_string(record.bytes) + " bytes");
        ASSERT_EQ(section.rows.size(), record.fields.size());
        for (size_t i = 0; i < record.fields.size(); ++i) {
            const Field& field = record.fields[i];
            const std::vector<std::string> stated(section.rows[i].begin(), section.rows[i].begin() + 3);
            EXPECT_EQ(stated, (std::vector<std::string>{std::to_string(field.offset), std::to_string(field.bytes),
                                                        field.name}));
        }
    }
}

TEST(LedgerFormatPage, TheTablesLeaveNoByteOut) {
    for (const Record& record : kRecords) {
        SCOPED_TRACE(record.name);
        size_t described = 0;
        for (const auto& row : page().section(std::string(record.name) + ",").rows) {
            EXPECT_EQ(std::stoul(row[0]), described) << "before " << row[2];
            described += std::stoul(row[1]);
        }
        EXPECT_EQ(described, record.bytes);
    }
}

Body body_of(uint64_t word) { return {word, word, word, word, word, word}; }

using Get = uint64_t (*)(uint64_t);

// What the layout reads out of a word whose bits are all set, but for those of one name, must be 0 for that name only.
void expect_cuts(const std::string& title, const std::map<std::string, Get>& names) {
    std::set<std::string> seen;
    for (const auto& row : page().section(title).rows) {
        ASSERT_GE(row.size(), 3u);
        SCOPED_TRACE(title + ": " + row[2]);
        ASSERT_TRUE(names.contains(row[2]));
        seen.insert(row[2]);
        const unsigned high = std::stoul(row[1]), low = std::stoul(row[1].substr(row[1].find("..") + 2));
        const uint64_t ones = ~0ull >> (63 - (high - low));
        EXPECT_EQ(names.at(row[2])(ones << low), ones);
        EXPECT_EQ(names.at(row[2])(~(ones << low)), 0u);
    }
    EXPECT_EQ(seen.size(), names.size()) << title;
}

TEST(LedgerFormatPage, PackedWordsAreCutWhereTheLayoutCutsThem) {
    expect_cuts("Packed words",
                {
                    {"address", [](uint64_t w) { return body_of(w).address(); }},
                    {"banks", [](uint64_t w) -> uint64_t { return body_of(w).banks(); }},
                    {"data_banks", [](uint64_t w) -> uint64_t { return body_of(w).data_banks(); }},
                    {"requested_bytes", [](uint64_t w) { return body_of(w).requested_bytes(); }},
                    {"holder_slot", [](uint64_t w) -> uint64_t { return body_of(w).holder_slot(); }},
                    {"bytes_per_bank", [](uint64_t w) { return body_of(w).bytes_per_bank(); }},
                    {"iteration", [](uint64_t w) -> uint64_t { return body_of(w).iteration(); }},
                    {"owner", [](uint64_t w) -> uint64_t { return body_of(w).owner(); }},
                    {"page_bytes", [](uint64_t w) -> uint64_t { return body_of(w).page_bytes(); }},
                    {"lamport", [](uint64_t w) { return body_of(w).lamport(); }},
                    {"session", [](uint64_t w) -> uint64_t { return body_of(w).session(); }},
                    {"pool", [](uint64_t w) -> uint64_t { return body_of(w).pool(); }},
                    {"clock", [](uint64_t w) { return body_of(w).clock(); }},
                    {"allocation_class", [](uint64_t w) -> uint64_t { return body_of(w).allocation_class(); }},
                    {"persistent", [](uint64_t w) -> uint64_t { return body_of(w).is_persistent(); }},
                    {"op", [](uint64_t w) { return static_cast<uint64_t>(body_of(w).op()); }},
                    {"generation", control_generation},
                    {"freed_by", control_freed_by},
                    {"state", [](uint64_t w) { return static_cast<uint64_t>(control_state(w)); }},
                    {"handle_generation", handle_generation},
                    {"handle_slot", handle_slot},
                });
}

TEST(LedgerFormatPage, WordsOfProgramsAndTracesAreCutWhereTheLayoutCutsThem) {
    expect_cuts("Words of a program",
                {
                    {"unique_id", [](uint64_t w) { return program_of(body_of(w)).unique_id; }},
                    {"created_after", [](uint64_t w) { return program_of(body_of(w)).created_after; }},
                    {"iteration", [](uint64_t w) -> uint64_t { return program_of(body_of(w)).iteration; }},
                    {"owner", [](uint64_t w) -> uint64_t { return program_of(body_of(w)).owner; }},
                    {"name", [](uint64_t w) -> uint64_t { return program_of(body_of(w)).name; }},
                    {"clock", [](uint64_t w) { return program_of(body_of(w)).clock; }},
                });
    expect_cuts("Words of a trace",
                {
                    {"number", [](uint64_t w) { return trace_of(body_of(w)).number; }},
                    {"record", [](uint64_t w) { return trace_of(body_of(w)).record; }},
                    {"iteration", [](uint64_t w) -> uint64_t { return trace_of(body_of(w)).iteration; }},
                    {"owner", [](uint64_t w) -> uint64_t { return trace_of(body_of(w)).owner; }},
                    {"name", [](uint64_t w) -> uint64_t { return trace_of(body_of(w)).name; }},
                    {"session", [](uint64_t w) -> uint64_t { return trace_of(body_of(w)).session; }},
                    {"clock", [](uint64_t w) { return trace_of(body_of(w)).clock; }},
                });
}

TEST(LedgerFormatPage, ProgramsAndTracesComeOutOfTheirWordsAsTheyWentIn) {
    const Body program = pack_program({77, 5, 3, 9, 12, 390'625});
    EXPECT_EQ(program_of(program).unique_id, 77u);
    EXPECT_EQ(program_of(program).created_after, 5u);
    EXPECT_EQ(program_of(program).name, 12u);
    EXPECT_EQ(program.session(), 0u);
    EXPECT_EQ(program.pool(), kNoPool);
    EXPECT_EQ(program.op(), Op::kProgram);
    const Body trace = pack_trace({8, 6, 3, 9, 12, 2, 390'625});
    EXPECT_EQ(trace_of(trace).number, 8u);
    EXPECT_EQ(trace_of(trace).record, 6u);
    EXPECT_EQ(trace_of(trace).session, 2u);
    EXPECT_EQ(trace.pool(), kNoPool);
    EXPECT_EQ(trace.op(), Op::kTrace);
}

TEST(LedgerFormatPage, PairKeysAreCheckedAsThePageSays) {
    const uint64_t key = pack_pair_key(0x12345, 0x678);
    const uint64_t rest = key >> 20 << 20;
    EXPECT_EQ(rest, uint64_t{0x12345} << 32 | uint64_t{0x678} << 20);
    EXPECT_EQ(key & 0xfffff, (rest * kOdd[0] + kOdd[7]) >> 32 & 0xfffff);
}

using Numbers = std::map<std::string, uint64_t>;  // name: number
void expect_numbers(const std::string& title, const Numbers& expected) {
    Numbers stated;
    for (const auto& row : page().section(title).rows) stated[row[1]] = std::stoul(row[0]);
    EXPECT_EQ(stated, expected) << title;
}
uint64_t n(auto value) { return static_cast<uint64_t>(value); }

TEST(LedgerFormatPage, NumbersAreThoseOfTheLayout) {
    expect_numbers("RegionType", {{"none", n(RegionType::kNone)},
                                  {"texts", n(RegionType::kTexts)},
                                  {"chips", n(RegionType::kChips)},
                                  {"sessions", n(RegionType::kSessions)},
                                  {"owners", n(RegionType::kOwners)},
                                  {"rings", n(RegionType::kRings)},
                                  {"events", n(RegionType::kEvents)},
                                  {"slots", n(RegionType::kSlots)},
                                  {"unique_ids", n(RegionType::kUniqueIds)},
                                  {"failures", n(RegionType::kFailures)},
                                  {"plans", n(RegionType::kPlans)},
                                  {"pairs", n(RegionType::kPairs)},
                                  {"holdings", n(RegionType::kHoldings)},
                                  {"traces", n(RegionType::kTraces)},
                                  {"trace_entries", n(RegionType::kTraceEntries)}});
    expect_numbers("ClockKind", {{"tsc", n(ClockKind::kTsc)}, {"monotonic_coarse", n(ClockKind::kMonotonicCoarse)}});
    expect_numbers(
        "LedgerState",
        {{"init", n(LedgerState::kInit)}, {"ready", n(LedgerState::kReady)}, {"closed", n(LedgerState::kClosed)}});
    expect_numbers(
        "SessionState",
        {{"free", n(SessionState::kFree)}, {"open", n(SessionState::kOpen)}, {"closed", n(SessionState::kClosed)}});
    expect_numbers(
        "SlotState",
        {{"free", n(SlotState::kFree)}, {"live", n(SlotState::kLive)}, {"persistent", n(SlotState::kPersistent)}});
    expect_numbers("ProgramState", {{"free", n(ProgramState::kFree)},
                                    {"live", n(ProgramState::kLive)},
                                    {"cbs_freed", n(ProgramState::kCbsFreed)}});
    expect_numbers("Op", {{"alloc", n(Op::kAlloc)},
                          {"free", n(Op::kFree)},
                          {"program", n(Op::kProgram)},
                          {"program_end", n(Op::kProgramEnd)},
                          {"view", n(Op::kView)},
                          {"persistent", n(Op::kPersistent)},
                          {"op_begin", n(Op::kOpBegin)},
                          {"op_end", n(Op::kOpEnd)},
                          {"iteration_begin", n(Op::kIterationBegin)},
                          {"iteration_end", n(Op::kIterationEnd)},
                          {"session_open", n(Op::kSessionOpen)},
                          {"session_close", n(Op::kSessionClose)},
                          {"thread", n(Op::kThread)},
                          {"failure", n(Op::kFailure)},
                          {"level", n(Op::kLevel)},
                          {"trace", n(Op::kTrace)},
                          {"trace_end", n(Op::kTraceEnd)},
                          {"cb_plan", n(Op::kCbPlan)},
                          {"dispatch", n(Op::kDispatch)},
                          {"cache_cleared", n(Op::kCacheCleared)},
                          {"trace_replay", n(Op::kTraceReplay)},
                          {"cbs_freed", n(Op::kCbsFreed)},
                          {"trace_begin", n(Op::kTraceBegin)}});
}

TEST(LedgerFormatPage, OddConstantsAreThoseOfTheLayout) {
    const auto& rows = page().section("3. Check words").rows;
    ASSERT_EQ(rows.size(), 4u);
    for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(std::stoull(rows[i][1], nullptr, 16), kOdd[i]);
        EXPECT_EQ(std::stoull(rows[i][3], nullptr, 16), kOdd[i + 4]);
    }
}

}  // namespace
}  // namespace ttmem::ledger
