// The JSON of all commands. Names are stable: they are only ever added to.
//
// 64-bit ids are hexadecimal text, bytes and addresses numbers, times RFC 3339, what is not known is null. Foreign
// bytes become valid UTF-8.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "src/analysis/leaks/leaks.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/model/snapshot.h"

namespace ttmem {

using Json = nlohmann::ordered_json;

// The begin of every document: schema "ttmem.<command>/1", generated_at, coverage.
Json document(std::string_view command, WallTime generated_at, const Coverage& coverage);

Json coverage_json(const Coverage& coverage);
Json chip_json(const ChipUse& use);
Json chips_json(std::span<const ChipUse> chips);  // in the order of their numbers
Json process_json(const Process& process);
Json process_id_json(const Process& process);  // "ledger", "pid"
// What items begin with: "id", "ledger", "pid".
Json item_json(const Snapshot& snapshot, uint64_t handle, ProcessIndex process);
// Adds "place" and "chips".
void add_place(Json& json, const Place& place);
std::string program_name(const Program& program);  // a number where it has no name
Json id_or_null(uint64_t id);                      // null for 0
// The frames of a call stack, the innermost first.
Json stack_json(const Snapshot& snapshot, uint32_t stack);
// As AllocationItems writes it; names and order are in both.
Json allocation_json(const Snapshot& snapshot, const Allocation& allocation);
// Of circular buffers that were left behind: class "cb_plan".
Json left_behind_json(const Snapshot& snapshot, const LeftBehind& plan);
// The name of a sum: "requested_bytes" of one chip, "requested_bytes_all_chips".
std::string bytes_over(std::string name, Over over);
Json verdicts_json(const VerdictBytes& bytes, Over over = Over::kAllChips);

Json text_or_null(std::string_view text);  // null for ""
Json time_or_null(std::optional<WallTime> time);

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

// The document as text: indented, ended by a newline.
std::string to_text(const Json& json);

}  // namespace ttmem
