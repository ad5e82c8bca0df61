#include "tests/support/client_test_support.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/support/temporary_directory.h"
#include "tests/support/test_exit.h"

extern char** environ;

namespace ttmem::client::testing {
namespace {

std::map<std::string, Body>& bodies() {
    static std::map<std::string, Body> all;
    return all;
}

std::string directory() {
    const char* path = getenv("TTMEM_DIR");
    return path == nullptr ? "" : path;
}

}  // namespace

int add_body(const char* name, Body body) {
    bodies()[name] = body;
    return 0;
}

void run_body(const char* name, const Environment& environment) {
    const TemporaryDirectory temporary(TemporaryDirectory::kInMemory);
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        if (text.rfind("TTMEM_", 0) != 0 && text.rfind("TT_ALLOC_", 0) != 0) variables.push_back(text);
    }
    std::map<std::string, std::string> ours{{"TTMEM_DIR", temporary.path().string()}};
    for (const auto& [key, value] : environment) ours[key] = value;
    for (const auto& [key, value] : ours) variables.push_back(key + "=" + value);
    std::vector<char*> pointers;
    for (std::string& variable : variables) pointers.push_back(variable.data());
    pointers.push_back(nullptr);

    char program[] = "/proc/self/exe", flag[] = "--body";
    std::string body = name;
    char* const arguments[] = {program, flag, body.data(), nullptr};
    int output[2];
    ASSERT_EQ(pipe(output), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], 2);
    posix_spawn_file_actions_addclose(&actions, output[0]);
    posix_spawn_file_actions_addclose(&actions, output[1]);
    pid_t pid = 0;
    ASSERT_EQ(posix_spawn(&pid, program, &actions, nullptr, arguments, pointers.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    std::string said;
    char buffer[4096];
    for (ssize_t got; (got = read(output[0], buffer, sizeof buffer)) > 0;)
        said.append(buffer, static_cast<size_t>(got));
    close(output[0]);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << said;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status << "\n" << said;
}

void fail(const char* file, int line, const std::string& what) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
    fflush(stderr);
    _exit(1);
}

void skip(const std::string& why) {
    fprintf(stderr, "%s\n", why.c_str());
    fflush(stderr);
    _exit(77);
}

std::vector<std::string> ledger_names() {
    std::vector<std::string> names;
    DIR* directory_stream = opendir(directory().c_str());
    if (directory_stream == nullptr) return names;
    while (const dirent* entry = readdir(directory_stream)) {
        const std::string name = entry->d_name;
        if (name.size() == 39 && name.substr(32) == ".ledger") names.push_back(name);
    }
    closedir(directory_stream);
    return names;
}

namespace {

// What of the file has memory; most of it has none.
std::shared_ptr<void> copy_of(int fd, size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    const std::shared_ptr<void> copy(memory, [size](void* all) { munmap(all, size); });
    for (off_t end = 0;;) {
        const off_t begin = lseek(fd, end, SEEK_DATA);
        if (begin < 0) return copy;
        end = lseek(fd, begin, SEEK_HOLE);
        const auto count = static_cast<size_t>(end - begin);
        if (pread(fd, static_cast<char*>(memory) + begin, count, begin) != static_cast<ssize_t>(count)) return copy;
    }
}

}  // namespace

