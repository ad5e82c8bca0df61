// A ledger that grows: little memory at the start, more as it is needed, and what happens when there is no more.
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

uint64_t blocks_of_mine() {
    struct stat status {};
    CHECK_EQ(stat((std::string(getenv("TTMEM_DIR")) + "/" + ledger_names().at(0)).c_str(), &status), 0);
    return static_cast<uint64_t>(status.st_blocks) * 512;
}

size_t count_recorded(const std::vector<ttmem_handle>& handles) {
    return static_cast<size_t>(std::count_if(handles.begin(), handles.end(), is_recorded));
}

std::vector<ttmem_handle> allocate(ttmem_place place, size_t count) {
    const ttmem_allocation a = make_allocation(place);
    std::vector<ttmem_handle> handles(count);
    for (ttmem_handle& handle : handles) handle = ttmem_record_alloc(&a);
    return handles;
}

}  // namespace

CLIENT_TEST(Growth, AProcessThatNeedsLittleTakesAboutAMebibyte, {}) {
    const ttmem_place place = make_chip_place();
    allocate(place, 1000);
    CHECK(blocks_of_mine() <= 1'100'000);
    CHECK_EQ(Bytes::mine().live().slots_ready, kSlotStep);
}

CLIENT_TEST(Growth, AMillionAreLiveAtOnceWithoutASetting, {}) {
    const ttmem_place place = make_chip_place();
    const std::vector<ttmem_handle> handles = allocate(place, 1'000'000);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), handles.size());
    CHECK_EQ(bytes.live().untracked_allocations, 0);
    CHECK(bytes.live().slots_ready >= bytes.live().slots_used);
    CHECK(bytes.live().slots_ready < bytes.live().slots_used + kSlotStep);
    bytes.check_consistent();
}

CLIENT_TEST(Growth, ThreadsThatNeedMoreAtTheSameTimeAllGetIt, {{"TTMEM_LEDGER_SLOTS", "200000"}}) {
    const ttmem_place place = make_chip_place();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (const ttmem_handle handle : allocate(place, 40'000)) CHECK(is_recorded(handle));
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(Bytes::mine().live_slots(), 160'000);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Growth, ALimitOfSlotsIsKept, {{"TTMEM_LEDGER_SLOTS", "10000"}}) {
    const ttmem_place place = make_chip_place();
    allocate(place, 12'000);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 10048 - 1);  // a multiple of 64, and slot 0 is not used
    CHECK_EQ(bytes.live().slots_ready, 10048);
    CHECK_EQ(bytes.live().untracked_now_allocations, 12'000 - 10'047);
}

CLIENT_TEST(Growth, MemoryThatIsRefusedMakesUntrackedAllocationsAndIsAskedForAgain, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=8m");
    const ttmem_place place = make_chip_place();
    allocate(place, 100);
    fill_shm();
    const std::vector<ttmem_handle> handles = allocate(place, 9'000);
    CHECK_EQ(count_recorded(handles), kSlotStep - 1 - 100);
    CHECK_EQ(unlink("/dev/shm/filler"), 0);
    const std::vector<ttmem_handle> later = allocate(place, 2'000);
    CHECK(count_recorded(later) > 900);  // it is not asked for each time
    for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    for (const ttmem_handle handle : later) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
}

CLIENT_TEST(Growth, ALimitOfFileSizesMakesTheLedgerASmallOne, {}) {
    make_tables_short();
    const ttmem_place place = make_chip_place();
    CHECK_EQ(count_recorded(allocate(place, 9'000)), kSlotStep - 1);
    CHECK_EQ(Bytes::mine().map().geometry.slots, kSlotStep);
}

CLIENT_TEST(Growth, NamesOwnersAndSessionsThatMemoryIsRefusedForAreCounted, {{"TTMEM_DIR", "/dev/shm/here"}}) {
    enter_private_shm("size=8m");
    make_chip_place();
    std::vector<ttmem_text> names;
    for (int i = 0; i < 60; ++i) names.push_back(ttmem_intern(std::to_string(i).c_str()));
    fill_shm();
    for (const ttmem_text tag : names) {
        ttmem_set_tag(tag);
        for (const ttmem_text op : names) ttmem_op_begin(op), ttmem_op_end();
    }
    const std::string long_one(200, 'x');
    uint64_t refused = 0;
    for (int i = 0; i < 1000; ++i) refused += ttmem_intern((long_one + std::to_string(i)).c_str()) == 0;
    uint32_t opened = 0;
    while (ttmem_open(make_mesh(opened)) == TTMEM_OK) CHECK(++opened < 1000);
    const Bytes bytes = Bytes::mine();
    CHECK(bytes.live().owners_full > 0);
    CHECK_EQ(bytes.live().texts_full, refused);
    CHECK(refused > 0);
    CHECK_EQ(bytes.live().sessions_full, 1);
    CHECK_EQ(unlink("/dev/shm/filler"), 0);
    CHECK(ttmem_intern("later") != 0);
    CHECK_EQ(ttmem_open(make_mesh(opened)), TTMEM_OK);
}

CLIENT_TEST(Growth, SlotsWithoutMemoryForTheirUniqueIdsGiveTheirsBack, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=8m");
    const ttmem_place place = make_chip_place();
    allocate(place, 100);
    fill_shm();
    const uint64_t room = kSlotStep * sizeof(Slot) + 8192;
    struct stat status {};
    CHECK_EQ(stat("/dev/shm/filler", &status), 0);
    CHECK_EQ(truncate("/dev/shm/filler", status.st_size - static_cast<off_t>(room)), 0);
    CHECK_EQ(count_recorded(allocate(place, 9'000)), kSlotStep - 1 - 100);
    struct statvfs left {};
    CHECK_EQ(statvfs("/dev/shm", &left), 0);
    CHECK_EQ(left.f_bfree * left.f_frsize, room);
}
