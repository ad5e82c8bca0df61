// Stores for src/ledger/recorder.h under which any shared store may be the last one.
//
// CrashStore does what the recorder asks and lets the scheduler take over after every store: the memory is then exactly
// what a process that dies there leaves behind. Before a read-modify-write it lets the others run as well, so that what
// the caller has read before may be stale. BuggyStore<bug> is CrashStore with one mistake in the order or the atomicity
// of certain stores, as if the recorder had been written wrongly: the harness must notice each of them.
#pragma once

#include <cstdint>
#include <vector>

#include "src/ledger/geometry.h"
#include "tests/crash/fibers.h"

namespace ttmem::crash {

using ledger::Word;

constexpr int kMaxFibers = 8;

enum class Bug {
    kNone,
    kEvenBeforeEvent,      // an operation is declared finished before its event is written
    kLiveBeforeBody,       // a slot is committed before its words
    kPositionBeforeEvent,  // an event is published before its words
    kRedoAfterCommit,      // a slot is committed before the redo record tells of it
    kHandBackBeforeEvent,  // a freed slot is handed out again while its free is still in flight
    kFreeWithoutCas,       // two frees of one handle can both win
    kPeakWithoutCas,       // a peak can be lowered by a slower thread
    kRowWithoutAtomicAdd,  // bytes of a row can get lost
    kOrderForgotten,       // the next owner of a slot does not come after the free
    // Of the library, whose part World plays:
    kRowTakenWithoutWaiting,  // a row becomes everybody's in the middle of an operation of the thread that had it
};

// The parts of a ledger that bugs are about.
enum class Part { kOther, kRedo, kSequence, kPosition, kControl, kSlotBody, kSlotOrder, kEvent, kRowLive, kRowPeak };

Part part_of(const ledger::WriterMap& map, const Word& word);

// What all stores share: which ledger is written, and how many stores were done.
struct StoreContext {
    static inline const ledger::WriterMap* map = nullptr;
    static inline uint64_t stores = 0;
};

struct CrashStore {
    static constexpr Bug kPlanted = Bug::kNone;

    static void put(Word& word, uint64_t value) {
        // Of a row that the caller believes to have for itself, it has read the old value before.
        const Part part = part_of(*StoreContext::map, word);
        if (part == Part::kRowLive || part == Part::kRowPeak) Fibers::yield();
        word.store(value, std::memory_order_relaxed);
        done();
    }
    static void publish(Word& word, uint64_t value) {
        Fibers::yield();  // what was asked before it may be wrong now
        word.store(value, std::memory_order_release);
        done();
    }
    static void fence() { std::atomic_thread_fence(std::memory_order_release); }
    static uint64_t add(Word& word, uint64_t delta) {
        Fibers::yield();
        const uint64_t before = word.fetch_add(delta);
        done();
        return before;
    }
    static bool exchange(Word& word, uint64_t& expected, uint64_t desired) {
        Fibers::yield();
        const bool exchanged = word.compare_exchange_strong(expected, desired);
        if (exchanged) done();
        return exchanged;
    }
    // Called between two operations of a thread. A correct store has nothing left to do.
    static void settle() {}

    static void done() {
        ++StoreContext::stores;
        Fibers::yield();
    }
};

// Stores that a bug has put off, per fiber.
class HeldStores {
public:
    static void hold(Word& word, uint64_t value);
    static void release();
    static void clear();  // forgets those of all fibers

private:
    struct Held {
        Word* word;
        uint64_t value;
    };
    static std::vector<Held> held_[kMaxFibers + 1];
};

template <Bug kBug>
struct BuggyStore {
    static constexpr Bug kPlanted = kBug;

    static void put(Word& word, uint64_t value) { store(word, value); }
    static void publish(Word& word, uint64_t value) {
        Fibers::yield();
        store(word, value);
    }
    static void fence() {}

    static uint64_t add(Word& word, uint64_t delta) {
        if (kBug != Bug::kRowWithoutAtomicAdd || part(word) != Part::kRowLive) return CrashStore::add(word, delta);
        const uint64_t before = word.load();
        Fibers::yield();
        CrashStore::put(word, before + delta);
        return before;
    }

    static bool exchange(Word& word, uint64_t& expected, uint64_t desired) {
        const bool torn = (kBug == Bug::kFreeWithoutCas && part(word) == Part::kControl) ||
                          (kBug == Bug::kPeakWithoutCas && part(word) == Part::kRowPeak);
        if (!torn) {
            last() = part(word);
            const bool exchanged = CrashStore::exchange(word, expected, desired);
            if (exchanged && is_awaited(part(word))) HeldStores::release();
            ends_slot() = exchanged && part(word) == Part::kControl;
            return exchanged;
        }
        const uint64_t seen = word.load();
        if (seen != expected) {
            expected = seen;
            return false;
        }
        Fibers::yield();
        CrashStore::put(word, desired);
        return true;
    }

    static void settle() {
        HeldStores::release();
        ends_slot() = false;
    }

private:
    static Part part(const Word& word) { return part_of(*StoreContext::map, word); }

    static void store(Word& word, uint64_t value) {
        const Part here = part(word);
        const Part before = last();
        last() = here;
        if (kBug == Bug::kOrderForgotten && here == Part::kSlotOrder && before == Part::kSequence) return;
        if (is_held(here, value)) {
            HeldStores::hold(word, value);
            return;
        }
        CrashStore::put(word, value);
        if (is_awaited(here)) HeldStores::release();
    }

    static bool is_held(Part part, uint64_t value) {
        switch (kBug) {
            case Bug::kEvenBeforeEvent:
                return part == Part::kEvent || part == Part::kPosition;
            case Bug::kLiveBeforeBody:
                return part == Part::kSlotBody;
            case Bug::kPositionBeforeEvent:
                return part == Part::kEvent;
            case Bug::kRedoAfterCommit:
                return part == Part::kRedo;
            case Bug::kHandBackBeforeEvent:
                return ends_slot() &&
                       (part == Part::kEvent || part == Part::kPosition || (part == Part::kSequence && value % 2 == 0));
            default:
                return false;
        }
    }

    static constexpr bool is_awaited(Part part) {
        switch (kBug) {
            case Bug::kEvenBeforeEvent:
                return part == Part::kSequence;
            case Bug::kRedoAfterCommit:
                return part == Part::kControl || part == Part::kPosition;
            case Bug::kLiveBeforeBody:
                return part == Part::kControl;
            case Bug::kPositionBeforeEvent:
                return part == Part::kPosition;
            default:
                return false;
        }
    }

    // Whether the running fiber has won the end of a slot in this operation.
    static bool& ends_slot() {
        static bool flags[kMaxFibers + 1];
        return flags[Fibers::current() + 1];
    }
    // What the running fiber stored last.
    static Part& last() {
        static Part parts[kMaxFibers + 1];
        return parts[Fibers::current() + 1];
    }
};

}  // namespace ttmem::crash
