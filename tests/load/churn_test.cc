// Processes are born, record at full speed and are killed, while several readers look all the time: each look is right,
// and descriptors, memory and files stay what they are.
//
// A minute is usual, ten with TTMEM_TEST_FULL; TTMEM_CHURN_SECONDS says otherwise.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <random>
#include <string>
#include <thread>

#include "include/ttmem/ttmem.h"
#include "src/client/process/process.h"
#include "src/collector/collector.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kBlocks = 20, kBlockBytes = 1 << 20;  // that each process keeps; and one more that comes and goes
constexpr int kReaders = 3, kAtOnce = 4;
constexpr uint64_t kBaseline = 20;                     // looks, after which nothing grows
constexpr auto kPatience = std::chrono::seconds(300);  // with a machine that is busy with other things
constexpr uint64_t kMostDeadBytes = 128ull << 20;      // what clients leave of the ledgers of the dead
constexpr uint64_t kChipId = 0xc4021;                  // of no other test: what is recorded there is counted

int seconds_to_run() {
    if (const char* text = std::getenv("TTMEM_CHURN_SECONDS")) return std::atoi(text);
    const char* full = std::getenv("TTMEM_TEST_FULL");
    return full != nullptr && *full != '\0' ? 600 : 60;
}

// ---- a process that records until it is killed ---------------------------------------------------------------------

