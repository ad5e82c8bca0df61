#include "src/views/text/traces.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

uint64_t sum_of(const TraceReport& report, uint64_t CapturedTrace::*figure) {
    uint64_t sum = 0;
    for (const CapturedTrace& trace : report.traces) sum += trace.*figure;
    return sum;
}

const std::vector<ChipId>& chips_of(const TracesValues& values, uint32_t place) {
    return values.recording.end.places[place].chips;
}

constexpr std::string_view kMayBeMore =
    "When a capture began was not recorded: what its thread allocated since its last dispatch counts as the trace's, "
    "so "
    "a block that is listed may be safe; one that is not is safe.\n";

// When each capture began is known.
bool is_exact(const TracesValues& values) {
    return std::ranges::all_of(values.report.traces,
                               [](const CapturedTrace& trace) { return trace.begin_known || trace.in_the_way == 0; });
}

std::string trace_name(const TracesValues& values, const CapturedTrace& trace) {
    const std::string& name = values.recording.end.texts[trace.name];
    return name.empty() ? hex64(trace.handle) : name_cell(name, 32);
}

std::string traces_verdict(const TracesValues& values) {
    const uint64_t overwritten = sum_of(values.report, &CapturedTrace::overwritten);
    const uint64_t in_the_way = sum_of(values.report, &CapturedTrace::in_the_way);
    if (overwritten != 0) {
        return std::string() + counted(overwritten, "block was", "blocks were") +
               " overwritten by the replay of a trace" + (is_exact(values) ? "." : ", or fewer.");
    }
    if (in_the_way != 0) {
        return counted(in_the_way, "block was", "blocks were") +
               " allocated where a live trace writes; no replay came while " + (in_the_way == 1 ? "it" : "they") +
               " lived.";
    }
    if (!values.report.coverage.complete) return "No block is known to lie in the way of a trace.";
    return "No block lies in the way of a trace.";
}

// What to open the device with.
std::string region_text(const TracesValues& values, const TraceRegion& region, const Look& look) {
    const std::string where = chips_text(values.recording, chips_of(values, region.place));
    const auto in_all = [&](uint64_t per_bank) { return saturating_multiply(per_bank, region.banks); };
    std::string text = fmt::format("{} of {}: {} at once", counted(region.traces, "trace"), where,
                                   look.bytes(in_all(region.peak_per_bank)));
    if (region.region_per_bank && *region.region_per_bank != 0) {
        const uint64_t has = *region.region_per_bank;
        text += fmt::format(", of a trace region of {}; {} ", look.bytes(in_all(has)),
                            look.bytes(in_all(has - std::min(has, region.peak_per_bank))));
        text += "are left.";
    } else {
        text += region.region_per_bank ? "; there is no trace region, they lie in DRAM." : ".";
    }
    if (region.all_per_bank != region.peak_per_bank)
        text += fmt::format(" If none had been released: {}.", look.bytes(in_all(region.all_per_bank)));
    text += fmt::format(" trace_region_size={} holds them all.\n", in_all(region.all_per_bank));
    if (region.never_released > 1) {
        text += fmt::format("{} of them were never released by their program", with_commas(region.never_released));
        if (region.iterations > 1)
            text += fmt::format(", captured in {} different iterations", with_commas(region.iterations));
        text += region.iterations > 2
                    ? ": each holds its commands until the device is closed. Release a trace before it is "
                      "captured again.\n"
                    : ".\n";
    }
    return text;
}

