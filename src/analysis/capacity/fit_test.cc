#include "src/analysis/capacity/fit.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

ExplainedFailures told_of(FailureKind kind) {
    FailureScan scan;
    FoundFailure found;
    found.message.figures.kind = kind;
    found.operation = "ttnn::conv2d";
    scan.failures.push_back(found);
    return explained_failures(std::move(scan), nullptr);
}

TEST(Fit, AProgramThatEndedAndWasSeenFitsWithWhatIsLeft) {
    const Recording recording = sample_recording();
    const Fit fit = fit_of({.code = 0}, &recording, {});
    EXPECT_EQ(fit.verdict, FitVerdict::kFits);
    EXPECT_EQ(fit.reason, "");
    ASSERT_EQ(fit.pools.size(), 1u);
    const FitPool& dram = fit.pools[0];
    EXPECT_EQ(dram.chips, 2u);
    EXPECT_TRUE(dram.exact());
    EXPECT_EQ(dram.peak_bytes, (8 * 1024 + 1024 + 1 + 64) * kMiB);
    const uint64_t left = 12 * 1024 * kMiB - dram.peak_bytes;
    EXPECT_EQ(dram.headroom, (Interval{left, left}));
    for (const auto& shares : {dram.parts, dram.ops}) {
        uint64_t sum = 0;
        for (const LiveShare& share : shares) sum += share.sum.reserved_bytes;
        EXPECT_EQ(sum, dram.peak_bytes);
    }
}

TEST(Fit, AHeadroomIsNoMoreCertainThanThePeak) {
    Recording recording = sample_recording();
    recording.end.processes[0].coverage.untracked_allocations = 1;
    const FitPool dram = fit_of({.code = 0}, &recording, {}).pools.at(0);
    EXPECT_FALSE(dram.peak_bytes_max);
    EXPECT_EQ(dram.headroom, (Interval{0, 12 * 1024 * kMiB - dram.peak_bytes}));
    EXPECT_FALSE(dram.largest_free_per_bank);
}

TEST(Fit, AFailedAllocationThatEndedItDoesNotFit) {
    const Recording recording = sample_recording();
    const Fit fit = fit_of({.code = 1}, &recording, told_of(FailureKind::kCbClash));
    EXPECT_EQ(fit.verdict, FitVerdict::kDoesNotFit);
    ASSERT_TRUE(fit.failure);
    EXPECT_EQ(fit.reason, fit.failure->explanation.verdict);
    EXPECT_EQ(fit.operation, "ttnn::conv2d");
}

TEST(Fit, AFailureThatTheProcessRecordedIsEnoughAndNamesItsOperation) {
    Recording recording = sample_recording();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.requested_bytes = 1000;
    for (uint32_t i = 0; i < recording.end.texts.size(); ++i)
        if (recording.end.texts[i] == "matmul") failure.op = i;
    recording.end.processes[0].failures.push_back(failure);
    const Fit fit = fit_of({.code = 1}, &recording, {});
    EXPECT_EQ(fit.verdict, FitVerdict::kDoesNotFit);
    EXPECT_EQ(fit.operation, "matmul");
}

