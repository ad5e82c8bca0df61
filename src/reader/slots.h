// The slots of a ledger during one read: what the scan saw of each, and what events say happened to it meanwhile.
//
// A slot's state only grows: generation first, then live before freed. Whatever is observed of it, in whichever order
// and how often, the greatest observation counts. Events of slots that the scan has not reached are ignored: it will
// see at least what they tell.
#pragma once

#include <cstdint>
#include <vector>

#include "src/reader/image.h"
#include "src/reader/rings.h"
#include "src/reader/source.h"

namespace ttmem::ledger {

class SlotTable {
public:
    static constexpr uint64_t kSlotsInCache = 4096;  // 256 KiB: they stay in the second cache while they are checked

    // Begins a read into `live` of at most `room` slots. `follow`: events may be applied (costs 8 bytes per slot).
    void begin(const ByteSource& source, const Regions& regions, PageBuffer<LiveSlot>& live, uint64_t room, bool follow,
               bool writer_is_dead, uint32_t threads);

    // Scans slots up to number `end`, or as far as there is room, in several threads where there are many. False when
    // the file has become shorter.
    bool scan_to(uint64_t end);
    uint64_t scanned() const { return scanned_; }

    // Requires: begun with `follow`.
    void apply(const RawEvent& event);

    // After the last event: looks up what events do not tell (allocations that were persistent from the start).
    void finish();

    // Bytes of the live slots of a session in a pool. Sums of 2^20 slots cannot overflow; reserved bytes that would
    // stop at UINT64_MAX.
    Figures figures(uint32_t session, uint32_t pool) const;

    // Removes what stands in sessions that `exists` denies; they are counted as bad.
    template <class Exists>
    void drop_unless(const Exists& exists) {
        PageBuffer<LiveSlot>& live = *live_;
        size_t kept = 0;
        for (size_t i = 0; i < live.size(); ++i) {
            const LiveSlot& slot = live[i];
            if (slot.body.op() == Op::kAlloc && !exists(slot.body.session())) {
                ++bad_;
                continue;
            }
            live[kept++] = slot;
        }
        live.set_size(kept);
    }

    uint64_t torn() const { return torn_; }
    uint64_t bad() const { return bad_; }

private:
    static constexpr uint64_t kSlotsOfPart = 16384;  // before another thread is worth its start

    // What is known of one scanned slot.
    struct Mark {
        uint32_t generation;  // its low bits: observations are never 2^31 generations apart
        uint32_t index;       // 1 + position in `live`; 0: not live
    };
    struct Sum {
        uint64_t requested = 0, allocations = 0;
        unsigned __int128 reserved = 0;

        void add(const Body& body) {
            requested += body.requested_bytes();
            reserved += body.reserved_bytes();
            ++allocations;
        }
        void take(const Body& body) {
            requested -= body.requested_bytes();
            reserved -= body.reserved_bytes();
            --allocations;
        }
        void add(const Sum& other) {
            requested += other.requested;
            reserved += other.reserved;
            allocations += other.allocations;
        }
    };
    // By key_of(). Of the many sessions that there may be few are used, so only what was is made 0 again.
    class Sums {
    public:
        void begin(size_t keys) {
            for (const uint32_t key : used_) sums_[key] = {};
            used_.clear();
            sums_.resize(keys);
        }
        Sum& operator[](size_t key) {
            Sum& sum = sums_[key];
            if (sum.allocations == 0) used_.push_back(static_cast<uint32_t>(key));
            return sum;
        }
        const Sum& of(size_t key) const { return sums_[key]; }
        size_t keys() const { return sums_.size(); }

    private:
        std::vector<Sum> sums_;
        std::vector<uint32_t> used_;  // may have one more than once
    };

    // Requires: a sound allocation.
    static size_t key_of(const Body& body) { return body.session() * kPools + body.pool(); }

    // What a thread scans in one go. The live slots of it stand at `at` in the end.
    struct Part {
        uint64_t first, count;
        LiveSlot* at;
        size_t kept = 0;
        bool whole = false;  // all of it was there
        uint64_t bad = 0;
        std::vector<uint32_t> doubtful = {};
    };

    // What a thread has of its own.
    struct Worker {
        PageBuffer<RawSlot> copied;  // of which nothing is known yet
        Sums sums = {};              // of what it found in this read
    };

    bool read_slots(uint64_t first, uint64_t count, void* into);
    std::vector<Part> parts_up_to(uint64_t end);
    void scan(Part& part, Worker& worker);
    void filter(Part& part, uint64_t first, uint64_t count, Worker& worker);
    void append(const Part& part);
    void look_again(uint64_t number);
    bool is_sound(const Body& body) const;
    void add(const LiveSlot& slot);
    void remove(uint32_t index);
    Mark& mark(uint64_t number) { return marks_[number]; }

    const ByteSource* source_ = nullptr;
    const Regions* regions_ = nullptr;
    PageBuffer<LiveSlot>* live_ = nullptr;
    bool follow_ = false, dead_ = false;
    uint32_t threads_ = 1;
    uint64_t room_ = 0, scanned_ = 0, torn_ = 0, bad_ = 0;
    PageBuffer<Mark> marks_;
    std::vector<Worker> workers_;
    Sums sums_;                    // what has to be added to the workers' (round 2^64 where that is less)
    std::vector<uint64_t> added_;  // handles that only events told of
    std::vector<uint64_t> wide_;
};

}  // namespace ttmem::ledger
