#include "src/exports/table.h"

#include <array>
#include <set>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "src/analysis/replay/replay.h"
#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/exports/table_form.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

std::string_view event_name(EventKind kind) {
    static constexpr std::array<std::string_view, 21> kNames = {"",
                                                                "allocated",
                                                                "freed",
                                                                "made_persistent",
                                                                "place_opened",
                                                                "place_closed",
                                                                "operation_begun",
                                                                "operation_ended",
                                                                "iteration_begun",
                                                                "iteration_ended",
                                                                "program_created",
                                                                "program_destroyed",
                                                                "plan_changed",
                                                                "dispatched",
                                                                "circular_buffers_freed",
                                                                "cache_cleared",
                                                                "trace_captured",
                                                                "trace_replayed",
                                                                "trace_released",
                                                                "failed",
                                                                "process_ended"};
    const auto number = static_cast<size_t>(kind);
    return number < kNames.size() ? kNames[number] : "";
}

bool is_memory(EventKind kind) { return kind == EventKind::kAllocated || kind == EventKind::kFreed; }

// Whether Event::place says anything.
bool has_place(EventKind kind) {
    switch (kind) {
        case EventKind::kAllocated:
        case EventKind::kFreed:
        case EventKind::kPlaceOpened:
        case EventKind::kPlaceClosed:
        case EventKind::kPlanChanged:
        case EventKind::kDispatched:
        case EventKind::kTraceCaptured:
            return true;
        default:
            return false;
    }
}

uint64_t time_number(WallTime at) { return at > 0 ? static_cast<uint64_t>(at) : 0; }
std::string id_text(uint64_t id) { return id == 0 ? "" : hex64(id); }

// Memory whose first free is still to come, before the recording began.
Event event_of(const Recording& recording, const Allocation& a) {
    Event event;
    event.at = a.since;
    event.subject = a.handle;
    event.address = a.address.value;
    event.requested_bytes = a.requested_bytes, event.bytes_per_bank = a.bytes_per_bank;
    if (a.program != 0) event.holder = recording.end.programs[a.program - 1].handle;
    if (a.trace != 0) event.holder = recording.end.traces[a.trace - 1].handle;
    event.process = a.process.value, event.place = a.place.value;
    event.op = a.op, event.tag = a.tag, event.thread = a.thread, event.iteration = a.iteration;
    event.banks = a.banks, event.data_banks = a.data_banks, event.stack = a.stack;
    event.pool = a.pool, event.allocation_class = a.allocation_class, event.persistent = a.persistent;
    event.kind = EventKind::kAllocated;
    return event;
}

// What is asked for by a row of a failure.
void add_failure(const Recording& recording, Event& event) {
    const std::vector<Failure>& failures = recording.end.processes[event.process].failures;
    if (event.subject >= failures.size()) return;
    const Failure& failure = failures[event.subject];
    event.pool = failure.pool;
    event.requested_bytes = failure.requested_bytes.value_or(0);
    event.bytes_per_bank = failure.bytes_per_bank.value_or(0);
    event.banks = static_cast<uint16_t>(failure.banks.value_or(0));
}

// The line of the user's program that made an allocation, and the line that called it, in words.
class Lines {
public:
    explicit Lines(const Snapshot& tables) : tables_(tables) {}
    void add(Row& row, uint32_t stack) {
        if (stack == 0) {
            row.nothing().nothing();
            return;
        }
        const auto [at, is_new] = known_.try_emplace(stack);
        if (is_new) at->second = {line_of(tables_, stack), caller_of(tables_, stack)};
        row.text(at->second.first).text(at->second.second);
    }

private:
    const Snapshot& tables_;
    std::unordered_map<uint32_t, std::pair<std::string, std::string>> known_;
};

