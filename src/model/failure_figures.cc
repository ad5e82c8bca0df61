#include "src/model/failure_figures.h"

namespace ttmem {

std::string_view failure_kind_name(FailureKind kind) {
    switch (kind) {
        case FailureKind::kUnknown:
            return "unknown";
        case FailureKind::kOutOfMemory:
            return "out_of_memory";
        case FailureKind::kCbClash:
            return "cb_clash";
        case FailureKind::kCbOverflow:
            return "cb_overflow";
        case FailureKind::kTraceRegion:
            return "trace_region";
        case FailureKind::kServiceClash:
            return "service_core_clash";
        case FailureKind::kKernelConfig:
            return "kernel_config";
        case FailureKind::kTraceOverlap:
            return "trace_overlap";
        case FailureKind::kAddressLimit:
            return "address_limit";
        case FailureKind::kPersistentL1:
            return "persistent_l1";
        case FailureKind::kRegionTaken:
            return "region_taken";
        case FailureKind::kUnsafeUnderTrace:
            return "unsafe_under_trace";
    }
    return "unknown";
}

std::string_view cb_words_text(CbWords words) {
    switch (words) {
        case CbWords::kDataflowBuffers:
            return "dataflow buffers";
        case CbWords::kScratchpads:
            return "scratchpads";
        case CbWords::kCircularBuffers:
            break;
    }
    return "circular buffers";
}

std::string failure_words(FailureKind kind, CbWords cb_words) {
    const std::string words(cb_words_text(cb_words));
    switch (kind) {
        case FailureKind::kOutOfMemory:
            return "out of memory";
        case FailureKind::kCbClash:
            return words + " clash with L1 buffers";
        case FailureKind::kCbOverflow:
            return words + " do not fit into L1";
        case FailureKind::kTraceRegion:
            return "the trace region is too small";
        case FailureKind::kServiceClash:
            return words + " clash with L1 of service cores";
        case FailureKind::kKernelConfig:
            return "the kernel config buffer is too small";
        case FailureKind::kTraceOverlap:
            return "a trace overlaps DRAM that is in use";
        case FailureKind::kAddressLimit:
            return "out of memory above the lowest address";
        case FailureKind::kPersistentL1:
            return "persistent L1 has no room";
        case FailureKind::kRegionTaken:
            return "a region is not free";
        case FailureKind::kUnsafeUnderTrace:
            return "warning: allocated under a live trace";
        case FailureKind::kUnknown:
            break;
    }
    return "looks like a failed allocation, not known";
}

}  // namespace ttmem
