#include "src/reader/plans.h"

#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "src/ledger/plan_layout.h"

namespace ttmem::ledger {
namespace {

struct LiveProgram {
    uint64_t handle, created_after;  // ticket
    bool cbs_are_freed;
};

// The live programs and traces: what may hold pairs.
struct Holders {
    std::unordered_map<uint32_t, LiveProgram> programs;  // by slot
    std::unordered_map<uint64_t, uint64_t> traces;       // by handle: the number of the record

    explicit Holders(const PageBuffer<LiveSlot>& live) {
        for (const LiveSlot& slot : live) {
            if (slot.body.op() == Op::kTrace) {
                traces[slot.handle] = trace_of(slot.body).record;
            } else if (slot.body.op() == Op::kProgram) {
                programs[static_cast<uint32_t>(handle_slot(slot.handle))] = {
                    slot.handle, program_of(slot.body).created_after, slot.cbs_are_freed()};
            }
        }
    }

    // The program that had this slot before the ticket was drawn, if it lives; else nullptr.
    const LiveProgram* named(uint32_t slot, uint64_t ticket) const {
        const auto found = programs.find(slot);
        return found != programs.end() && found->second.created_after < ticket ? &found->second : nullptr;
    }
    const LiveProgram* with_handle(uint64_t handle) const {
        const auto found = programs.find(static_cast<uint32_t>(handle_slot(handle)));
        return found != programs.end() && found->second.handle == handle ? &found->second : nullptr;
    }
};

bool is_session(const LedgerImage& image, uint64_t session) {
    return session != 0 && session < image.sessions.size() && image.sessions[session].state != SessionState::kFree;
}

// One plan, from `words` of the arena on. False when it breaks a rule.
bool parse_plan(const uint64_t* words, uint64_t available, PlanImage& plan) {
    PlanHead head;
    if (available < sizeof head / 8) return false;
    std::memcpy(&head, words, sizeof head);
    if (head.words < sizeof head / 8 || head.words > std::min(available, kMaxPlanWords)) return false;
    if (head.buffers > kMaxPlanBuffers || head.check != plan_check(words, head.words)) return false;
    uint64_t position = sizeof head / 8;
    for (uint32_t i = 0; i < head.buffers; ++i) {
        PlanBuffer raw;
        if (position + sizeof raw / 8 > head.words) return false;
        std::memcpy(&raw, words + position, sizeof raw);
        position += sizeof raw / 8;
        const uint64_t range_words = (raw.ranges + 1u) / 2;
        if (raw.ranges > kMaxPlanRanges || position + range_words > head.words) return false;
        if (raw.address >> 40 != 0 || raw.bytes >> 40 != 0) return false;
        PlanBufferImage buffer{raw.index, (raw.flags & kPlanAliased) != 0, raw.address, raw.bytes, {}};
        buffer.dataflow = (raw.flags & kPlanDataflow) != 0;
        buffer.scratchpad = (raw.flags & kPlanScratchpad) != 0;
        for (uint32_t r = 0; r < raw.ranges; ++r) {
            const auto packed = static_cast<uint32_t>(words[position + r / 2] >> (r % 2 * 32));
            const RangeImage range{static_cast<uint8_t>(packed), static_cast<uint8_t>(packed >> 8),
                                   static_cast<uint8_t>(packed >> 16), static_cast<uint8_t>(packed >> 24)};
            if (range.x0 > range.x1 || range.y0 > range.y1) return false;
            if (range.x1 >= kMaxCoreCoordinate || range.y1 >= kMaxCoreCoordinate) return false;
            buffer.ranges.push_back(range);
        }
        position += range_words;
        plan.buffers.push_back(std::move(buffer));
    }
    return true;
}

class Parser {
public:
    Parser(const ByteSource& source, const Regions& regions, bool dead, RawPrograms& raw, LedgerImage& image)
        : source_(source), regions_(regions), dead_(dead), raw_(raw), image_(image), holders_(image.live) {}

    // False when a word that was looked at again could not be read.
    bool run() {
        parse_pairs();
        parse_holdings();
        parse_traces();
        for (PairImage& pair : image_.pairs) decide(pair);
        return !unread_;
    }

private:
    // The newest dispatch of a pair: whose it was.
    struct Newest {
        uint32_t slot = 0;
        uint64_t before = 0;  // the program was created before this ticket
    };

