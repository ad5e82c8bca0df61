#include "src/importers/failure_message/forms.h"

namespace ttmem {
namespace {

// ---- out of memory

constexpr std::string_view kBankFiguresSay = "what is allocated and free in each bank and its largest free block";
constexpr std::array<MessageFigure, kMostFigures> kBankFigureSlots = {
    &FailureFigures::allocated_per_bank, &FailureFigures::free_per_bank, &FailureFigures::largest_free_per_bank};
// One by one, so that of a message that was cut between them those are known that are whole.
constexpr Clause kAllocated{
    " (allocated: # B", {&FailureFigures::allocated_per_bank}, {}, "what is allocated in each bank"};
constexpr Clause kFree{
    ", free: # B", {&FailureFigures::free_per_bank}, {}, "what is free in each bank", false, false, false, true};
constexpr Clause kLargestFree{", largest free block: # B)",
                              {&FailureFigures::largest_free_per_bank},
                              {},
                              "its largest free block",
                              false,
                              false,
                              false,
                              true};

constexpr std::array kOutOfMemory = {
    Clause{"Not enough space to allocate # B", {&FailureFigures::requested_bytes}, {}, "the requested bytes", true},
    Clause{" @ buffer", {}, ClauseExtra::kBufferType, "the type of the buffer", true},
    Clause{" across # banks", {&FailureFigures::banks}, {}, "the number of banks", true},
    Clause{", where each bank needs to store # B",
           {&FailureFigures::bytes_per_bank},
           {},
           "the bytes needed of each bank",
           true},
    Clause{", but bank size is only # B", {&FailureFigures::bank_bytes}, ClauseExtra::kSaysOnly, "the size of a bank"},
    Clause{", but bank size is # B", {&FailureFigures::bank_bytes}, {}, "the size of a bank", false, true},
    kAllocated,
    kFree,
    kLargestFree,
};
// Shortened by who pasted it.
constexpr std::array kOutOfMemoryShortened = {
    Clause{"Not enough space to allocate # B", {&FailureFigures::requested_bytes}, {}, "the requested bytes", true},
    Clause{" @ buffer", {}, ClauseExtra::kBufferType, "the type of the buffer", true},
    Clause{" across # banks", {&FailureFigures::banks}, {}, "the number of banks", true},
    Clause{"~... (allocated: # B, free: # B, largest free block: # B)", kBankFigureSlots, {}, kBankFiguresSay, true},
    Clause{"~\xe2\x80\xa6 (allocated: # B, free: # B, largest free block: # B)",
           kBankFigureSlots,
           {},
           kBankFiguresSay,
           true,
           true},
};
// Of early 2024, which prints the places of its figures as they are, and each figure on a line of its own below.
constexpr std::array kOutOfMemoryBelow = {
    Clause{"Not enough space to allocate {} B {} buffer across {} banks, where each bank needs to store {} B",
           {},
           {},
           "",
           true},
    Clause{" #", {&FailureFigures::requested_bytes}, {}, "the requested bytes", true},
    Clause{" @", {}, ClauseExtra::kBufferType, "the type of the buffer", true},
    Clause{" # #",
           {&FailureFigures::banks, &FailureFigures::bytes_per_bank},
           {},
           "the number of banks and the bytes needed of each",
           true},
};
constexpr std::array kOverlapping = {
    Clause{"Not enough space after considering dependencies to allocate # B",
           {&FailureFigures::requested_bytes},
           {},
           "the requested bytes",
           true},
    Clause{" @ buffer across # banks",
           {&FailureFigures::banks},
           ClauseExtra::kBufferType,
           "the type of the buffer and the number of banks",
           true},
    Clause{" @ across # banks",
           {&FailureFigures::banks},
           ClauseExtra::kBufferType,
           "the type of the buffer and the number of banks",
           true,
           true},
    Clause{" (# B per bank)", {&FailureFigures::bytes_per_bank}, {}, "the bytes needed of each bank", true},
    Clause{", bank size is # B", {&FailureFigures::bank_bytes}, {}, "the size of a bank"},
    kAllocated,
    kFree,
    kLargestFree,
    Clause{
        ". After subtracting # dependency range(s) and # additional occupied range(s), # B remained placeable across "
        "# window(s)",
        {&FailureFigures::dependency_ranges, &FailureFigures::occupied_ranges, &FailureFigures::placeable_per_bank,
         &FailureFigures::placeable_windows},
        {},
        "what the other allocators leave"},
    Clause{", largest # B",
           {&FailureFigures::largest_placeable_per_bank},
           {},
           "the largest window that the other allocators leave"},
};
constexpr std::array kAddressLimit = {
    Clause{"Cannot allocate at an address below #.", {&FailureFigures::lowest_address}, {}, "the lowest address", true},
    Clause{" Allocation at #", {&FailureFigures::address}, {}, "the address that was free", true},
};
constexpr std::array kStateRegion = {
    Clause{"Failed to apply state: cannot allocate region [#, #)",
           {&FailureFigures::region_begin, &FailureFigures::region_end},
           {},
           "the region",
           true},
    Clause{" of size # B at address # in",
           {&FailureFigures::requested_bytes, &FailureFigures::address},
           {},
           "its size",
           true},
    Clause{" @ buffer type", {}, ClauseExtra::kBufferType, "the type of the buffer", true},
};

// ---- L1 that is never given back, and the buffer of kernels

constexpr std::array kArena = {
    Clause{"Persistent L1 arena is out of memory: cannot place # bytes",
           {&FailureFigures::requested_bytes},
           {},
           "the requested bytes",
           true},
    Clause{" aligned to # on cores $ in [#, #)",
           {&FailureFigures::alignment, &FailureFigures::region_begin, &FailureFigures::region_end},
           ClauseExtra::kCoreText,
           "the cores and the arena",
           true},
};
constexpr std::array kArenaLate = {
    Clause{"Cannot allocate persistent L1 on core $ after program-local L1 placement",
           {},
           ClauseExtra::kOneCore,
           "the core",
           true},
};
// Of pipes that share a space, and of those that have one each.
constexpr std::array kSpaceOverlap = {
    Clause{"PrefetcherPipeSpace persistent L1 region [#, #) overlaps an existing L1 allocation at #",
           {&FailureFigures::region_begin, &FailureFigures::region_end, &FailureFigures::l1_buffer_address},
           {},
           "the region",
           true},
};
constexpr std::array kPipeOverlap = {
    Clause{"PrefetcherPipe persistent L1 region [#, #) overlaps an existing L1 allocation at #",
           {&FailureFigures::region_begin, &FailureFigures::region_end, &FailureFigures::l1_buffer_address},
           {},
           "the region",
           true},
};
constexpr std::array kSubDevice = {
    Clause{"Sub-device # local L1 region [#, #) exceeds allocatable worker L1 limit # after persistent allocations",
           {nullptr, &FailureFigures::region_begin, &FailureFigures::region_end, &FailureFigures::max_l1_bytes},
           {},
           "the region",
           true},
};
constexpr std::array kKernelConfig = {
    Clause{"Program size (#) too large for kernel config buffer (#)",
           {&FailureFigures::kernel_config_bytes, &FailureFigures::kernel_config_capacity},
           {},
           "the size of the kernel config buffer",
           true},
    // Spelled out: nothing else tells where the word ends that a break cut.
    Clause{" on TENSIX", {}, ClauseExtra::kCoreType, "the type of the core"},
    Clause{" on ACTIVE_ETH", {}, ClauseExtra::kCoreType, "the type of the core", false, true},
    Clause{" on IDLE_ETH", {}, ClauseExtra::kCoreType, "the type of the core", false, true},
    Clause{" on DRAM", {}, ClauseExtra::kCoreType, "the type of the core", false, true},
};

// ---- traces

constexpr std::array kTrace = {
    Clause{"Creating trace buffers of size #~B", {&FailureFigures::trace_bytes}, {}, "the size of the traces", true},
    Clause{" on MeshDevice #", {&FailureFigures::mesh}, {}, "the mesh", true},
    Clause{" on device #", {&FailureFigures::device}, {}, "the device", true, true},
    Clause{", but only #~B is allocated for trace region",
           {&FailureFigures::trace_region_bytes},
           {},
           "the size of the trace region",
           true},
};
constexpr std::array kOverlap = {
    Clause{"Trace buffer at address # overlaps with", {&FailureFigures::trace_address}, {}, "the address", true},
    Clause{" DRAM activity captured by another live trace (maximum live trace high water mark: #)",
           {&FailureFigures::allocation_high_water},
           ClauseExtra::kOtherTrace,
           "with what it overlaps",
           true},
    Clause{" DRAM activity during trace capture. Allocation high water mark: #, Deletion high water mark: #",
           {&FailureFigures::allocation_high_water, &FailureFigures::deletion_high_water},
           {},
           "",
           true,
           true},
    Clause{" buffers allocated during trace capture (allocation high water mark: #)",
           {&FailureFigures::allocation_high_water},
           {},
           "",
           true,
           true},
    Clause{" buffers deallocated during trace capture (deletion high water mark: #)",
           {&FailureFigures::deletion_high_water},
           {},
           "",
           true,
           true},
};
constexpr std::array kUnsafe = {
    Clause{"Allocating device buffers is unsafe due to the existence of an active trace", {}, {}, "", true},
};
constexpr std::array kPotentiallyUnsafe = {
    Clause{"Allocating device buffers is potentially unsafe due to the existence of an active trace", {}, {}, "", true},
};
// Of ttnn, which refuses the replay when it was told to look for such buffers.
constexpr std::array kAliveBeforeReplay = {
    Clause{"Found # device buffer(s) still alive before trace replay", {}, {}, "", true},
};

constexpr std::string_view kOutOfMemoryPrefix = "Out of Memory: ";
constexpr std::array kAllocatorForms = {
    Form{FailureKind::kOutOfMemory, kOutOfMemoryPrefix, std::string_view("Not enough space to allocate #").size(),
         kOutOfMemory},
    Form{FailureKind::kOutOfMemory, kOutOfMemoryPrefix, kWholeOnly, kOutOfMemoryBelow},
    Form{FailureKind::kOutOfMemory, kOutOfMemoryPrefix, kWholeOnly, kOutOfMemoryShortened},
    Form{FailureKind::kOutOfMemory, kOutOfMemoryPrefix,
         std::string_view("Not enough space after considering dependencies to allocate #").size(), kOverlapping},
    Form{FailureKind::kAddressLimit, kOutOfMemoryPrefix,
         std::string_view("Cannot allocate at an address below #").size(), kAddressLimit},
    Form{FailureKind::kPersistentL1, "",
         std::string_view("Persistent L1 arena is out of memory: cannot place #").size(), kArena},
    Form{FailureKind::kPersistentL1, "", std::string_view("Cannot allocate persistent L1 on core $").size(),
         kArenaLate},
    Form{FailureKind::kPersistentL1, "", std::string_view("PrefetcherPipeSpace persistent L1 region [#").size(),
         kSpaceOverlap},
    Form{FailureKind::kPersistentL1, "", std::string_view("PrefetcherPipe persistent L1 region [#").size(),
         kPipeOverlap},
    Form{FailureKind::kPersistentL1, "", std::string_view("Sub-device # local L1 region [#").size(), kSubDevice},
    Form{FailureKind::kKernelConfig, "", std::string_view("Program size (#) too large").size(), kKernelConfig},
    Form{FailureKind::kTraceRegion, "", std::string_view("Creating trace buffers of size #").size(), kTrace},
    Form{FailureKind::kTraceOverlap, "", std::string_view("Trace buffer at address # overlaps").size(), kOverlap},
    Form{FailureKind::kRegionTaken, "", std::string_view("Failed to apply state: cannot allocate region [#").size(),
         kStateRegion},
    Form{FailureKind::kUnsafeUnderTrace, "", kWholeOnly, kUnsafe},
    Form{FailureKind::kUnsafeUnderTrace, "", kWholeOnly, kPotentiallyUnsafe},
    Form{FailureKind::kUnsafeUnderTrace, "", kWholeOnly, kAliveBeforeReplay},
};

}  // namespace

std::span<const Form> allocator_message_forms() { return kAllocatorForms; }

}  // namespace ttmem
