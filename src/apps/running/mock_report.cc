#include "src/apps/running/mock_report.h"

#include <sys/statvfs.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/apps/running/last_words.h"

namespace ttmem {
namespace {

using nlohmann::json;

constexpr std::streamoff kTail = 64 << 10;  // of a log, in which its last words are looked for

std::string tail_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(0, std::ios::end);
    file.seekg(std::max<std::streamoff>(file.tellg() - kTail, 0));
    std::ostringstream tail;
    tail << file.rdbuf();  // unlike iterators it throws nothing
    return tail.str();
}

bool is_full(const std::string& path) {
    struct statvfs folder {};
    const std::string parent = std::filesystem::path(path).parent_path();
    return ::statvfs(parent.c_str(), &folder) == 0 && folder.f_bavail == 0;
}

// The error of `ttmem run` itself, which stands in its log alone where no program has started: "WHAT: WHY; NEXT".
std::string error_in(const std::string& log) {
    constexpr std::string_view kWhat = "ttmem: ", kWhy = "  why:", kNext = "  next:";
    std::string text;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        std::string_view words = line;
        std::string_view between = " ";
        if (words.starts_with(kWhat)) {
            text.clear(), between = "", words.remove_prefix(kWhat.size());
        } else if (text.empty()) {
            continue;  // said by others before
        } else if (words.starts_with(kWhy)) {
            between = ": ", words.remove_prefix(kWhy.size());
        } else if (words.starts_with(kNext)) {
            between = "; ", words.remove_prefix(kNext.size());
        }
        words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
        text += std::string(between) + std::string(words);
    }
    return text;
}

std::string why_no_report(const std::string& base, int status) {
    const std::string log = tail_of(base + ".log");
    if (WIFSIGNALED(status))
        return "what became of it is not known: its `ttmem run` was ended by signal " +
               std::to_string(WTERMSIG(status));
    if (const std::string error = error_in(log); !error.empty()) return "it was not run: " + error;
    if (is_full(base)) return "it was not run: no space is left in the folder of " + base;
    return "it was not run: `ttmem run` ended with " + std::to_string(WEXITSTATUS(status)) + " and said nothing";
}

Coverage coverage_of(const json& report) {
    Coverage coverage;
    const json& said = report["coverage"];
    coverage.complete = said.value("complete", false);
    for (const json& note : said["notes"]) coverage.notes.push_back(note.get<std::string>());
    const json& capture = report["capture"];
    if (capture.is_object() && capture["ended_early"].is_string())
        coverage.note("its capture has not all: " + capture["ended_early"].get<std::string>());
    return coverage;
}

void read_mock(const json& mock, MockEnd& ended) {
    ended.stand_in_compiler = mock.value("stand_in_compiler", false);
    ended.end.opened_hardware = mock.value("opened_device", false);
    if (mock["chips"].is_number_unsigned()) ended.end.machine_chips = mock["chips"].get<size_t>();  // else a user's
    if (mock["host_refused_bytes"].is_number_unsigned())
        ended.end.host_refused_bytes = mock["host_refused_bytes"].get<uint64_t>();
    for (const json& process : mock["failed_processes"]) {
        FailedProcess failed{process.value("pid", 0u), process.value("comm", ""), std::nullopt,
                             process.value("failed_allocations", uint64_t{0})};
        if (process["status"].is_number_integer()) failed.status = process["status"].get<int>();
        ended.end.failed.push_back(std::move(failed));
    }
}

}  // namespace

MockEnd read_mock_report(const std::string& base, int status) {
    MockEnd ended;
    std::ifstream file(base + ".json", std::ios::binary);
    json report = json::parse(file, nullptr, false);
    if (!report.is_object()) {
        ended.end.why_unknown = why_no_report(base, status);
        return ended;
    }
    FitEnd& end = ended.end;
    end.code = report.value("child_exit_code", -1);
    if (report["child_signal"].is_number_integer()) end.signal = report["child_signal"].get<int>();
    end.left_running = !report["still_running"].empty();
    end.coverage = coverage_of(report);
    ended.run_id = report.value("run_id", "");
    read_mock(report["mock"], ended);
    if (end.code != 0 || !end.failed.empty()) end.last_words = last_words(tail_of(base + ".log"), end.signal != 0);
    return ended;
}

}  // namespace ttmem