Bytes Bytes::of(pid_t pid) {
    Bytes bytes;
    for (const std::string& name : ledger_names()) {
        bytes.path_ = directory() + "/" + name;
        const int fd = open(bytes.path_.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat status {};
        if (fd < 0 || fstat(fd, &status) != 0) continue;
        const auto size = static_cast<size_t>(status.st_size);
        bytes.memory_ = copy_of(fd, size);
        close(fd);
        const auto* header = static_cast<const ledger::Header*>(bytes.memory_.get());
        if (header->fixed.pid != static_cast<uint32_t>(pid)) continue;
        ledger::Geometry geometry;
        for (const ledger::Region& region : header->fixed.regions) {
            switch (static_cast<ledger::RegionType>(region.type)) {
                case ledger::RegionType::kSlots:
                    geometry.slots = region.count;
                    break;
                case ledger::RegionType::kRings:
                    geometry.rings = region.count;
                    break;
                case ledger::RegionType::kEvents:
                    geometry.events_per_ring = region.count;
                    break;
                case ledger::RegionType::kTexts:
                    geometry.text_bytes = region.count * region.stride;
                    break;
                case ledger::RegionType::kOwners:
                    geometry.owners = region.count;
                    break;
                case ledger::RegionType::kSessions:
                    geometry.sessions = region.count;
                    break;
                default:
                    break;
            }
        }
        CHECK_EQ(geometry.total_bytes(), size);
        bytes.map_ = ledger::map_ledger(bytes.memory_.get(), geometry);
        return bytes;
    }
    fail(__FILE__, __LINE__, "there is no ledger of process " + std::to_string(pid));
}

Bytes Bytes::mine() { return of(getpid()); }

ledger::Body Bytes::body(uint64_t handle) const {
    const ledger::Slot& s = slot(handle);
    return {s.where, s.requested, s.taken, s.who, s.order, s.time};
}

std::string Bytes::text(uint32_t number) const {
    if (number == 0) return "";
    const auto* head = reinterpret_cast<const ledger::TextHead*>(map_.texts + number);
    const uint64_t words = 1 + (head->length + 7) / 8;
    std::vector<uint64_t> copy(map_.texts + number, map_.texts + number + words);
    ledger::TextHead unchecked{head->length, 0};
    memcpy(copy.data(), &unchecked, sizeof unchecked);
    CHECK_EQ(head->check, ledger::fold(ledger::check_sum(copy.data(), words)));
    return {reinterpret_cast<const char*>(map_.texts + number + 1), head->length};
}

uint32_t Bytes::session_of(ttmem_place place) const {
    for (uint32_t i = 1; i < map_.geometry.sessions; ++i) {
        const ledger::SessionRecord& record = map_.sessions[i];
        if ((record.control & 0xff) == static_cast<uint64_t>(ledger::SessionState::kOpen) &&
            static_cast<uint32_t>(record.place) == place) {
            return i;
        }
    }
    return 0;
}

const ledger::Row& Bytes::row(ttmem_place place, ttmem_pool pool) const {
    const uint32_t session = session_of(place);
    CHECK(session != 0);
    return map_.sessions[session].rows[pool];
}

uint64_t Bytes::live_slots() const {
    uint64_t count = 0;
    for (uint64_t i = 0; i < live().slots_ready; ++i) count += ledger::control_is_live(map_.slots[i].control);
    return count;
}

uint64_t Bytes::events() const {
    uint64_t count = 0;
    for (uint64_t i = 0; i < map_.geometry.rings; ++i) count += map_.rings[i].position;
    return count;
}

void Bytes::overwrite(const ledger::Word& word, uint64_t value) const {
    const int fd = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    const auto offset = reinterpret_cast<const char*>(&word) - reinterpret_cast<const char*>(map_.header);
    CHECK_EQ(pwrite(fd, &value, sizeof value, offset), sizeof value);
    close(fd);
}

void Bytes::check_consistent() const {
    std::map<std::pair<uint32_t, uint32_t>, std::pair<uint64_t, uint64_t>> sums;
    for (uint64_t i = 1; i < live().slots_ready; ++i) {
        const ledger::Slot& slot = map_.slots[i];
        if (!ledger::control_is_live(slot.control)) continue;
        CHECK(i < live().slots_used);
        const uint64_t handle = ledger::make_handle(ledger::control_generation(slot.control), i);
        const ledger::Body b = body(handle);
        CHECK_EQ(slot.check >> 32, ledger::body_sum(handle, b) >> 32);
        if (b.pool() >= ledger::kPools) continue;
        auto& sum = sums[{b.session(), b.pool()}];
        sum.first += b.requested_bytes();
        sum.second += b.reserved_bytes();
    }
    for (uint32_t i = 1; i < map_.geometry.sessions; ++i) {
        for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
            const ledger::Row& row = map_.sessions[i].rows[pool];
            const auto& [requested, reserved] = sums[{i, pool}];
            if (row.use == static_cast<uint64_t>(ledger::RowUse::kLent)) {
                CHECK(row.live_requested >= requested && row.live_reserved >= reserved);
            } else {
                CHECK_EQ(row.live_requested, requested);
                CHECK_EQ(row.live_reserved, reserved);
            }
            CHECK(row.peak_requested >= row.live_requested && row.peak_reserved >= row.live_reserved);
        }
    }
    for (uint64_t ring = 0; ring < map_.geometry.rings; ++ring) {
        const ledger::RingHeader& header = map_.rings[ring];
        CHECK_EQ(header.sequence % 2, 0u);
        const uint64_t end = header.position, capacity = header.capacity;
        for (uint64_t p = end > capacity ? end - capacity : 0; p < end; ++p) {
            const ledger::Event& e = map_.ring_events(ring)[p % capacity];
            const ledger::Body b{e.where, e.requested, e.taken, e.who, e.order, e.time};
            CHECK_EQ(e.check >> 32, ledger::event_sum(e.subject, b, p) >> 32);
        }
    }
}