// As a program that prints a log, or a test of what to say of a failure.
TEST(Fit, AFailureThatIsOnlyPrintedSaysNothingWhereEverythingWasSeen) {
    Recording recording = sample_recording();
    const FitEnd end{.code = 1, .last_words = "RuntimeError: Out of Memory"};
    const auto judged = [&](FailureKind kind) { return fit_of(end, &recording, told_of(kind)); };
    const Fit printed = judged(FailureKind::kOutOfMemory);
    EXPECT_EQ(printed.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(printed.reason,
              "it ended with 1, and the failed allocation that its output tells of was recorded by no process of it: "
              "RuntimeError: Out of Memory");
    EXPECT_FALSE(printed.failure);
    EXPECT_EQ(fit_of({.code = 0}, &recording, told_of(FailureKind::kOutOfMemory)).reason,
              "its output tells of a failed allocation, which no process of it recorded, and it went on: what it did "
              "without is not known");
    for (const FailureKind kind : {FailureKind::kCbClash, FailureKind::kTraceRegion, FailureKind::kKernelConfig})
        EXPECT_EQ(judged(kind).verdict, FitVerdict::kDoesNotFit) << "it may be refused before it is recorded";
    recording.end.processes[0].failed_allocations = 1;  // more than are kept
    EXPECT_EQ(judged(FailureKind::kOutOfMemory).verdict, FitVerdict::kDoesNotFit);
    recording = sample_recording();
    recording.end.coverage.note("process 7 was not followed");
    EXPECT_EQ(judged(FailureKind::kOutOfMemory).verdict, FitVerdict::kDoesNotFit);
    Recording empty;
    empty.source = std::make_shared<EventsInMemory>(std::vector<Event>{});
    EXPECT_EQ(fit_of(end, &empty, told_of(FailureKind::kOutOfMemory)).verdict, FitVerdict::kDoesNotFit);
}

// A program that catches the error and does with less may end for any other reason.
TEST(Fit, AFailureAfterWhichOthersSucceededSaysNothing) {
    const auto judged = [](const std::vector<uint32_t>& threads_that_go_on) {
        RecordingMaker maker;
        const uint32_t place = maker.place({1});
        for (const uint32_t thread : {1u, 2u}) {
            maker.alloc(place, Pool::kDram, 64, {.thread = thread});
            maker.add(EventKind::kFailed).thread = thread;
        }
        for (const uint32_t thread : threads_that_go_on) maker.alloc(place, Pool::kDram, 64, {.thread = thread});
        Recording recording = maker.finish();
        recording.end.processes[0].failures.emplace_back().kind = FailureKind::kOutOfMemory;
        return fit_of({.code = 1, .last_words = "IndexError"}, &recording, told_of(FailureKind::kOutOfMemory));
    };
    EXPECT_EQ(judged({}).verdict, FitVerdict::kDoesNotFit);
    EXPECT_EQ(judged({1}).verdict, FitVerdict::kDoesNotFit) << "the other thread had failed for good";
    const Fit fit = judged({1, 2});
    EXPECT_EQ(fit.verdict, FitVerdict::kUnknown);
    EXPECT_NE(fit.reason.find("others succeeded after it"), std::string::npos) << fit.reason;
    EXPECT_NE(fit.reason.find("IndexError"), std::string::npos) << fit.reason;
}

// tt-metal names what it called last, the process what the program called.
TEST(Fit, NamesTheOperationOfTheProgramAndWhatFailedWithinIt) {
    Recording recording = sample_recording();
    Failure clash, other;
    clash.kind = FailureKind::kCbClash;
    other.kind = FailureKind::kOutOfMemory;
    for (uint32_t i = 0; i < recording.end.texts.size(); ++i)
        if (recording.end.texts[i] == "matmul") clash.op = i;
    recording.end.processes[0].failures = {clash, other};
    const Fit fit = fit_of({.code = 1}, &recording, told_of(FailureKind::kCbClash));
    EXPECT_EQ(fit.operation, "matmul");
    EXPECT_EQ(fit.inside, "ttnn::conv2d");
    const Fit unlike = fit_of({.code = 1}, &recording, told_of(FailureKind::kCbOverflow));
    EXPECT_EQ(unlike.operation, "ttnn::conv2d");
    EXPECT_EQ(unlike.inside, "");
}

TEST(Fit, AWarningIsNoFailure) {
    const Recording recording = sample_recording();
    EXPECT_EQ(fit_of({.code = 0}, &recording, told_of(FailureKind::kUnsafeUnderTrace)).verdict, FitVerdict::kFits);
    EXPECT_EQ(fit_of({.code = 1}, &recording, told_of(FailureKind::kUnsafeUnderTrace)).verdict, FitVerdict::kUnknown);
}

TEST(Fit, AProgramThatWentOnWithoutAnAllocationCannotBeJudged) {
    Recording recording = sample_recording();
    EXPECT_EQ(fit_of({.code = 0}, &recording, told_of(FailureKind::kOutOfMemory)).verdict, FitVerdict::kUnknown);
    recording.end.processes[0].failed_allocations = 1;
    const Fit fit = fit_of({.code = 0}, &recording, {});
    EXPECT_EQ(fit.verdict, FitVerdict::kUnknown);
    EXPECT_NE(fit.reason.find("went on"), std::string::npos);
}

TEST(Fit, WhatWasNotSeenCannotBeJudged) {
    Recording recording = sample_recording();
    recording.end.coverage.note("a ledger is gone");
    EXPECT_EQ(fit_of({.code = 0}, &recording, {}).reason, "not everything was seen: a ledger is gone");
    EXPECT_EQ(fit_of({.code = 0}, nullptr, {}).reason, "what it recorded cannot be read");
    Recording empty;
    empty.source = std::make_shared<EventsInMemory>(std::vector<Event>{});
    EXPECT_EQ(fit_of({.code = 0}, &empty, {}).reason, "it opened no device");
}

TEST(Fit, MoreChipsThanTheMachineHasWereNotThoseOfTheMock) {
    const Recording recording = sample_recording();
    EXPECT_EQ(fit_of({.code = 0, .machine_chips = 2}, &recording, {}).verdict, FitVerdict::kFits);
    const Fit fit = fit_of({.code = 0, .machine_chips = 1}, &recording, {});
    EXPECT_EQ(fit.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(fit.reason, "it used 2 chips, and the machine has 1: they were not those of the mock");
}

TEST(Fit, ProcessesThatItLeftRunningMayNeedMore) {
    const Recording recording = sample_recording();
    const Fit fit = fit_of({.code = 0, .left_running = true}, &recording, {});
    EXPECT_EQ(fit.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(fit.reason,
              "processes of it were still running when it ended, and nobody waited for them: what they need is not "
              "known");
    Recording empty;
    empty.source = std::make_shared<EventsInMemory>(std::vector<Event>{});
    EXPECT_EQ(fit_of({.code = 0, .left_running = true}, &empty, {}).reason,
              "it opened no device; processes of it were still running when it ended, and nobody waited for them");
}

TEST(Fit, OtherEndsAreToldWithTheirLastWords) {
    const Recording recording = sample_recording();
    EXPECT_EQ(fit_of({.code = 2, .last_words = "ImportError: ttnn"}, &recording, {}).reason,
              "it ended with 2, and no allocation had failed: ImportError: ttnn");
    EXPECT_EQ(fit_of({.code = 139, .signal = 11}, &recording, {}).reason,
              "it was ended by signal 11, as tt-metal may end where it wants what a mock lacks");
    EXPECT_EQ(
        fit_of({.code = 137, .signal = 9}, &recording, {}).reason,
        "it was ended by signal 9, often the host's out-of-memory killer: the program's tensors lie in the host's "
        "memory first, but for ttnn.empty, which needs no copy there");
    EXPECT_EQ(fit_of({.code = 125, .opened_hardware = true}, &recording, {}).reason,
              "it opened a real device, and was ended before it did");
    const Fit fit = fit_of({.code = std::nullopt, .why_unknown = "it was not run: no such file"}, nullptr, {});
    EXPECT_EQ(fit.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(fit.reason, "it was not run: no such file");
}

TEST(Fit, WhatLackedTheHostsMemoryIsNoEvidence) {
    const Recording recording = sample_recording();
    const Fit went_on = fit_of({.code = 0, .host_refused_bytes = 40ull << 30}, &recording, {});
    EXPECT_EQ(went_on.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(went_on.host_memory, HostMemory::kShort);
    EXPECT_EQ(went_on.reason,
              "this machine's own memory ran short (a request for 40.0 GiB was refused), and the program went on: what "
              "it did without is not known");
    const Fit ended =
        fit_of({.code = 1, .last_words = "MemoryError", .host_refused_bytes = 40ull << 30}, &recording, {});
    EXPECT_EQ(ended.host_memory, HostMemory::kShort);
    EXPECT_EQ(ended.reason,
              "this machine's own memory ran short (a request for 40.0 GiB was refused), which says nothing of the "
              "device's: it ended with 1, and no allocation had failed: MemoryError");
    for (const char* words :
         {"MemoryError", "MemoryError: Unable to allocate 8.00 TiB for an array", "std::bad_alloc",
          "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 1. TiB for an array with shape (9,)",
          "RuntimeError: [enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you "
          "tried",
          "OSError: [Errno 12] Cannot allocate memory"})
        EXPECT_EQ(fit_of({.code = 1, .last_words = words}, &recording, {}).host_memory, HostMemory::kShort) << words;
    EXPECT_EQ(fit_of({.code = 137, .signal = 9}, &recording, {}).host_memory, HostMemory::kMayBeShort);
    EXPECT_EQ(fit_of({.code = 1, .last_words = "IndexError"}, &recording, {}).host_memory, HostMemory::kNotKnownShort);
    // The device's memory failed last, whatever the host had refused before.
    Recording failed = sample_recording();
    failed.end.processes[0].failed_allocations = 1;
    const Fit of_device = fit_of({.code = 1, .host_refused_bytes = 1}, &failed, told_of(FailureKind::kOutOfMemory));
    EXPECT_EQ(of_device.verdict, FitVerdict::kDoesNotFit);
    EXPECT_EQ(of_device.host_memory, HostMemory::kNotKnownShort);
}

// As a shell that waited for a program, and as one that says 255 of whatever went wrong.
TEST(Fit, ACodeAbove128IsASignalOnlyWhereTheKernelSaidSo) {
    const Recording recording = sample_recording();
    for (const int code : {129, 139, 255})
        EXPECT_EQ(fit_of({.code = code}, &recording, {}).reason,
                  "it ended with " + std::to_string(code) + ", and no allocation had failed");
}

// A shell that ends with 0 though what it ran did not: `python model.py | tee log`.
TEST(Fit, AProcessThatFailedLetsNothingFit) {
    const Recording recording = sample_recording();
    const auto judged = [&](std::vector<FailedProcess> failed, const ExplainedFailures& told = {}) {
        return fit_of({.code = 0, .last_words = "KeyError: 'w'", .failed = std::move(failed)}, &recording, told);
    };
    const Fit ended = judged({{4711, "python3", 1, 0}});
    EXPECT_EQ(ended.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(ended.reason, "process 4711 (python3) of it ended with 1: KeyError: 'w'");
    const Fit killed = judged({{4711, "python3", std::nullopt, 0}, {4712, "python3", 2, 0}});
    EXPECT_EQ(killed.verdict, FitVerdict::kUnknown);
    EXPECT_EQ(killed.reason,
              "process 4711 (python3) of it was killed, or crashed, with a device open, and 1 other failed as well: "
              "KeyError: 'w'");
    EXPECT_EQ(judged({{4711, "python3", 1, 1}}, told_of(FailureKind::kCbClash)).verdict, FitVerdict::kDoesNotFit);
    // The output tells of a failure that may be of another process.
    EXPECT_EQ(judged({{4711, "python3", 1, 0}}, told_of(FailureKind::kCbClash)).verdict, FitVerdict::kUnknown);
    EXPECT_EQ(fit_of({.code = 139, .failed = {{4711, "python3", std::nullopt, 0}}}, &recording, {}).reason,
              "it ended with 139, and no allocation had failed; process 4711 (python3) of it was killed, or crashed, "
              "with a device open");
}

TEST(Fit, AProcessThatOpenedARealDeviceLetsNothingFit) {
    const Recording recording = sample_recording();
    EXPECT_EQ(fit_of({.code = 0, .opened_hardware = true}, &recording, {}).verdict, FitVerdict::kUnknown);
}

TEST(Fit, WhatTheRunSaysIsMissingLetsNothingFit) {
    const Recording recording = sample_recording();
    Coverage coverage;
    coverage.note("process 7 could not record");
    const Fit fit = fit_of({.code = 0, .coverage = coverage}, &recording, {});
    EXPECT_EQ(fit.reason, "not everything was seen: process 7 could not record");
    EXPECT_EQ(fit.coverage.notes.back(), "process 7 could not record");
}

// Each opened by itself, as where every chip runs a model of its own.
TEST(Fit, AllChipsThatWereUsedAlikeAreCounted) {
    RecordingMaker maker;
    for (const uint64_t chip : {1, 2, 3}) maker.alloc(maker.place({chip}), Pool::kDram, chip == 3 ? 32 : 64);
    const Recording recording = maker.finish();
    const Fit fit = fit_of({.code = 0}, &recording, {});
    ASSERT_EQ(fit.pools.size(), 1u);
    EXPECT_EQ(fit.pools[0].chips, 2u);
}

TEST(Fit, OneThatDoesNotFitOutweighsWhatCannotBeTold) {
    using enum FitVerdict;
    EXPECT_EQ(fit_of_all(std::vector{kFits, kFits}), kFits);
    EXPECT_EQ(fit_of_all(std::vector{kFits, kUnknown}), kUnknown);
    EXPECT_EQ(fit_of_all(std::vector{kUnknown, kDoesNotFit, kFits}), kDoesNotFit);
    EXPECT_EQ(fit_of_all({}), kUnknown);
}

}  // namespace
}  // namespace ttmem
