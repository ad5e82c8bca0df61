// The command as its users have it: the built binary, its exit codes, its streams. What it says of real programs is
// tested in tests/scenarios.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <thread>

#include "tests/support/shell_command.h"

namespace {

namespace fs = std::filesystem;
using ttmem::content;
using ttmem::Json;
using ttmem::Outcome;

class Command : public ttmem::ShellCommand {};

const std::vector<std::string> kCommands = {"status", "ps",         "buffers", "programs",          "explain",
                                            "leaks",  "run",        "show",    "allocation-server", "doctor",
                                            "gc",     "completion", "version"};

TEST_F(Command, HelpListsEveryCommandAndEachShowsItsExamplesFirst) {
    const Outcome all = ttmem("--help");
    EXPECT_EQ(all.code, 0);
    for (const std::string& name : kCommands) {
        EXPECT_NE(all.out.find("  " + name), std::string::npos) << name;
        const Outcome help = ttmem(name + " --help");
        EXPECT_EQ(help.code, 0) << name;
        EXPECT_LT(help.out.find("Examples:\n  "), help.out.find("Usage: ttmem " + name + " [OPTIONS]")) << help.out;
        EXPECT_NE(help.out.find("--json"), std::string::npos) << name;
        EXPECT_EQ(help.err, "");
    }
}

// One form: `status: show how full the chips are`, `--limit N  Show at most this many (default: 50)`.
TEST_F(Command, HelpIsInOneForm) {
    const auto group = [](const std::string& text, const std::string& heading) {
        const size_t at = text.find("\n" + heading + ":\n");
        if (at == std::string::npos) return std::string();
        const size_t begin = at + heading.size() + 3;
        return text.substr(begin, text.find("\n\n", begin) - begin) + "\n";
    };
    const std::regex entry("(?:^|\\n)  (\\S+)[^\\n]*?(?:  |\\n {20,})\\s*(\\S[^\\n]*)");
    const auto each = [&](const std::string& entries, const auto& look) {
        size_t count = 0;
        for (std::sregex_iterator it(entries.begin(), entries.end(), entry), end; it != end; ++it, ++count)
            look((*it)[1].str(), (*it)[2].str());
        return count;
    };
    const size_t commands = each(group(ttmem("--help").out, "Commands"), [&](const auto& name, const auto& summary) {
        EXPECT_TRUE(std::islower(summary.front())) << name << ": " << summary;
        EXPECT_NE(summary.back(), '.') << name << ": " << summary;
        const std::string help = ttmem(name + " --help").out;
        for (const char* heading : {"Arguments", "Options"}) {
            each(group(help, heading), [&](const auto& option, const auto& description) {
                EXPECT_TRUE(std::isupper(description.front())) << name << " " << option << ": " << description;
                EXPECT_NE(description.back(), '.') << name << " " << option << ": " << description;
            });
        }
        EXPECT_GE(each(group(help, "Options"), [](const auto&, const auto&) {}), 4u) << name;
    });
    EXPECT_EQ(commands, 35u);
}

TEST_F(Command, ReplayOffersOnlyCapturesBecauseItAsksWhereBlocksLay) {
    EXPECT_NE(ttmem("peak --help").out.find("captured graph"), std::string::npos);
    EXPECT_EQ(ttmem("replay --help").out.find("captured graph"), std::string::npos);
}

TEST_F(Command, FormerNamesAreUnderstood) {
    const Outcome help = ttmem("serve-legacy --help");
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(help.out, ttmem("allocation-server --help").out);
    const auto has_socket = [&](const std::string& variable) {
        return ttmem("allocation-server --help", variable + "=/run/chosen.sock").out.find("/run/chosen.sock") !=
               std::string::npos;
    };
    EXPECT_TRUE(has_socket("TTMEM_ALLOCATION_SERVER_SOCKET"));
    EXPECT_TRUE(has_socket("TTMEM_LEGACY_SOCKET"));
}

TEST_F(Command, AMistypedCommandIsSuggestedOnStderr) {
    const Outcome outcome = ttmem("statsu");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "ttmem: there is no command `statsu`\n  next: did you mean `ttmem status`?\n");
    EXPECT_EQ(ttmem("zzzzzzz").err, "ttmem: there is no command `zzzzzzz`\n  next: ttmem --help\n");
}

