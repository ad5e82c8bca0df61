// The schedules of the whole client library but for programs' plans: what its threads call, and what is true then.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "src/client/process/process.h"
#include "src/client/threads/thread.h"
#include "tests/crash/client_fibers.h"
#include "tests/crash/library_checker.h"
#include "tests/crash/library_truth.h"
#include "tests/crash/schedule_process.h"

namespace ttmem::crash {
namespace {

constexpr int kCalls = 32;  // of all threads together

class World {
public:
    World(uint64_t seed, int threads, const std::string& directory);
    Outcome run();

private:
    void live(int thread);
    void step(int thread);
    std::string check();

    void call(int thread, const ApiCall& call);
    bool perform(int thread, const ApiCall& call);
    ttmem_allocation argument(const ApiCall& call) const;
    ApiCall plain(int thread, CallKind kind) const;
    ApiCall ending(int thread, bool again);

    uint64_t pick(uint64_t count) { return random_() % count; }

    struct OfThread {
        std::vector<ttmem_text> ops;
        ttmem_text tag = 0;
        int iterations = 0;
    };
    struct Held {
        uint64_t block;
        ttmem_handle handle;
        ApiCall made_by;
        bool by_address;
    };

    bool would_race(const ApiCall& next) const;

    const uint64_t seed_;
    const int threads_;
    const bool few_sessions_;
    Truth truth_;
    ClientFibers fibers_;
    std::mt19937_64 random_;
    std::vector<OfThread> of_;
    std::vector<ttmem_place> places_;
    std::vector<ttmem_text> texts_;
    std::vector<Held> held_, stale_;
    uint64_t next_block_ = 1, failures_ = 0;
    ledger::LedgerImage image_;
    Outcome outcome_;
};

World::World(uint64_t seed, int threads, const std::string& directory)
    : seed_(seed),
      threads_(threads),
      few_sessions_(seed % 2 == 1),
      truth_(threads, kParents, {1, 2, 3, 2}),
      fibers_(seed, directory, small_geometry(few_sessions_)),
      random_(seed * 31 + 5),
      of_(threads),
      places_(register_places()) {
    for (const char* text : {"matmul", "add", "kv_cache", "weights", "step"}) texts_.push_back(ttmem_intern(text));
}

Outcome World::run() {
    const std::string flaw = fibers_.run(
        threads_, [this](int thread) { live(thread); }, [this] { return check(); });
    if (!flaw.empty()) {
        std::string words = fmt::format("seed {}, {}; in flight:", seed_, flaw);
        for (int i = 0; i < threads_; ++i) {
            if (const auto& call = truth_.in_flight(i)) words += fmt::format(" {}", static_cast<int>(call->kind));
        }
        outcome_.fail(words);
    }
    outcome_.crash_points = fibers_.crash_points();
    outcome_.refused = truth_.refused_ends();
    for (const ledger::SessionImage& session : image_.sessions) outcome_.reused_sessions += session.generation > 1;
    outcome_.retired = image_.counters.retired_allocations;
    return outcome_;
}

std::string World::check() {
    const ledger::ReadOutcome read = fibers_.read(image_);
    if (!read.ok()) return "not readable: " + read.reason;
    outcome_.torn_descriptions += std::count_if(image_.chips.begin(), image_.chips.end(),
                                                [](const ledger::ChipImage& chip) { return !chip.described; });
    for (const auto& ring : image_.rings) {
        outcome_.redone += ring.was_in_flight && ring.committed;
        outcome_.ignored += ring.was_in_flight && !ring.committed;
    }
    return find_flaw(fibers_.view(image_, places_), truth_);
}

// ---- what a thread does

void World::live(int thread) {
    for (int i = 0; i < kCalls / threads_; ++i) {
        step(thread);
        ++outcome_.calls;
    }
}

ApiCall World::plain(int thread, CallKind kind) const {
    const OfThread& of = of_[thread];
    ApiCall call{kind};
    call.op = of.ops.empty() ? 0 : of.ops.back();
    call.tag = of.tag;
    // A thread without a ring belongs to no iteration.
    const ledger::RingHeader* ring = client::this_thread.recorder.ring;
    const ledger::WriterMap& map = client::process.map;
    const bool has_ring = ring >= map.rings && ring < map.rings + map.geometry.rings;
    call.in_iteration = has_ring && of.iterations > 0;
    return call;
}

// A free of something live; `again`: perhaps of something that another thread is freeing, or that was freed.
ApiCall World::ending(int thread, bool again) {
    ApiCall ending = plain(thread, CallKind::kFree);
    std::vector<Held>& from = again && !stale_.empty() && pick(2) == 0 ? stale_ : held_;
    const size_t index = pick(from.size());
    const Held held = from[index];
    if (!again) from.erase(from.begin() + static_cast<ptrdiff_t>(index));
    ending.kind = held.made_by.kind == CallKind::kProgram ? CallKind::kProgramEnd : CallKind::kFree;
    ending.block = held.block;
    ending.subject = held.handle;
    ending.place = held.made_by.place;
    ending.pool = held.made_by.pool;
    ending.late = held.by_address && !again;
    return ending;
}

void World::step(int thread) {
    OfThread& of = of_[thread];
    ApiCall next = plain(thread, CallKind::kAlloc);
    next.place = static_cast<uint32_t>(pick(places_.size()));
    next.pool = static_cast<uint32_t>(pick(2));
    next.bytes = 1 + pick(5000);
    next.per_bank = 32 * (1 + pick(20));
    const uint64_t choice = pick(32);
    if (choice < 10) {
        next.block = next_block_++;
        next.persistent = pick(8) == 0;
        next.late = pick(4) == 0;  // to be freed by its address
    } else if (choice < 17 && !held_.empty()) {
        next = ending(thread, choice >= 14);
    } else if (choice < 18 && !held_.empty()) {
        const Held& held = held_[pick(held_.size())];
        if (held.made_by.kind == CallKind::kProgram) return;
        next.kind = CallKind::kMark;
        next.block = held.block;
        next.subject = held.handle;
    } else if (choice < 21) {
        next.kind = CallKind::kClose;
    } else if (choice < 22) {
        next.kind = CallKind::kOpen;
    } else if (choice < 24) {
        next.kind = CallKind::kProgram;
        next.block = next_block_++;
    } else if (choice < 25) {
        next.kind = CallKind::kView;
        next.block = next_block_++;
    } else if (choice < 26) {
        next.kind = CallKind::kFailure;
        next.bytes = ++failures_;
    } else if (choice < 28) {
        next.kind = of.ops.size() < 3 && pick(2) == 0 ? CallKind::kOpBegin : CallKind::kOpEnd;
        if (next.kind == CallKind::kOpEnd && of.ops.empty()) return;
        next.subject = next.kind == CallKind::kOpEnd ? of.ops.back() : texts_[pick(2)];
    } else if (choice < 29) {
        next.kind = CallKind::kTag;
        next.subject = texts_[2 + pick(2)];
    } else if (choice < 31) {
        next.kind = of.iterations == 0 || pick(2) == 0 ? CallKind::kIterationBegin : CallKind::kIterationEnd;
        if (next.kind == CallKind::kIterationBegin && of.iterations == 3) return;
    } else {
        next.kind = CallKind::kDescribe;
        next.bytes = (1 << 30) + 32 * pick(3);
    }
    if (!few_sessions_ || !would_race(next)) call(thread, next);
}

// Whether an allocation and a close at one place would be under way together.
bool World::would_race(const ApiCall& next) const {
    if (next.kind == CallKind::kAlloc) return truth_.place(next.place).closing > 0;
    if (next.kind != CallKind::kClose) return false;
    for (uint32_t place = 0; place < places_.size(); ++place) {
        if (truth_.is_of(place, next.place) && truth_.place(place).opening > 0) return true;
    }
    return false;
}

void World::call(int thread, const ApiCall& next) {
    truth_.begin(thread, next);
    truth_.end(thread, perform(thread, next));
}

ttmem_allocation World::argument(const ApiCall& call) const {
    ttmem_allocation allocation{};
    allocation.place = places_[call.place];
    allocation.pool = static_cast<uint8_t>(call.pool);
    allocation.kind = TTMEM_CLASS_TENSOR;
    allocation.flags =
        static_cast<uint8_t>((call.persistent ? TTMEM_PERSISTENT : 0) | (call.late ? TTMEM_BY_ADDRESS : 0));
    allocation.address = call.block;
    allocation.requested_bytes = call.bytes;
    allocation.bytes_per_bank = call.per_bank;
    allocation.banks = allocation.data_banks = 12;
    allocation.page_bytes = 2048;
    allocation.unique_id = call.block;
    return allocation;
}

// Whether the call did what it is for.
bool World::perform(int thread, const ApiCall& call) {
    OfThread& of = of_[thread];
    const ttmem_allocation allocation = argument(call);
    switch (call.kind) {
        case CallKind::kAlloc:
        case CallKind::kProgram: {
            const ttmem_handle handle = call.kind == CallKind::kAlloc ? ttmem_record_alloc(&allocation)
                                                                      : ttmem_program_created(texts_[0], call.block);
            if (handle != 0) held_.push_back({call.block, handle, call, call.late});
            return handle != 0;
        }
        case CallKind::kFree:
        case CallKind::kProgramEnd: {
            const ttmem_result result =
                call.kind == CallKind::kProgramEnd ? ttmem_program_destroyed(call.subject)
                : call.late ? ttmem_record_free_at(places_[call.place], static_cast<ttmem_pool>(call.pool), call.block)
                            : ttmem_record_free(call.subject);
            if (result != TTMEM_OK) return false;
            std::erase_if(held_, [&](const Held& held) { return held.block == call.block; });
            Held gone{call.block, call.subject, call, false};
            gone.made_by.kind = call.kind == CallKind::kProgramEnd ? CallKind::kProgram : CallKind::kAlloc;
            stale_.push_back(gone);
            return true;
        }
        case CallKind::kMark:
            return ttmem_mark_persistent(call.subject) == TTMEM_OK;
        case CallKind::kView:
            return ttmem_record_view(&allocation) == TTMEM_OK;
        case CallKind::kFailure: {
            ttmem_failure failure{};
            failure.place = places_[call.place];
            failure.kind = TTMEM_FAILURE_OUT_OF_MEMORY;
            failure.requested_bytes = call.bytes;
            return ttmem_record_failure(&failure) == TTMEM_OK;
        }
        case CallKind::kOpen:
            return ttmem_open(places_[call.place]) == TTMEM_OK;
        case CallKind::kClose:
            return ttmem_close(places_[call.place]) == TTMEM_OK;
        case CallKind::kOpBegin:
            of.ops.push_back(static_cast<ttmem_text>(call.subject));
            return ttmem_op_begin(static_cast<ttmem_text>(call.subject)) == TTMEM_OK;
        case CallKind::kOpEnd:
            of.ops.pop_back();
            return ttmem_op_end() == TTMEM_OK;
        case CallKind::kTag:
            of.tag = static_cast<ttmem_text>(call.subject);
            ttmem_set_tag(of.tag);
            return true;
        case CallKind::kIterationBegin:
            ++of.iterations;
            return ttmem_iteration_begin(texts_[4]) == TTMEM_OK;
        case CallKind::kIterationEnd:
            --of.iterations;
            return ttmem_iteration_end() == TTMEM_OK;
        case CallKind::kDescribe: {
            ttmem_chip_info chip{};
            chip.chip_id = 11 + (call.place & 1);
            chip.arch = "wormhole_b0";
            chip.pools[TTMEM_POOL_DRAM] = {12, 0, call.bytes};
            return ttmem_register_chip(&chip) == TTMEM_OK;
        }
    }
    return false;
}

}  // namespace

Outcome run_library_schedule(uint64_t seed, int threads, const std::string& directory) {
    static World world(seed, threads, directory);
    return world.run();
}

}  // namespace ttmem::crash
