// What is said of traces: asked, had, cause, verdict and remedies.
#include <algorithm>

#include "src/analysis/failures/failure_parts.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

void explain_trace_region(const FailureFigures& f, FailureExplanation& e) {
    e.asked = f.trace_bytes ? "Traces of " + bytes_text(*f.trace_bytes) : "A trace";
    if (f.mesh) e.asked += " on mesh " + std::to_string(*f.mesh);
    if (f.device) e.asked += " on device " + std::to_string(*f.device);
    e.asked += ".";
    if (f.trace_region_bytes)
        e.had = "The trace region has " + bytes_text(*f.trace_region_bytes) +
                (*f.trace_region_bytes == 0 ? ": its size was never set" : "") + ".";
    e.cause = FailureCause::kTraceRegion;
    if (!f.trace_bytes || !f.trace_region_bytes) {
        e.limit = "The trace region is too small; the message was cut off before it says by how much.";
        e.verdict = "The trace region is too small; open the device with a larger trace_region_size.";
    } else if (*f.trace_bytes <= *f.trace_region_bytes) {
        e.cause = FailureCause::kUnknown;
        e.limit = "By its own figures the traces fit: the message does not tell what is wrong.";
        e.verdict = "A trace was refused though by the message's own figures it fits; check that it was copied whole.";
    } else {
        e.missing_bytes = *f.trace_bytes - *f.trace_region_bytes;
        e.limit = "The trace region is " + bytes_text(*e.missing_bytes) + " too small.";
        e.verdict = *f.trace_region_bytes == 0
                        ? "There is no trace region, and traces need " + bytes_text(*f.trace_bytes) +
                              "; open the device with a trace_region_size that holds them and later ones."
                        : "The trace region is " + bytes_text(*e.missing_bytes) +
                              " too small; open the device with a larger trace_region_size, with headroom for later "
                              "traces.";
        e.notes.push_back(
            "The size is the sum of all traces captured so far, this one included: traces captured after "
            "it need more.");
    }
}

void explain_overlap(const FailureFigures& f, FailureExplanation& e) {
    e.cause = FailureCause::kTraceOverlap;
    e.asked = "A trace buffer in DRAM" +
              (f.trace_address ? " at address " + with_commas(*f.trace_address) : std::string()) +
              ", placed there because the trace region has no bytes.";
    const std::optional<uint64_t> mark =
        f.allocation_high_water && f.deletion_high_water
            ? std::optional(std::max(*f.allocation_high_water, *f.deletion_high_water))
            : (f.allocation_high_water ? f.allocation_high_water : f.deletion_high_water);
    const std::string who = f.other_trace ? "while another live trace was captured" : "during the capture";
    if (mark) e.had = "DRAM was in use up to address " + with_commas(*mark) + " " + who + ".";
    if (mark && f.trace_address && *mark > *f.trace_address) {
        e.missing_per_bank = *mark - *f.trace_address;
        e.limit = "They overlap by " + bytes_text(*e.missing_per_bank) + " in each bank.";
    } else {
        e.limit = "Replaying the trace would overwrite what was used there.";
    }
    e.verdict = "A trace does not fit into DRAM beside what was used " + who + "; " +
                (f.other_trace ? "release that trace first, or set a trace_region_size."
                               : "set a trace_region_size, or use less DRAM during the capture.");
}

void explain_unsafe(FailureExplanation& e) {
    e.cause = FailureCause::kUnsafeUnderTrace;
    e.asked = "Buffers were allocated while a captured trace is live.";
    e.limit = "Replaying the trace may overwrite them: wrong results or a hang, without a message.";
    e.verdict =
        "Buffers were allocated while a trace is live, and replaying it may overwrite them; allocate before the "
        "capture.";
    e.notes.push_back("tt-metal's warning comes once per device only, however many buffers there are.");
}

// DRAM banks of the snapshot's chips, when they agree; else 0.
uint64_t dram_banks(const Snapshot* snapshot) {
    uint64_t agreed = 0;
    for (const ChipUse& chip : snapshot == nullptr ? std::vector<ChipUse>{} : snapshot->chips) {
        const auto& banks = chip.chip.pools[static_cast<size_t>(Pool::kDram)];
        if (!banks || (agreed != 0 && banks->banks != agreed)) return 0;
        agreed = banks->banks;
    }
    return agreed;
}

