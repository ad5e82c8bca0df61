// What an export writes, in memory.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/exports/exported.h"

namespace ttmem {

struct WrittenExport {
    std::string text;
    Exported exported;

    std::vector<std::string> lines() const {
        std::vector<std::string> found;
        for (size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
            end = std::min(text.find('\n', begin), text.size());
            found.push_back(text.substr(begin, end - begin));
        }
        return found;
    }
};

// `write(sink)` with a budget of `most` bytes, 0 for none.
template <class Write>
WrittenExport written_export(Write write, uint64_t most = 0) {
    WrittenExport result;
    ByteSink sink(
        [&](std::string_view piece) {
            result.text += piece;
            return true;
        },
        most);
    result.exported = write(sink);
    EXPECT_TRUE(sink.finish());
    EXPECT_EQ(sink.bytes(), result.text.size());
    return result;
}

}  // namespace ttmem