[[noreturn]] void record(const std::string& directory) {
    client::Config& config = client::process.config;
    strncpy(config.directory, directory.c_str(), sizeof config.directory - 1);
    client::process.level.store(TTMEM_LEVEL_EVENTS);
    ttmem_chip_info chip{};
    chip.chip_id = kChipId;
    chip.arch = "wormhole_b0";
    chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
    ttmem_register_chip(&chip);
    const ttmem_place_info info{TTMEM_PLACE_CHIP, 0, 0, 1, &kChipId, nullptr};
    ttmem_allocation block{};
    block.place = ttmem_register_place(&info);
    block.kind = TTMEM_CLASS_TENSOR;
    block.requested_bytes = kBlockBytes;
    block.bytes_per_bank = kBlockBytes / 8;
    block.banks = block.data_banks = 12;
    for (uint64_t i = 0; i < kBlocks; ++i) ttmem_record_alloc(&block);
    for (uint64_t i = 1;; ++i) {
        ttmem_record_free(ttmem_record_alloc(&block));
        if (i % 4096 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

// ---- a process that looks -------------------------------------------------------------------------------------------

// What a reader found, in memory that it shares with the test.
struct ReaderReport {
    std::atomic<uint64_t> looks{0}, live_seen{0}, dead_seen{0}, events{0}, events_lost{0};
    std::atomic<long> descriptors_first{0}, descriptors_last{0};
    std::atomic<long> kilobytes_first{0}, kilobytes_last{0};  // resident memory
    char flaw[200] = {};
};

long count_descriptors() { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); }

long resident_kilobytes() {
    long pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

class Reader {
public:
    Reader(const std::string& directory, ReaderReport& report)
        : system_(real_system(directory)), directory_(directory), report_(report) {}

    [[noreturn]] void look_until_told() {
        for (uint64_t i = 0;; ++i) {
            if (std::string flaw = look(); !flaw.empty()) {
                snprintf(report_.flaw, sizeof report_.flaw, "%s", flaw.c_str());
                ::_exit(1);
            }
            ++report_.looks;
            if (i == kBaseline)
                report_.descriptors_first = count_descriptors(), report_.kilobytes_first = resident_kilobytes();
            report_.descriptors_last = count_descriptors(), report_.kilobytes_last = resident_kilobytes();
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }

private:
    std::string look() {
        Collector collector(*system_);
        collector.refresh();
        const Snapshot snapshot = collector.collect();
        std::map<uint32_t, std::pair<uint64_t, uint64_t>> sums;  // by process: allocations, bytes
        for (const Allocation& allocation : snapshot.allocations) {
            ++sums[allocation.process.value].first;
            sums[allocation.process.value].second += allocation.requested_bytes;
        }
        uint64_t live_bytes = 0;
        for (uint32_t index = 0; index < snapshot.processes.size(); ++index) {
            const Process& process = snapshot.processes[index];
            if (!process.ledger_path.starts_with(directory_)) continue;  // somebody else's
            const auto [count, bytes] = sums[index];
            if (bytes != count * kBlockBytes || count > kBlocks + 1)
                return "a process has other allocations than it made";
            if (process.state == ProcessState::kLive) live_bytes += bytes;
            ++(process.state == ProcessState::kLive ? report_.live_seen : report_.dead_seen);
            if (std::string flaw = history(collector, process); !flaw.empty()) return flaw;
        }
        for (const ChipUse& chip : snapshot.chips) {
            if (chip.chip.id.value != kChipId) continue;
            if (chip.pool(Pool::kDram).requested_bytes != live_bytes) return "the chip is not the sum of its processes";
        }
        return "";
    }

    std::string history(Collector& collector, const Process& process) {
        const Result<RawHistory> history = collector.history(process.ledger);
        if (!history) return "";  // removed meanwhile
        for (const ledger::History& ring : history->rings) {
            if (ring.events.size() + ring.lost != ring.to - ring.from) return "events are unaccounted for";
            report_.events += ring.events.size();
            report_.events_lost += ring.lost;
        }
        return "";
    }

    std::unique_ptr<System> system_;
    std::string directory_;
    ReaderReport& report_;
};

// ---- the test -------------------------------------------------------------------------------------------------------

class Churn : public testing::Test {
protected:
    Churn() {
        directory_ = temporary_.path();
        void* shared =
            ::mmap(nullptr, kReaders * sizeof(ReaderReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        reports_ = static_cast<ReaderReport*>(shared);
        for (int i = 0; i < kReaders; ++i) new (&reports_[i]) ReaderReport();
    }

    template <class Body>
    static pid_t start(const Body& body) {
        const pid_t child = ::fork();
        if (child == 0) body();
        return child;
    }

    static void kill(pid_t pid) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }

    // One that found a flaw looks no more.
    bool all_have_looked() const {
        return std::all_of(reports_, reports_ + kReaders, [](const ReaderReport& report) {
            return report.looks > 2 * kBaseline || report.flaw[0] != 0;
        });
    }

    uint64_t bytes_of_files() const {
        uint64_t bytes = 0;
        struct stat status {};
        for (const auto& entry : fs::directory_iterator(directory_)) {
            if (::stat(entry.path().c_str(), &status) == 0) bytes += static_cast<uint64_t>(status.st_blocks) * 512;
        }
        return bytes;
    }

    TemporaryDirectory temporary_{TemporaryDirectory::kInMemory};
    std::string directory_;
    ReaderReport* reports_;
};

TEST_F(Churn, LeavesReadersRightAndNothingGrows) {
    std::map<int, pid_t> readers;
    for (int i = 0; i < kReaders; ++i) {
        readers[i] = start([&] { Reader(directory_, reports_[i]).look_until_told(); });
    }
    std::minstd_rand random(1);
    pid_t recording[kAtOnce] = {};
    uint64_t born = 0, most_bytes = 0;
    const auto end = Clock::now() + std::chrono::seconds(seconds_to_run());
    while (Clock::now() < end || (!all_have_looked() && Clock::now() < end + kPatience)) {
        pid_t& one = recording[random() % kAtOnce];
        if (one != 0) kill(one);
        one = start([&] { record(directory_); });
        ++born;
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 160));
        most_bytes = std::max(most_bytes, bytes_of_files());
    }
    for (const pid_t pid : recording) {
        if (pid != 0) kill(pid);
    }
    for (const auto& [number, pid] : readers) {
        EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), 0) << "it goes on until it is told: " << reports_[number].flaw;
        kill(pid);
        const ReaderReport& report = reports_[number];
        EXPECT_STREQ(report.flaw, "");
        std::printf("reader %d: %lu looks, %lu times a live process, %lu a dead one; %lu events, %lu declared lost\n",
                    number, report.looks.load(), report.live_seen.load(), report.dead_seen.load(), report.events.load(),
                    report.events_lost.load());
        EXPECT_GT(report.looks, kBaseline);
        EXPECT_GT(report.live_seen, 20u);
        EXPECT_GT(report.dead_seen, 20u);
        EXPECT_GT(report.events, 0u);
        EXPECT_EQ(report.descriptors_first, report.descriptors_last);
        EXPECT_LT(report.kilobytes_last, report.kilobytes_first + 16 * 1024);
    }
    std::printf("%lu processes were born and killed; at most %lu MiB of ledgers\n", born, most_bytes >> 20);
    EXPECT_GT(born, 50u);
    EXPECT_LT(most_bytes, kMostDeadBytes + (kAtOnce + 4) * (4ull << 20));
}

}  // namespace
}  // namespace ttmem
