// A reader that looks while the writers go on: between any two of its loads any thread may store anything. What it says
// is of a single moment must be the state of one moment of its look, and what is not must have been there at some time.
//
// 250 schedules per number of threads are usual (seeds.h).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "src/reader/reader.h"
#include "tests/crash/schedules.h"
#include "tests/crash/seeds.h"

namespace ttmem::crash {
namespace {

// Memory that changes under the reader: others run after every few words. But for the headers of the rings: the reader
// takes the copy of their positions, some hundred bytes, for the one moment of its snapshot.
class ChangingSource final : public ledger::ByteSource {
public:
    explicit ChangingSource(const LedgerMemory& memory) : memory_(memory) {}

    uint64_t size() const override { return memory_.bytes().size(); }

    bool read(uint64_t offset, void* into, size_t bytes) const override {
        if (offset > size() || bytes > size() - offset) return false;
        const std::byte* from = memory_.bytes().data() + offset;
        const bool at_once = from >= bytes_of(memory_.map().rings) && from < bytes_of(memory_.map().slots);
        for (size_t done = 0; done < bytes; done += 8) {
            std::memcpy(static_cast<std::byte*>(into) + done, from + done, std::min<size_t>(8, bytes - done));
            if (!at_once && bytes <= 4096 && done % 16 == 0) Fibers::yield();  // tables that nobody changes go faster
        }
        Fibers::yield();
        return true;
    }

private:
    static const std::byte* bytes_of(const void* address) { return static_cast<const std::byte*>(address); }

    const LedgerMemory& memory_;
};

struct Moment {
    std::set<uint64_t> certain, possible;
};

// A free that won and is still in flight may be ordered last, also where a second free of the same handle has been
// refused meanwhile: only then is there somebody who could tell.
Moment moment_of(const Oracle& truth) {
    Moment moment;
    for (const auto& [handle, held] : truth.held()) {
        if (held.certain()) moment.certain.insert(handle);
        if (!held.end_recorded) moment.possible.insert(handle);
    }
    return moment;
}

bool fits(const Moment& moment, const std::set<uint64_t>& seen) {
    return std::includes(seen.begin(), seen.end(), moment.certain.begin(), moment.certain.end()) &&
           std::includes(moment.possible.begin(), moment.possible.end(), seen.begin(), seen.end());
}

// Looks without the claim of a single moment: nothing that never was, and all that always was.
bool was_there(const std::vector<Moment>& moments, const std::set<uint64_t>& seen) {
    const auto ever = [&](uint64_t handle) {
        return std::any_of(moments.begin(), moments.end(),
                           [&](const Moment& m) { return m.possible.count(handle) != 0; });
    };
    const auto always = [&](uint64_t handle) {
        return std::all_of(moments.begin(), moments.end(),
                           [&](const Moment& m) { return m.certain.count(handle) != 0; });
    };
    const auto& first = moments.front().certain;
    return std::all_of(seen.begin(), seen.end(), ever) &&
           std::none_of(first.begin(), first.end(),
                        [&](uint64_t handle) { return always(handle) && seen.count(handle) == 0; });
}

struct LiveTally {
    uint64_t looks = 0, changed_meanwhile = 0, of_a_moment = 0, not_of_a_moment = 0;
};

std::string look_and_check(const World<CrashStore>& world, std::vector<Moment>& moments, bool& looking,
                           LiveTally& tally) {
    static ledger::LedgerReader reader;
    static ledger::LedgerImage image;
    moments = {moment_of(world.oracle())};
    looking = true;
    const ledger::ReadOutcome outcome = reader.read(ChangingSource(world.memory()), {}, image);
    looking = false;
    moments.push_back(moment_of(world.oracle()));
    if (!outcome.ok()) return "not readable: " + outcome.reason;
    std::set<uint64_t> seen;
    for (const ledger::LiveSlot& slot : image.live) {
        if (!seen.insert(slot.handle).second) return fmt::format("{:#x} is reported twice", slot.handle);
    }
    ++tally.looks;
    tally.changed_meanwhile += moments.size() > 2;
    const bool of_a_moment = image.quality.single_moment;
    (of_a_moment ? tally.of_a_moment : tally.not_of_a_moment) += 1;
    if (of_a_moment && std::none_of(moments.begin(), moments.end(), [&](const Moment& m) { return fits(m, seen); })) {
        return fmt::format("{} live handles, in no one of {} moments", seen.size(), moments.size());
    }
    return was_there(moments, seen) ? std::string()
                                    : "a handle is reported that never was, or one is missing that always was";
}

std::optional<Flaw> run_with_reader(const Plan& plan, LiveTally& tally) {
    World<CrashStore> world(plan);
    Scheduler scheduler(plan.seed);
    std::vector<Moment> moments;
    std::string flaw;
    bool looking = false;
    world.fibers().add([&] {
        for (int look = 0; look < 3 && flaw.empty(); ++look) flaw = look_and_check(world, moments, looking, tally);
    });
    StoreContext::stores = 0;
    for (uint64_t seen = 0; world.fibers().alive() > 0 && flaw.empty();) {
        world.fibers().resume(scheduler.next(world.fibers()));
        if (StoreContext::stores != seen && looking) moments.push_back(moment_of(world.oracle()));
        seen = StoreContext::stores;
    }
    if (flaw.empty()) return std::nullopt;
    return Flaw{plan.seed, plan.threads, StoreContext::stores, flaw};
}

class LiveReader : public testing::TestWithParam<int> {};

TEST_P(LiveReader, ReportsTheStateOfOneMomentOrSaysThatItDoesNot) {
    const uint64_t first = first_seed(), count = schedule_count(250);
    LiveTally tally;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        Plan plan = Plan::from_seed(seed, GetParam());
        plan.ringless = plan.threads;
        plan.operations = 20;
        const auto flaw = run_with_reader(plan, tally);
        ASSERT_FALSE(flaw.has_value()) << fmt::format("seed {}, {} threads, after store {}: {}", flaw->seed,
                                                      flaw->threads, flaw->store, flaw->what);
    }
    fmt::print("{} threads: {} looks, {} at a ledger that changed meanwhile; {} of a single moment, {} not\n",
               GetParam(), tally.looks, tally.changed_meanwhile, tally.of_a_moment, tally.not_of_a_moment);
    EXPECT_EQ(tally.looks, 3 * count);
    EXPECT_GT(tally.changed_meanwhile, count / 2);
    EXPECT_GT(tally.of_a_moment, count);
}

INSTANTIATE_TEST_SUITE_P(Threads, LiveReader, testing::Values(1, 2, 3));

}  // namespace
}  // namespace ttmem::crash
