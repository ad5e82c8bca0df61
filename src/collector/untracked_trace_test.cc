#include "src/collector/untracked_trace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/base/text.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

uint64_t own_start_ticks() {
    std::ifstream file("/proc/self/stat");
    std::stringstream text;
    text << file.rdbuf();
    std::istringstream fields(text.str().substr(text.str().rfind(')') + 2));
    std::string field;
    for (int number = 3; number <= 22; ++number) fields >> field;
    return std::stoull(field);
}

TEST(UntrackedTrace, SaysWhichProcessFoundNoRoomAndWhetherItMayLive) {
    const TemporaryDirectory directory;
    const std::string run(32, '7'), pid = std::to_string(::getpid());
    const uint64_t ticks = own_start_ticks();
    for (const uint64_t began : {ticks, ticks + 1'000'000'000}) {
        std::ofstream(directory.path().string() + "/untracked." + pid + "." + std::to_string(began) + "." + run +
                      ".room.1048576.1024");
    }
    std::ofstream(directory.path().string() + "/untracked.7.broken");
    int live = 0, all = 0;
    for (const UntrackedTrace& trace : untracked_traces(*real_system(directory.path().string()))) {
        if (trace.path.find(directory.path().string()) == std::string::npos) continue;
        ++all;
        live += may_live(trace);
        EXPECT_EQ(trace.pid, static_cast<uint32_t>(::getpid()));
        EXPECT_EQ(hex128(trace.run.value), run);
        EXPECT_EQ(untracked_sentence(trace),
                  "process " + pid +
                      " recorded nothing: its ledger needs 1.00 MiB, 1.00 KiB were free; give its tmpfs 1023 KiB more "
                      "(docker run --shm-size), or `ttmem gc --all`, or set TTMEM_DIR");
    }
    EXPECT_EQ(all, 2);
    EXPECT_EQ(live, 1) << "no process began at the other's time";
}

}  // namespace
}  // namespace ttmem
