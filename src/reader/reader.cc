#include "src/reader/reader.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "src/reader/plans.h"
#include "src/reader/recover.h"
#include "src/reader/rings.h"
#include "src/reader/slots.h"
#include "src/reader/tables.h"
#include "src/reader/threads.h"

namespace ttmem::ledger {
namespace {

constexpr uint64_t kFewestAtOnce = 128;
constexpr uint32_t kMostThreads = 8;
constexpr uint64_t kLevelEvents = 2;
constexpr uint64_t kMostTime = 1024;      // of time_left_: the first scan is short, and a busier time may come
constexpr uint64_t kRoomForMore = 65536;  // slots that may be used for the first time during a read
constexpr uint64_t kIdsOfPart = 65536;    // unique ids; before another thread is worth its start

// Asked once: whoever looks again and again at hundreds of ledgers would open a file of the kernel's each time.
const uint32_t kThreadsHere = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);

uint32_t threads_for(const ReadOptions& options) { return options.threads != 0 ? options.threads : kThreadsHere; }

ReadOutcome shortened() { return {ReadStatus::kCorrupt, "it became shorter while it was read"}; }

}  // namespace

struct LedgerReader::Scratch {
    RawRecords chips, sessions_before, sessions, owners, failures, rings, unique_ids;
    SlotTable slots;
    std::vector<RingCut> first, latest;
    std::vector<uint64_t> cursors;
    RawPrograms programs;
    LiveWords live;
};

namespace {

// One attempt at a snapshot of all slots. Gives false when the file has become shorter.
class Scan {
public:
    Scan(const ByteSource& source, const Regions& regions, bool writer_is_dead, SlotTable& slots, RawRecords& raw_rings,
         std::vector<RingCut>& first, std::vector<RingCut>& latest, std::vector<uint64_t>& cursors)
        : source_(source),
          regions_(regions),
          dead_(writer_is_dead),
          slots_(slots),
          raw_rings_(raw_rings),
          first_(first),
          latest_(latest),
          cursors_(cursors),
          events_(source, regions) {}

    // Between two looks at the events `slots_at_once` are scanned, by several threads as many as the events allow that
    // came meanwhile. `again`: there is another attempt, so this one ends where it cannot be of one moment any more.
    bool run(const LiveWords& live, uint64_t slots_at_once, uint32_t threads, bool again, PageBuffer<LiveSlot>& out) {
        if (!read_rings(source_, regions_, live.at(offsetof(LiveHeader, rings_used)), raw_rings_, first_)) return false;
        const bool history =
            std::any_of(first_.begin(), first_.end(), [](const RingCut& r) { return r.capacity != 0; });
        follow_ = !dead_ && (history || live.at(offsetof(LiveHeader, level)) >= kLevelEvents);
        cursors_.clear();
        for (const RingCut& ring : first_) cursors_.push_back(ring.redo.position);
        // Of a dead process all slots that have memory are looked at, whatever its header says of those never used.
        const uint64_t ready = live.at(offsetof(LiveHeader, slots_ready));
        const uint64_t used = live.at(offsetof(LiveHeader, slots_used));
        const uint64_t end = !dead_ ? used : ready != 0 ? ready : regions_.slots.count;
        slots_.begin(source_, regions_, out, dead_ ? end : end + kRoomForMore, follow_, dead_, threads);
        uint64_t count = follow_ ? slots_at_once : end;
        do {
            const uint64_t first = slots_.scanned();
            if (!slots_.scan_to(std::min(end, first + count))) return false;
            if (follow_ && !drain()) return false;
            if (lapped_ && again) return true;
            if (threads > 1) count = std::max((slots_.scanned() - first) * time_left_, slots_at_once);
        } while (slots_.scanned() < end);
        if (dead_) {
            latest_ = first_;
            return true;
        }
        // Slots that were used for the first time meanwhile: their events, if they have any, need a place to go.
        LiveWords now;
        if (!read_live_header(source_, regions_, now).ok()) return false;
        const uint64_t new_end = now.at(offsetof(LiveHeader, slots_used));
        if (new_end > slots_.scanned() && !slots_.scan_to(new_end)) return false;
        lapped_ = lapped_ || slots_.scanned() < new_end;
        if (!(follow_ ? drain() : read_rings_now())) return false;
        slots_.finish();
        return true;
    }

