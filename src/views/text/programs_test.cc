#include "src/views/text/programs.h"

#include <gtest/gtest.h>

#include "tests/support/sample_programs.h"

namespace ttmem {
namespace {

TEST(ProgramsText, OneLinePerProgramAndPlaceAndTheTracesBelow) {
    const Snapshot s = sample();
    EXPECT_EQ(
        programs_text(values_of_programs(s), {}),
        R"(PID  PROGRAM       PLACE   CHIPS  OP      CIRCULAR BUFFERS          RESERVED            RESIDENT  MAX/CORE        AGE
100  matmul        mesh 0  0-1    matmul  reserved             16.0 KiB each  16.0 KiB on 1 of 2  4.00 KiB  1 min 0 s
100  number 0x800  -       -              no circular buffers                                                     5 s
100  bad\x1b[31m   mesh 0  0-1            left_behind               0 B each                 0 B       0 B        5 s

PID  TRACE     PLACE   CHIPS  PLANS  REPLAYED  AGE
100  number 3  mesh 0  0-1       12  yes       2 s

3 programs, 1 trace. RESERVED and RESIDENT are summed over the cores of a chip; "each" is one of several. Programs overlap, so their bytes have no sum: what they take of a chip together is in ttmem status.
)");
}

TEST(ProgramsText, EachCircularBufferWithItsCores) {
    const Snapshot s = sample();
    const std::string text = programs_text(values_of_programs(s, 1, true), {});
    EXPECT_NE(text.find("  CB 0    0x19000               4 cores: (0,0)-(1,1)"), std::string::npos) << text;
    EXPECT_NE(text.find("  DFB 16  in a tensor's memory  2 cores: (0,0), (1,1)"), std::string::npos) << text;
    EXPECT_NE(text.find("not shown: 2 more (--limit 0 shows all)\n"), std::string::npos) << text;
}

TEST(ProgramsText, AnOperationWithManyProgramsIsNamedWithTheirNumber) {
    Snapshot s = sample();
    s.processes[0].iterations_begun = 20;
    for (uint32_t i = 1; i <= 20; ++i) {
        Program program = s.programs[0];
        program.handle = 0x10000 + i;
        program.iteration = i;
        s.programs.push_back(program);
    }
    const std::string text = programs_text(values_of_programs(s, 2), {});
    EXPECT_NE(text.find("Operations with several programs:\n"
                        "PID  OP      PROGRAMS  MADE IN ITERATIONS\n"
                        "100  matmul        21            20 of 20\n"),
              std::string::npos)
        << text;
}

TEST(ProgramsText, NothingThatFitsIsNotNothingTracked) {
    const Snapshot s = sample();
    EXPECT_EQ(programs_text({s, {}, {}, 0, false, {}}, {}), "No program matches.\n");
    EXPECT_EQ(programs_text({Snapshot{}, {}, {}, 0, false, {}}, {}).substr(0, 19), "Nothing is tracked:");
}

TEST(ProgramsText, OfAMomentSayWhichOneItIsAndThatWhatWasResidentIsNotKnown) {
    const Snapshot s = sample();
    ProgramsValues values = values_of_programs(s);
    values.moment = "when a program needed most of a core's L1 in run.ttmem";
    values.other_moment = "Nothing lived at the end.";
    values.from_history = true;
    const std::string text = programs_text(values, {});
    EXPECT_EQ(
        text.find("As it was when a program needed most of a core's L1 in run.ttmem. Nothing lived at the end.\n"), 0u)
        << text;
    EXPECT_NE(text.find("RESIDENT is known of now and of an end only."), std::string::npos) << text;
    EXPECT_EQ(programs_text({s, {}, {}, 0, false, {}, "at the end of run.ttmem", "--at shows more."}, {}),
              "No program matches at the end of run.ttmem. --at shows more.\n");
}

TEST(ProgramsText, WhatAnOlderLibraryDidNotRecordIsNotKnownAndNotNone) {
    Snapshot s = sample_snapshot();
    EXPECT_NE(programs_text(values_of_programs(s), {}).find("not known"), std::string::npos);
    for (ChipUse& use : s.processes[0].chips) use.cb.reserved_bytes = 0;
    EXPECT_NE(programs_text(values_of_programs(s), {}).find("no circular buffers"), std::string::npos);
}

TEST(ProgramsText, ForeignNamesOfPlacesAreEscaped) {
    Snapshot s = sample();
    s.places[0].name = "evil\x1b[2J";
    const std::string text = programs_text(values_of_programs(s), {});
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("mesh 0 (evil\\x1b[2J)"), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem
