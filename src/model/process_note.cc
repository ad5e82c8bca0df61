#include "src/model/process_note.h"

#include <charconv>
#include <string_view>
#include <unordered_map>

namespace ttmem {
namespace {

constexpr std::string_view kBegin = "process ";
constexpr size_t kMostNamed = 4;

struct Told {
    std::vector<uint32_t> pids;  // none: it is of no process
    std::string_view sentence;
};

Told told_by(std::string_view note) {
    if (!note.starts_with(kBegin)) return {{}, note};
    uint32_t pid = 0;
    const char* begin = note.data() + kBegin.size();
    const auto [end, error] = std::from_chars(begin, note.data() + note.size(), pid);
    const std::string_view rest = note.substr(static_cast<size_t>(end - note.data()));
    if (error != std::errc{} || !rest.starts_with(": ")) return {{}, note};
    return {{pid}, rest.substr(2)};
}

std::string words_of(const Told& told) {
    const size_t named = told.pids.size() <= kMostNamed ? told.pids.size() : kMostNamed - 1;
    std::string pids;
    for (size_t i = 0; i < named; ++i) {
        if (i != 0) pids += i + 1 == told.pids.size() ? " and " : ", ";
        pids += std::to_string(told.pids[i]);
    }
    if (named < told.pids.size()) pids += " and " + std::to_string(told.pids.size() - named) + " more";
    return "processes " + pids + ": " + std::string(told.sentence);
}

}  // namespace

std::string process_note(uint32_t pid, const std::string& sentence) {
    return std::string(kBegin) + std::to_string(pid) + ": " + sentence;
}

std::vector<std::string> with_processes_together(const std::vector<std::string>& notes) {
    std::vector<Told> all;
    std::unordered_map<std::string_view, size_t> first;  // of a sentence of processes
    for (const std::string& note : notes) {
        Told told = told_by(note);
        if (!told.pids.empty()) {
            const auto [at, fresh] = first.try_emplace(told.sentence, all.size());
            if (!fresh) {
                all[at->second].pids.push_back(told.pids.front());
                continue;
            }
        }
        all.push_back(std::move(told));
    }
    std::vector<std::string> together;
    for (const Told& told : all) {
        if (told.pids.size() > 1) {
            together.push_back(words_of(told));
        } else {
            together.push_back(told.pids.empty() ? std::string(told.sentence)
                                                 : process_note(told.pids.front(), std::string(told.sentence)));
        }
    }
    return together;
}

std::string_view words_of_mock(std::string_view note) {
    constexpr std::string_view kBegin = "on a mock of ";
    size_t at = note.find(kBegin);
    if (at != 0 && (at == std::string_view::npos || !note.substr(0, at).ends_with(": "))) return {};
    at = note.find(": ", at + kBegin.size());
    return at == std::string_view::npos ? std::string_view() : note.substr(at + 2);
}

}  // namespace ttmem