    // Whether every operation that ended since the first cut has been seen, in the scan or as an event.
    bool is_one_moment() const {
        if (lapped_) return false;
        for (size_t i = 0; i < latest_.size(); ++i) {
            const RingCut before = i < first_.size() ? first_[i] : RingCut{};
            const uint64_t operations = latest_[i].settled() - before.settled();
            const uint64_t events = latest_[i].redo.position - before.redo.position;
            if (operations > events) return false;
        }
        return true;
    }

    // Whether no thread with a ring was in or finished an operation.
    bool is_quiet() const {
        if (first_.size() != latest_.size()) return false;
        for (size_t i = 0; i < latest_.size(); ++i) {
            if (first_[i].redo.sequence != latest_[i].redo.sequence) return false;
        }
        return true;
    }

private:
    bool read_rings_now() {
        LiveWords now;
        if (!read_live_header(source_, regions_, now).ok()) return false;
        return read_rings(source_, regions_, now.at(offsetof(LiveHeader, rings_used)), raw_rings_, latest_);
    }

    bool drain() {
        if (!read_rings_now()) return false;
        cursors_.resize(std::max(cursors_.size(), latest_.size()), 0);
        time_left_ = kMostTime;
        for (uint32_t i = 0; i < latest_.size(); ++i) {
            const uint64_t position = latest_[i].redo.position;
            if (position == cursors_[i]) continue;
            uint64_t lost = position - cursors_[i];
            time_left_ = std::min(time_left_, latest_[i].capacity / 4 / lost);
            if (position > cursors_[i] && latest_[i].capacity != 0) {
                const auto apply = [&](uint64_t, const RawEvent& event) { slots_.apply(event); };
                if (!events_.read(i, latest_[i].capacity, cursors_[i], position, lost, apply)) return false;
            }
            lapped_ = lapped_ || lost != 0;
            cursors_[i] = position;
        }
        return true;
    }

    const ByteSource& source_;
    const Regions& regions_;
    const bool dead_;
    SlotTable& slots_;
    RawRecords& raw_rings_;
    std::vector<RingCut>& first_;
    std::vector<RingCut>& latest_;
    std::vector<uint64_t>& cursors_;
    EventReader events_;
    bool follow_ = false, lapped_ = false;
    // How many times as long as since the drain before it may take until the next: until a quarter of a ring is
    // written.
    uint64_t time_left_ = kMostTime;
};

bool same_sessions(const RawRecords& a, const RawRecords& b) {
    if (a.count() != b.count()) return false;
    for (uint64_t i = 0; i < a.count(); ++i) {
        if (session_control(a, i) != session_control(b, i)) return false;
    }
    return true;
}

// Threads without a ring are seen by what they do to the rows, unless it cancels out.
bool same_rows(const RawRecords& a, const RawRecords& b) {
    constexpr size_t kFirst = offsetof(SessionRecord, rows) / 8, kLast = offsetof(SessionRecord, untracked_now) / 8;
    for (uint64_t i = 0; i < a.count(); ++i) {
        if (!std::equal(a[i] + kFirst, a[i] + kLast, b[i] + kFirst)) return false;
    }
    return true;
}

// At level events they are counted.
bool same_misses(const LiveWords& a, const LiveWords& b) {
    return a.at(offsetof(LiveHeader, ring_misses)) == b.at(offsetof(LiveHeader, ring_misses));
}

RingImage ring_image(const RingCut& cut) {
    RingImage ring;
    ring.thread = static_cast<uint32_t>(cut.thread >> 32);
    ring.threads_before = static_cast<uint32_t>(std::max<uint64_t>(cut.thread & 0xffffffff, 1) - 1);
    ring.thread_name = static_cast<uint32_t>(cut.thread_name);
    ring.capacity = cut.capacity;
    ring.overwritten = cut.redo.position > cut.capacity ? cut.redo.position - cut.capacity : 0;
    ring.operations = cut.redo.sequence >> 1;
    ring.events = cut.redo.position;
    ring.was_in_flight = (cut.redo.sequence & 1) != 0;
    ring.iterations = cut.iterations;
    return ring;
}

void take_rings(const ByteSource& source, const Regions& regions, const std::vector<RingCut>& cuts, bool writer_is_dead,
                LedgerImage& image) {
    RawSlot slot;
    const auto slot_at = [&](uint64_t number) -> const RawSlot* {
        const bool there = number < regions.slots.count &&
                           source.read(regions.slots.offset + number * regions.slots.stride, &slot, sizeof slot);
        return there ? &slot : nullptr;
    };
    image.rings.clear();
    for (uint32_t i = 0; i < cuts.size(); ++i) {
        image.rings.push_back(ring_image(cuts[i]));
        if (writer_is_dead) recover(cuts[i].redo, i, slot_at, image.rings.back());
    }
}

bool read_unique_ids(const ByteSource& source, const Extent& extent, uint64_t count, uint32_t threads, RawRecords& raw,
                     LedgerImage& image) {
    PageBuffer<uint64_t>& words = image.unique_id_words;
    words.reserve(count);
    words.set_size(count);
    if (extent.stride == sizeof(uint64_t)) {
        std::atomic<bool> whole{true};
        share_out((count + kIdsOfPart - 1) / kIdsOfPart, threads, [&](size_t part, size_t) {
            const uint64_t first = part * kIdsOfPart, ids = std::min(kIdsOfPart, count - first);
            if (!source.read(extent.offset + first * 8, words.data() + first, ids * 8)) whole = false;
        });
        return whole;
    }
    if (!raw.read(source, extent, count)) return false;
    for (uint64_t i = 0; i < count; ++i) words[i] = raw[i][0];
    return true;
}

}  // namespace

