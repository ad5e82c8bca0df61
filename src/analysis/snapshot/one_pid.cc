#include "src/analysis/snapshot/one_pid.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace ttmem {
namespace {

// Takes items out of a table, and says where those that stay are afterwards.
class Moves {
public:
    template <class Item, class Stays>
    Moves(std::vector<Item>& table, Stays stays) {
        std::vector<Item> kept;
        for (Item& item : table) {
            to_.push_back(static_cast<uint32_t>(kept.size()));
            if (stays(item)) kept.push_back(std::move(item));
        }
        table = std::move(kept);
    }
    template <class Index>
    void apply(Index& index) const {
        index.value = to_.at(index.value);
    }
    // Of a number that is 1 + an index, or 0.
    void apply_after_one(uint32_t& number) const {
        if (number != 0) number = to_.at(number - 1) + 1;
    }

private:
    std::vector<uint32_t> to_;
};

bool is_of_a_process(const std::string& note) {
    const std::string_view before = "process ";
    const size_t digits_end = note.find_first_not_of("0123456789", before.size());
    return note.starts_with(before) && digits_end != std::string::npos && digits_end > before.size() &&
           note.compare(digits_end, 2, ": ") == 0;
}

// The whole's own notes do not say which of them make it incomplete: as long as there are some, it may be these.
Coverage coverage_of_pid(const Coverage& whole, const std::vector<const Process*>& own, bool others_are_incomplete) {
    Coverage coverage;
    for (const Process* process : own) {
        Coverage named = process->coverage;
        for (std::string& sentence : named.notes) sentence = fmt::format("process {}: {}", process->pid, sentence);
        coverage.merge(named);
    }
    bool of_the_whole = false;
    for (const std::string& note : whole.notes) {
        if (is_of_a_process(note)) continue;
        of_the_whole = true;
        coverage.note(note, false);
    }
    if (!whole.complete && (of_the_whole || !others_are_incomplete)) coverage.complete = false;
    return coverage;
}

}  // namespace

Snapshot of_pid(Snapshot s, uint32_t pid) {
    std::vector<const Process*> own;
    std::vector<bool> stays;
    bool others_are_incomplete = false;
    for (const Process& process : s.processes) {
        stays.push_back(process.pid == pid);
        if (process.pid == pid) own.push_back(&process);
        others_are_incomplete |= process.pid != pid && !process.coverage.complete;
    }
    s.coverage = coverage_of_pid(s.coverage, own, others_are_incomplete);
    s.chips.clear();

    const auto is_own = [&](const auto& item) { return stays[item.process.value]; };
    const Moves places(s.places, is_own), programs(s.programs, is_own), traces(s.traces, is_own);
    std::erase_if(s.allocations, [&](const Allocation& a) { return !is_own(a); });
    const Moves processes(s.processes, [&](const Process& process) { return process.pid == pid; });

    for (Process& process : s.processes) {
        for (Failure& failure : process.failures) {
            if (failure.place) places.apply(*failure.place);
        }
    }
    for (Place& place : s.places) processes.apply(place.process);
    for (Program& program : s.programs) {
        processes.apply(program.process);
        for (ProgramCbs& cbs : program.cbs) places.apply(cbs.place);
    }
    for (Trace& trace : s.traces) {
        processes.apply(trace.process);
        places.apply(trace.place);
    }
    for (Allocation& a : s.allocations) {
        processes.apply(a.process);
        places.apply(a.place);
        programs.apply_after_one(a.program);
        traces.apply_after_one(a.trace);
    }
    return s;
}

}  // namespace ttmem
