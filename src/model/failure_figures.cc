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

}  // namespace ttmem