    uint32_t plan_index(uint64_t number) {
        const auto [at, fresh] = plan_indices_.try_emplace(number, 0);
        if (!fresh) return at->second;
        PlanImage plan;
        plan.number = number;
        const uint64_t there = raw_.plans.count();
        if (number == 0 || number >= there || !parse_plan(raw_.plans[number], there - number, plan)) {
            ++image_.quality.bad_records;
            return 0;
        }
        image_.plans.push_back(std::move(plan));
        return at->second = static_cast<uint32_t>(image_.plans.size());
    }

    void parse_pairs() {
        image_.pairs.assign(raw_.pairs.count(), {});
        newest_.assign(raw_.pairs.count(), {});
        for (uint64_t i = 1; i < raw_.pairs.count(); ++i) {
            const uint64_t key = TTMEM_WORD(raw_.pairs[i], PairRecord, key);
            const uint64_t newest = TTMEM_WORD(raw_.pairs[i], PairRecord, newest);
            if (key == 0) continue;
            const uint32_t session = pair_session(key);
            if (pack_pair_key(pair_plan(key), session) != key) {
                ++image_.quality.bad_records;
                continue;
            }
            if (!is_session(image_, session)) continue;  // of a session whose record is used again
            PairImage& pair = image_.pairs[i];
            pair.plan = plan_index(pair_plan(key));
            pair.session = session;
            pair.ticket = newest_ticket(newest);
            newest_[i] = {static_cast<uint32_t>(newest_slot(newest)), pair.ticket};
        }
    }

    // Whether the holding stays what it was although its program is not among the live ones.
    bool is_left_behind(uint64_t number, uint64_t program) {
        if (handle_slot(program) == 0 || handle_slot(program) >= regions_.slots.count) return false;
        if (dead_) return true;
        uint64_t control = 0, now = 0;
        const Extent& slots = regions_.slots;
        if (!read(slots.offset + handle_slot(program) * slots.stride, &control, sizeof control)) return false;
        if (control_generation(control) == handle_generation(program) && control_is_live(control)) return false;
        const Extent& holdings = regions_.holdings;
        return read(holdings.offset + number * holdings.stride, &now, sizeof now) && now == program;
    }

    void parse_holdings() {
        image_.holdings.clear();
        for (uint64_t i = 1; i < raw_.holdings.count(); ++i) {
            const uint64_t* record = raw_.holdings[i];
            HoldingImage holding;
            holding.program = TTMEM_WORD(record, HoldingRecord, program);
            if (holding.program == 0) continue;
            const uint64_t who = TTMEM_WORD(record, HoldingRecord, who);
            const uint64_t where = TTMEM_WORD(record, HoldingRecord, where);
            holding.time = TTMEM_WORD(record, HoldingRecord, time);
            const uint64_t words[] = {holding.program, who, where, holding.time};
            const uint64_t pairs = TTMEM_WORD(record, HoldingRecord, pairs);
            const uint64_t waiting = static_cast<uint32_t>(pairs);
            if (check_sum(words, 4) != TTMEM_WORD(record, HoldingRecord, check) || waiting >= raw_.pairs.count() ||
                pairs >> 32 >= raw_.pairs.count()) {
                if (dead_ || is_unchanged(i, holding.program)) ++image_.quality.bad_records;
                continue;
            }
            holding.pair = pair_in_force(pairs, TTMEM_WORD(record, HoldingRecord, planned), holding.program,
                                         TTMEM_WORD(raw_.pairs[waiting], PairRecord, newest));
            holding.waiting = static_cast<uint32_t>(waiting);
            if (image_.pairs[holding.pair].session == 0) continue;
            holding.owner = static_cast<uint32_t>(who >> 32);
            holding.name = static_cast<uint32_t>(who);
            holding.iteration = where & 0xffffff;
            const LiveProgram* program = holders_.with_handle(holding.program);
            holding.left_behind = program == nullptr;
            if (program == nullptr ? !is_left_behind(i, holding.program) : program->cbs_are_freed) continue;
            if (program != nullptr) in_force_.insert(pack_entry(holding.pair, handle_slot(holding.program)));
            image_.holdings.push_back(holding);
        }
    }

    // Whether a record that looks wrong is no longer being written.
    bool is_unchanged(uint64_t number, uint64_t program) {
        uint64_t again[sizeof(HoldingRecord) / 8];
        const Extent& extent = regions_.holdings;
        if (!read(extent.offset + number * extent.stride, again, sizeof again)) return false;
        return again[0] == program && std::memcmp(again, raw_.holdings[number], sizeof again) == 0;
    }

