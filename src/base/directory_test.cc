#include "src/base/directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

TEST(Directory, HasEachNameOnceButThoseOfItselfAndItsParent) {
    const TemporaryDirectory folder;
    for (const char* name : {"a", ".b", "c"}) std::ofstream(folder.path() / name) << "";
    std::multiset<std::string> names;
    EXPECT_FALSE(for_each_name(folder.path(), [&](const std::string& name) { return names.insert(name), true; }));
    EXPECT_EQ(names, (std::multiset<std::string>{"a", ".b", "c"}));
    size_t seen = 0;
    EXPECT_FALSE(for_each_name(folder.path(), [&](const std::string&) { return ++seen, false; }));
    EXPECT_EQ(seen, 1u) << "it goes on only as long as it is asked to";
}

TEST(Directory, SaysWhyItCouldNotBeRead) {
    const auto none = [](const std::string&) { return true; };
    EXPECT_EQ(for_each_name("/there/is/none", none), std::errc::no_such_file_or_directory);
    EXPECT_EQ(for_each_name("/dev/null", none), std::errc::not_a_directory);
}

}  // namespace
}  // namespace ttmem
