// What programs lay out for themselves in L1, and other kinds that are no allocator's own: asked, had, cause and
// verdict.
#include <algorithm>

#include "src/analysis/failures/failure_parts.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

// "cores [0-0 - 7-7]", "its cores" when they were cut off.
std::string cores_text(const FailureFigures& f) { return f.core_range.empty() ? "its cores" : "cores " + f.core_range; }
std::string program_text(const FailureFigures& f) {
    return f.program ? "program " + std::to_string(*f.program) : std::string("a program");
}
std::string words_of(const FailureFigures& f) { return std::string(cb_words_text(f.cb_words)); }
std::string words_at_begin(const FailureFigures& f) {
    std::string words = words_of(f);
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
    return words;
}

void explain_clash(const FailureFigures& f, FailureExplanation& e) {
    const std::string words = words_of(f);
    const bool service = f.kind == FailureKind::kServiceClash;
    const std::string others = service ? "what service cores allocated" : "L1 buffers";
    e.asked = words_at_begin(f) + " of " + program_text(f) + " on " + cores_text(f) +
              (f.cb_region_end ? " up to address " + with_commas(*f.cb_region_end) : "") + ".";
    if (f.l1_buffer_address)
        e.had = std::string(service ? "The lowest allocation of a service" : "The lowest L1 buffer") +
                " there begins at address " + with_commas(*f.l1_buffer_address) + ".";
    e.cause = service ? FailureCause::kServiceClash : FailureCause::kCbClash;
    if (!f.l1_buffer_address || !f.cb_region_end || (f.last_may_be_cut && *f.cb_region_end <= *f.l1_buffer_address)) {
        e.limit = "The " + words + " reach into " + others + "; the message was cut off before it says how far.";
        e.verdict = words_at_begin(f) + " clash with " + others + "; make them smaller, or free the buffers.";
        return;
    }
    if (*f.cb_region_end <= *f.l1_buffer_address) {
        e.cause = FailureCause::kUnknown;
        e.limit = "By its own figures nothing overlaps: the message does not tell what is wrong.";
        e.verdict = words_at_begin(f) +
                    " were refused though by the message's own figures nothing overlaps; run it under `ttmem run` to "
                    "see where they lie.";
        return;
    }
    e.missing_per_bank = *f.cb_region_end - *f.l1_buffer_address;
    e.missing_is_bound = f.last_may_be_cut;
    const std::string overlap = at_least(f) + bytes_text(*e.missing_per_bank) + " on each core";
    e.limit = "The " + words + " overlap " + others + " by " + overlap + ".";
    e.verdict = words_at_begin(f) + " overlap " + others + " by " + overlap + "; ";
    const std::optional<uint64_t> l1 = l1_end_of(f);
    const bool nothing_to_move = l1 && *l1 - *f.l1_buffer_address <= kFewL1Bytes;
    if (!service && fills_l1(f)) {
        e.verdict = "L1 buffers hold most of L1, from address " + with_commas(*f.l1_buffer_address) + " on, and the " +
                    words + " lack " + overlap + "; ";
    }
    e.verdict += service ? "keep the program off the service cores, or make it smaller."
                 : nothing_to_move
                     ? "no tensor is in the way, so look for small long-lived buffers or lower l1_small_size."
                     : clash_advice(f, "");
    const uint64_t reach = std::max(*f.cb_region_end, *f.l1_buffer_address);
    if (reach > kBlackhole.l1_bytes) {  // what ends there is refused as larger than L1, before anything could clash
        e.verdict.insert(0, kContradiction);
        e.notes.push_back("No core has L1 up to address " + with_commas(reach) + ".");
        return;
    }
    if (service) return;
    if (l1) {
        e.notes.push_back("How L1 is split: " + words + " up to address " + with_commas(*f.cb_region_end) +
                          ", L1 buffers and L1_SMALL from " + with_commas(*f.l1_buffer_address) + " to the end at " +
                          with_commas(*l1) + ": at most " + bytes_text(*l1 - *f.l1_buffer_address) + " of a core.");
    } else {
        std::string ends;
        for (const HardwareBounds& hardware : kKnownHardware) {
            if (*f.l1_buffer_address >= hardware.l1_bytes) continue;
            ends += (ends.empty() ? "" : " or ") + bytes_text(hardware.l1_bytes - *f.l1_buffer_address) +
                    " of a core (" + std::string(hardware.name) + ")";
        }
        if (!ends.empty())
            e.notes.push_back("How L1 is split: " + words + " up to address " + with_commas(*f.cb_region_end) +
                              ", L1 buffers and L1_SMALL from " + with_commas(*f.l1_buffer_address) +
                              " to the end: at most " + ends + ".");
    }
}