void fill(Row& row, Lines& lines, const Recording& recording, const Event& event, std::string_view name) {
    const Snapshot& tables = recording.end;
    const bool is_failure = event.kind == EventKind::kFailed, memory = is_memory(event.kind);
    row.begin();
    row.number_or_nothing(time_number(event.at)).number_or_nothing(event.order).text(name);
    row.number(event.process).number(tables.processes[event.process].pid);
    row.text(hex128(tables.processes[event.process].ledger.value)).number_or_nothing(event.thread);
    if (has_place(event.kind)) {
        row.text(place_text(tables.places[event.place])).number(tables.places[event.place].chips.size());
    } else {
        row.nothing().nothing();
    }
    row.text(memory || is_failure ? pool_name(event.pool) : "");
    row.text(memory ? class_name(event.allocation_class) : "");
    row.text(tables.texts[event.op]).text(tables.texts[event.tag]).text(tables.texts[event.name]);
    row.number_or_nothing(event.iteration).text(is_failure ? "" : id_text(event.subject)).text(id_text(event.holder));
    if (memory) {
        row.number(event.address).number(event.requested_bytes);
        row.number(saturating_multiply(event.bytes_per_bank, event.banks)).number(event.bytes_per_bank);
        row.number(event.banks).number(event.data_banks).truth(event.persistent);
    } else {
        row.nothing().number_or_nothing(event.requested_bytes);
        row.number_or_nothing(saturating_multiply(event.bytes_per_bank, event.banks));
        row.number_or_nothing(event.bytes_per_bank).number_or_nothing(event.banks).nothing().nothing();
    }
    lines.add(row, event.stack);
}

// The line before the rows.
std::string begin_line(const Recording& recording, std::string_view what) {
    nlohmann::ordered_json json;
    json["ttmem_export"] = what;
    json["version"] = 1;
    json["began_unix_ns"] = recording.began_at, json["ended_unix_ns"] = recording.ended_at;
    json["processes"] = nlohmann::ordered_json::array();
    for (const Process& process : recording.end.processes) {
        json["processes"].push_back({{"pid", process.pid},
                                     {"ledger", hex128(process.ledger.value)},
                                     {"comm", valid_utf8(process.comm)},
                                     {"command_line", valid_utf8(process.command_line)},
                                     {"state", process_state_name(process.state)}});
    }
    json["places"] = nlohmann::ordered_json::array();
    for (const Place& place : recording.end.places) {
        nlohmann::ordered_json chips = nlohmann::ordered_json::array();
        for (const ChipId chip : place.chips) chips.push_back(hex64(chip.value));
        json["places"].push_back(
            {{"process", place.process.value}, {"place", valid_utf8(place_text(place))}, {"chip_ids", chips}});
    }
    return escaped_controls(json.dump()) + "\n";
}

std::string end_line(const Exported& exported) {
    nlohmann::ordered_json json;
    json["end"] = true;
    json["rows"] = exported.items;
    json["left_out"] = exported.left_out;
    json["complete"] = exported.complete();
    json["notes"] = nlohmann::ordered_json::array();
    for (const std::string& words : words_of(exported)) json["notes"].push_back(valid_utf8(words));
    return escaped_controls(json.dump()) + "\n";
}

// What both tables have around their rows.
class Table {
public:
    Table(const Recording& recording, RowSyntax syntax, const TableForm& form, ByteSink& sink)
        : row(syntax, form.columns), form_(form), syntax_(syntax), sink_(sink) {
        if (syntax == RowSyntax::kCsv) sink.put(row.heading());
        if (syntax == RowSyntax::kJsonLines) sink.put(begin_line(recording, form.name));
    }

    // The row that is filled now.
    void write(WallTime at) {
        const std::string before = before_row(), &line = row.end();
        if (!cut_.takes(sink_, before.size() + line.size(), at, end_bytes())) return;
        sink_.put(before);
        sink_.put(line);
        is_empty_ = false;
    }
    Exported finish(Coverage coverage) {
        Exported exported;
        exported.unit = syntax_ == RowSyntax::kValues ? form_.row : "row";
        exported.coverage = std::move(coverage);
        cut_.tell(sink_, exported);
        if (syntax_ == RowSyntax::kJsonLines) sink_.put(end_line(exported));
        if (syntax_ == RowSyntax::kValues && !is_empty_) sink_.put(kEndOfValues);
        return exported;
    }

