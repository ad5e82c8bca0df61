#include "src/views/text/programs.h"

#include <gtest/gtest.h>

#include "src/analysis/programs.h"
#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

// `matmul` of the sample with two circular buffers on 2 x 2 cores of both chips, resident on one of them; a program
// without any; one that left its own behind; and a trace.
Snapshot sample() {
    Snapshot s = sample_snapshot();
    ProgramCbs cbs;
    cbs.plan.buffers = {{0, false, 0x19000, 4096, {{0, 0, 1, 1}}},
                        {16, true, 0, 2048, {{0, 0, 0, 0}, {1, 1, 1, 1}}, CbKind::kDataflow}};
    cbs.reserved_bytes = 16384;
    cbs.greatest_core = 4096;
    cbs.resident_bytes = 16384;
    ProgramCbs::OnChip on{ChipId{0xa1}, {}};
    on.cores.add({0, 0, 1, 1});
    cbs.resident_on = {on};
    s.programs[0].cbs = {cbs};
    s.programs[0].op = 1;
    for (ChipUse& use : s.processes[0].chips) use.cb = {16384, 8192, 4096, {}};

    Program plain;
    plain.handle = 0x800;
    plain.created_at = kSampleNow - 5 * kSecond;
    Program lost = plain;
    lost.handle = 0x900;
    lost.name = "bad\x1b[31m";
    lost.destroyed = true;
    ProgramCbs behind = cbs;
    behind.left_behind = true;
    behind.reserved_bytes = behind.resident_bytes = behind.greatest_core = 0;
    behind.resident_on.clear();
    lost.cbs = {behind};
    s.programs.push_back(plain);
    s.programs.push_back(lost);

    Trace trace;
    trace.handle = 0xa00;
    trace.number = 3;
    trace.plans = 12;
    trace.replayed = true;
    trace.captured_at = kSampleNow - 2 * kSecond;
    s.traces = {trace};
    return s;
}

ProgramsValues values_of_programs(const Snapshot& s, size_t limit = 0, bool each_buffer = false) {
    return {s, select_programs(s), select_traces(s), limit, each_buffer, {}};
}

TEST(ProgramsText, OneLinePerProgramAndPlaceAndTheTracesBelow) {
    const Snapshot s = sample();
    EXPECT_EQ(
        programs_text(values_of_programs(s), {}),
        R"(PID  PROGRAM       PLACE   CHIPS  OP      CIRCULAR BUFFERS          RESERVED            RESIDENT  GREATEST CORE        AGE
100  matmul        mesh 0  0-1    matmul  reserved             16.0 KiB each  16.0 KiB on 1 of 2       4.00 KiB  1 min 0 s
100  number 0x800  -       -              no circular buffers                                                          5 s
100  bad\x1b[31m   mesh 0  0-1            left_behind               0 B each                 0 B            0 B        5 s

PID  TRACE     PLACE   CHIPS  PLANS  REPLAYED  AGE
100  number 3  mesh 0  0-1       12  yes       2 s

3 programs, 1 trace. RESERVED and RESIDENT are summed over cores. Programs overlap, so their bytes have no sum: what they
take of a chip together is in ttmem status.
)");
}

TEST(ProgramsText, EachCircularBufferWithItsCores) {
    const Snapshot s = sample();
    const std::string text = programs_text(values_of_programs(s, 1, true), {});
    EXPECT_NE(text.find("  CB 0    0x19000               4 cores: (0,0)-(1,1)"), std::string::npos) << text;
    EXPECT_NE(text.find("  DFB 16  in a tensor's memory  2 cores: (0,0), (1,1)"), std::string::npos) << text;
    EXPECT_NE(text.find("not shown: 2 more (--limit 0 shows all)\n"), std::string::npos) << text;
}

TEST(ProgramsText, NothingThatFitsIsNotNothingTracked) {
    const Snapshot s = sample();
    EXPECT_EQ(programs_text({s, {}, {}, 0, false, {}}, {}), "No program fits.\n");
    EXPECT_EQ(programs_text({Snapshot{}, {}, {}, 0, false, {}}, {}).substr(0, 19), "Nothing is tracked:");
}

TEST(ProgramsText, WhatAnOlderLibraryDidNotRecordIsNotKnownAndNotNone) {
    Snapshot s = sample_snapshot();
    EXPECT_NE(programs_text(values_of_programs(s), {}).find("not known"), std::string::npos);
    EXPECT_EQ(programs_json(values_of_programs(s))["items"][0]["places"], nullptr);
    for (ChipUse& use : s.processes[0].chips) use.cb.reserved_bytes = 0;
    EXPECT_NE(programs_text(values_of_programs(s), {}).find("no circular buffers"), std::string::npos);
    EXPECT_EQ(programs_json(values_of_programs(s))["items"][0]["places"], Json::array());
}

TEST(ProgramsText, ForeignNamesOfPlacesAreEscaped) {
    Snapshot s = sample();
    s.places[0].name = "evil\x1b[2J";
    const std::string text = programs_text(values_of_programs(s), {});
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("mesh 0 (evil\\x1b[2J)"), std::string::npos) << text;
}

TEST(ProgramsJson, AnItemHasTheAgreedNames) {
    const Snapshot s = sample();
    const Json json = programs_json(values_of_programs(s));
    EXPECT_EQ(json["schema"], "ttmem.programs/1");
    EXPECT_EQ(json["items"][0],
              Json::parse(R"({"id":"0x700","ledger":"00000000000000000000000000000011","pid":100,"name":"matmul",
        "unique_id":"0x7","state":"live","op":"matmul","tag":null,"thread":null,"since":"2026-11-22T18:47:13.000Z",
        "places":[{"place":"mesh 0","chips":["0xa0","0xa1"],"state":"reserved","reserved_bytes":16384,
          "resident_bytes":16384,"greatest_core_bytes":4096,"resident_on":[{"chip_id":"0xa1","cores":4}],
          "circular_buffers":[
            {"index":0,"kind":"cb","aliased":false,"address":102400,"bytes_per_core":4096,"cores":4,
             "core_ranges":[{"x0":0,"y0":0,"x1":1,"y1":1}]},
            {"index":16,"kind":"dfb","aliased":true,"address":null,"bytes_per_core":2048,"cores":2,
             "core_ranges":[{"x0":0,"y0":0,"x1":0,"y1":0},{"x0":1,"y0":1,"x1":1,"y1":1}]}]}]})"));
    EXPECT_EQ(json["items"][2]["state"], "destroyed");
    EXPECT_EQ(json["items"][2]["places"][0]["state"], "left_behind");
    EXPECT_EQ(json["traces"][0],
              Json::parse(R"({"id":"0xa00","ledger":"00000000000000000000000000000011","pid":100,"name":null,"number":3,
        "place":"mesh 0","chips":["0xa0","0xa1"],"plans":12,"replayed":true,"state":"live",
        "since":"2026-11-22T18:48:11.000Z"})"));
    EXPECT_EQ(json["total"], Json::parse(R"({"programs":3,"traces":1})"));
}

}  // namespace
}  // namespace ttmem
