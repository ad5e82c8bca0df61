#include "src/analysis/compare_failures.h"

#include "src/analysis/failure_parts.h"

namespace ttmem {
namespace {

// What a failure asked for, in the figure that shrinks when the work is divided.
std::string_view figure_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::kOutOfMemory:
            return "bytes_per_bank";
        case FailureKind::kCbClash:
        case FailureKind::kCbOverflow:
        case FailureKind::kServiceClash:
            return "cb_region_end";
        case FailureKind::kTraceRegion:
            return "trace_bytes";
        case FailureKind::kKernelConfig:
            return "kernel_config_bytes";
        default:
            return "requested_bytes";
    }
}

std::optional<uint64_t> value_of(const FailureFigures& figures, std::string_view name) {
    for (const NamedFigure& figure : kNamedFigures) {
        if (figure.name == name) return figures.*figure.value;
    }
    return std::nullopt;
}

std::string verdict_of(const ComparedFailure& pair, FailureKind kind) {
    if (!pair.of_a || !pair.of_b) return "What they asked for cannot be compared: a message does not say it.";
    const std::string a = bytes_text(*pair.of_a), b = bytes_text(*pair.of_b);
    if (kind != FailureKind::kOutOfMemory) {
        if (*pair.of_a == *pair.of_b)
            return "The same in both (" + a + "): what changed between them does not change it.";
        return "A: " + a + ", B: " + b + ".";
    }
    if (*pair.of_a == *pair.of_b)
        return "Both ask for the same " + a +
               " of each bank: sharding is not in effect for it, every chip holds all of it.";
    const uint64_t larger = std::max(*pair.of_a, *pair.of_b), smaller = std::min(*pair.of_a, *pair.of_b);
    const std::string part = smaller == 0 ? std::string() : ", " + percent_text(smaller, larger) + " of the other";
    return std::string(*pair.of_b < *pair.of_a ? "B" : "A") + " asks for less of each bank (" + bytes_text(smaller) +
           " against " + bytes_text(larger) + part + "): it is divided there.";
}

}  // namespace

ComparedFailures compare_failures(const ExplainedFailures& a, const ExplainedFailures& b) {
    ComparedFailures compared;
    std::vector<bool> used(b.failures.size());
    for (uint32_t i = 0; i < a.failures.size(); ++i) {
        const FailureFigures& of_a = a.failures[i].figures();
        uint32_t j = 0;
        while (j < b.failures.size() && (used[j] || b.failures[j].figures().kind != of_a.kind ||
                                         b.failures[j].figures().buffer_type != of_a.buffer_type))
            ++j;
        if (j == b.failures.size()) {
            ++compared.only_a;
            continue;
        }
        used[j] = true;
        ComparedFailure pair{i, j, figure_of(of_a.kind), {}, {}, {}};
        pair.of_a = value_of(of_a, pair.figure);
        pair.of_b = value_of(b.failures[j].figures(), pair.figure);
        pair.verdict = verdict_of(pair, of_a.kind);
        compared.pairs.push_back(std::move(pair));
    }
    compared.only_b = b.failures.size() - compared.pairs.size();
    return compared;
}

}  // namespace ttmem