    Row row;

private:
    static constexpr std::string_view kEndOfValues = ";\n";

    // What the last line takes.
    uint64_t end_bytes() const {
        return syntax_ == RowSyntax::kJsonLines ? 1024 : syntax_ == RowSyntax::kValues ? kEndOfValues.size() : 0;
    }
    // A statement that inserts nothing is an error, so that it begins with its first row.
    std::string before_row() const {
        if (syntax_ != RowSyntax::kValues) return "";
        return is_empty_ ? insert_statement(form_) : ",\n";
    }

    const TableForm& form_;
    bool is_empty_ = true;
    RowSyntax syntax_;
    ByteSink& sink_;
    Cut cut_;
};

class AllocationRows : public ReplayObserver {
public:
    AllocationRows(Table& table, const Snapshot& tables) : table_(table), lines_(tables) {}

    void left(const Replay& replay, const LiveBlock& block, Departure departure) override {
        static constexpr std::array<std::string_view, 4> kEnds = {"freed", "place_closed", "process_ended", "lost"};
        write(replay, block, kEnds[static_cast<size_t>(departure)], departure == Departure::kLost ? 0 : replay.now());
    }
    void ended(const Replay& replay) override {
        for (const LiveBlock& block : replay.blocks()) {
            if (block.is_live) write(replay, block, "live", 0);
        }
    }

private:
    void write(const Replay& replay, const LiveBlock& block, std::string_view end, WallTime ended) {
        const Snapshot& tables = replay.recording().end;
        const Place& place = tables.places[block.place];
        Row& row = table_.row;
        row.begin();
        row.text(id_text(block.handle)).number(block.process).number(tables.processes[block.process].pid);
        row.text(hex128(tables.processes[block.process].ledger.value));
        row.number_or_nothing(block.thread).text(place_text(place)).number(place.chips.size());
        row.text(pool_name(block.pool)).text(class_name(block.allocation_class));
        row.text(tables.texts[block.op]).text(tables.texts[block.tag]);
        row.number_or_nothing(block.iteration).text(id_text(block.holder));
        row.number(block.address).number(block.requested_bytes).number(block.reserved_bytes());
        row.number(block.bytes_per_bank).number(block.banks).truth(block.persistent != LiveBlock::kNever);
        row.number_or_nothing(time_number(block.since)).number_or_nothing(time_number(ended));
        if (block.since != 0 && ended >= block.since) {
            row.number(static_cast<uint64_t>(ended - block.since));
        } else {
            row.nothing();
        }
        row.text(end);
        lines_.add(row, block.stack);
        table_.write(ended);
    }

    Table& table_;
    Lines lines_;
};

}  // namespace

Exported write_event_table(const Recording& recording, RowSyntax syntax, ByteSink& sink) {
    Table table(recording, syntax, event_form(), sink);
    Lines lines(recording.end);
    for (const Allocation& allocation : recording.live_before) {
        fill(table.row, lines, recording, event_of(recording, allocation), "live_before");
        table.write(recording.began_at);
    }
    Coverage coverage = coverage_of(recording);
    if (recording.source != nullptr) {
        std::vector<Event> block;
        for (recording.source->rewind(); !sink.failed() && recording.source->next(block);) {
            for (Event& event : block) {
                if (event.kind == EventKind::kFailed) add_failure(recording, event);
                fill(table.row, lines, recording, event, event_name(event.kind));
                table.write(event.at);
            }
        }
    }
    return table.finish(std::move(coverage));
}

Exported write_allocation_table(const Recording& recording, RowSyntax syntax, ByteSink& sink) {
    Table table(recording, syntax, allocation_form(), sink);
    Replay replay(recording);
    AllocationRows rows(table, recording.end);
    replay.run(rows);
    Coverage coverage = coverage_of(recording);
    replay.note_damage(coverage);
    return table.finish(std::move(coverage));
}

}  // namespace ttmem
