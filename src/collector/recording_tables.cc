#include "src/collector/recording_tables.h"

#include <optional>
#include <utility>

namespace ttmem {
namespace {

// A time that is known stays. While a process runs each look reckons it a few nanoseconds otherwise, and what is other
// than it was is written to a capture again.
void keep(const std::optional<WallTime>& before, std::optional<WallTime>& now) {
    if (before && now) now = before;
}

}  // namespace

uint32_t RecordingTables::text(std::string_view text) {
    if (text.empty()) return 0;
    const auto [at, fresh] = texts_.try_emplace(std::string(text), static_cast<uint32_t>(snapshot_.texts.size()));
    if (fresh) snapshot_.texts.emplace_back(text);
    return at->second;
}

ProcessIndex RecordingTables::process(const Process& process) {
    const auto next = static_cast<uint32_t>(snapshot_.processes.size());
    const auto [at, fresh] = processes_.try_emplace(process.ledger, next);
    if (fresh) snapshot_.processes.push_back(process);
    return ProcessIndex{at->second};
}

uint32_t RecordingTables::place(Place place) {
    const auto next = static_cast<uint32_t>(snapshot_.places.size());
    const auto [at, fresh] = places_.try_emplace({place.process.value, place.opening}, next + 1);
    if (fresh) {
        snapshot_.places.push_back(std::move(place));
    } else {
        Place& known = snapshot_.places[at->second - 1];
        keep(known.opened_at, place.opened_at);
        keep(known.closed_at, place.closed_at);
        known = std::move(place);
    }
    return at->second - 1;
}

void RecordingTables::add(Program program) {
    const auto next = static_cast<uint32_t>(snapshot_.programs.size());
    const auto [at, fresh] = programs_.try_emplace({program.process.value, program.handle}, next + 1);
    if (fresh) {
        snapshot_.programs.push_back(std::move(program));
    } else {
        Program& known = snapshot_.programs[at->second - 1];
        keep(known.created_at, program.created_at);
        known = std::move(program);
    }
}

void RecordingTables::add(Trace trace) {
    const auto next = static_cast<uint32_t>(snapshot_.traces.size());
    const auto [at, fresh] = traces_.try_emplace({trace.process.value, trace.handle}, next + 1);
    if (fresh) {
        snapshot_.traces.push_back(std::move(trace));
    } else {
        Trace& known = snapshot_.traces[at->second - 1];
        keep(known.captured_at, trace.captured_at);
        known = std::move(trace);
    }
}

uint32_t RecordingTables::add(CbPlan plan) {
    snapshot_.plans.push_back(std::move(plan));
    return static_cast<uint32_t>(snapshot_.plans.size());
}

void RecordingTables::update_holders(ProcessIndex process, const Snapshot& now, const std::vector<uint32_t>& texts,
                                     const std::vector<uint32_t>& places) {
    for (Program program : now.programs) {
        program.process = process;
        program.op = texts[program.op];
        program.tag = texts[program.tag];
        for (ProgramCbs& cbs : program.cbs) cbs.place = PlaceIndex{places[cbs.place.value]};
        add(std::move(program));
    }
    for (Trace trace : now.traces) {
        trace.process = process;
        trace.place = PlaceIndex{places[trace.place.value]};
        add(std::move(trace));
    }
}

void RecordingTables::update(ProcessIndex process, const Snapshot& now, std::vector<Allocation>& allocations) {
    std::vector<uint32_t> texts, places, stacks = {0};
    for (const std::string& text : now.texts) texts.push_back(this->text(text));
    for (size_t i = 1; i < now.stacks.size(); ++i) {  // callers come first
        const StackFrame& frame = now.stacks[i];
        stacks.push_back(stacks_.find_or_add(
            snapshot_.stacks, {stacks[frame.caller], texts[frame.file], texts[frame.function], frame.line}));
    }
    for (Place place : now.places) {
        place.process = process;
        places.push_back(this->place(place));
    }
    Process entry = now.processes.front();
    for (Failure& failure : entry.failures) {
        failure.op = texts[failure.op];
        failure.tag = texts[failure.tag];
        if (failure.place) failure.place = PlaceIndex{places[failure.place->value]};
    }
    for (uint32_t& operation : entry.operations) operation = texts[operation];
    snapshot_.processes[process.value] = std::move(entry);

    for (Program& program : snapshot_.programs) {
        if (program.process != process) continue;
        program.destroyed = true;  // unless it is there now
        program.cbs.clear();
    }
    for (Trace& trace : snapshot_.traces) trace.ended = trace.ended || trace.process == process;
    update_holders(process, now, texts, places);

    for (Allocation allocation : now.allocations) {
        allocation.process = process;
        allocation.place = PlaceIndex{places[allocation.place.value]};
        allocation.op = texts[allocation.op];
        allocation.tag = texts[allocation.tag];
        allocation.stack = stacks[allocation.stack];
        if (allocation.program != 0) {
            allocation.program = program(process, now.programs[allocation.program - 1].handle);
        }
        if (allocation.trace != 0) allocation.trace = trace(process, now.traces[allocation.trace - 1].handle);
        allocations.push_back(allocation);
    }
}

}  // namespace ttmem
