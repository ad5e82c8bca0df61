// Every call of the API where it can do nothing: off, not tracked, with nothing, with too much.
#include <sys/resource.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

struct Arguments {
    ttmem_place place = 0;
    ttmem_handle handle = 0;
    ttmem_text text = 0;
    const ttmem_chip_info* chip = nullptr;
    const ttmem_place_info* info = nullptr;
    const ttmem_allocation* allocation = nullptr;
    const ttmem_failure* failure = nullptr;
    const ttmem_circular_buffer* buffers = nullptr;
    uint32_t buffer_count = 0;
};

struct Answers {
    std::vector<ttmem_result> results;
    std::vector<uint64_t> numbers;  // handles, places and texts
};

Answers call_everything(const Arguments& a) {
    Answers answers;
    answers.results = {
        ttmem_register_chip(a.chip),
        ttmem_note(a.text, 0),
        ttmem_open(a.place),
        ttmem_count_untracked(a.place, TTMEM_POOL_L1, 4096),
        ttmem_record_free(a.handle),
        ttmem_record_free_at(a.place, TTMEM_POOL_L1, 4096),
        ttmem_record_view(a.allocation),
        ttmem_mark_persistent(a.handle),
        ttmem_record_failure(a.failure),
        ttmem_op_begin(a.text),
        ttmem_op_end(),
        ttmem_iteration_begin(a.text),
        ttmem_iteration_end(),
        ttmem_program_planned(a.handle, a.place, a.buffers, a.buffer_count),
        ttmem_program_dispatched(a.handle, a.place),
        ttmem_program_cbs_freed(a.handle),
        ttmem_program_destroyed(a.handle),
        ttmem_program_cache_cleared(a.place),
        ttmem_trace_begin(a.place),
        ttmem_trace_replayed(a.handle),
        ttmem_trace_released(a.handle),
        ttmem_close(a.place),
    };
    answers.numbers = {
        ttmem_register_place(a.info),
        ttmem_record_alloc(a.allocation),
        ttmem_record_alloc_with_stack(a.allocation, a.text),
        ttmem_trace_end(a.text, 1),
        ttmem_set_tag(a.text),
    };
    return answers;
}

// Good ones, for calls that must not get as far as looking at them.
const ttmem_chip_info kChip = [] {
    ttmem_chip_info chip{};
    chip.chip_id = 77;
    return chip;
}();
const ttmem_place_info kPlace = {TTMEM_PLACE_CHIP, 0, 0, 1, &kChip.chip_id, nullptr};
const ttmem_allocation kAllocation = make_allocation(1);
const ttmem_failure kFailure = {1, TTMEM_FAILURE_OUT_OF_MEMORY, 0, 12, 1, 1, 1, 1, 1, 1};
const ttmem_core_range kCores = {0, 0, 7, 7};
const ttmem_circular_buffer kBuffer = {0, 0, 1, 0, 100000, 4096, &kCores};
const Arguments kGood = {1, 1, 1, &kChip, &kPlace, &kAllocation, &kFailure, &kBuffer, 1};

void check_all(const Answers& answers, ttmem_result expected) {
    for (const ttmem_result result : answers.results) CHECK_EQ(result, expected);
    for (const uint64_t number : answers.numbers) CHECK_EQ(number, 0);
}

void check_refused(const std::function<void(ttmem_allocation&)>& change, ttmem_place place) {
    ttmem_allocation allocation = make_allocation(place);
    change(allocation);
    const uint64_t before = Bytes::mine().live().invalid;
    CHECK_EQ(ttmem_record_alloc(&allocation), 0);
    CHECK_EQ(ttmem_record_view(&allocation), TTMEM_INVALID);
    CHECK_EQ(Bytes::mine().live().invalid, before + 2);
}

}  // namespace

CLIENT_TEST(Calls, AtLevelOffSaySo, {{"TTMEM_LEVEL", "off"}}) {
    check_all(call_everything(kGood), TTMEM_OFF);
    CHECK_EQ(ttmem_program_created(1, 1), 0);
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK_EQ(ttmem_intern_frame(0, "model.py", 1, "forward"), 0);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_EVENTS), TTMEM_INVALID);  // off is final
}

