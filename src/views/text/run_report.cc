#include "src/views/text/run_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"

namespace ttmem {
namespace {

std::string end_line(const RunValues& v) {
    const std::string program = v.command.empty() ? "" : name_cell(v.command.front());
    const std::string end = v.child_signal != 0 ? fmt::format("was ended by signal {}", v.child_signal)
                                                : fmt::format("ended with {}", v.child_code);
    return fmt::format("`{}` {} after {}; {} tracked on {}\n", program, end,
                       age_text(v.snapshot.generated_at, v.started_at),
                       counted(v.snapshot.processes.size(), "process", "processes"), counted(v.chips.size(), "chip"));
}

// The chip that was fullest at its peak, pool by pool.
std::string peak_line(const RunValues& v, const Look& look) {
    std::string text;
    for (const Pool pool : kChipPools) {
        const auto fullest = std::max_element(v.chips.begin(), v.chips.end(), [&](const ChipUse& a, const ChipUse& b) {
            return a.pool(pool).peak_reserved.value_or(Interval{}).high <
                   b.pool(pool).peak_reserved.value_or(Interval{}).high;
        });
        if (fullest == v.chips.end()) return "";
        const PoolUse& use = fullest->pool(pool);
        if (!use.peak_reserved || use.peak_reserved->high == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", pool_name(pool), look.bytes(use.peak_reserved));
        if (use.capacity_bytes) {
            text += fmt::format(" of {} ({})", look.bytes(use.capacity_bytes),
                                percent(use.peak_reserved->high, use.capacity_bytes));
        }
    }
    return "reserved at the peak of a chip: " + (text.empty() ? "nothing" : text) + "\n";
}

std::string left_line(const RunValues& v, const Look& look) {
    Sum sum;
    for (const HeldBy& held : v.held) sum += held.sum;
    if (sum.allocations == 0) return "left at the end: nothing\n";
    return look.paint(Tone::kWarning, "left at the end:") +
           fmt::format(" {}, {} requested, {} reserved, on all chips together\n",
                       counted(sum.allocations, "allocation"), look.bytes(sum.requested_bytes),
                       look.bytes(sum.reserved_bytes));
}

std::string running_line(const RunValues& v) {
    if (v.still_running.empty()) return "";
    std::string text = "still running: ";
    for (size_t i = 0; i < v.still_running.size(); ++i) {
        const RunningProcess& p = v.still_running[i];
        text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", p.pid, name_cell(p.comm));
    }
    return text + "\n";
}

std::string next_line(const RunValues& v) {
    if (v.snapshot.processes.empty()) {
        return "it has recorded nothing: is its runtime linked to libttmem? next: ttmem doctor\n";
    }
    if (!v.held.empty()) {
        return fmt::format("next: ttmem leaks --pid {}\n", v.snapshot.processes[v.held.front().process.value].pid);
    }
    if (!v.still_running.empty()) return "next: ttmem status\n";
    return "next: ttmem ps --dead\n";
}

}  // namespace

std::string run_text(const RunValues& values, const Look& look) {
    std::string lines = end_line(values);
    if (!values.snapshot.processes.empty()) lines += peak_line(values, look) + left_line(values, look);
    lines += running_line(values) + coverage_lines(values.snapshot.coverage, look) + next_line(values);
    std::string text;
    for (size_t begin = 0; begin < lines.size();) {
        const size_t end = lines.find('\n', begin) + 1;
        text += "ttmem: " + lines.substr(begin, end - begin);
        begin = end;
    }
    return text;
}

Json run_json(const RunValues& values) {
    Json json = document("run", values.snapshot.generated_at, values.snapshot.coverage);
    json["exit_code"] = values.exit_code;
    json["child_exit_code"] = values.child_code;
    json["child_signal"] = values.child_signal != 0 ? Json(values.child_signal) : Json(nullptr);
    json["run_id"] = values.run_id;
    json["command"] = Json::array();
    for (const std::string& word : values.command) json["command"].push_back(valid_utf8(word));
    json["started_at"] = rfc3339(values.started_at);
    json["chips"] = chips_json(values.chips);
    json["leaks"] = held_items_json(values.snapshot, values.held);
    json["verdicts"] = verdicts_json(values.verdicts);
    json["processes"] = Json::array();
    for (const Process& process : values.snapshot.processes) json["processes"].push_back(process_json(process));
    json["still_running"] = Json::array();
    for (const RunningProcess& p : values.still_running) {
        json["still_running"].push_back({{"pid", p.pid}, {"comm", valid_utf8(p.comm)}});
    }
    return json;
}

}  // namespace ttmem
