#include "src/exports/exported.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "src/base/text.h"

namespace ttmem {
namespace {

std::optional<uint32_t> number_of(const Recording& recording, ChipId chip) {
    for (const Process& process : recording.end.processes) {
        for (const ChipUse& use : process.chips) {
            if (use.chip.id == chip && use.chip.logical_id) return use.chip.logical_id;
        }
    }
    return std::nullopt;
}

}  // namespace

bool Cut::takes(const ByteSink& sink, uint64_t bytes, WallTime at, uint64_t reserve) {
    if (left_out_ == 0 && sink.has_room(bytes + reserve)) {
        ++written_;
        return true;
    }
    if (left_out_++ == 0) since_ = at;
    return false;
}

void Cut::tell(const ByteSink& sink, Exported& exported) const {
    exported.items = written_;
    exported.left_out = left_out_;
    if (left_out_ == 0) return;
    exported.notes.push_back(fmt::format(
        "The last {} did not fit in {}{}.", counted(left_out_, exported.unit), bytes_text(sink.most()),
        since_ == 0 ? "" : fmt::format(": what happened from {} on is not there; --from exports it", rfc3339(since_))));
}

std::string chips_words(const Recording& recording, const std::vector<ChipId>& chips) {
    std::vector<uint32_t> numbers;
    std::string ids;
    for (const ChipId chip : chips) {
        if (const std::optional<uint32_t> number = number_of(recording, chip)) {
            numbers.push_back(*number);
        } else {
            ids += (ids.empty() ? "" : ",") + hex64(chip.value);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    std::string list;
    for (size_t i = 0; i < numbers.size();) {
        size_t end = i;
        while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
        list += fmt::format("{}{}", list.empty() ? "" : ",", numbers[i]);
        if (end != i) list += fmt::format("-{}", numbers[end]);
        i = end + 1;
    }
    if (!list.empty() && !ids.empty()) list += ",";
    return (chips.size() == 1 ? "chip " : "chips ") + list + ids;
}

std::string process_words(const Process& process) { return fmt::format("{} ({})", process.comm, process.pid); }

std::vector<std::string> words_of(const Exported& exported) {
    std::vector<std::string> words = exported.notes;
    if (!exported.coverage.complete) words.push_back("Incomplete: figures may be off or absent.");
    words.insert(words.end(), exported.coverage.notes.begin(), exported.coverage.notes.end());
    return words;
}

}  // namespace ttmem
