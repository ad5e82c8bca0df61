#include "src/views/json/list_document.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ttmem {
namespace {

Json item(size_t i) { return {{"number", i}, {"lines", "a\nb"}, {"none", Json::array()}, {"some", {1, {{"x", 2}}}}}; }

void append(size_t i, std::string& text) { text += item_text(item(i)); }

Json whole(const ListDocument& document) {
    Json json = document.before;
    json[document.name] = Json::array();
    for (size_t i = 0; i < document.count; ++i) json[document.name].push_back(item(i));
    json.update(document.after);
    return json;
}

TEST(ListDocument, HasTheTextOfAllOfIt) {
    for (const size_t count : {0, 1, 2, 1000}) {
        for (const Json& after : {Json::object(), Json{{"total", {{"count", count}}}, {"last", nullptr}}}) {
            const ListDocument document{{{"schema", "x"}, {"more", {1, 2}}}, "items", count, append, after};
            EXPECT_EQ(to_text(document), to_text(whole(document))) << count;
        }
    }
}

TEST(ListDocument, IsHandedOverInPiecesUntilSomebodyHasEnough) {
    size_t made = 0, pieces = 0, most = 0;
    const ListDocument document{
        {{"schema", "x"}}, "items", 10'000, [&](size_t i, std::string& text) { ++made, append(i, text); }};
    EXPECT_FALSE(write_text(document, [&](const std::string& piece) {
        most = std::max(most, piece.size());
        return ++pieces < 3;
    }));
    EXPECT_EQ(pieces, 3u);
    EXPECT_LT(made, 5000u);
    EXPECT_LT(most, 100'000u);
    EXPECT_FALSE(write_text({{{"schema", "x"}}, "items"}, [](const std::string&) { return false; }));
}

}  // namespace
}  // namespace ttmem
