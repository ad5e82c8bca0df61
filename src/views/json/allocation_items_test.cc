#include "src/views/json/allocation_items.h"

#include <gtest/gtest.h>

#include "src/views/json/list_document.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

// As a Json of it is written in a document.
void expect_the_text_of_its_json(const Snapshot& s) {
    const AllocationItems items(s);
    for (const Allocation& a : s.allocations) {
        std::string text = "begun";
        items.append(text, a);
        EXPECT_EQ(text, "begun" + item_text(allocation_json(s, a)));
    }
}

TEST(AllocationItems, HaveTheTextOfTheirJson) { expect_the_text_of_its_json(sample_snapshot()); }

TEST(AllocationItems, OfEveryPoolClassAndStandingToo) {
    Snapshot s = sample_snapshot();
    s.places[1].chips.clear();
    s.programs.resize(3);  // without a name
    s.programs[1].handle = 0x900;
    s.programs[2].unique_id = 0xabc;
    s.processes[0].ledger = LedgerId{~static_cast<unsigned __int128>(0)};
    const size_t count = s.allocations.size();
    for (size_t i = 0; i < count; ++i) {
        for (int more = 0; more < 16; ++more) {
            Allocation a = s.allocations[i];
            a.pool = static_cast<Pool>(static_cast<size_t>(more) % kPoolCount);
            a.allocation_class = static_cast<AllocationClass>(more % 5);
            a.program = static_cast<uint32_t>(more) % 4;
            a.thread = more % 2 == 0 ? 0 : ~0u;
            a.since = more % 3 == 0 ? 0 : more % 3 == 1 ? -1 : INT64_MAX;
            a.unique_id = more % 5 == 0 ? 0 : ~0ull >> more;
            a.handle = ~0ull << more;
            a.address = DeviceAddress{~0ull >> more};
            a.bytes_per_bank = more % 2 == 0 ? 0 : ~0ull;
            a.persistent = more % 7 == 0;
            a.holder_ended = more % 6 == 0;
            a.released = more % 4 == 0;
            a.leaked = more % 8 == 0;
            s.allocations.push_back(a);
        }
    }
    expect_the_text_of_its_json(s);
}

TEST(AllocationItems, WithACallStackListItsFrames) {
    Snapshot s = sample_snapshot();
    s.texts.insert(s.texts.end(), {"/home/me/model.py", "forw\"ard\x01"});
    const auto texts = static_cast<uint32_t>(s.texts.size());
    s.stacks = {{}, {0, texts - 2, 0, 0}, {1, texts - 2, texts - 1, 42}};
    s.allocations[0].stack = 2;
    expect_the_text_of_its_json(s);
    EXPECT_EQ(allocation_json(s, s.allocations[0])["stack"],
              Json::parse(R"([{"file":"/home/me/model.py","line":42,"function":"forw\"ard\u0001"},
                             {"file":"/home/me/model.py","line":null,"function":null}])"));
    EXPECT_FALSE(allocation_json(s, s.allocations[1]).contains("stack"));
}

TEST(AllocationItems, EscapeForeignNamesAsTheirJsonDoes) {
    for (const std::string name :
         {"quote\" back\\slash", "line\nbreak\ttab\x01\x1f", "\x7f and \xc2\x80 and \xc2\x9f but \xc2\xa0",
          "not UTF-8: \xff \xc2", "\xed\xa0\x80 \xf4\x90\x80\x80", "graphic: \xe2\x82\xac \xf0\x9f\x98\x80"}) {
        Snapshot s = sample_snapshot();
        s.texts = {"", name, name + "2", name + "3"};
        for (Place& place : s.places) place.name = name;
        for (Program& program : s.programs) program.name = name;
        for (Allocation& a : s.allocations) a.op = 1, a.tag = 2, a.program = 1;
        expect_the_text_of_its_json(s);

        std::string text;
        AllocationItems(s).append(text, s.allocations[0]);
        for (const char c : text) EXPECT_NE(c, '\x7f');
        EXPECT_EQ(text.find("\xc2\x80"), std::string::npos);
        EXPECT_TRUE(Json::accept(text));
    }
}

}  // namespace
}  // namespace ttmem