CLIENT_TEST(Calls, WithoutALedgerSaySo, {}) {
    rlimit before{};
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit limit{4096, before.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_NOT_TRACKED);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);  // it is not tried again
    check_all(call_everything(kGood), TTMEM_NOT_TRACKED);
    CHECK_EQ(ttmem_record_free(uint64_t{1} << 20), TTMEM_NOT_TRACKED);  // as of what found no room
    CHECK_EQ(ttmem_program_created(1, 1), 0);
    CHECK_EQ(ttmem_intern_frame(0, "model.py", 1, "forward"), 0);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_EVENTS), TTMEM_NOT_TRACKED);
    CHECK_EQ(ttmem_get_level(), TTMEM_LEVEL_COUNTS);
}

CLIENT_TEST(Calls, WithNothingChangeNothing, {{"TTMEM_LEVEL", "events"}}) {
    const Answers answers = call_everything({});
    for (const uint64_t number : answers.numbers) CHECK_EQ(number, 0);
    CHECK_EQ(ttmem_intern(nullptr), 0);
    CHECK_EQ(ttmem_intern(""), 0);
    CHECK_EQ(ttmem_set_level(static_cast<ttmem_level>(17)), TTMEM_INVALID);
    const Bytes bytes = Bytes::mine();
    CHECK(bytes.live().invalid > 0);
    CHECK_EQ(bytes.live_slots(), 0);
    bytes.check_consistent();
}

