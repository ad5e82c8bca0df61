#include "src/collector/untracked_trace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/base/text.h"
#include "src/collector/run_id.h"
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
    Coverage coverage;
    for (const UntrackedTrace& trace : untracked_traces(*real_system(directory.path().string()), coverage)) {
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

TEST(UntrackedTrace, WordOfALedgerThatGaveWayIsFoundByItsProcess) {
    const TemporaryDirectory directory;
    const std::string folder = directory.path().string() + "/", id(32, 'a');
    for (const std::string& name : {id + ".7.1700000000.removed", std::string(32, 'b') + ".7.1600000000.removed",
                                    id + ".8.0.removed", id + ".9.removed", id + "..removed", id + ".removed"})
        std::ofstream(folder + name).flush();
    const auto system = real_system(directory.path().string());
    const std::string seven = removed_sentence(*system, 7).value_or("");
    EXPECT_TRUE(seven.starts_with("process 7 has ended, and was last heard of at 2023-11-14T22:13:20")) << seven;
    EXPECT_TRUE(seven.ends_with(" to make room")) << seven;
    EXPECT_TRUE(
        removed_sentence(*system, 8).value_or("").starts_with("process 8 has ended; its ledger was removed at"));
    EXPECT_FALSE(removed_sentence(*system, 9)) << "of a name that says less nothing is known";
}

TEST(UntrackedTrace, OfLedgersThatLieElsewhereIsKnownWhoseTheyAre) {
    const TemporaryDirectory directory;
    const std::string folder = directory.path().string() + "/untracked.", id(32, 'a'), run(32, '7'),
                      of = id + "." + run;
    for (const std::string& name : {of + ".4711.elsewhere", of + ".elsewhere", of + "..elsewhere", of + ".x.elsewhere",
                                    id + ".4711.elsewhere", of + ".4711.removed"})
        std::ofstream(folder + name).flush();
    Coverage coverage;
    const auto system = real_system(directory.path().string());
    std::vector<LedgerElsewhere> found = ledgers_elsewhere(*system, coverage);
    std::erase_if(found, [&](const LedgerElsewhere& ledger) { return !ledger.path.starts_with(folder); });
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(hex128(found[0].id.value), id);
    EXPECT_EQ(hex128(found[0].run.value), run);
    EXPECT_EQ(found[0].pid, 4711u);
    Coverage of_run;
    note_missing_of_run(*system, found[0].run, {}, of_run);
    EXPECT_FALSE(of_run.complete);
}

TEST(UntrackedTrace, ARunWithinAnotherSaysThereThatItLooksElsewhere) {
    const TemporaryDirectory around, own;
    ::setenv("TTMEM_DIR", own.path().c_str(), 1);
    const LedgerId outer = make_run_id({}).value(), inner = make_run_id(outer).value();
    const std::string nested = "untracked." + std::to_string(::getpid()) + ".0." + hex128(outer.value) + ".nested.0.0";
    const auto is_told = [&] { return std::filesystem::exists(around.path() / nested); };
    {
        const RunMark mark(inner, {outer, around.path().string()});
        EXPECT_TRUE(is_told());
        EXPECT_EQ(mark.directory(), own.path().string());
    }
    std::filesystem::remove(around.path() / nested);
    ::setenv("TTMEM_DIR", around.path().c_str(), 1);
    { const RunMark mark(inner, {outer, around.path().string()}); }
    EXPECT_FALSE(is_told()) << "it looks at the same";
    { const RunMark mark(make_run_id({}).value(), {outer, around.path().string()}); }
    EXPECT_TRUE(is_told()) << "its id tells of none around it";
    std::filesystem::remove(around.path() / nested);
    { const RunMark mark(make_run_id({}).value(), {outer, ""}); }
    EXPECT_TRUE(is_told()) << "where it looks itself, for it does not know where the other does";
    ::unsetenv("TTMEM_DIR");
}

TEST(UntrackedTrace, OfARunItsEndIsKnown) {
    const TemporaryDirectory directory;
    const std::string run(32, '3');
    std::ofstream(directory.path().string() + "/" + run + ".2.all.ended").flush();
    const auto system = real_system(directory.path().string());
    const std::string said = run_end_sentence(*system, {*parse_hex128(run)}).value_or("");
    EXPECT_TRUE(said.starts_with("2 processes of run " + run + " had ended at 2")) << said;
    EXPECT_FALSE(run_end_sentence(*system, {}));
}

}  // namespace
}  // namespace ttmem
