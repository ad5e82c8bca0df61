#include "src/views/text/recorded.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/failures/last_failure.h"
#include "src/base/duration.h"
#include "src/base/text.h"
#include "src/views/text/chip_names.h"

namespace ttmem {
namespace {

std::vector<ChipUse> all_chips(const Recording& recording) {
    std::vector<ChipUse> chips;
    for (const Process& process : recording.end.processes) {
        chips.insert(chips.end(), process.chips.begin(), process.chips.end());
    }
    return chips;
}

}  // namespace

std::string chip_list(const Recording& recording, const std::vector<ChipId>& chips) {
    return ChipNames(std::span<const ChipUse>(all_chips(recording))).list(chips);
}

std::string chips_text(const Recording& recording, const std::vector<ChipId>& chips) {
    return (chips.size() == 1 ? "chip " : "chips ") + chip_list(recording, chips);
}

std::string since_begin(const Recording& recording, WallTime at, WallTime until) {
    const WallTime zero = recording.zero();
    if (at == 0 || zero == 0) return "-";
    if (at < zero) return "+0 s";
    return "+" + exact_duration(shortest_time_in(at - zero, until == kEver ? kEver : until - zero));
}

std::string failed_words(const Recording& recording, const Failure& failure, const Look& look) {
    return failed_words(recording.end.texts[failure.op], failure, look);
}

std::string failed_words(const std::string& op, const Failure& failure, const Look& look) {
    const std::string name = op.empty() ? "" : "`" + printable(op) + "`";
    if (failure.kind == FailureKind::kCbClash || failure.kind == FailureKind::kCbOverflow)
        return "Circular buffers" + (name.empty() ? "" : " of " + name) + " did not fit";
    const bool of_buffer = failure.kind == FailureKind::kOutOfMemory;
    const std::string bytes = of_buffer && failure.requested_bytes ? " of " + look.bytes(*failure.requested_bytes) : "";
    return "An allocation" + bytes + (name.empty() ? "" : " by " + name) + " failed";
}

std::string failed_sentence(const Recording& recording, const Look& look) {
    constexpr WallTime kMillisecond = 1'000'000;
    const Failure* newest = newest_failure(recording.end);
    if (newest == nullptr || newest->at > recording.ended_at) return "";
    if (newest->at != 0 && newest->at < recording.began_at) return "";
    uint64_t failures = 0;
    for (const Process& process : recording.end.processes) failures += process.failed_allocations;
    std::string text = failed_words(recording, *newest, look);
    if (newest->at != 0) text += " at " + since_begin(recording, newest->at, newest->at + kMillisecond);
    if (failures > 1) text += fmt::format(", the last of {} that failed", with_commas(failures));
    return text + ". ";
}

std::string where_text(const Recording& recording, uint32_t op, uint32_t iteration) {
    std::string text = op != 0 ? "`" + printable(recording.end.texts[op]) + "`" : "";
    if (iteration != 0) text += fmt::format("{}iteration {}", text.empty() ? "" : " of ", with_commas(iteration));
    return text;
}

std::string text_cell(const Recording& recording, uint32_t text, size_t width) {
    return text != 0 ? name_cell(recording.end.texts[text], width) : "-";
}

std::string peak_figure(const PoolPeak& peak, const Look& look) {
    if (peak.earlier > peak.low) return look.at_least(peak.is_bound, look.bytes(peak.earlier));
    if (peak.is_bound || !peak.high) return ">= " + look.bytes(peak.low);
    return look.bytes(std::optional(Interval{peak.low, *peak.high}));
}

std::string recorded_line(const Recording& recording) {
    std::string text = "Recorded: ";
    if (recording.began_at != 0)
        text += human_duration(std::max<WallTime>(0, recording.ended_at - recording.began_at)) + ", ";
    return text + fmt::format("{} of {}.\n", counted(recording.events, "event"),
                              counted(recording.end.processes.size(), "process", "processes"));
}

}  // namespace ttmem
