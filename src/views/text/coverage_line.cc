#include "src/views/text/coverage_line.h"

#include <fmt/format.h>

#include <unordered_set>

#include "src/base/text.h"
#include "src/model/process_note.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostNotes = 4;  // in one line

std::string_view without_full_stop(std::string_view note) {
    return note.ends_with('.') ? note.substr(0, note.size() - 1) : note;
}

}  // namespace

std::string coverage_lines(const Coverage& coverage, const Look& look) {
    std::string missing;
    const auto add = [&](const std::string& part) { missing += (missing.empty() ? "" : "; ") + part; };
    // Of interest only where something is missing: what is live and its peaks need no history.
    if (coverage.events_lost != 0 && !coverage.complete) {
        add(counted(coverage.events_lost, "event") + " of the history lost");
    }
    const std::vector<std::string> notes = with_processes_together(coverage.notes);
    const size_t shown = notes.size() <= kMostNotes ? notes.size() : kMostNotes - 1;
    for (size_t i = 0; i < shown; ++i) add(printable(without_full_stop(notes[i])));
    if (shown < notes.size()) add(fmt::format("{} more with --json", notes.size() - shown));
    if (coverage.complete) return missing.empty() ? "" : wrapped("Note: " + missing + "\n", look);
    if (missing.empty()) missing = "some figures could not be read";
    return wrapped(look.paint(Tone::kWarning, "Incomplete:") + " " + missing + "\n", look);
}

std::string coverage_lines(const Coverage& coverage, const std::vector<const Process*>& processes, const Look& look) {
    if (coverage.complete) return coverage_lines(coverage, look);
    std::unordered_set<std::string> harmless;
    for (const Process* process : processes) {
        if (!process->coverage.complete) continue;
        for (const std::string& note : process->coverage.notes) harmless.insert(process_note(process->pid, note));
    }
    Coverage missing = coverage, remarks;
    missing.notes.clear();
    for (const std::string& note : coverage.notes) (harmless.contains(note) ? remarks : missing).notes.push_back(note);
    return coverage_lines(missing, look) + coverage_lines(remarks, look);
}

std::string coverage_lines(const Snapshot& snapshot, const Look& look) {
    std::vector<const Process*> processes;
    for (const Process& process : snapshot.processes) processes.push_back(&process);
    return coverage_lines(snapshot.coverage, processes, look);
}

std::string below_each_other(std::string_view sentence) {
    std::string text;
    for (std::string_view separator = ": ";; separator = "; ") {
        const size_t end = sentence.find(separator);
        text += printable(sentence.substr(0, end));
        if (end == std::string_view::npos) return text;
        text += "\n  ";
        sentence.remove_prefix(end + separator.size());
    }
}

std::string not_judged_lines(const Judgement& judgement, const Look& look) {
    std::string text;
    for (const std::string& sentence : judgement.not_judged)
        text += look.paint(Tone::kWarning, "Not judged:") + " " + below_each_other(sentence) + "\n";
    return text;
}

}  // namespace ttmem
