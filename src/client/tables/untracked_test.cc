// What found no room in the ledger: how much of it there was, and how much there may still be.
#include <cstdint>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

// Fills the ledger.
std::vector<ttmem_handle> fill(ttmem_place place) {
    const ttmem_allocation a = make_allocation(place);
    std::vector<ttmem_handle> handles;
    while (handles.size() < 63) handles.push_back(ttmem_record_alloc(&a));
    return handles;
}

RowUntracked& now_of(const Bytes& bytes, ttmem_place place, ttmem_pool pool = TTMEM_POOL_DRAM) {
    return bytes.map().sessions[bytes.session_of(place)].untracked_now[pool];
}

void check_now(ttmem_place place, uint64_t allocations, uint64_t requested, uint64_t reserved) {
    const Bytes bytes = Bytes::mine();
    const RowUntracked& now = now_of(bytes, place);
    CHECK_EQ(now.allocations, allocations);
    CHECK_EQ(now.requested, requested);
    CHECK_EQ(now.reserved, reserved);
    CHECK_EQ(bytes.live().untracked_now_allocations, allocations);
    CHECK_EQ(bytes.live().untracked_now_bytes, requested);
}

}  // namespace

CLIENT_TEST(Untracked, FreesByHandleTakeOffWhatWasAddedAndAreNoMistakes, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    const ttmem_allocation a = make_allocation(place, 4096, 2048), b = make_allocation(place, 1 << 20, 1 << 17);
    const ttmem_handle one = ttmem_record_alloc(&a), two = ttmem_record_alloc(&b);
    CHECK(one != 0 && two != 0 && !is_recorded(one) && !is_recorded(two));
    check_now(place, 2, 4096 + (1 << 20), 12 * (2048 + (1 << 17)));
    CHECK_EQ(ttmem_record_free(two), TTMEM_OK);
    check_now(place, 1, 4096, 12 * 2048);
    CHECK_EQ(ttmem_record_free(one), TTMEM_OK);
    check_now(place, 0, 0, 0);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().untracked_allocations, 2);  // ever
    CHECK_EQ(bytes.live().untracked_bytes, 4096 + (1 << 20));
    CHECK_EQ(now_of(bytes, place).most_requested, 4096 + (1 << 20));
    CHECK_EQ(bytes.live().unknown_free + bytes.live().double_free + bytes.live().foreign_free, 0);
}

CLIENT_TEST(Untracked, WhatComesAndGoesAThousandTimesIsNotThereInTheEnd, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    for (uint64_t i = 0; i < 1000; ++i) {
        const ttmem_allocation a = make_allocation(place, 12'345 * (i + 1), 999 * (i + 1));
        CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
    }
    check_now(place, 0, 0, 0);
    CHECK_EQ(Bytes::mine().live().untracked_allocations, 1000);
    const uint64_t most = now_of(Bytes::mine(), place).most_requested;
    CHECK(most >= 12'345'000 && most <= 12'345'000 / 32 * 33);
}

CLIENT_TEST(Untracked, BytesAreNeverLessThanTheyAreAndLittleMore, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    for (uint64_t bytes = 1; bytes < 1ull << 43; bytes = bytes * 3 + 1) {
        const ttmem_allocation a = make_allocation(place, bytes, 1);
        const ttmem_handle handle = ttmem_record_alloc(&a);
        const uint64_t now = now_of(Bytes::mine(), place).requested;
        CHECK(now >= bytes && now - bytes <= bytes / 32);
        CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    }
    check_now(place, 0, 0, 0);
}

CLIENT_TEST(Untracked, FreesByAddressAreNoMistakesAndKnownByNumber, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    ttmem_allocation a = make_allocation(place, 4096, 2048);
    a.flags = TTMEM_BY_ADDRESS;
    for (uint64_t i = 0; i < 3; ++i) a.address = 1 << 20 | i << 12, ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, 1 << 20), TTMEM_OK);
    check_now(place, 2, 3 * 4096, 3 * 12 * 2048);  // nobody knows how large it was
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, 1 << 20 | 1 << 12), TTMEM_OK);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, 1 << 20 | 2 << 12), TTMEM_OK);
    check_now(place, 0, 0, 0);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, 1 << 20), TTMEM_UNKNOWN);  // one too many
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_L1, 1 << 20), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().unknown_free, 2);
}

CLIENT_TEST(Untracked, AnAllocationByAddressMayBeFreedByItsHandle, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    ttmem_allocation a = make_allocation(place);
    a.flags = TTMEM_BY_ADDRESS;
    const ttmem_handle handle = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    check_now(place, 0, 0, 0);
    CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().double_free, 1);
}