TEST_F(Command, AnUnknownCommandIsAnErrorWithHelpToo) {
    const Outcome outcome = ttmem("statsu --help");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "ttmem: there is no command `statsu`\n  next: did you mean `ttmem status`?\n");
}

TEST_F(Command, FilesAreCompletedWhereTheyAreTaken) {
    const std::string script = ttmem("completion bash").out;
    EXPECT_NE(script.find("compgen -f -W '--help --as-stream"), std::string::npos) << script;
    EXPECT_NE(ttmem("completion fish").out.find("__fish_seen_subcommand_from explain' -F"), std::string::npos);
}

TEST_F(Command, AProcessThatExplainDoesNotKnowIsSaidToBeUnknown) {
    const Outcome outcome = ttmem("explain 32 --pid 4194304", "TTMEM_DIR=" + file("none"));
    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("process 4194304 is not tracked"), std::string::npos) << outcome.err;
}

TEST_F(Command, WordsThatMayLackAreInBracketsAndChoicesAreNamed) {
    EXPECT_NE(ttmem("leaks --help").out.find("Usage: ttmem leaks [OPTIONS] [CAPTURE]\n"), std::string::npos);
    EXPECT_NE(ttmem("completion --help").out.find("Usage: ttmem completion [OPTIONS] SHELL\n"), std::string::npos);
    EXPECT_EQ(ttmem("completion").err, "ttmem: SHELL is required: bash, zsh, fish\n  next: ttmem completion --help\n");
    for (const char* command : {"leaks", "status", "ps", "programs"})
        EXPECT_NE(ttmem(command + std::string(" --help")).out.find("  ttmem " + std::string(command) + " run.ttmem"),
                  std::string::npos)
            << command;
}

TEST_F(Command, WithJsonAnErrorIsADocumentOnStdout) {
    const Outcome outcome = ttmem("statsu --json");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.json()["error"]["what"], "there is no command `statsu`");
    EXPECT_EQ(outcome.json()["error"]["exit_code"], 2);
    EXPECT_TRUE(outcome.json()["error"]["why"].is_null());
    EXPECT_EQ(outcome.json()["error"]["next_step"], "did you mean `ttmem status`?");
}

TEST_F(Command, TheVersionIsAlsoAnOption) {
    EXPECT_EQ(ttmem("--version").out, ttmem("version").out);
    EXPECT_EQ(ttmem("--version --json").json()["schema"], "ttmem.version/1");
    EXPECT_EQ(ttmem("buffers --version").code, 2);
}

TEST_F(Command, WrongOptionsAreUsageErrors) {
    for (const char* words : {"buffers --pool heap", "buffers --class x", "buffers --min-bytes -1", "buffers --sort x",
                              "buffers --chip x", "status --pid x", "explain", "explain x", "status -- true", "run",
                              "run --", "leaks --run 12", "completion", "completion tcsh", "version extra"}) {
        const Outcome outcome = ttmem(words);
        EXPECT_EQ(outcome.code, 2) << words;
        EXPECT_EQ(outcome.out, "") << words;
        EXPECT_EQ(outcome.err.substr(0, 7), "ttmem: ") << words;
    }
}

