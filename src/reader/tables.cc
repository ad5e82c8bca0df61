#include "src/reader/tables.h"

#include <algorithm>
#include <bit>
#include <string>

#include "src/base/saturating.h"

namespace ttmem::ledger {
namespace {

constexpr int kLooks = 8;
constexpr int64_t kYear2000 = 946'684'800'000'000'000;
constexpr int64_t kYear2200 = 7'258'118'400'000'000'000;

constexpr size_t kChipWords = (offsetof(ChipRecord, past_peaks) - offsetof(ChipRecord, chip_id)) / 8;
constexpr size_t kSessionWords = (offsetof(SessionRecord, opened_time) - offsetof(SessionRecord, place)) / 8;
constexpr size_t kFailureWords = (sizeof(FailureRecord) - offsetof(FailureRecord, what)) / 8;

bool chip_is_whole(const uint64_t* record) {
    return TTMEM_WORD(record, ChipRecord, check) == check_sum(&TTMEM_WORD(record, ChipRecord, chip_id), kChipWords);
}
bool session_is_whole(const uint64_t* record) {
    return TTMEM_WORD(record, SessionRecord, check) ==
           check_sum(&TTMEM_WORD(record, SessionRecord, place), kSessionWords);
}
bool failure_is_whole(const uint64_t* record) {
    return TTMEM_WORD(record, FailureRecord, check) ==
           check_sum(&TTMEM_WORD(record, FailureRecord, what), kFailureWords);
}

// Whether a record becomes whole, looked at a few times.
template <class IsWhole>
bool settle(const ByteSource& source, const Extent& extent, RawRecords& raw, uint64_t number, bool writer_is_dead,
            const IsWhole& is_whole) {
    for (int look = 0; !is_whole(raw[number]); ++look) {
        if (writer_is_dead || look == kLooks || !raw.read_again(source, extent, number)) return false;
    }
    return true;
}

ChipImage parse_chip(const uint64_t* record) {
    ChipImage chip;
    chip.known = true;
    chip.chip_id = TTMEM_WORD(record, ChipRecord, chip_id);
    const uint64_t logical_and_arch = TTMEM_WORD(record, ChipRecord, logical_and_arch);
    chip.logical_id = static_cast<uint32_t>(logical_and_arch >> 32);
    chip.arch = static_cast<uint32_t>(logical_and_arch);
    for (uint32_t pool = 0; pool < kPools; ++pool) {
        chip.pools[pool] = {(&TTMEM_WORD(record, ChipRecord, banks))[pool],
                            (&TTMEM_WORD(record, ChipRecord, bytes_per_bank))[pool]};
        const uint64_t* past = &TTMEM_WORD(record, ChipRecord, past_peaks) + pool * (sizeof(PastPeak) / 8);
        chip.past_peaks[pool] = {past[0], std::max(past[0], past[1]), past[2], std::max(past[2], past[3])};
    }
    const uint64_t grid = TTMEM_WORD(record, ChipRecord, grid);
    chip.grid_x = static_cast<uint32_t>(grid >> 32);
    chip.grid_y = static_cast<uint32_t>(grid);
    chip.l1_bytes_per_core = TTMEM_WORD(record, ChipRecord, l1_bytes_per_core);
    chip.l1_base = TTMEM_WORD(record, ChipRecord, l1_base);
    chip.dram_base = TTMEM_WORD(record, ChipRecord, dram_base);
    return chip;
}

RowImage parse_row(const uint64_t* words, const Figures& live) {
    RowImage row;
    row.live = live;
    row.peak_requested = std::max(TTMEM_WORD(words, Row, peak_requested), live.requested);
    row.peak_reserved = std::max(TTMEM_WORD(words, Row, peak_reserved), live.reserved);
    row.untracked_allocations = TTMEM_WORD(words, Row, untracked_allocations);
    row.untracked_requested = TTMEM_WORD(words, Row, untracked_requested);
    row.untracked_reserved = TTMEM_WORD(words, Row, untracked_reserved);
    return row;
}

// `words`: of a RowUntracked; nullptr before 1.2, when all that was ever untracked may be so now.
void parse_untracked(const uint64_t* words, RowImage& row) {
    const Figures ever{row.untracked_requested, row.untracked_reserved, row.untracked_allocations};
    row.untracked_now = words == nullptr ? ever
                                         : Figures{TTMEM_WORD(words, RowUntracked, requested),
                                                   TTMEM_WORD(words, RowUntracked, reserved),
                                                   TTMEM_WORD(words, RowUntracked, allocations)};
    const uint64_t most_requested = words == nullptr ? ever.requested : TTMEM_WORD(words, RowUntracked, most_requested);
    const uint64_t most_reserved = words == nullptr ? ever.reserved : TTMEM_WORD(words, RowUntracked, most_reserved);
    row.most_peak_requested = saturating_add(row.peak_requested, most_requested);
    row.most_peak_reserved = saturating_add(row.peak_reserved, most_reserved);
}

// `whole`: the record has all words of this version.
SessionImage parse_session(const uint64_t* record, bool whole, uint32_t number, const SlotTable& slots,
                           uint64_t known_chips) {
    SessionImage session;
    const uint64_t control = TTMEM_WORD(record, SessionRecord, control);
    session.state = static_cast<SessionState>(control & 0xff);
    session.generation = control >> 8;
    const uint64_t place = TTMEM_WORD(record, SessionRecord, place);
    session.kind = static_cast<uint32_t>(place >> 32);
    session.place = static_cast<uint32_t>(place);
    session.number = TTMEM_WORD(record, SessionRecord, number);
    session.parent = TTMEM_WORD(record, SessionRecord, parent);
    session.chips = TTMEM_WORD(record, SessionRecord, chips) & known_chips;
    session.name = static_cast<uint32_t>(TTMEM_WORD(record, SessionRecord, name));
    session.opened = TTMEM_WORD(record, SessionRecord, opened);
    session.opened_time = TTMEM_WORD(record, SessionRecord, opened_time);
    if (session.state == SessionState::kClosed) {
        session.closed = TTMEM_WORD(record, SessionRecord, closed);
        session.closed_time = TTMEM_WORD(record, SessionRecord, closed_time);
    }
    const uint64_t* rows = &TTMEM_WORD(record, SessionRecord, rows);
    for (uint32_t pool = 0; pool < kPools; ++pool) {
        session.rows[pool] = parse_row(rows + pool * (sizeof(Row) / 8), slots.figures(number, pool));
        const uint64_t* untracked = &TTMEM_WORD(record, SessionRecord, untracked_now);
        parse_untracked(whole ? untracked + pool * (sizeof(RowUntracked) / 8) : nullptr, session.rows[pool]);
        if (session.state == SessionState::kClosed) session.rows[pool].untracked_now = {};
    }
    return session;
}

}  // namespace

ReadOutcome read_live_header(const ByteSource& source, const Regions& regions, LiveWords& live) {
    const auto corrupt = [](const char* reason) { return ReadOutcome{ReadStatus::kCorrupt, reason}; };
    if (!source.read(offsetof(Header, live), live.words, sizeof live.words)) return corrupt("it became shorter");
    const uint64_t state = live.at(offsetof(LiveHeader, state));
    if (state == static_cast<uint64_t>(LedgerState::kInit)) {
        return {ReadStatus::kNothingYet, "its process has not finished making it"};
    }
    if (state > static_cast<uint64_t>(LedgerState::kClosed)) return corrupt("its state is none that exists");
    if (live.at(offsetof(LiveHeader, level)) > 3) return corrupt("its level is none that exists");
    if (live.at(offsetof(LiveHeader, texts_used)) > regions.texts.count * 8) return corrupt("it has too many texts");
    if (live.at(offsetof(LiveHeader, owners_used)) > regions.owners.count) return corrupt("it has too many owners");
    if (live.at(offsetof(LiveHeader, slots_used)) > regions.slots.count ||
        live.at(offsetof(LiveHeader, slots_ready)) > regions.slots.count) {
        return corrupt("it has too many slots");
    }
    if (live.at(offsetof(LiveHeader, rings_used)) > regions.rings.count) return corrupt("it has too many rings");
    if (live.at(offsetof(LiveHeader, sessions_used)) > regions.sessions.count)
        return corrupt("it has too many sessions");
    if (live.at(offsetof(LiveHeader, plans_used)) > regions.plans.count * 8) return corrupt("it has too many plans");
    if (live.at(offsetof(LiveHeader, pairs_used)) > regions.pairs.count ||
        live.at(offsetof(LiveHeader, holdings_used)) > regions.holdings.count) {
        return corrupt("it has too many holders of plans");
    }
    if (live.at(offsetof(LiveHeader, traces_used)) > regions.traces.count) return corrupt("it has too many traces");
    return {};
}

ClockImage read_clock(const ByteSource& source, const StaticHeader& fixed, bool writer_is_dead) {
    ClockImage clock;
    clock.shift = fixed.clock_shift;
    const bool known_kind = fixed.clock_kind == static_cast<uint32_t>(ClockKind::kTsc) ||
                            fixed.clock_kind == static_cast<uint32_t>(ClockKind::kMonotonicCoarse);
    clock.kind = static_cast<ClockKind>(fixed.clock_kind);
    uint64_t line[5] = {}, again = 0;
    bool steady = false;
    const uint64_t offset = offsetof(Header, live) + offsetof(LiveHeader, anchor_sequence);
    for (int look = 0; look < kLooks && !steady; ++look) {
        if (!source.read(offset, line, sizeof line) || !source.read(offset, &again, 8)) return clock;
        steady = (line[0] & 1) == 0 && line[0] == again;
        if (writer_is_dead) break;
    }
    clock.first_ticks = line[1];
    clock.first_wall_ns = static_cast<int64_t>(line[2]);
    clock.latest_ticks = line[3];
    clock.latest_wall_ns = static_cast<int64_t>(line[4]);
    if (!steady) {  // the writer was killed while it wrote the latest anchor
        clock.latest_ticks = clock.first_ticks;
        clock.latest_wall_ns = clock.first_wall_ns;
    }
    const auto sane = [](int64_t wall) { return wall > kYear2000 && wall < kYear2200; };
    clock.plausible = known_kind && sane(clock.first_wall_ns) && sane(clock.latest_wall_ns) &&
                      clock.latest_ticks >= clock.first_ticks;
    return clock;
}

CounterImage parse_counters(const LiveWords& live, uint32_t format_minor) {
#define TTMEM_COUNTER(name) live.at(offsetof(LiveHeader, name))
    CounterImage counters;
    counters.untracked_allocations = TTMEM_COUNTER(untracked_allocations);
    counters.untracked_bytes = TTMEM_COUNTER(untracked_bytes);
    const bool knows_now = format_minor >= 2;
    counters.untracked_now_allocations =
        knows_now ? TTMEM_COUNTER(untracked_now_allocations) : counters.untracked_allocations;
    counters.untracked_now_bytes = knows_now ? TTMEM_COUNTER(untracked_now_bytes) : counters.untracked_bytes;
    counters.ring_misses = TTMEM_COUNTER(ring_misses);
    counters.double_free = TTMEM_COUNTER(double_free);
    counters.unknown_free = TTMEM_COUNTER(unknown_free);
    counters.foreign_free = TTMEM_COUNTER(foreign_free);
    counters.ambiguous_free = TTMEM_COUNTER(ambiguous_free);
    counters.late_free = TTMEM_COUNTER(late_free);
    counters.reentrant = TTMEM_COUNTER(reentrant);
    counters.invalid = TTMEM_COUNTER(invalid);
    counters.texts_full = TTMEM_COUNTER(texts_full);
    counters.owners_full = TTMEM_COUNTER(owners_full);
    counters.sessions_full = TTMEM_COUNTER(sessions_full);
    counters.chips_full = TTMEM_COUNTER(chips_full);
    counters.history_refused = TTMEM_COUNTER(history_refused);
    counters.retired_allocations = TTMEM_COUNTER(retired_allocations);
    counters.retired_bytes = TTMEM_COUNTER(retired_bytes);
    counters.expired_ledgers = TTMEM_COUNTER(expired_ledgers);
    counters.plans_refused = TTMEM_COUNTER(plans_refused);
    counters.notes_refused = TTMEM_COUNTER(notes_refused);
    counters.frames_refused = TTMEM_COUNTER(frames_refused);
    counters.dispatches_forgotten = TTMEM_COUNTER(dispatches_forgotten);
    counters.plans_forgotten = TTMEM_COUNTER(plans_forgotten);
    counters.leaks_forgotten = TTMEM_COUNTER(leaks_forgotten);
    counters.ops_too_deep = TTMEM_COUNTER(ops_too_deep);
    counters.iterations_lost = TTMEM_COUNTER(iterations_lost);
    counters.failures = TTMEM_COUNTER(failures);
    counters.iterations_begun = TTMEM_COUNTER(iterations_begun);
    counters.iterations_ended = TTMEM_COUNTER(iterations_ended);
    counters.first_iteration = TTMEM_COUNTER(first_iteration);
#undef TTMEM_COUNTER
    return counters;
}

void parse_notes(const LiveWords& live, LedgerImage& image) {
    image.notes.clear();
    for (uint32_t i = 0; i < kMaxNotes; ++i) {
        const uint64_t note = live.at(offsetof(LiveHeader, notes) + i * 8);
        if (note == 0) break;
        const uint32_t flags = note_flags(note);
        image.notes.push_back({note_text(note), (flags & kNoteIncomplete) != 0, (flags & kNoteRuntime) != 0,
                               (flags & kNoteIterationsBy) != 0});
    }
}

void parse_chips(const ByteSource& source, const Regions& regions, RawRecords& raw, bool writer_is_dead,
                 LedgerImage& image) {
    image.chips.clear();
    for (uint64_t i = 0; i < raw.count(); ++i) {
        if (TTMEM_WORD(raw[i], ChipRecord, sequence) == 0) continue;
        if (!settle(source, regions.chips, raw, i, writer_is_dead, chip_is_whole)) {
            ++image.quality.bad_records;
            // Cut short while it was brought up to date: its id and peaks stand as they were, the rest may be half new.
            if (const uint64_t sequence = TTMEM_WORD(raw[i], ChipRecord, sequence); sequence % 2 == 1 && sequence > 2) {
                image.chips.resize(i + 1);
                image.chips[i] = parse_chip(raw[i]);
                image.chips[i].described = false;
            }
            continue;
        }
        image.chips.resize(i + 1);
        image.chips[i] = parse_chip(raw[i]);
    }
}

void parse_sessions(const ByteSource& source, const Regions& regions, RawRecords& raw, const SlotTable& slots,
                    bool writer_is_dead, LedgerImage& image) {
    uint64_t known_chips = 0;
    for (size_t i = 0; i < image.chips.size(); ++i) known_chips |= static_cast<uint64_t>(image.chips[i].known) << i;
    const bool whole = raw.stride() >= sizeof(SessionRecord);
    image.sessions.assign(raw.count(), {});
    for (uint64_t i = 1; i < raw.count(); ++i) {
        const uint64_t state = session_control(raw, i) & 0xff;
        if (state == static_cast<uint64_t>(SessionState::kFree)) continue;
        if (state > static_cast<uint64_t>(SessionState::kClosed) ||
            !settle(source, regions.sessions, raw, i, writer_is_dead, session_is_whole)) {
            ++image.quality.bad_records;
            continue;
        }
        image.sessions[i] = parse_session(raw[i], whole, static_cast<uint32_t>(i), slots, known_chips);
        const uint64_t unknown_chips = TTMEM_WORD(raw[i], SessionRecord, chips) & ~known_chips;
        image.quality.bad_records += unknown_chips != 0;
    }
}

void parse_owners(const RawRecords& raw, LedgerImage& image) {
    image.owners.assign(raw.count(), {});
    for (uint64_t i = 1; i < raw.count(); ++i) {
        const uint64_t names = TTMEM_WORD(raw[i], OwnerRecord, op_and_tag);
        const uint64_t thread = TTMEM_WORD(raw[i], OwnerRecord, thread);
        // Claimed, not written yet: the check comes last, and a thread with a later record may have been faster.
        if (TTMEM_WORD(raw[i], OwnerRecord, check) == 0) continue;
        if (TTMEM_WORD(raw[i], OwnerRecord, check) != check_sum(&TTMEM_WORD(raw[i], OwnerRecord, op_and_tag), 2)) {
            ++image.quality.bad_records;
            continue;
        }
        image.owners[i] = {static_cast<uint32_t>(names >> 32), static_cast<uint32_t>(names),
                           static_cast<uint32_t>(thread)};
    }
}

void parse_failures(const ByteSource& source, const Regions& regions, RawRecords& raw, bool writer_is_dead,
                    LedgerImage& image) {
    image.failures.clear();
    for (uint64_t i = 0; i < raw.count(); ++i) {
        if (TTMEM_WORD(raw[i], FailureRecord, position) == 0) continue;
        if (!settle(source, regions.failures, raw, i, writer_is_dead, failure_is_whole)) {
            ++image.quality.bad_records;
            continue;
        }
        const uint64_t* record = raw[i];
        const uint64_t what = TTMEM_WORD(record, FailureRecord, what);
        const uint64_t who = TTMEM_WORD(record, FailureRecord, owner_and_tid);
        FailureImage failure;
        failure.number = TTMEM_WORD(record, FailureRecord, position) - 1;
        failure.kind = what & 0xff;
        failure.pool = what >> 8 & 0xff;
        failure.banks = what >> 16 & 0xffff;
        failure.session = static_cast<uint32_t>(what >> 32);
        failure.owner = static_cast<uint32_t>(who >> 32);
        failure.thread = static_cast<uint32_t>(who);
        failure.requested_bytes = TTMEM_WORD(record, FailureRecord, requested_bytes);
        failure.bytes_per_bank = TTMEM_WORD(record, FailureRecord, bytes_per_bank);
        failure.bank_bytes = TTMEM_WORD(record, FailureRecord, bank_bytes);
        failure.allocated_per_bank = TTMEM_WORD(record, FailureRecord, allocated_per_bank);
        failure.free_per_bank = TTMEM_WORD(record, FailureRecord, free_per_bank);
        failure.largest_free_per_bank = TTMEM_WORD(record, FailureRecord, largest_free_per_bank);
        failure.time = TTMEM_WORD(record, FailureRecord, time);
        const uint64_t generation = TTMEM_WORD(record, FailureRecord, session_generation);
        const bool same =
            failure.session < image.sessions.size() && image.sessions[failure.session].generation == generation;
        if (generation != 0 && !same) failure.session = 0;  // another has its record now
        image.failures.push_back(failure);
    }
    std::sort(image.failures.begin(), image.failures.end(),
              [](const FailureImage& a, const FailureImage& b) { return a.number < b.number; });
}

}  // namespace ttmem::ledger
