// Places and chips: what is the same one, and what becomes of thousands.
#include <algorithm>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

CLIENT_TEST(Places, TheSameDescriptionIsTheSamePlace, {}) {
    make_chip_place(77, 0), make_chip_place(78, 1);
    const ttmem_place mesh = make_place(TTMEM_PLACE_MESH, 0, {77, 78});
    CHECK(mesh != 0);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 0, {78, 77}), mesh);
    CHECK(make_place(TTMEM_PLACE_CHIP, 0, {77}) != mesh);  // chip 0 is not mesh 0
    CHECK(make_place(TTMEM_PLACE_MESH, 1, {77, 78}) != mesh);
    CHECK(make_place(TTMEM_PLACE_MESH, 0, {77}) != mesh);
    const ttmem_place part = make_place(TTMEM_PLACE_MESH_PART, 0, {77}, mesh);
    CHECK(part != 0);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH_PART, 0, {77}, mesh), part);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 0, {99}), 0);       // a chip that nobody registered
    CHECK_EQ(make_place(TTMEM_PLACE_MESH_PART, 0, {77}), 0);  // a part of nothing
    CHECK_EQ(make_place(TTMEM_PLACE_MESH_PART, 0, {77}, 999), 0);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 0, {}), 0);
    CHECK_EQ(make_place(7, 0, {77}), 0);
    CHECK_EQ(Bytes::mine().live().invalid, 5);
}

CLIENT_TEST(Places, ThousandsComeAndGoInOneProcess, {}) {
    make_chip_place();
    const ttmem_place kept = make_place(TTMEM_PLACE_MESH, 1000000, {77});
    CHECK_EQ(ttmem_open(kept), TTMEM_OK);
    const ttmem_place first = make_place(TTMEM_PLACE_MESH, 1, {77});
    for (uint32_t i = 1; i <= 10000; ++i) {
        const ttmem_place mesh = make_place(TTMEM_PLACE_MESH, i, {77});
        CHECK(mesh != 0);
        const ttmem_allocation a = make_allocation(mesh, i, 1);
        const ttmem_handle handle = ttmem_record_alloc(&a);
        CHECK(handle != 0);
        CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
        CHECK_EQ(ttmem_close(mesh), TTMEM_OK);
    }
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 1000000, {77}), kept);  // it was open all the time
    const ttmem_allocation old = make_allocation(first);
    CHECK_EQ(ttmem_record_alloc(&old), 0);  // its number has gone to another
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().session_clock, 20001);
    CHECK_EQ(bytes.live().sessions_full, 0);
    // The records at hand have the newest peaks; those before are in the chip.
    const uint64_t past = bytes.map().chips[0].past_peaks[0].requested_low;
    CHECK(past < 10000 && past >= 10000 - Geometry().sessions);
    bytes.check_consistent();
}

CLIENT_TEST(Chips, ADescriptionIsBroughtUpToDate, {}) {
    make_chip_place();
    ttmem_chip_info chip{};
    chip.chip_id = 77;
    chip.arch = "blackhole";
    chip.logical_id = 3;
    chip.pools[TTMEM_POOL_L1] = {64, 0, 1499136};
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    const ChipRecord& record = bytes.map().chips[0];
    CHECK_EQ(record.sequence, 4);
    CHECK_EQ(record.check, check_sum(reinterpret_cast<const uint64_t*>(&record.chip_id), 22));
    CHECK_EQ(record.logical_and_arch >> 32, 3);
    CHECK(bytes.text(static_cast<uint32_t>(record.logical_and_arch)) == "blackhole");
    CHECK_EQ(record.banks[TTMEM_POOL_L1], 64);
    CHECK_EQ(record.banks[TTMEM_POOL_DRAM], 0);
    for (uint64_t id = 1000; id < 1063; ++id) make_chip_place(id);
    chip.chip_id = 5;
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_FULL);
    CHECK_EQ(Bytes::mine().live().chips_full, 1);
}

CLIENT_TEST(Places, ThoseOfOneNumberInOtherMeshesAreOthers, {}) {
    make_chip_place();
    std::vector<ttmem_place> parts;
    for (uint32_t number = 0; number < 2000; ++number) {
        const ttmem_place whole = make_mesh(number);
        parts.push_back(make_mesh(0, whole));
        CHECK_EQ(make_mesh(0, whole), parts.back());
    }
    std::sort(parts.begin(), parts.end());
    CHECK(std::adjacent_find(parts.begin(), parts.end()) == parts.end());
}

CLIENT_TEST(Places, TwentyThousandComeAndGo, {}) {
    make_chip_place();
    const ttmem_place kept = make_mesh(0);
    CHECK_EQ(ttmem_open(kept), TTMEM_OK);
    for (uint32_t number = 1; number < 20'000; ++number) {
        const ttmem_place place = make_mesh(number);
        CHECK(place != 0 && place != kept);
        CHECK_EQ(make_mesh(number), place);
    }
    CHECK_EQ(make_mesh(0), kept);  // it is open
    CHECK_EQ(ttmem_close(kept), TTMEM_OK);
}