TEST_F(Command, EveryCommandHasADocumentWithItsSchema) {
    for (const std::string words : {"status", "ps", "ps --dead", "buffers --limit 3", "explain 0x3ffff000", "leaks",
                                    "gc --dry-run", "doctor", "version", "completion bash"}) {
        const Outcome outcome = ttmem(words + " --json");
        const std::string name = words.substr(0, words.find(' '));
        EXPECT_EQ(outcome.json()["schema"], "ttmem." + name + "/1") << words;
        EXPECT_TRUE(outcome.json()["coverage"].contains("complete")) << words;
        EXPECT_TRUE(std::regex_match(outcome.json()["generated_at"].get<std::string>(),
                                     std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
    }
}

TEST_F(Command, AProcessThatIsNotTrackedIsSaidToBeSo) {
    const Outcome text = ttmem("status --pid 4294967295");
    EXPECT_EQ(text.code, 3);
    EXPECT_NE(text.err.find("process 4294967295 is not tracked"), std::string::npos);
    const Outcome json = ttmem("status --json --pid 4294967295");
    EXPECT_EQ(json.code, 3);
    EXPECT_EQ(json.json()["chips"], Json::array());
    EXPECT_EQ(ttmem("ps --dead --pid 4294967295").code, 3);
    EXPECT_EQ(ttmem("leaks --fail-on-leak --pid 4294967295").code, 3);
}

TEST_F(Command, OutputThatIsNotATerminalHasNoColour) {
    EXPECT_EQ(ttmem("doctor").out.find('\x1b'), std::string::npos);
    EXPECT_EQ(ttmem("--help").out.find('\x1b'), std::string::npos);
}

TEST_F(Command, AFullDiskUnderTheAnswerIsAnError) { EXPECT_EQ(ttmem("version > /dev/full").code, 1); }

TEST_F(Command, DoctorWarnsOfALevelThatIsOff) {
    const Json findings = ttmem("doctor --json", "TTMEM_LEVEL=off").json();
    bool warned = false;
    for (const Json& item : findings["items"]) {
        warned |= item["check"] == "level" && item["health"] == "warn" && item["next"] == "unset TTMEM_LEVEL";
    }
    EXPECT_TRUE(warned) << findings;
}

TEST_F(Command, DoctorFailsWhereNothingCouldBeRecorded) { EXPECT_EQ(ttmem("doctor", "ulimit -f 100;").code, 10); }

TEST_F(Command, BashTakesItsCompletion) {
    ASSERT_EQ(ttmem("completion bash > script").code, 0);
    EXPECT_EQ(std::system(("bash -n " + file("script")).c_str()), 0);
    const std::string ask = "bash -c 'source " + file("script") +
                            "; COMP_WORDS=(ttmem buffers --pool l); COMP_CWORD=3; _ttmem; echo ${COMPREPLY[@]}' > " +
                            file("answer");
    ASSERT_EQ(std::system(ask.c_str()), 0);
    EXPECT_EQ(content(file("answer")), "l1 l1_small\n");
    EXPECT_NE(ttmem("completion fish").out.find("-l fail-on-leak"), std::string::npos);
    EXPECT_NE(ttmem("completion zsh").out.find("#compdef ttmem"), std::string::npos);
}

using RunCommand = Command;

TEST_F(RunCommand, TheCodeOfTheProgramIsOurs) {
    EXPECT_EQ(ttmem("run -- true").code, 0);
    EXPECT_EQ(ttmem("run -- sh -c 'exit 3'").code, 3);
    EXPECT_EQ(ttmem("run -- sh -c 'kill -9 $$'").code, 128 + 9);
    EXPECT_EQ(ttmem("run --fail-on-leak -- sh -c 'exit 3'").code, 3);
}

TEST_F(RunCommand, AProgramThatCannotBeStartedIsReportedAsByAShell) {
    const Outcome missing = ttmem("run -- ./no-such-program");
    EXPECT_EQ(missing.code, 127);
    EXPECT_NE(missing.err.find("`./no-such-program` cannot be started"), std::string::npos);
    std::ofstream(file("text")) << "no program\n";
    EXPECT_EQ(ttmem("run -- ./text").code, 126);
}

TEST_F(RunCommand, TheStreamsOfTheProgramAreUntouchedAndItsWordsToo) {
    EXPECT_EQ(ttmem("run -- cat", "printf 'in\\0put' |").out, std::string("in\0put", 6));
    EXPECT_EQ(ttmem("run -- echo '[1,2]' --json -- x '%%' ''").out, "[1,2] --json -- x %% \n");
}

TEST_F(RunCommand, TheProgramIsToldToRecordEventsUnlessTheUserWantsOtherwise) {
    const std::string show = "run -q -- sh -c 'echo $TTMEM_RUN $TTMEM_LEVEL $TTMEM_HISTORY_BYTES'";
    EXPECT_TRUE(std::regex_match(ttmem(show, "unset TTMEM_LEVEL TTMEM_HISTORY_BYTES;").out,
                                 std::regex("[0-9a-f]{32} events 4194304\n")));
    EXPECT_TRUE(std::regex_match(ttmem(show, "TTMEM_LEVEL=counts TTMEM_HISTORY_BYTES=9").out,
                                 std::regex("[0-9a-f]{32} counts 9\n")));
    EXPECT_NE(ttmem(show).out, ttmem(show).out);
}

TEST_F(RunCommand, ARunThatRecordedNothingIsInconclusiveAsACheck) {
    EXPECT_EQ(ttmem("run --fail-on-leak -- true").code, 12);
    const Outcome outcome = ttmem("run -- true");
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find("ttmem: `true` ended with 0 after"), std::string::npos);
    EXPECT_NE(outcome.err.find("next: ttmem doctor"), std::string::npos);
}

TEST_F(RunCommand, TheReportIsADocumentAndAWrongPathIsSaidBeforeTheProgramStarts) {
    EXPECT_EQ(ttmem("run --report report.json -- sh -c 'exit 4'").code, 4);
    const Json report = Json::parse(content(file("report.json")));
    EXPECT_EQ(report["schema"], "ttmem.run/1");
    EXPECT_EQ(report["exit_code"], 4);
    EXPECT_EQ(report["chips"], Json::array());
    EXPECT_EQ(report["leaks"], Json::array());
    EXPECT_EQ(report["verdicts"]["held_at_exit_bytes_all_chips"], 0);
    EXPECT_EQ(report["coverage"]["complete"], false);

    EXPECT_EQ(ttmem("run --report no/such/folder -- touch started").code, 1);
    EXPECT_FALSE(fs::exists(file("started")));
}

TEST_F(RunCommand, WithJsonTheReportFollowsTheOutputOfTheProgram) {
    const Outcome outcome = ttmem("run --json -- true");
    EXPECT_EQ(outcome.json()["schema"], "ttmem.run/1");
    EXPECT_EQ(outcome.err, "");
}

TEST_F(RunCommand, DescendantsThatStillRunAreListedAndLeftAlone) {
    const std::string program =
        "sleep 60 >/dev/null 2>&1 & echo $! > pid; until [ $(cat /proc/$!/comm) = sleep ]; do sleep 0.05; done";
    ASSERT_EQ(ttmem("run --report report.json -- sh -c '" + program + "'").code, 0);
    const Json running = Json::parse(content(file("report.json")))["still_running"];
    const int pid = std::stoi(content(file("pid")));
    ASSERT_EQ(running.size(), 1u);
    EXPECT_EQ(running[0]["pid"], pid);
    EXPECT_EQ(running[0]["comm"], "sleep");
    EXPECT_EQ(::kill(pid, SIGKILL), 0);
}

// Starts `ttmem run` on a program that answers signals, sends one to ttmem alone, and gives ttmem's exit code.
int code_after_signal(int signal, const fs::path& folder) {
    const std::string ready = (folder / "ready").string();
    const std::string program = "trap 'exit 7' TERM INT HUP; touch " + ready + "; while :; do sleep 0.05; done";
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::signal(SIGINT, SIG_DFL);
        ::execl(TTMEM_BIN_DIR "/ttmem", "ttmem", "run", "-q", "--", "sh", "-c", program.c_str(), nullptr);
        ::_exit(99);
    }
    for (int i = 0; i < 600 && !fs::exists(ready); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::kill(pid, signal);
    int status = 0;
    ::waitpid(pid, &status, 0);
    fs::remove(ready);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(RunCommand, SignalsAreHandedOnToTheProgram) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        EXPECT_EQ(code_after_signal(signal, folder_.path()), 7) << signal;
}

}  // namespace