std::string trace_rows(const TracesValues& values, const Look& look) {
    Table table({{.title = "TRACE", .may_shorten = true},
                 {.title = "CHIPS", .may_shorten = true, .spare = 1},
                 {"CAPTURED", Align::kRight},
                 {.title = "OP", .only_if_used = true, .may_shorten = true, .spare = 2},
                 {"COMMANDS", Align::kRight},
                 {"REPLAYS", Align::kRight},
                 {"ENDED"},
                 {.title = "MADE MEANWHILE", .align = Align::kRight, .spare = 3},
                 {"IN ITS WAY", Align::kRight},
                 {"OVERWRITTEN", Align::kRight}});
    size_t shown = 0;
    for (const CapturedTrace& trace : values.report.traces) {
        if (values.limit != 0 && ++shown > values.limit) break;
        table.add({trace_name(values, trace), chip_list(values.recording, chips_of(values, trace.place)),
                   trace.before ? "before" : since_begin(values.recording, trace.captured_at),
                   trace.op == 0 ? "" : text_cell(values.recording, trace.op),
                   look.bytes(trace.commands.reserved_bytes), with_commas(trace.replays),
                   trace.released   ? "released"
                   : trace.by_close ? "by close"
                   : trace.ended    ? "at exit"
                                    : "lives",
                   look.bytes(trace.made_while_it_lived.reserved_bytes),
                   trace.before ? "?" : with_commas(trace.in_the_way),
                   Cell(trace.before ? "?" : with_commas(trace.overwritten),
                        trace.overwritten != 0 ? Tone::kBad : Tone::kPlain)});
    }
    std::string text = table.render(look);
    if (values.limit != 0 && values.report.traces.size() > values.limit)
        text += fmt::format("not shown: {} more (--limit 0 shows all)\n", values.report.traces.size() - values.limit);
    return text;
}

std::string blocks_in_the_way(const TracesValues& values, const Look& look) {
    Table table({{"TRACE"},
                 {.title = "OP", .may_shorten = true},
                 {.title = "TAG", .only_if_used = true, .may_shorten = true},
                 {"POOL"},
                 {"ADDRESS", Align::kRight},
                 {"PER BANK", Align::kRight},
                 {.title = "OVERLAP", .align = Align::kRight, .spare = 2},
                 {.title = "ALLOCATED", .align = Align::kRight, .spare = 1},
                 {"OVERWRITTEN", Align::kRight}});
    size_t shown = 0;
    uint64_t all = 0;
    for (const CapturedTrace& trace : values.report.traces) {
        all += trace.in_the_way;
        for (const BlockInTheWay& in_way : trace.blocks) {
            if (values.limit != 0 && shown == values.limit) break;
            ++shown;
            const LiveBlock& block = in_way.block;
            const std::string when =
                in_way.overwritten_by == 0 ? "no replay yet" : since_begin(values.recording, in_way.overwritten_at);
            table.add({trace_name(values, trace), text_cell(values.recording, block.op),
                       block.tag == 0 ? "" : text_cell(values.recording, block.tag), std::string(pool_name(block.pool)),
                       hex64(block.address), look.bytes(block.bytes_per_bank),
                       look.bytes(in_way.overlap_bytes_per_bank), since_begin(values.recording, block.since),
                       Cell(when, in_way.overwritten_by == 0 ? Tone::kPlain : Tone::kBad)});
        }
    }
    if (shown == 0) return "";
    std::string text = "\nAllocated where a live trace writes:\n" + table.render(look);
    if (all > shown) text += fmt::format("not shown: {} more\n", with_commas(all - shown));
    text += "Allocate them before the trace is captured, or release the trace first.\n";
    return is_exact(values) ? text : text + wrapped(std::string(kMayBeMore), look);
}

}  // namespace

std::string traces_text(const TracesValues& values, const Look& look) {
    const TraceReport& report = values.report;
    const std::string end = "\n" + recorded_line(values.recording) + coverage_lines(report.coverage, look);
    if (values.recording.end.processes.empty())
        return nothing_text("Nothing is tracked: there is no process that captures traces.", report.coverage, look);
    if (report.traces.empty()) return "No trace was captured.\n" + end;
    std::string text = look.paint(Tone::kBold, traces_verdict(values)) + "\n";
    for (const TraceRegion& region : report.regions) text += region_text(values, region, look);
    return wrapped(text, look) + "\n" + trace_rows(values, look) + blocks_in_the_way(values, look) + end;
}

}  // namespace ttmem