CLIENT_TEST(Untracked, ACloseReleasesItAndLaterFreesAreHarmless, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place(), other = make_chip_place(78, 1);
    fill(other);
    ttmem_allocation a = make_allocation(place);
    const ttmem_handle by_handle = ttmem_record_alloc(&a);
    a.flags = TTMEM_BY_ADDRESS;
    ttmem_record_alloc(&a);
    CHECK_EQ(Bytes::mine().live().untracked_now_allocations, 2);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().untracked_now_allocations, 0);
    CHECK_EQ(Bytes::mine().live().untracked_now_bytes, 0);
    CHECK_EQ(ttmem_record_free(by_handle), TTMEM_OK);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(ttmem_open(place), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(by_handle), TTMEM_OK);  // of the session before
    CHECK_EQ(Bytes::mine().live().late_free, 3);
    CHECK_EQ(Bytes::mine().live().unknown_free, 0);
}

CLIENT_TEST(Untracked, WhatAnAdapterCouldNotRecordStaysUntilTheClose, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_open(place);
    ttmem_count_untracked(place, TTMEM_POOL_DRAM, 1 << 20);
    check_now(place, 1, 1 << 20, 1 << 20);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().untracked_now_allocations, 0);
}

CLIENT_TEST(Untracked, AChildKnowsNothingOfThoseOfItsParent, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    const ttmem_allocation a = make_allocation(place);
    static ttmem_handle of_parent;
    of_parent = ttmem_record_alloc(&a);
    CHECK_EQ(in_child([] {
                 const ttmem_place mine = make_chip_place(79, 3);
                 fill(mine);
                 const ttmem_allocation b = make_allocation(mine);
                 const ttmem_handle of_child = ttmem_record_alloc(&b);
                 const bool alike = (of_parent >> 20 & 0xff) == (of_child >> 20 & 0xff);  // one time in 255
                 if (!alike) CHECK_EQ(ttmem_record_free(of_parent), TTMEM_UNKNOWN);
                 if (!alike) CHECK_EQ(Bytes::mine().live().foreign_free, 1);
                 CHECK_EQ(ttmem_record_free(of_child), TTMEM_OK);
             }),
             0);
    check_now(place, 1, 4096, 12 * 2048);
}

CLIENT_TEST(Untracked, APeakThatIsFoldedSaysByHowMuchItMayBeTooLow, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    const std::vector<ttmem_handle> handles = fill(place);
    const ttmem_allocation a = make_allocation(place, 1 << 20, 1 << 17);
    CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
    for (const ttmem_handle handle : handles) ttmem_record_free(handle);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    for (uint32_t i = 0; i < Geometry().sessions; ++i) {  // until its record is used again
        CHECK_EQ(ttmem_open(make_mesh(i)), TTMEM_OK);
        CHECK_EQ(ttmem_close(make_mesh(i)), TTMEM_OK);
    }
    const Bytes bytes = Bytes::mine();
    const PastPeak& past = bytes.map().chips[0].past_peaks[TTMEM_POOL_DRAM];
    CHECK_EQ(past.requested_low, 63 * 4096);
    CHECK_EQ(past.requested_high, 63 * 4096 + (1 << 20));
    CHECK_EQ(past.reserved_high - past.reserved_low, 12 << 17);
}

CLIENT_TEST(Untracked, APeakOfNothingElseIsFoldedAndItsFreeIsALateOne, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    make_tables_short();
    fill(make_chip_place());
    const ttmem_place place = make_chip_place(78, 1);
    const ttmem_allocation a = make_allocation(place, 0, 2048);
    ttmem_allocation b = make_allocation(place, 4096, 0);
    b.pool = TTMEM_POOL_L1;
    const ttmem_handle handle = ttmem_record_alloc(&a);
    ttmem_record_alloc(&b);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    uint32_t opened = 0;
    while (ttmem_open(make_mesh(opened)) == TTMEM_OK) CHECK(++opened < 1000);  // also in its record
    const Bytes bytes = Bytes::mine();
    const PastPeak* peaks = bytes.map().chips[1].past_peaks;
    CHECK_EQ(peaks[TTMEM_POOL_DRAM].reserved_low, 0);
    CHECK_EQ(peaks[TTMEM_POOL_DRAM].reserved_high, 12 * 2048);
    CHECK_EQ(peaks[TTMEM_POOL_L1].requested_high, 4096);
    CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().late_free, 1);
}

CLIENT_TEST(Untracked, AHandleThatWasNeverGivenIsUnknown, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    fill(place);
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle handle = ttmem_record_alloc(&a);
    const uint64_t of_another_ledger = handle ^ 1ull << 20, of_no_session = handle | 0xfffull << 27;
    const uint64_t of_no_pool = handle | 7ull << 39;
    for (const uint64_t wrong : {of_another_ledger, of_no_session, of_no_pool}) {
        CHECK_EQ(ttmem_record_free(wrong), TTMEM_UNKNOWN);
    }
    CHECK_EQ(Bytes::mine().live().unknown_free, 3);
    check_now(place, 1, 4096, 12 * 2048);
}