CLIENT_TEST(Calls, WithWhatWasNeverGivenChangeNothing, {{"TTMEM_LEVEL", "events"}, {"TTMEM_LEDGER_SLOTS", "64"}}) {
    make_chip_place();
    ttmem_allocation allocation = kAllocation;
    ttmem_failure failure = kFailure;
    Arguments unknown = kGood;
    allocation.place = failure.place = unknown.place = 999;
    unknown.handle = 0x123456789abcdef, unknown.text = 999'999;
    unknown.allocation = &allocation, unknown.failure = &failure;
    for (const ttmem_level level : {TTMEM_LEVEL_EVENTS, TTMEM_LEVEL_COUNTS}) {
        CHECK_EQ(ttmem_set_level(level), TTMEM_OK);
        const Answers answers = call_everything(unknown);
        for (size_t i = 1; i < answers.results.size(); ++i) CHECK(answers.results[i] != TTMEM_OK);
        CHECK_EQ(answers.numbers[1], 0);
        CHECK_EQ(ttmem_set_level(level), TTMEM_OK);
        for (const auto end : {ttmem_record_free, ttmem_program_destroyed, ttmem_trace_released}) {
            CHECK_EQ(end(unknown.handle), TTMEM_UNKNOWN);
        }
    }
    CHECK_EQ(ttmem_program_created(999'999, 1), 0);
    CHECK_EQ(ttmem_program_created(0, uint64_t{1} << 48), 0);
    CHECK_EQ(Bytes::mine().live_slots(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Calls, WithAPlaceThatIsNoneAreRefused, {}) {
    ttmem_register_chip(&kChip);
    const auto refused = [](auto&& change) {
        ttmem_place_info info = kPlace;
        change(info);
        return ttmem_register_place(&info) == 0;
    };
    CHECK(!refused([](auto&) {}));
    CHECK(refused([](auto& info) { info.kind = TTMEM_PLACE_CHIP - 1; }));
    CHECK(refused([](auto& info) { info.kind = TTMEM_PLACE_MESH_PART + 1; }));
    CHECK(refused([](auto& info) { info.kind = TTMEM_PLACE_MESH_PART; }));  // of nothing
    CHECK(refused([](auto& info) { info.parent = 1; }));                    // a chip is a part of nothing
    CHECK(refused([](auto& info) { info.chip_count = 0; }));
    CHECK(refused([](auto& info) { info.chip_count = 65; }));
    CHECK(refused([](auto& info) { info.chip_ids = nullptr; }));
    const uint64_t unknown = 78;
    CHECK(refused([&](auto& info) { info.chip_ids = &unknown; }));
}

CLIENT_TEST(Calls, WithAnyLevelButOffAreAnswered, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_failure failure = kFailure;
    failure.place = place;
    for (const ttmem_level level : {TTMEM_LEVEL_COUNTS, TTMEM_LEVEL_STACKS, TTMEM_LEVEL_EVENTS, TTMEM_LEVEL_COUNTS}) {
        CHECK_EQ(ttmem_set_level(level), TTMEM_OK);
        CHECK_EQ(ttmem_get_level(), level);
        CHECK_EQ(ttmem_record_failure(&failure), TTMEM_OK);
    }
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_OFF), TTMEM_INVALID);
    CHECK_EQ(Bytes::mine().live().failures, 4);
}

CLIENT_TEST(Calls, WithAnAllocationBeyondItsRangesAreRefused, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    check_refused([](ttmem_allocation& a) { a.pool = TTMEM_POOLS; }, place);
    check_refused([](ttmem_allocation& a) { a.kind = TTMEM_CLASS_RUNTIME + 1; }, place);
    check_refused([](ttmem_allocation& a) { a.address = uint64_t{1} << 40; }, place);
    check_refused([](ttmem_allocation& a) { a.requested_bytes = uint64_t{1} << 44; }, place);
    check_refused([](ttmem_allocation& a) { a.bytes_per_bank = uint64_t{1} << 40; }, place);
    check_refused([](ttmem_allocation& a) { a.banks = 0; }, place);
    check_refused([](ttmem_allocation& a) { a.banks = a.data_banks = 4096; }, place);
    check_refused([](ttmem_allocation& a) { a.data_banks = static_cast<uint16_t>(a.banks + 1); }, place);
    check_refused([](ttmem_allocation& a) { a.unique_id = uint64_t{1} << 48; }, place);
    CHECK_EQ(ttmem_record_free_at(place, static_cast<ttmem_pool>(TTMEM_POOLS), 0), TTMEM_INVALID);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_L1, uint64_t{1} << 40), TTMEM_INVALID);
    ttmem_failure failure = kFailure;
    failure.place = place;
    CHECK_EQ(ttmem_record_failure(&failure), TTMEM_OK);
    failure.kind = 0;
    CHECK_EQ(ttmem_record_failure(&failure), TTMEM_INVALID);
    failure.kind = TTMEM_FAILURE_TRACE_REGION + 1;
    CHECK_EQ(ttmem_record_failure(&failure), TTMEM_INVALID);
    failure.kind = TTMEM_FAILURE_CB_CLASH, failure.pool = TTMEM_POOLS;
    CHECK_EQ(ttmem_record_failure(&failure), TTMEM_INVALID);
    failure.pool = 1, failure.place = 999;
    CHECK(ttmem_record_failure(&failure) != TTMEM_OK);
}

CLIENT_TEST(Calls, WithAPlanBeyondItsRangesAreRefused, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    const auto planned = [&](ttmem_circular_buffer buffer, ttmem_core_range range = kCores, uint32_t count = 1) {
        buffer.ranges = buffer.ranges == nullptr ? nullptr : &range;
        return ttmem_program_planned(program, place, &buffer, count);
    };
    const auto changed = [](auto&& change) {
        ttmem_circular_buffer buffer = kBuffer;
        change(buffer);
        return buffer;
    };
    CHECK_EQ(planned(kBuffer), TTMEM_OK);
    CHECK_EQ(planned(kBuffer, kCores, 65), TTMEM_INVALID);
    CHECK_EQ(ttmem_program_planned(program, place, nullptr, 1), TTMEM_INVALID);
    CHECK_EQ(planned(changed([](auto& b) { b.range_count = 257; })), TTMEM_INVALID);
    CHECK_EQ(planned(changed([](auto& b) { b.ranges = nullptr; })), TTMEM_INVALID);
    CHECK_EQ(planned(changed([](auto& b) { b.bytes = uint64_t{1} << 40; })), TTMEM_INVALID);
    CHECK_EQ(planned(changed([](auto& b) { b.address = uint64_t{1} << 40; })), TTMEM_INVALID);
    CHECK_EQ(planned(changed([](auto& b) { b.address = UINT64_MAX, b.flags = TTMEM_CB_ALIASED; })), TTMEM_OK);
    for (const ttmem_core_range wrong : {ttmem_core_range{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 255, 0}, {0, 0, 0, 255}}) {
        CHECK_EQ(planned(kBuffer, wrong), TTMEM_INVALID);
    }
    CHECK_EQ(ttmem_program_planned(program, 999, &kBuffer, 1), TTMEM_INVALID);
    CHECK_EQ(ttmem_program_cache_cleared(place), TTMEM_OK);
}