void explain_overflow(const FailureFigures& f, FailureExplanation& e) {
    const std::string words = words_of(f);
    const bool unnamed = f.core_range.empty() && f.cb_region_end;
    e.asked = words_at_begin(f) + (unnamed ? ", on cores that the message does not name," : " on " + cores_text(f)) +
              (f.cb_region_end ? " up to address " + with_commas(*f.cb_region_end) : "") + ".";
    if (!f.cb_region_end && f.requested_bytes)
        e.asked = "A ring of " + bytes_text(*f.requested_bytes) + " in " + words + ".";
    const bool ring = !f.cb_region_end && f.requested_bytes;
    const std::optional<uint64_t> end = ring ? f.requested_bytes : f.cb_region_end;
    if (f.max_l1_bytes)
        e.had = ring ? "A core has " + bytes_text(*f.max_l1_bytes) + " of L1 for it."
                     : "L1 ends at " + with_commas(*f.max_l1_bytes) + " on each core.";
    e.cause = FailureCause::kCbOverflow;
    if (!end || !f.max_l1_bytes) {
        e.limit = "The " + words + " are larger than L1; the message was cut off before it says by how much.";
        e.verdict = words_at_begin(f) + " do not fit into L1; make them smaller.";
        if (!f.max_l1_bytes && end && *end > kBlackhole.l1_bytes) {
            e.missing_per_bank = *end - kBlackhole.l1_bytes;
            e.missing_is_bound = true;
            e.verdict = words_at_begin(f) + " exceed the L1 of any core, by at least " +
                        bytes_text(*e.missing_per_bank) + "; make them smaller (freeing L1 does not help).";
            e.limit = "No core has more than " + bytes_text(kBlackhole.l1_bytes) + " of L1: the " + words +
                      " exceed it by at least " + bytes_text(*e.missing_per_bank) + " on each core.";
        }
    } else if (*end <= *f.max_l1_bytes) {
        e.cause = FailureCause::kUnknown;
        e.limit = "By its own figures they fit: the message does not tell what is wrong.";
        e.verdict = words_at_begin(f) +
                    " were refused though by the message's own figures they fit; check that it was copied whole.";
    } else {
        e.missing_per_bank = *end - *f.max_l1_bytes;
        e.limit = "The " + words + " exceed L1 by " + bytes_text(*e.missing_per_bank) + " on each core.";
        e.verdict = words_at_begin(f) + " exceed a core's L1 by " + bytes_text(*e.missing_per_bank) +
                    "; make them smaller (freeing L1 does not help).";
        e.notes.push_back("Freeing L1 or moving tensors to DRAM does not help: the " + words + " alone are too large.");
    }
}

void explain_kernel_config(const FailureFigures& f, FailureExplanation& e) {
    e.cause = FailureCause::kKernelConfig;
    const std::string core = f.core_type.empty() ? "a core" : "a core of type " + f.core_type;
    e.asked = "Kernels, arguments and semaphores of one program" +
              (f.kernel_config_bytes ? ": " + bytes_text(*f.kernel_config_bytes) : std::string()) + ".";
    if (f.kernel_config_capacity)
        e.had = "The kernel config buffer of " + core + " has " + bytes_text(*f.kernel_config_capacity) + ".";
    if (!f.kernel_config_bytes || !f.kernel_config_capacity) {
        e.limit =
            "The program is larger than the kernel config buffer; the message was cut off before it says by how much.";
        e.verdict = "A program's kernels do not fit into the kernel config buffer; make them smaller.";
        return;
    }
    if (*f.kernel_config_bytes >= *f.kernel_config_capacity) {
        e.missing_per_bank = *f.kernel_config_bytes - *f.kernel_config_capacity;
        e.limit = "The program is " + bytes_text(*e.missing_per_bank) + " too large for it.";
        e.verdict = "A program's kernels are " + bytes_text(*e.missing_per_bank) +
                    " too large for the kernel config buffer of " + core +
                    "; make them smaller (freeing tensors does not help).";
    } else {
        e.cause = FailureCause::kUnknown;
        e.limit = "By its own figures the program fits: the message does not tell what is wrong.";
        e.verdict =
            "A program was refused though by the message's own figures its kernels fit; check that it was copied "
            "whole.";
    }
    e.notes.push_back("These are neither L1 tensors nor circular buffers: freeing tensors does not help.");
}

void explain_address(const FailureFigures& f, FailureExplanation& e) {
    e.cause = FailureCause::kAddressLimit;
    e.asked = "Memory at or above address " +
              (f.lowest_address ? with_commas(*f.lowest_address) : std::string("a limit")) + ".";
    if (f.address) e.had = "The place that was free begins at address " + with_commas(*f.address) + ".";
    e.limit = "The allocator had room only below the lowest address that may be used.";
    if (f.address && f.lowest_address && *f.lowest_address > *f.address && !f.last_may_be_cut) {
        e.missing_per_bank = *f.lowest_address - *f.address;
        e.limit = "The place is " + bytes_text(*e.missing_per_bank) + " too low: what lies above it is taken.";
    }
    e.verdict = "Memory is full down to the lowest address that may be used" +
                (e.missing_per_bank ? " (" + bytes_text(*e.missing_per_bank) + " are missing)" : std::string()) +
                "; free L1 buffers, or place this one in DRAM.";
}