LedgerReader::LedgerReader() : scratch_(new Scratch) {}
LedgerReader::~LedgerReader() { delete scratch_; }
LedgerReader::LedgerReader(LedgerReader&& other) noexcept : scratch_(std::exchange(other.scratch_, nullptr)) {}
LedgerReader& LedgerReader::operator=(LedgerReader&& other) noexcept {
    std::swap(scratch_, other.scratch_);
    return *this;
}

ReadOutcome LedgerReader::read_slots(const ByteSource& source, const ReadOptions& options, LedgerImage& image) {
    Scratch& scratch = *scratch_;
    const Regions& regions = image.regions;
    const bool dead = options.writer_is_dead;
    const uint32_t attempts = dead ? 1 : std::max(options.attempts, 1u);
    const uint32_t threads = threads_for(options);
    for (uint32_t attempt = 0; attempt < attempts; ++attempt) {
        const ReadOutcome outcome = read_live_header(source, regions, scratch.live);
        if (!outcome.ok()) return outcome;
        if (!scratch.sessions_before.read(source, regions.sessions, sessions_in(scratch.live, regions)))
            return shortened();
        // Rings that were overwritten faster than they could be drained: look at them more often.
        const uint64_t slots_at_once = std::max(SlotTable::kSlotsInCache >> 2 * std::min(attempt, 8u), kFewestAtOnce);
        Scan scan(source, regions, dead, scratch.slots, scratch.rings, scratch.first, scratch.latest, scratch.cursors);
        const bool again = attempt + 1 < attempts;
        const uint32_t at_once = attempt == 0 ? threads : 1;
        if (!scan.run(scratch.live, slots_at_once, at_once, again, image.live)) return shortened();

        LiveWords after;
        const ReadOutcome later = read_live_header(source, regions, after);
        if (!later.ok()) return later;
        if (!scratch.sessions.read(source, regions.sessions, sessions_in(after, regions))) return shortened();
        image.quality.attempts = attempt + 1;
        image.quality.single_moment =
            dead || (scan.is_one_moment() && same_misses(scratch.live, after) &&
                     same_sessions(scratch.sessions_before, scratch.sessions) &&
                     (!scan.is_quiet() || same_rows(scratch.sessions_before, scratch.sessions)));
        scratch.live = after;
        if (image.quality.single_moment) break;
    }
    return {};
}

// The positions of the rings come first: whatever an event before them names was written before it.
ReadOutcome LedgerReader::read_positions(const ByteSource& source, const ReadOptions& options, LedgerImage& image) {
    Scratch& scratch = *scratch_;
    const Regions& regions = image.regions;
    const ReadOutcome before = read_live_header(source, regions, scratch.live);
    if (!before.ok()) return before;
    const uint64_t rings = scratch.live.at(offsetof(LiveHeader, rings_used));
    if (!read_rings(source, regions, rings, scratch.rings, scratch.latest)) return shortened();
    const ReadOutcome after = read_live_header(source, regions, scratch.live);
    if (!after.ok()) return after;
    scratch.slots.begin(source, regions, image.live, 0, false, options.writer_is_dead, 1);
    return scratch.sessions.read(source, regions.sessions, sessions_in(scratch.live, regions)) ? ReadOutcome{}
                                                                                               : shortened();
}