void enlarge_region(Advice& a) {
    if (!a.f.trace_bytes) {
        a.add("larger_trace_region",
              "Open the device with a larger trace_region_size: at least the size of all traces that it captures.");
        return;
    }
    std::optional<uint64_t> size;
    std::string text = "Open the device with trace_region_size of at least ";
    const HardwareBounds* hardware = hardware_of_architecture(a.f.architecture);
    const uint64_t of_chip = a.f.dram_banks.value_or(hardware != nullptr ? hardware->most_dram_banks : 0);
    if (const uint64_t banks = of_chip != 0 ? of_chip : dram_banks(a.snapshot);
        banks != 0 && banks <= UINT64_MAX / kTraceAlignment) {
        size = rounded_up(*a.f.trace_bytes, kTraceAlignment * banks);
        if (!size) return;
        text += bytes_text(*size);
    } else {
        const std::optional<uint64_t> wormhole =
            rounded_up(*a.f.trace_bytes, kTraceAlignment * kWormhole.most_dram_banks);
        const std::optional<uint64_t> blackhole =
            rounded_up(*a.f.trace_bytes, kTraceAlignment * kBlackhole.most_dram_banks);
        if (!wormhole || !blackhole) return;
        text += bytes_text(*wormhole);
        if (*wormhole != *blackhole)
            text += " on Wormhole (12 banks) or " + bytes_text(*blackhole) + " on Blackhole (8 banks)";
        size = std::max(*wormhole, *blackhole);
    }
    const std::optional<uint64_t> roomy = sum_of(*size, *size / 4);
    text += ", with headroom for the traces that are captured after this one";
    if (roomy) text += " (a quarter more is " + bytes_text(*roomy) + ")";
    a.add_bytes("larger_trace_region", text + ".", size, kOfChip);
}

}  // namespace

void explain_trace(const FailureFigures& f, FailureExplanation& e) {
    if (f.kind == FailureKind::kTraceRegion) return explain_trace_region(f, e);
    if (f.kind == FailureKind::kTraceOverlap) return explain_overlap(f, e);
    explain_unsafe(e);
}

void advise_trace(Advice& a) {
    switch (a.f.kind) {
        case FailureKind::kTraceRegion:
            if (a.e.cause == FailureCause::kUnknown) {
                a.add("get_figures", "Copy the message whole, or run it under `ttmem run`, which has the figures.");
                return;
            }
            enlarge_region(a);
            // Had it been able to, it would have done so without a region.
            a.add("dynamic_trace_region", a.f.trace_region_bytes == 0
                                              ? "Or use a tt-metal since February 2026: without a trace region it "
                                                "places trace buffers in DRAM as "
                                                "they are needed."
                                              : "Or open it with trace_region_size=0: a tt-metal since February 2026 "
                                                "then places trace buffers in "
                                                "DRAM as they are needed.");
            if (a.e.holders && a.e.missing_bytes && a.e.holders->reserved_bytes >= *a.e.missing_bytes) {
                a.add_bytes("release_traces",
                            "Release traces that are not replayed any more, at least " +
                                bytes_text(*a.e.missing_bytes) + ": " + std::to_string(a.e.holders->allocations) +
                                " live buffers hold " + bytes_text(a.e.holders->reserved_bytes) + ".",
                            a.e.missing_bytes, kOfChip);
            }
            return;
        case FailureKind::kTraceOverlap:
            a.add("larger_trace_region",
                  "Open the device with a trace_region_size that is not 0: traces then have memory of their own.");
            a.add(a.f.other_trace ? "release_traces" : "less_during_capture",
                  a.f.other_trace ? "Release the earlier trace (ttnn.release_trace) before this one is captured."
                                  : "Allocate and free less DRAM between begin_trace_capture and end_trace_capture: "
                                    "allocate before, free after.");
            return;
        default:
            a.add("allocate_before_capture",
                  "Allocate these buffers before the trace is captured, or free them before it is replayed "
                  "(execute_trace).");
            a.add("track_trace_allocations",
                  "Run with TT_METAL_TRACE_ALLOC_TRACKING=1: a tt-metal of 2026 then names them.");
    }
}

}  // namespace ttmem
