#include "src/views/json/json.h"

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/json/mistakes.h"

namespace ttmem {
namespace {

Json pool_json(const PoolUse& use) {
    const auto low = [](const std::optional<Interval>& peak) { return peak ? Json(peak->low) : Json(nullptr); };
    const auto high = [](const std::optional<Interval>& peak) {
        return peak && peak->high != UINT64_MAX ? Json(peak->high) : Json(nullptr);
    };
    const bool known = use.peak_requested && use.peak_reserved;
    Json json;
    json["requested_bytes"] = or_null(use.requested_bytes);
    json["reserved_bytes"] = or_null(use.reserved_bytes);
    json["peak_requested_bytes"] = low(use.peak_requested);
    json["peak_reserved_bytes"] = low(use.peak_reserved);
    json["peak_exact"] = known ? Json(use.peak_requested->exact() && use.peak_reserved->exact()) : Json(nullptr);
    json["peak_requested_bytes_max"] = high(use.peak_requested);
    json["peak_reserved_bytes_max"] = high(use.peak_reserved);
    json["capacity_bytes"] = or_null(use.capacity_bytes);
    json["allocations"] = or_null(use.allocations);
    json["is_bound"] = use.requested_bytes ? Json(use.is_bound) : Json(nullptr);
    return json;
}

}  // namespace

Json document(std::string_view command, WallTime generated_at, const Coverage& coverage) {
    Json json;
    json["schema"] = "ttmem." + std::string(command) + "/1";
    json["generated_at"] = rfc3339(generated_at);
    json["coverage"] = coverage_json(coverage);
    return json;
}

Json coverage_json(const Coverage& coverage) {
    Json json;
    json["complete"] = coverage.complete;
    json["events_lost"] = coverage.events_lost;
    json["untracked_allocations"] = coverage.untracked_allocations;
    json["untracked_bytes"] = coverage.untracked_bytes;
    json["untracked_now_allocations"] = coverage.untracked_now_allocations;
    json["untracked_now_bytes"] = coverage.untracked_now_bytes;
    json["notes"] = Json::array();
    for (const std::string& note : coverage.notes) json["notes"].push_back(valid_utf8(note));
    return json;
}

Json chip_json(const ChipUse& use) {
    Json json;
    json["chip_id"] = hex64(use.chip.id.value);
    json["logical_id"] = or_null(use.chip.logical_id);
    json["arch"] = text_or_null(use.chip.arch);
    for (const Pool pool : kAllPools) json["pools"][std::string(pool_name(pool))] = pool_json(use.pool(pool));
    json["cb"]["reserved_bytes"] = or_null(use.cb.reserved_bytes);
    json["cb"]["resident_bytes"] = or_null(use.cb.resident_bytes);
    json["cb"]["max_bytes_per_core"] = or_null(use.cb.largest_core_bytes);
    json["cb"]["is_bound"] = use.cb.is_bound;
    return json;
}

Json chips_json(std::span<const ChipUse> chips) {
    Json json = Json::array();
    for (const ChipUse& use : in_order(chips)) json.push_back(chip_json(use));
    return json;
}

Json process_json(const Process& process) {
    Json json;
    json["pid"] = process.pid;
    json["pid_verified"] = process.pid_verified;
    json["comm"] = valid_utf8(process.comm);
    json["state"] = process_state_name(process.state);
    json["ledger"] = hex128(process.ledger.value);
    json["ledger_path"] = valid_utf8(process.ledger_path);
    json["uid"] = process.uid;
    json["command_line"] = valid_utf8(process.command_line);
    json["started_at"] = time_or_null(process.started_at);
    json["level"] = text_or_null(process.level);
    json["runtime"] = text_or_null(process.runtime);
    json["coverage"] = coverage_json(process.coverage);
    json["failed_allocations"] = process.failed_allocations;
    json["mistakes"] = mistakes_json(process.mistakes);
    json["chips"] = chips_json(process.chips);
    return json;
}

Json process_id_json(const Process& process) {
    Json json;
    json["ledger"] = hex128(process.ledger.value);
    json["pid"] = process.pid;
    return json;
}

Json item_json(const Snapshot& snapshot, uint64_t handle, ProcessIndex process) {
    Json json;
    json["id"] = hex64(handle);
    json.update(process_id_json(snapshot.processes[process.value]));
    return json;
}

void add_place(Json& json, const Place& place) {
    json["place"] = valid_utf8(place_text(place));
    json["chips"] = Json::array();
    for (const ChipId chip : place.chips) json["chips"].push_back(hex64(chip.value));
}

std::string program_name(const Program& program) {
    if (!program.name.empty()) return program.name;
    return hex64(program.unique_id != 0 ? program.unique_id : program.handle);
}

Json id_or_null(uint64_t id) { return id != 0 ? Json(hex64(id)) : Json(nullptr); }

Json stack_json(const Snapshot& snapshot, uint32_t stack) {
    Json frames = Json::array();
    for (const StackFrame& frame : frames_of(snapshot, stack)) {
        frames.push_back({{"file", text_or_null(snapshot.texts[frame.file])},
                          {"line", frame.line != 0 ? Json(frame.line) : Json(nullptr)},
                          {"function", text_or_null(snapshot.texts[frame.function])}});
    }
    return frames;
}

Json allocation_json(const Snapshot& snapshot, const Allocation& allocation) {
    const std::optional<Verdict> verdict = verdict_of(snapshot, allocation);
    const std::string program = allocation.program != 0 ? program_name(snapshot.programs[allocation.program - 1]) : "";
    Json json = item_json(snapshot, allocation.handle, allocation.process);
    add_place(json, snapshot.place_of(allocation));
    json["pool"] = pool_name(allocation.pool);
    json["address"] = allocation.address.value;
    json["requested_bytes"] = allocation.requested_bytes;
    json["reserved_bytes"] = allocation.reserved_bytes();
    json["class"] = class_name(allocation.allocation_class);
    json["op"] = text_or_null(snapshot.texts[allocation.op]);
    json["tag"] = text_or_null(snapshot.texts[allocation.tag]);
    json["program"] = text_or_null(program);
    json["holder_ended"] = allocation.holder_ended;
    json["thread"] = allocation.thread != 0 ? Json(allocation.thread) : Json(nullptr);
    json["since"] = time_or_null(allocation.since != 0 ? std::optional(allocation.since) : std::nullopt);
    json["verdict"] = verdict ? Json(verdict_name(*verdict)) : Json(nullptr);
    json["unique_id"] = id_or_null(allocation.unique_id);
    json["persistent"] = allocation.persistent;
    if (allocation.stack != 0) json["stack"] = stack_json(snapshot, allocation.stack);
    return json;
}

Json left_behind_json(const Snapshot& snapshot, const LeftBehind& plan) {
    const Program& program = snapshot.programs[plan.program];
    Json json = item_json(snapshot, program.handle, program.process);
    add_place(json, snapshot.places[program.cbs[plan.cbs].place.value]);
    json["pool"] = pool_name(Pool::kL1);
    json["address"] = nullptr;  // each circular buffer has its own: `ttmem programs --left-behind`
    json["requested_bytes"] = 0;
    json["reserved_bytes"] = 0;
    json["class"] = "cb_plan";
    json["op"] = text_or_null(snapshot.texts[program.op]);
    json["tag"] = text_or_null(snapshot.texts[program.tag]);
    json["program"] = valid_utf8(program_name(program));
    json["holder_ended"] = true;
    json["thread"] = program.thread != 0 ? Json(program.thread) : Json(nullptr);
    json["since"] = time_or_null(program.created_at);
    json["verdict"] = verdict_name(Verdict::kLeaked);
    json["unique_id"] = id_or_null(program.unique_id);
    json["persistent"] = false;
    return json;
}

std::string bytes_over(std::string name, Over over) {
    return over == Over::kAllChips ? std::move(name) + "_all_chips" : name;
}

Json verdicts_json(const VerdictBytes& bytes, Over over) {
    Json json;
    const auto add = [&](const std::string& verdict, const VerdictSum& sum) {
        json[bytes_over(verdict + "_bytes", over)] = sum.bytes;
        json[verdict + "_is_bound"] = sum.is_bound;
    };
    add("leaked", bytes.leaked);
    add("cached", bytes.cached);
    add("released_by_close", bytes.released_by_close);
    add("held_at_exit", bytes.held_at_exit);
    json[bytes_over("unknown_bytes", over)] = or_null(bytes.unknown);
    return json;
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(valid_utf8(text)); }

Json time_or_null(std::optional<WallTime> time) { return time ? Json(rfc3339(*time)) : Json(nullptr); }

std::string to_text(const Json& json) { return escaped_controls(json.dump(2)) + "\n"; }

}  // namespace ttmem