ttmem_place make_chip_place(uint64_t chip_id, uint32_t number) {
    ttmem_chip_info chip{};
    chip.chip_id = chip_id;
    chip.logical_id = number;
    chip.arch = "wormhole_b0";
    chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
    chip.grid_x = chip.grid_y = 8;
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_OK);
    ttmem_place_info place{};
    place.kind = TTMEM_PLACE_CHIP;
    place.number = number;
    place.chip_count = 1;
    place.chip_ids = &chip_id;
    const ttmem_place id = ttmem_register_place(&place);
    CHECK(id != 0);
    return id;
}

ttmem_place make_place(uint32_t kind, uint32_t number, std::vector<uint64_t> chips, ttmem_place parent) {
    ttmem_place_info info{};
    info.kind = kind;
    info.number = number;
    info.parent = parent;
    info.chip_count = static_cast<uint32_t>(chips.size());
    info.chip_ids = chips.data();
    info.name = "mesh";
    return ttmem_register_place(&info);
}

ttmem_place make_mesh(uint32_t number, ttmem_place parent) {
    const uint64_t chip = 77;
    ttmem_place_info place{};
    place.kind = parent != 0 ? TTMEM_PLACE_MESH_PART : TTMEM_PLACE_MESH;
    place.number = number;
    place.parent = parent;
    place.chip_count = 1;
    place.chip_ids = &chip;
    return ttmem_register_place(&place);
}

ttmem_result plan(ttmem_handle program, ttmem_place place, uint64_t address) {
    const ttmem_core_range cores{0, 0, 7, 7};
    const ttmem_circular_buffer buffer{0, 0, 1, 0, address, 4096, &cores};
    return ttmem_program_planned(program, place, &buffer, 1);
}

ttmem_place make_place_in_use() {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation allocation = make_allocation(place);
    ttmem_record_alloc(&allocation);
    return place;
}

ttmem_allocation make_allocation(ttmem_place place, uint64_t requested, uint64_t bytes_per_bank) {
    ttmem_allocation allocation{};
    allocation.place = place;
    allocation.kind = TTMEM_CLASS_TENSOR;
    allocation.address = 1 << 20;
    allocation.requested_bytes = requested;
    allocation.bytes_per_bank = bytes_per_bank;
    allocation.banks = 12;
    allocation.data_banks = 2;
    allocation.page_bytes = 2048;
    return allocation;
}

int in_child(void (*child)(), bool bare) {
    const auto pid = static_cast<pid_t>(bare ? syscall(SYS_fork) : fork());
    CHECK(pid >= 0);
    if (pid == 0) {
        child();
        exit_test_process(0);
    }
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

// A mount namespace of our own, with a /dev/shm of this size, and ledgers at their usual place.
void enter_private_shm(const char* options) {
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0) skip("only root may mount: run this test as root");
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        skip("mounts cannot be made private in a chroot");
    if (mount("tmpfs", "/dev/shm", "tmpfs", 0, options) != 0) skip("tmpfs cannot be mounted here");
    if (access("/run/ttmem", F_OK) == 0) skip("/run/ttmem exists and would be used");
}

void make_tables_short() {
    const rlimit limit{8 << 20, 8 << 20};
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

// Takes all the memory that /dev/shm has left.
void fill_shm() {
    const int fd = open("/dev/shm/filler", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    for (off_t size = 1 << 20, at = 0; size >= 4096; size /= 2) {
        while (posix_fallocate(fd, at, size) == 0) at += size;
    }
    close(fd);
    struct statvfs left {};
    CHECK_EQ(statvfs("/dev/shm", &left), 0);
    CHECK_EQ(left.f_bfree, 0);
}

}  // namespace ttmem::client::testing

int main(int count, char** arguments) {
    using namespace ttmem::client::testing;
    if (count == 3 && std::string(arguments[1]) == "--body") {
        const auto found = bodies().find(arguments[2]);
        if (found == bodies().end()) fail(__FILE__, __LINE__, std::string("there is no body ") + arguments[2]);
        found->second();
        return 0;
    }
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
