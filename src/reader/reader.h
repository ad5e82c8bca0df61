// Reads ledgers: from untrusted, changing bytes to a LedgerImage.
//
// It never maps, never writes, never waits, and the writer never knows. Of a living process it takes a snapshot that is
// consistent without stopping anybody ("fuzzy scan and replay"):
//
//   cursors := positions of all rings
//   scan the slots, and after every part of them drain the new events of all rings
//
// Each slot has a state (generation, then live before freed) that only grows; the scan and the events are observations
// of it, and the greatest one counts. So it does not matter in which order they come or how often: at the end every
// slot is as it was when the rings were drained last. That drain reads the positions of all rings in one copy of some
// hundred bytes per thread: the moment of the snapshot. Operations in flight then count as before or after it.
// Without events (level counts, threads without a ring) a scan is of one moment if no thread finished an operation
// meanwhile; otherwise it is done again, a few times, and at last `quality.single_moment` is false: each block was live
// during the read, but perhaps not all of them together.
//
// A dead process needs one scan; recover.h finishes what its threads were in.
//
// One object per thread. It keeps its buffers: reading again costs no memory and no page faults.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/reader/image.h"
#include "src/reader/source.h"
#include "src/reader/validate.h"

namespace ttmem::ledger {

struct ReadOptions {
    bool writer_is_dead = false;  // its lock was free before this read began
    bool slots = true;            // false: tables and positions of rings alone, for one who follows the history
    bool live_slots = true;       // keep them in image.live; the rows have their sums in any case
    bool unique_ids = true;       // 8 bytes more per slot to read
    uint32_t attempts = 6;        // at a single moment
    uint32_t threads = 0;         // at most, for tables of many slots; 0: as many as may run at once, up to 8
};

struct HistoryEvent {
    uint64_t position;
    uint64_t subject;  // of slot operations the handle
    uint32_t low;      // call stack; of an end: the owner who ended it
    Body body;         // not validated beyond its check: session, pool, class may be out of range
};

// A part of one ring's history. events.size() + lost == to - from, always.
struct History {
    uint64_t from = 0, to = 0;  // positions
    uint64_t lost = 0;          // overwritten, or damaged
    std::vector<HistoryEvent> events;
};

class LedgerReader {
public:
    LedgerReader();
    ~LedgerReader();
    LedgerReader(LedgerReader&&) noexcept;
    LedgerReader& operator=(LedgerReader&&) noexcept;

    // Fills `image`, whose memory is reused. On another outcome than kRecord its content is undefined.
    ReadOutcome read(const ByteSource& source, const ReadOptions& options, LedgerImage& image);

    // Events of one ring from position `from` on, up to the newest. `image`: of this source, read before; of a dead
    // process it brings the event that was rebuilt. Requires: ring < image.rings.size().
    static History history(const ByteSource& source, const LedgerImage& image, uint32_t ring, uint64_t from = 0);

private:
    struct Scratch;
    ReadOutcome read_slots(const ByteSource& source, const ReadOptions& options, LedgerImage& image);
    ReadOutcome read_positions(const ByteSource& source, const ReadOptions& options, LedgerImage& image);
    ReadOutcome read_tables(const ByteSource& source, const ReadOptions& options, LedgerImage& image);
    Scratch* scratch_;
};

// Wall clock (ns since 1970) of the times in slots, events and sessions.
//
// A time has 48 bits: with the time stamp counter it goes round after some 69 days, with the coarse clock after 3. Then
// it is taken for the newest moment that it can be.
class TickConverter {
public:
    TickConverter() = default;
    explicit TickConverter(const ClockImage& clock);

    bool known() const { return known_; }

    // 0 when it is not known; `time` 0 means not known.
    int64_t wall_ns(uint64_t time) const {
        if (!known_ || time == 0 || time > kMask) return 0;
        const uint64_t whole = time <= rounds_until_ ? time + rounds_ : time + rounds_ - std::min(rounds_, kMask + 1);
        return base_wall_ns_ + static_cast<int64_t>(static_cast<double>(whole) * ns_per_unit_);
    }

private:
    static constexpr uint64_t kMask = (1ull << 48) - 1;
    bool known_ = false;
    int64_t base_wall_ns_ = 0;
    double ns_per_unit_ = 0;
    uint64_t rounds_ = 0;            // what is added to times of the present round
    uint64_t rounds_until_ = kMask;  // greater ones are of the round before
};

}  // namespace ttmem::ledger