// ---- what the environment may say -----------------------------------------------------------------------------------

namespace {
void check_without_run() {
    make_chip_place();
    const Bytes bytes = Bytes::mine();
    for (const uint8_t byte : bytes.fixed().run_id) CHECK_EQ(byte, 0);
}

void check_default_size() {
    make_chip_place();
    CHECK_EQ(Bytes::mine().map().geometry.slots, Geometry().slots);
    CHECK_EQ(Bytes::mine().map().geometry.events_per_ring, Geometry().events_per_ring);
}
}  // namespace

CLIENT_TEST(Environment, ARunOfAnotherLengthIsNone, {{"TTMEM_RUN", "0123"}}) { check_without_run(); }
CLIENT_TEST(Environment, ARunThatIsNoNumberIsNone, {{"TTMEM_RUN", "0123456789abcdef0123456789abcdeg"}}) {
    check_without_run();
}
CLIENT_TEST(Environment, ARunWithOtherCharactersIsNone, {{"TTMEM_RUN", "/123456789abcdef0123456789abcde:"}}) {
    check_without_run();
}
CLIENT_TEST(Environment, TheGreatestNumberOfSlotsIsTheMost, {{"TTMEM_LEDGER_SLOTS", "99999999999"}}) {
    make_chip_place();
    CHECK(Bytes::mine().map().geometry.slots >= 8192);
}
CLIENT_TEST(Environment, ALedgerHas64SlotsAtLeast, {{"TTMEM_LEDGER_SLOTS", "1"}, {"TTMEM_HISTORY_BYTES", "1"}}) {
    make_chip_place();
    CHECK_EQ(Bytes::mine().map().geometry.slots, 64);
    CHECK_EQ(Bytes::mine().map().geometry.events_per_ring, 64);
}
CLIENT_TEST(Environment, NumbersThatAreNoneAreIgnored,
            {{"TTMEM_LEDGER_SLOTS", "12x"}, {"TTMEM_HISTORY_BYTES", "99999999999999999999999"}}) {
    check_default_size();
}
CLIENT_TEST(Environment, APathThatIsTooLongIsIgnored, {{"TTMEM_ITERATIONS_BY", std::string(300, 'x')}}) {
    CHECK(make_chip_place() != 0);
}
CLIENT_TEST(Environment, TrackingThatIsSwitchedOffMeansCounts, {{"TT_ALLOC_TRACKING_ENABLED", "0"}}) {
    CHECK_EQ(ttmem_get_level(), TTMEM_LEVEL_COUNTS);
}
CLIENT_TEST(Environment, ALevelThatIsNoneMeansCounts, {{"TTMEM_LEVEL", "everything"}}) {
    CHECK_EQ(ttmem_get_level(), TTMEM_LEVEL_COUNTS);
}
CLIENT_TEST(Environment, AnEmptyNumberIsNone, {{"TTMEM_LEDGER_SLOTS", ""}, {"TTMEM_HISTORY_BYTES", ""}}) {
    check_default_size();
}
CLIENT_TEST(Environment, ANumberWithASignOrTooManyDigitsIsNone,
            {{"TTMEM_LEDGER_SLOTS", "+4000"}, {"TTMEM_HISTORY_BYTES", "184467440737095516160000"}}) {
    check_default_size();
}

CLIENT_TEST(Calls, WithAHolderThatIsNoneRecordOneThatNobodyHolds, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    ttmem_allocation a = make_allocation(make_chip_place());
    a.holder = 0x123456789abcdef;
    CHECK_EQ(Bytes::mine().body(ttmem_record_alloc(&a)).holder_slot(), 0);
}
