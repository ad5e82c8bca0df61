// The program ttmem-sim itself: stopping, dying, refusing, and being the same with and without ttmem.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/simulation.h"
#include "tests/support/temporary_directory.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

class Command : public testing::Test {
protected:
    pid_t start(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {}) {
        arguments.insert(arguments.begin(), std::string(TTMEM_BIN_DIR) + "/ttmem-sim");
        const pid_t child = fork();
        if (child != 0) return child;
        const int out = open((folder_ / "out").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
        dup2(out, STDOUT_FILENO);
        const int err = open((folder_ / "err").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
        dup2(err, STDERR_FILENO);
        setenv("TTMEM_DIR", folder_.c_str(), 1);
        for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        execv(pointers[0], pointers.data());
        _exit(127);
    }

    int run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {}) {
        int status = 0;
        waitpid(start(arguments, environment), &status, 0);
        return status;
    }

    std::string text(const char* name) const {
        std::ifstream file(folder_ / name);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    Json truth() const { return Json::parse(text("truth.json")); }
    std::string truth_file() const { return folder_ / "truth.json"; }

    // In memory: ledgers are made nowhere else, and would go to the user's own folder.
    TemporaryDirectory temporary_{TemporaryDirectory::kInMemory};
    const fs::path folder_ = temporary_.path();
};

TEST_F(Command, StopsAtItsPointsAndGoesOn) {
    const pid_t child = start({"mesh-test", "--machine", "N300", "--truth", truth_file(), "--pause-at", "run1.matmul",
                               "--pause-at", "run2.closed"});
    std::string printed;
    for (const char* name : {"run1.matmul", "run2.closed"}) {
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
        ASSERT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
        printed += std::string("paused ") + name + "\n";
        EXPECT_EQ(text("out"), printed);
        EXPECT_EQ(truth().at("points").back().at("name"), name);
        kill(child, SIGCONT);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(truth().at("points").size(), 18u);
}

// One call after the other: what is live changes by one allocation at most, and ends with the 8 of run1.matmul.
TEST_F(Command, KillsItselfAfterAnyCall) {
    size_t before = 0, most = 0;
    for (int n = 1; n <= 80; n++) {
        const int status =
            run({"mesh-test", "--machine", "N150", "--truth", truth_file(), "--kill-after", std::to_string(n)});
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << n;
        const Json last = truth().at("points").back();
        ASSERT_EQ(last.at("name"), "killed");
        const size_t live = last.at("live").size();
        ASSERT_LE(live > before ? live - before : before - live, 1u) << "after call " << n;
        before = live;
        most = std::max(most, live);
    }
    EXPECT_EQ(most, 8u);
}

TEST_F(Command, IsTheSameWhenTtmemIsOffOrCannotWork) {
    ASSERT_EQ(run({"mesh-test", "--truth", truth_file()}), 0);
    const std::string out = text("out"), expected = text("truth.json");
    const std::map<std::string, std::string> environments[] = {{{"TTMEM_LEVEL", "off"}},
                                                               {{"TTMEM_LEVEL", "stacks"}},
                                                               {{"TTMEM_DIR", "/proc/absent"}},
                                                               {{"TTMEM_LEDGER_SLOTS", "64"}}};
    for (const auto& environment : environments) {
        ASSERT_EQ(run({"mesh-test", "--truth", truth_file()}, environment), 0);
        EXPECT_EQ(text("out"), out);
        EXPECT_EQ(text("err"), "");
        EXPECT_EQ(text("truth.json"), expected);
    }
}

TEST_F(Command, RefusesWhatItCannotDo) {
    const auto exit_code = [&](const std::vector<std::string>& arguments) { return WEXITSTATUS(run(arguments)); };
    EXPECT_EQ(exit_code({}), 2);
    EXPECT_EQ(exit_code({"mesh-test", "--machine", "N151"}), 2);
    EXPECT_EQ(exit_code({"mesh-test", "--pause-at", "run4.add"}), 2);
    EXPECT_NE(text("err").find("there is no point \"run4.add\""), std::string::npos);
    EXPECT_EQ(exit_code({"mesh-test", "--kill-after", "0"}), 2);
    EXPECT_EQ(exit_code({"mesh-test", "--truth", "/proc/absent/t.json"}), 1);
    EXPECT_EQ(exit_code({"replay"}), 2);
    EXPECT_EQ(exit_code({"replay", "/proc/absent/s.jsonl"}), 1);
    EXPECT_EQ(exit_code({"--help"}), 0);
    EXPECT_EQ(exit_code({"machines"}), 0);

    std::ofstream(folder_ / "bad.jsonl") << "{\"seq\": 0}\n";
    EXPECT_EQ(exit_code({"replay", folder_ / "bad.jsonl", "--truth", truth_file()}), 1);
    EXPECT_EQ(text("err"), "ttmem-sim: " + (folder_ / "bad.jsonl").string() + ":1: field \"ev\" is missing\n");
    EXPECT_FALSE(fs::exists(truth_file())) << "nothing was done";
}

TEST_F(Command, ReportsAFailedAllocationAndTheTruthOfThatMoment) {
    std::ofstream(folder_ / "large.jsonl")
        << R"({"seq":0,"prog":0,"ev":"alloc","id":"a","bytes":4096,"mem":"dram","layout":"interleaved","grid":[1,1],"op":"x"})"
        << '\n'
        << R"({"seq":1,"prog":0,"ev":"alloc","id":"b","bytes":99999999999,"mem":"dram","layout":"interleaved","grid":[1,1],"op":"x"})"
        << '\n';
    const int status = run({"replay", folder_ / "large.jsonl", "--machine", "N150", "--truth", truth_file()});
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_EQ(text("err").substr(0, 81),
              "ttmem-sim: Out of Memory: Not enough space to allocate 99999999999 B DRAM buffer ");
    EXPECT_EQ(point(truth(), "failed").at("live").size(), 1u);
}

TEST_F(Command, MakesStreamsThatItCanReplay) {
    const std::string stream = folder_ / "made.jsonl";
    ASSERT_EQ(run({"make-stream", "--seed", "5", "--events", "500", "--output", stream}), 0);
    ASSERT_EQ(run({"replay", "--kill-after", "100000", stream, "--machine", "T3000", "--truth", truth_file()}), 0);
    EXPECT_EQ(truth().at("points").back().at("name"), "closed");
}

TEST_F(Command, StopsAReplayAfterAnEvent) {
    const std::string stream = folder_ / "made.jsonl";
    ASSERT_EQ(run({"make-stream", "--output", stream}), 0);
    const pid_t child = start({"replay", "--truth", truth_file(), "--pause-at", "seq1000", stream});
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
    ASSERT_TRUE(WIFSTOPPED(status)) << text("err");
    EXPECT_EQ(truth().at("points").back().at("name"), "seq1000");
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ttmem::sim