void explain_persistent(const FailureFigures& f, FailureExplanation& e) {
    e.cause = FailureCause::kPersistentL1;
    const std::string where =
        f.core_range.empty() ? (f.core.empty() ? std::string() : " on core " + f.core) : " on cores " + f.core_range;
    e.asked = (f.requested_bytes ? bytes_text(*f.requested_bytes) : std::string("Memory")) + " of persistent L1" +
              where + (f.alignment ? ", aligned to " + with_commas(*f.alignment) : "") + ".";
    if (f.region_begin && f.region_end)
        e.had =
            "The region is [" + with_commas(*f.region_begin) + ", " + with_commas(*f.region_end) + ")" +
            (*f.region_end >= *f.region_begin ? ": " + bytes_text(*f.region_end - *f.region_begin) : std::string()) +
            ".";
    if (f.max_l1_bytes && f.region_end && *f.region_end > *f.max_l1_bytes) {
        e.missing_per_bank = *f.region_end - *f.max_l1_bytes;
        e.limit = "The region of a sub-device ends " + bytes_text(*e.missing_per_bank) + " above address " +
                  with_commas(*f.max_l1_bytes) + ", where persistent allocations begin.";
    } else if (f.l1_buffer_address) {
        e.limit = "An L1 buffer at address " + with_commas(*f.l1_buffer_address) + " lies in the region.";
    } else if (!f.core.empty()) {
        e.limit = "It was asked for after programs had been placed in L1 on that core, which is too late.";
    } else if (f.requested_bytes && f.region_begin && f.region_end && *f.region_end >= *f.region_begin &&
               *f.requested_bytes > *f.region_end - *f.region_begin) {
        e.missing_per_bank = *f.requested_bytes - (*f.region_end - *f.region_begin);
        e.limit = "Too large: even the empty arena is " + bytes_text(*e.missing_per_bank) + " too small.";
    } else {
        e.limit = "The arena has no free piece that is large enough on all of these cores.";
    }
    const bool too_large = e.missing_per_bank && !f.l1_buffer_address && f.core.empty() && !f.max_l1_bytes;
    if (f.l1_buffer_address) {
        e.verdict = "An L1 buffer lies where persistent L1 was to go; free L1 buffers, or make the region before them.";
    } else if (too_large) {
        e.verdict = "Persistent L1 is " + bytes_text(*e.missing_per_bank) + " too small for it, also when empty; " +
                    "ask for less.";
    } else {
        e.verdict = "Persistent L1, which is never given back to other uses, has no room; " +
                    std::string(f.core.empty() ? "release persistent regions, or ask for less."
                                               : "allocate it before programs run on that core.");
    }
}

void explain_region(const FailureFigures& f, FailureExplanation& e) {
    e.cause = FailureCause::kRegionTaken;
    e.asked =
        (f.requested_bytes ? bytes_text(*f.requested_bytes) : std::string("Memory")) +
        (f.buffer_type.empty() ? "" : " of " + f.buffer_type) + " at its old place" +
        (f.region_begin && f.region_end ? ", [" + with_commas(*f.region_begin) + ", " + with_commas(*f.region_end) + ")"
                                        : std::string()) +
        ".";
    e.limit = "The region is occupied, or no part of this allocator.";
    e.verdict = "A region could not be allocated again at its old address; free what lies there first.";
}

}  // namespace

std::string clash_advice(const FailureFigures& f, const std::string& buffers) {
    const std::string first = fills_l1(f) ? "" : "make the " + words_of(f) + " smaller, or ";
    if (!buffers.empty()) return first + buffers + ".";
    return first + (fills_l1(f) ? "move L1 buffers to DRAM." : "move the L1 buffers to DRAM.");
}

std::optional<uint64_t> l1_end_of(const FailureFigures& f) {
    if (const HardwareBounds* hardware = hardware_of_architecture(f.architecture)) {
        const bool contradicts = f.l1_buffer_address && *f.l1_buffer_address >= hardware->l1_bytes;  // another chip's
        return contradicts ? std::nullopt : std::optional(hardware->l1_bytes);
    }
    const bool high = (f.l1_buffer_address && *f.l1_buffer_address >= kWormhole.l1_bytes) ||
                      (f.cb_region_end && *f.cb_region_end > kWormhole.l1_bytes) || (f.cores && f.cores->x1 > 7);
    const bool beyond = f.l1_buffer_address && *f.l1_buffer_address >= kBlackhole.l1_bytes;
    return high && !beyond ? std::optional(kBlackhole.l1_bytes) : std::nullopt;
}

void explain_program(const FailureFigures& f, FailureExplanation& e) {
    switch (f.kind) {
        case FailureKind::kCbClash:
        case FailureKind::kServiceClash:
            return explain_clash(f, e);
        case FailureKind::kCbOverflow:
            return explain_overflow(f, e);
        case FailureKind::kKernelConfig:
            return explain_kernel_config(f, e);
        case FailureKind::kAddressLimit:
            return explain_address(f, e);
        case FailureKind::kPersistentL1:
            return explain_persistent(f, e);
        default:
            return explain_region(f, e);
    }
}

}  // namespace ttmem