    void parse_traces() {
        image_.traces.clear();
        for (uint64_t i = 0; i < raw_.traces.count(); ++i) {
            const uint64_t* record = raw_.traces[i];
            const uint64_t handle = TTMEM_WORD(record, TraceRecord, trace);
            const auto slot = holders_.traces.find(handle);
            if (slot == holders_.traces.end() || slot->second != i) continue;
            const uint64_t entries = TTMEM_WORD(record, TraceRecord, entries);
            const uint64_t captured = TTMEM_WORD(record, TraceRecord, captured);
            const uint64_t session = TTMEM_WORD(record, TraceRecord, session);
            const uint64_t words[] = {handle, entries, captured, session};
            const uint64_t first = entries >> 32, count = static_cast<uint32_t>(entries);
            if (check_sum(words, 4) != TTMEM_WORD(record, TraceRecord, check) || first + count > raw_.entries.count() ||
                !is_session(image_, session)) {
                ++image_.quality.bad_records;
                continue;
            }
            const uint64_t replay = TTMEM_WORD(record, TraceRecord, replay);
            image_.traces.push_back({handle, static_cast<uint32_t>(session), count, replay != 0});
            if (replay != 0) replay_trace(first, count, replay, captured);
        }
    }

    void replay_trace(uint64_t first, uint64_t count, uint64_t replay, uint64_t captured) {
        for (uint64_t i = 0; i < count; ++i) {
            const uint64_t entry = raw_.entries[first + i][0];
            const uint32_t number = entry_pair(entry);
            if (number == 0 || number >= image_.pairs.size() || image_.pairs[number].session == 0) continue;
            if (image_.pairs[number].ticket >= replay + i) continue;
            image_.pairs[number].ticket = replay + i;
            newest_[number] = {entry_slot(entry), captured};
        }
    }

    bool read(uint64_t offset, void* to, size_t size) {
        if (source_.read(offset, to, size)) return true;
        unread_ = true;
        return false;
    }

    // Whether the program of the newest dispatch lives and holds the pair.
    void decide(PairImage& pair) {
        const size_t number = static_cast<size_t>(&pair - image_.pairs.data());
        const LiveProgram* program = holders_.named(newest_[number].slot, newest_[number].before);
        if (program == nullptr) return;
        const bool holds = in_force_.count(pack_entry(number, newest_[number].slot)) != 0;
        if (holds) pair.resident_program = program->handle;
    }

    const ByteSource& source_;
    const Regions& regions_;
    const bool dead_;
    RawPrograms& raw_;
    LedgerImage& image_;
    const Holders holders_;
    bool unread_ = false;
    std::unordered_map<uint64_t, uint32_t> plan_indices_;
    std::vector<Newest> newest_;
    std::unordered_set<uint64_t> in_force_;  // pair 32 | slot 20
};

}  // namespace

std::optional<PlanImage> read_plan(const ByteSource& source, const Regions& regions, uint64_t number) {
    const Extent& plans = regions.plans;
    if (number == 0 || number >= plans.count) return std::nullopt;
    std::vector<uint64_t> words(std::min(plans.count - number, kMaxPlanWords));
    PlanImage plan;
    plan.number = number;
    if (!source.read(plans.offset + number * 8, words.data(), words.size() * 8)) return std::nullopt;
    if (!parse_plan(words.data(), words.size(), plan)) return std::nullopt;
    return plan;
}

bool read_programs(const ByteSource& source, const Regions& regions, bool writer_is_dead, RawPrograms& raw,
                   LedgerImage& image) {
    image.plans.clear();
    image.pairs.clear();
    image.holdings.clear();
    image.traces.clear();
    LiveWords live;
    const auto look = [&] { return read_live_header(source, regions, live).ok(); };
    if (!look()) return false;
    const uint64_t pairs = live.at(offsetof(LiveHeader, pairs_used));
    const uint64_t traces = live.at(offsetof(LiveHeader, traces_used));
    if (pairs <= 1 && traces == 0) return true;  // many processes have no circular buffers at all
    // A holding's pair and a pair's plan were there before it, so they are read after it.
    if (!raw.holdings.read(source, regions.holdings, live.at(offsetof(LiveHeader, holdings_used))) ||
        !raw.traces.read(source, regions.traces, traces) ||
        !raw.entries.read(source, regions.trace_entries, traces == 0 ? 0 : regions.trace_entries.count) || !look() ||
        !raw.pairs.read(source, regions.pairs, live.at(offsetof(LiveHeader, pairs_used))) || !look() ||
        !raw.plans.read(source, regions.plans, live.at(offsetof(LiveHeader, plans_used)) / 8)) {
        return false;
    }
    return Parser(source, regions, writer_is_dead, raw, image).run();
}

}  // namespace ttmem::ledger
