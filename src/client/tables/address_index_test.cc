// Allocations that are freed by where they are.
#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

struct Where {
    ttmem_place place;
    ttmem_pool pool;
    uint64_t address;
};

ttmem_handle allocate_at(const Where& where) {
    ttmem_allocation a = make_allocation(where.place);
    a.pool = static_cast<uint16_t>(where.pool);
    a.address = where.address;
    a.flags = TTMEM_BY_ADDRESS;
    return ttmem_record_alloc(&a);
}

ttmem_result free_at(const Where& where) { return ttmem_record_free_at(where.place, where.pool, where.address); }

}  // namespace

CLIENT_TEST(ByAddress, ThousandsOfPlacesAndPoolsAreNotTakenForEachOther, {}) {
    std::vector<Where> all;
    std::mt19937_64 random(7);
    for (uint32_t chip = 0; chip < 3; ++chip) {
        const ttmem_place place = make_chip_place(77 + chip, chip);
        for (const ttmem_pool pool : {TTMEM_POOL_DRAM, TTMEM_POOL_L1}) {
            for (uint64_t i = 0; i < 1300; ++i) all.push_back({place, pool, random() >> 24});
        }
    }
    for (const Where& where : all) CHECK(allocate_at(where) != 0);
    for (const Where& where : all) {
        CHECK_EQ(free_at({where.place, TTMEM_POOL_L1_SMALL, where.address}), TTMEM_UNKNOWN);
        CHECK_EQ(free_at({where.place, where.pool, where.address + 16}), TTMEM_UNKNOWN);
    }
    std::shuffle(all.begin(), all.end(), random);
    while (!all.empty()) {
        CHECK_EQ(free_at(all.back()), TTMEM_OK);
        CHECK_EQ(free_at(all.back()), TTMEM_UNKNOWN);
        all.pop_back();
    }
    CHECK_EQ(Bytes::mine().live_slots(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(ByAddress, WhatClosesReleasedIsFreedLast, {}) {
    const Where where{make_chip_place(), TTMEM_POOL_DRAM, 4096};
    std::vector<ttmem_handle> handles;
    for (int i = 0; i < 3; ++i) {
        handles.push_back(allocate_at(where));
        if (i < 2) CHECK_EQ(ttmem_close(where.place), TTMEM_OK);
    }
    CHECK_EQ(free_at(where), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(handles[2]), TTMEM_UNKNOWN);  // the one of the open session is gone
    CHECK_EQ(Bytes::mine().live().late_free, 0);
    for (int i = 0; i < 2; ++i) CHECK_EQ(free_at(where), TTMEM_OK);
    CHECK_EQ(free_at(where), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().late_free, 2);
    CHECK_EQ(Bytes::mine().live().ambiguous_free, 0);
    CHECK_EQ(Bytes::mine().live_slots(), 0);
}

CLIENT_TEST(ByAddress, ASlotThatSomebodyElseChangedHarmsNobody, {}) {
    const Where where{make_chip_place(), TTMEM_POOL_DRAM, 4096};
    const ttmem_handle handle = allocate_at(where);
    const Bytes bytes = Bytes::mine();
    bytes.overwrite(bytes.slot(handle).where, bytes.slot(handle).where + (1ull << 30));
    CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    CHECK_EQ(free_at(where), TTMEM_UNKNOWN);
    CHECK(allocate_at(where) != 0);
    CHECK_EQ(free_at(where), TTMEM_OK);
}
