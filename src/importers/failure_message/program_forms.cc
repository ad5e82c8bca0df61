#include "src/importers/failure_message/forms.h"

namespace ttmem {
namespace {

constexpr std::string_view kProgramSays = "the program and its cores";
constexpr std::string_view kClashSays = "the address of the L1 buffer and the end of the circular buffers";
constexpr std::array<MessageFigure, kMostFigures> kClashFigures = {&FailureFigures::l1_buffer_address,
                                                                   &FailureFigures::cb_region_end};
constexpr Clause kGrow{" grow to # B", {&FailureFigures::cb_region_end}, {}, "the end of the circular buffers", true};
constexpr Clause kBeyond{
    " which is beyond max L1 size of # B", {&FailureFigures::max_l1_bytes}, {}, "the size of L1", true};

// ---- circular buffers

constexpr std::array kCircularClash = {
    Clause{"Statically allocated circular buffers in program # clash with L1 buffers on core range [(x=#,y=#) - "
           "(x=#,y=#)]",
           {&FailureFigures::program},
           ClauseExtra::kCoresNamed,
           kProgramSays,
           true},
    Clause{"Statically allocated circular buffers in program # clash with L1 buffers on core range [#-# - #-#]",
           {&FailureFigures::program},
           ClauseExtra::kCoresDashed,
           kProgramSays,
           true,
           true},
    Clause{". L1 buffer allocated at # and static circular buffer region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true,
           false,
           true},
    Clause{". L1 buffer allocated at # and static circular buffer region ends at &",
           kClashFigures,
           {},
           kClashSays,
           true,
           true,
           true},
};
constexpr std::array kCircularClashBare = {
    Clause{"Statically allocated circular buffers in program # clash with L1 buffers. L1 buffer allocated at # and "
           "static circular buffer region ends at #",
           {&FailureFigures::program, &FailureFigures::l1_buffer_address, &FailureFigures::cb_region_end},
           {},
           kClashSays,
           true},
};
constexpr std::array kCircularClashBarest = {
    Clause{"Statically allocated circular buffers clash with L1 buffers. L1 buffer allocated at # and static circular "
           "buffer region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true},
};
constexpr std::array kCircularOverflow = {
    Clause{"Statically allocated circular buffers on core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           "the cores",
           true},
    Clause{"Statically allocated circular buffers on core range [#-# - #-#]",
           {},
           ClauseExtra::kCoresDashed,
           "the cores",
           true,
           true},
    kGrow,
    kBeyond,
};
constexpr std::array kCircularOverflowBare = {
    Clause{
        "Statically allocated circular buffers grow to # B", {&FailureFigures::cb_region_end}, {}, "their end", true},
    kBeyond,
};

// ---- dataflow buffers

constexpr std::array kDataflowClash = {
    Clause{"Statically allocated dataflow buffers in program # clash with L1 buffers on core range [(x=#,y=#) - "
           "(x=#,y=#)]",
           {&FailureFigures::program},
           ClauseExtra::kCoresNamed,
           kProgramSays,
           true},
    Clause{"Statically allocated dataflow buffers in program # clash with L1 buffers on core range [#-# - #-#]",
           {&FailureFigures::program},
           ClauseExtra::kCoresDashed,
           kProgramSays,
           true,
           true},
    Clause{". L1 buffer allocated at # and static dataflow buffer region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true,
           false,
           true},
    Clause{". L1 buffer allocated at # and static dataflow buffer region ends at &",
           kClashFigures,
           {},
           kClashSays,
           true,
           true,
           true},
};
constexpr std::array kDataflowClashBare = {
    Clause{"Statically allocated dataflow buffers in program # clash with L1 buffers. L1 buffer allocated at # and "
           "static dataflow buffer region ends at #",
           {&FailureFigures::program, &FailureFigures::l1_buffer_address, &FailureFigures::cb_region_end},
           {},
           kClashSays,
           true},
};
constexpr std::array kDataflowClashBarest = {
    Clause{"Statically allocated dataflow buffers clash with L1 buffers. L1 buffer allocated at # and static dataflow "
           "buffer region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true},
};
constexpr std::array kDataflowOverflow = {
    Clause{"Statically allocated dataflow buffers on core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           "the cores",
           true},
    Clause{"Statically allocated dataflow buffers on core range [#-# - #-#]",
           {},
           ClauseExtra::kCoresDashed,
           "the cores",
           true,
           true},
    kGrow,
    kBeyond,
};
constexpr std::array kDataflowOverflowBare = {
    Clause{
        "Statically allocated dataflow buffers grow to # B", {&FailureFigures::cb_region_end}, {}, "their end", true},
    kBeyond,
};

// ---- scratchpads

constexpr std::array kScratchpadClash = {
    Clause{"Statically allocated scratchpads in program # clash with L1 buffers on core range [(x=#,y=#) - (x=#,y=#)]",
           {&FailureFigures::program},
           ClauseExtra::kCoresNamed,
           kProgramSays,
           true},
    Clause{"Statically allocated scratchpads in program # clash with L1 buffers on core range [#-# - #-#]",
           {&FailureFigures::program},
           ClauseExtra::kCoresDashed,
           kProgramSays,
           true,
           true},
    Clause{". L1 buffer allocated at # and static scratchpad region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true,
           false,
           true},
    Clause{". L1 buffer allocated at # and static scratchpad region ends at &",
           kClashFigures,
           {},
           kClashSays,
           true,
           true,
           true},
};
constexpr std::array kScratchpadClashBare = {
    Clause{"Statically allocated scratchpads in program # clash with L1 buffers. L1 buffer allocated at # and static "
           "scratchpad region ends at #",
           {&FailureFigures::program, &FailureFigures::l1_buffer_address, &FailureFigures::cb_region_end},
           {},
           kClashSays,
           true},
};
constexpr std::array kScratchpadClashBarest = {
    Clause{"Statically allocated scratchpads clash with L1 buffers. L1 buffer allocated at # and static scratchpad "
           "region ends at #",
           kClashFigures,
           {},
           kClashSays,
           true},
};
constexpr std::array kScratchpadOverflow = {
    Clause{"Statically allocated scratchpads on core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           "the cores",
           true},
    Clause{"Statically allocated scratchpads on core range [#-# - #-#]",
           {},
           ClauseExtra::kCoresDashed,
           "the cores",
           true,
           true},
    kGrow,
    kBeyond,
};
constexpr std::array kScratchpadOverflowBare = {
    Clause{"Statically allocated scratchpads grow to # B", {&FailureFigures::cb_region_end}, {}, "their end", true},
    kBeyond,
};

constexpr std::array kRing = {
    Clause{"DFB #: ring size (# bytes) exceeds Tensix unreserved L1 size (# bytes)",
           {nullptr, &FailureFigures::requested_bytes, &FailureFigures::max_l1_bytes},
           {},
           "the size of L1",
           true},
};
constexpr std::array kCircularService = {
    Clause{"Circular buffers on service-core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           "the cores",
           true},
    Clause{
        "Circular buffers on service-core range [#-# - #-#]", {}, ClauseExtra::kCoresDashed, "the cores", true, true},
    Clause{" in program # clash with ServiceCoreManager-allocated L1",
           {&FailureFigures::program},
           {},
           "the program",
           true},
    Clause{" (lowest service allocation at #, @ region ends at #)", kClashFigures, {}, kClashSays, true},
};
constexpr std::array kDataflowService = {
    Clause{"Dataflow buffers on service-core range [(x=#,y=#) - (x=#,y=#)]",
           {},
           ClauseExtra::kCoresNamed,
           "the cores",
           true},
    Clause{
        "Dataflow buffers on service-core range [#-# - #-#]", {}, ClauseExtra::kCoresDashed, "the cores", true, true},
    Clause{" in program # clash with ServiceCoreManager-allocated L1",
           {&FailureFigures::program},
           {},
           "the program",
           true},
    Clause{" (lowest service allocation at #, @ region ends at #)", kClashFigures, {}, kClashSays, true},
};

constexpr std::array kProgramForms = {
    Form{FailureKind::kCbClash, "", std::string_view("Statically allocated circular buffers in program # clash").size(),
         kCircularClash, CbWords::kCircularBuffers},
    Form{FailureKind::kCbOverflow, "",
         std::string_view("Statically allocated circular buffers on core range [#").size(), kCircularOverflow,
         CbWords::kCircularBuffers},
    Form{FailureKind::kCbClash, "", std::string_view("Statically allocated dataflow buffers in program # clash").size(),
         kDataflowClash, CbWords::kDataflowBuffers},
    Form{FailureKind::kCbOverflow, "",
         std::string_view("Statically allocated dataflow buffers on core range [#").size(), kDataflowOverflow,
         CbWords::kDataflowBuffers},
    Form{FailureKind::kCbClash, "", std::string_view("Statically allocated scratchpads in program # clash").size(),
         kScratchpadClash, CbWords::kScratchpads},
    Form{FailureKind::kCbOverflow, "", std::string_view("Statically allocated scratchpads on core range [#").size(),
         kScratchpadOverflow, CbWords::kScratchpads},
    Form{FailureKind::kCbOverflow, "", kWholeOnly, kRing, CbWords::kDataflowBuffers},
    Form{FailureKind::kServiceClash, "", std::string_view("Circular buffers on service-core range [#").size(),
         kCircularService},
    Form{FailureKind::kServiceClash, "", std::string_view("Dataflow buffers on service-core range [#").size(),
         kDataflowService, CbWords::kDataflowBuffers},
    Form{FailureKind::kCbClash, "", kWholeOnly, kCircularClashBare, CbWords::kCircularBuffers},
    Form{FailureKind::kCbClash, "", kWholeOnly, kCircularClashBarest, CbWords::kCircularBuffers},
    Form{FailureKind::kCbOverflow, "", kWholeOnly, kCircularOverflowBare, CbWords::kCircularBuffers},
    Form{FailureKind::kCbClash, "", kWholeOnly, kDataflowClashBare, CbWords::kDataflowBuffers},
    Form{FailureKind::kCbClash, "", kWholeOnly, kDataflowClashBarest, CbWords::kDataflowBuffers},
    Form{FailureKind::kCbOverflow, "", kWholeOnly, kDataflowOverflowBare, CbWords::kDataflowBuffers},
    Form{FailureKind::kCbClash, "", kWholeOnly, kScratchpadClashBare, CbWords::kScratchpads},
    Form{FailureKind::kCbClash, "", kWholeOnly, kScratchpadClashBarest, CbWords::kScratchpads},
    Form{FailureKind::kCbOverflow, "", kWholeOnly, kScratchpadOverflowBare, CbWords::kScratchpads},
};

}  // namespace

std::span<const Form> program_message_forms() { return kProgramForms; }

}  // namespace ttmem
