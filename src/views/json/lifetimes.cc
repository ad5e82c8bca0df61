#include "src/views/json/lifetimes.h"

#include <unordered_map>

#include "src/analysis/replay/pool_banks.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

// Texts that are used, numbered in the order in which they are met; 0 is none.
class UsedTexts {
public:
    size_t of(const std::string& text) {
        if (text.empty()) return 0;
        const auto [at, is_new] = numbers_.try_emplace(text, list_.size());
        if (is_new) list_.push_back(valid_utf8(text));
        return at->second;
    }
    Json take() { return std::move(list_); }

private:
    std::unordered_map<std::string, size_t> numbers_;
    Json list_ = Json::array({""});
};

// The number of the event since which it has outlived its iteration, program or trace; 0 it has not.
uint64_t outlived_from(const LiveBlock& block) {
    if (!block.outlived()) return 0;
    const bool may_stay = block.persistent != LiveBlock::kNever ||
                          block.allocation_class == AllocationClass::kProgram ||
                          block.allocation_class == AllocationClass::kTrace;
    return may_stay ? block.holder_ended : std::min(block.holder_ended, block.iteration_over);
}

const char* end_text(const Lifetime& lifetime) {
    if (lifetime.ended == 0) return "live";
    switch (lifetime.departure) {
        case Departure::kFreed:
            return "freed";
        case Departure::kClosed:
            return "released by a close";
        case Departure::kProcessEnded:
            return "held when its process ended";
        case Departure::kLost:
            break;
    }
    return "lost in a gap of the history";
}

// What called the line of the user's program, the innermost first; "" where nothing did, or it is not known.
std::string callers_of(const Snapshot& tables, uint32_t stack) {
    const std::string line = line_of(tables, stack);
    std::string callers;
    bool is_outside = false;
    for (const StackFrame& frame : frames_of(tables, stack)) {
        const std::string words = frame_words(tables, frame);
        if (is_outside) callers += (callers.empty() ? "" : " < ") + words;
        is_outside |= words == line;
    }
    return callers;
}

class Columns {
public:
    Columns(const PageValues& values, const Holders& holders, UsedTexts& texts)
        : values_(values), holders_(holders), texts_(texts) {}

    Json of(const PoolLifetimes& pool) const {
        Json json;
        json["allocations"] = pool.allocations;
        json["left_out"] = pool.left_out;
        json["most_left_out_per_bank"] = pool.most_left_out_per_bank;
        for (const char* name :
             {"born", "ended", "from", "to", "address", "per_bank", "banks", "requested", "op", "tag", "class",
              "persistent", "outlived", "leaked", "thread", "iteration", "holder", "pid", "end"})
            json[name] = Json::array();
        if (has_lines()) json["line"] = json["callers"] = Json::array();
        for (const Lifetime& lifetime : pool.kept) add(json, lifetime);
        return json;
    }

private:
    Json after_begin(WallTime at) const {
        if (at == 0 || !values_.timeline.by_time) return nullptr;
        return (at - values_.timeline.from) / 1000;
    }
    void add(Json& json, const Lifetime& lifetime) const {
        const LiveBlock& block = lifetime.block;
        const Snapshot& tables = values_.recording.end;
        const Json holder = holders_.name(block.process, block.holder);
        json["born"].push_back(block.born);
        json["ended"].push_back(lifetime.ended);
        json["from"].push_back(after_begin(block.since));
        json["to"].push_back(after_begin(lifetime.until));
        const bool is_nowhere = lies_nowhere(tables, block.process, block.address);
        json["address"].push_back(is_nowhere ? Json(nullptr) : Json(block.address));
        json["per_bank"].push_back(block.bytes_per_bank);
        json["banks"].push_back(block.banks);
        json["requested"].push_back(block.requested_bytes);
        json["op"].push_back(texts_.of(tables.texts[block.op]));
        json["tag"].push_back(texts_.of(tables.texts[block.tag]));
        json["class"].push_back(texts_.of(std::string(class_name(block.allocation_class))));
        json["persistent"].push_back(block.persistent != LiveBlock::kNever ? 1 : 0);
        json["outlived"].push_back(outlived_from(block));
        json["leaked"].push_back(lifetime.leaked ? 1 : 0);
        json["thread"].push_back(block.thread);
        json["iteration"].push_back(block.iteration);
        json["holder"].push_back(holder.is_string() ? texts_.of(holder.get<std::string>()) : 0);
        json["pid"].push_back(tables.processes[block.process].pid);
        json["end"].push_back(texts_.of(end_text(lifetime)));
        if (!has_lines()) return;
        const Lines lines = lines_of_stack(block.stack);
        json["line"].push_back(lines.line);
        json["callers"].push_back(lines.callers);
    }

    bool has_lines() const { return values_.recording.end.stacks.size() > 1; }
    struct Lines {
        size_t line = 0, callers = 0;
    };
    Lines lines_of_stack(uint32_t stack) const {
        const auto [at, is_new] = lines_.try_emplace(stack);
        if (is_new) {
            const Snapshot& tables = values_.recording.end;
            at->second = {texts_.of(line_of(tables, stack)), texts_.of(callers_of(tables, stack))};
        }
        return at->second;
    }

    const PageValues& values_;
    const Holders& holders_;
    UsedTexts& texts_;
    mutable std::unordered_map<uint32_t, Lines> lines_;  // by stack
};

}  // namespace

Json lifetimes_json(const PageValues& values) {
    UsedTexts texts;
    const Holders holders(values.recording.end);
    const Columns columns(values, holders, texts);
    Json json;
    json["pools"] = Json::array();
    for (const PoolLifetimes& pool : values.lifetimes) json["pools"].push_back(columns.of(pool));
    json["texts"] = texts.take();
    return json;
}

}  // namespace ttmem
