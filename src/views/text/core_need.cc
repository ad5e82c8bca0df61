#include "src/views/text/core_need.h"

#include <fmt/format.h>

#include "src/views/text/recorded.h"

namespace ttmem {
namespace {

// "420 KiB of circular buffers and 12.0 KiB of dataflow buffers"
std::string kinds_text(const CoreCbs& cbs, const Look& look) {
    constexpr const char* kNames[kCbKindCount] = {"circular buffers", "dataflow buffers", "scratchpads"};
    std::string text;
    for (size_t kind = 0; kind < kCbKindCount; ++kind) {
        if (cbs.kinds[kind] == 0) continue;
        text += (text.empty() ? "" : " and ") + look.bytes(cbs.kinds[kind]) + " of " + kNames[kind];
    }
    return text;
}

// Why it may have been more; "" when it was not.
std::string unknown_text(const CoreNeed& need) {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    if (need.unknown_dispatches != 0) {
        add("the plan of " + counted(need.unknown_dispatches, "dispatch", "dispatches") + " is not known");
    }
    if (need.replays != 0) add("what " + counted(need.replays, "replay") + " of traces ran is not counted");
    if (need.has_gap) add("events are missing");
    return text;
}

}  // namespace

std::string core_need_text(const Recording& recording, const CoreNeed& need, const Look& look) {
    const std::string chips = chips_text(recording, need.chips), unknown = unknown_text(need);
    if (need.event == 0) {
        return fmt::format("What programs needed of a core's L1 on {} is not known: {}.\n", chips, unknown);
    }
    const std::string where = where_text(recording, need.op, need.iteration);
    std::string text =
        fmt::format("A core's L1 was fullest on {} when {} ran: {}", chips, where.empty() ? "a program" : where,
                    look.at_least(need.is_low(), look.bytes(need.bytes())));
    if (need.core_bytes)
        text += fmt::format(" of {} ({})", look.bytes(need.core_bytes), percent(need.bytes(), need.core_bytes));
    text += fmt::format(", {} beside {} of L1 buffers.\n", kinds_text(need.cbs, look), look.bytes(need.buffer_bytes));
    if (need.largest_cbs > need.cbs.bytes) {
        text +=
            fmt::format("The most circular buffers of a program on a core were {}.\n", look.bytes(need.largest_cbs));
    }
    if (!unknown.empty()) text += fmt::format("It may have been more: {}.\n", unknown);
    if (need.banks_differ) text += "Buffers were in different sets of banks: it may be that no core had all of them.\n";
    return text;
}

}  // namespace ttmem