// After the slots: whatever a slot names was written before it.
ReadOutcome LedgerReader::read_tables(const ByteSource& source, const ReadOptions& options, LedgerImage& image) {
    Scratch& scratch = *scratch_;
    const Regions& regions = image.regions;
    const bool dead = options.writer_is_dead;
    const uint64_t texts_used = scratch.live.at(offsetof(LiveHeader, texts_used)) / 8;
    image.texts_region.resize(texts_used);
    const bool whole =
        (texts_used == 0 || source.read(regions.texts.offset, image.texts_region.data(), texts_used * 8)) &&
        scratch.chips.read(source, regions.chips, regions.chips.count) &&
        scratch.owners.read(source, regions.owners, scratch.live.at(offsetof(LiveHeader, owners_used))) &&
        scratch.failures.read(source, regions.failures, regions.failures.count);
    if (!whole) return shortened();
    parse_chips(source, regions, scratch.chips, dead, image);
    parse_sessions(source, regions, scratch.sessions, scratch.slots, dead, image);
    parse_owners(scratch.owners, image);
    parse_failures(source, regions, scratch.failures, dead, image);
    take_rings(source, regions, scratch.latest, dead, image);
    image.clock = read_clock(source, image.fixed, dead);
    image.counters = parse_counters(scratch.live, image.fixed.format_minor);
    parse_notes(scratch.live, image);
    image.state = static_cast<LedgerState>(scratch.live.at(offsetof(LiveHeader, state)));
    image.level = static_cast<uint32_t>(scratch.live.at(offsetof(LiveHeader, level)));
    image.slots_used = scratch.live.at(offsetof(LiveHeader, slots_used));
    const uint64_t ready = scratch.live.at(offsetof(LiveHeader, slots_ready));
    image.slots_ready = ready != 0 ? ready : image.regions.slots.count;

    image.unique_id_words.set_size(0);
    if (options.slots && options.unique_ids && options.live_slots && regions.unique_ids.count != 0) {
        if (!read_unique_ids(source, regions.unique_ids, scratch.slots.scanned(), threads_for(options),
                             scratch.unique_ids, image)) {
            return shortened();
        }
    }
    return {};
}

ReadOutcome LedgerReader::read(const ByteSource& source, const ReadOptions& options, LedgerImage& image) {
    const uint64_t bytes = source.size();
    if (bytes < kHeaderBytes) return {ReadStatus::kCorrupt, "it is too short for a ledger"};
    if (!source.read(0, &image.fixed, sizeof image.fixed)) return shortened();
    const ReadOutcome outcome = validate(image.fixed, bytes, image.regions);
    if (!outcome.ok()) return outcome;
    image.quality = {};
    image.quality.foreign_bits = image.fixed.ro_compat;

    const ReadOutcome slots =
        options.slots ? read_slots(source, options, image) : read_positions(source, options, image);
    if (!slots.ok()) return slots;
    const ReadOutcome tables = read_tables(source, options, image);
    if (!tables.ok() || !options.slots) return tables;

    const auto exists = [&](uint32_t session) {
        return session < image.sessions.size() && image.sessions[session].state != SessionState::kFree;
    };
    // Few slots are looked at one by one; of many, the sums of every session that there may be are fewer.
    bool orphans = image.live.size() < image.regions.sessions.count;
    for (uint32_t session = 1; !orphans && session < image.regions.sessions.count; ++session) {
        for (uint32_t pool = 0; pool < kPools && !exists(session); ++pool) {
            orphans = orphans || scratch_->slots.figures(session, pool).allocations != 0;
        }
    }
    if (orphans) scratch_->slots.drop_unless(exists);
    image.quality.torn_slots = scratch_->slots.torn();
    image.quality.bad_slots = scratch_->slots.bad();
    if (!read_programs(source, image.regions, options.writer_is_dead, scratch_->programs, image)) return shortened();
    if (!options.live_slots) image.live.set_size(0);
    return {};
}

}  // namespace ttmem::ledger
