#include "src/exports/clickhouse.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>

#include "src/base/text.h"
#include "src/exports/table.h"
#include "tests/support/random_recording.h"
#include "tests/support/sample_recording.h"
#include "tests/support/written_export.h"

namespace ttmem {
namespace {

using Json = nlohmann::json;
using Cells = std::map<std::string, std::optional<std::string>>;  // nullopt: NULL

WrittenExport statements(const Recording& recording, const ClickHouseTables& tables = {}, uint64_t most = 0) {
    return written_export([&](ByteSink& sink) { return write_clickhouse(recording, tables, sink); }, most);
}

// Reads statements as ClickHouse's documentation of its syntax has them: names, numbers, and texts with escapes.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    // {table: rows}; what is no such statement fails the test.
    std::map<std::string, std::vector<Cells>> tables() {
        std::map<std::string, std::vector<Cells>> found;
        while (!rest_.empty()) {
            if (rest_.starts_with("CREATE TABLE IF NOT EXISTS ")) {
                const size_t end = rest_.find(";\n");
                found[std::string(rest_.substr(27, rest_.find('\n') - 27))];
                take(rest_.substr(0, end + 2));
            } else {
                insert(found);
            }
            if (testing::Test::HasFailure()) return found;
        }
        return found;
    }

private:
    void take(std::string_view expected) {
        ASSERT_TRUE(rest_.starts_with(expected)) << expected << " where there is " << rest_.substr(0, 80);
        rest_.remove_prefix(expected.size());
    }
    std::string until(char end) {
        const std::string word(rest_.substr(0, rest_.find(end)));
        rest_.remove_prefix(word.size());
        return word;
    }
    void insert(std::map<std::string, std::vector<Cells>>& found) {
        take("INSERT INTO ");
        std::vector<Cells>& rows = found[until(' ')];
        take(" (");
        std::stringstream list(until(')'));
        std::vector<std::string> columns;
        for (std::string name; std::getline(list >> std::ws, name, ',');) columns.push_back(name);
        take(") VALUES\n");
        row(columns, rows.emplace_back());
        while (rest_.starts_with(",") && !testing::Test::HasFailure()) {
            take(",\n");
            row(columns, rows.emplace_back());
        }
        take(";\n");
    }
    void row(const std::vector<std::string>& columns, Cells& cells) {
        for (const std::string& column : columns) {
            take(&column == &columns.front() ? "(" : ",");
            cells[column] = cell();
        }
        take(")");
    }
    std::optional<std::string> cell() {
        if (!rest_.starts_with('\'')) {
            const std::string word(rest_.substr(0, rest_.find_first_of(",)")));
            rest_.remove_prefix(word.size());
            if (word == "NULL") return std::nullopt;
            return word;
        }
        std::string text;
        for (take("'"); !rest_.starts_with('\'') && !rest_.empty();) text += character();
        take("'");
        return text;
    }
    char character() {
        const char c = rest_[0];
        if (c != '\\') {
            rest_.remove_prefix(1);
            return c;
        }
        const char escaped = rest_[1];
        if (escaped == 'x') {
            const char byte = static_cast<char>(std::stoi(std::string(rest_.substr(2, 2)), nullptr, 16));
            rest_.remove_prefix(4);
            return byte;
        }
        EXPECT_TRUE(escaped == '\\' || escaped == '\'') << escaped;
        rest_.remove_prefix(2);
        return escaped;
    }

    std::string_view rest_;
};

// The cells of an object: absent is NULL, or what a column that knows none has.
Cells cells_of(const Json& object, const Cells& like) {
    Cells cells;
    for (const auto& [name, value] : like) {
        const bool has = object.contains(name);
        if (has) cells[name] = object[name].is_string() ? object[name].get<std::string>() : object[name].dump();
        if (!has && value && (value->empty() || *value == "0")) cells[name] = value;
        if (!has && !cells.contains(name)) cells[name] = std::nullopt;
    }
    return cells;
}

TEST(ClickHouse, HasTheRowsThatJsonHas) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        RandomRecording random(seed);
        const Recording recording = random.maker.finish();
        const std::string text = statements(recording).text;
        auto tables = Reader(text).tables();
        for (const bool events : {true, false}) {
            const auto write = events ? write_event_table : write_allocation_table;
            std::vector<Json> objects;
            for (const std::string& line : written_export([&](ByteSink& sink) {
                                               return write(recording, RowSyntax::kJsonLines, sink);
                                           }).lines()) {
                objects.push_back(Json::parse(line));
            }
            const std::vector<Cells>& rows = tables[events ? "ttmem_events" : "ttmem_allocations"];
            ASSERT_EQ(rows.size() + 2, objects.size()) << seed;
            for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], cells_of(objects[i + 1], rows[i])) << seed;
        }
    }
}

std::string hostile_name(std::mt19937_64& random) {
    static const std::vector<std::string> kParts = {"'",
                                                    "\\",
                                                    "\"",
                                                    "\n",
                                                    "\r",
                                                    "\t",
                                                    "\x1b[2J",
                                                    ";",
                                                    "'); DROP TABLE ttmem_events; --",
                                                    "),(",
                                                    "\\N",
                                                    "NULL",
                                                    "/*",
                                                    "--",
                                                    "\\x41",
                                                    "\xff",
                                                    "\xc3",
                                                    "\u202e",
                                                    "\u200b",
                                                    "\xe2\x80\xa8",
                                                    "é",
                                                    "=1+1",
                                                    "`",
                                                    "ttnn.add",
                                                    " "};
    std::string name;
    for (uint64_t parts = 1 + random() % 6; parts != 0; --parts) name += kParts[random() % kParts.size()];
    for (uint64_t bytes = random() % 4; bytes != 0; --bytes) name += static_cast<char>(1 + random() % 255);
    return name;
}

TEST(ClickHouse, KeepsEveryByteOfANameAndHasNoneThatATerminalObeys) {
    std::mt19937_64 random(4711);
    for (int round = 0; round < 300; ++round) {
        RecordingMaker maker;
        const uint32_t place = maker.place({1});
        std::vector<std::pair<std::string, std::string>> names;
        for (int i = 0; i < 5; ++i) {
            names.emplace_back(hostile_name(random), hostile_name(random));
            maker.alloc(place, Pool::kL1, 64,
                        {.op = maker.text(names.back().first), .tag = maker.text(names.back().second)});
        }
        const WrittenExport output = statements(maker.finish());
        for (const std::string& line : output.lines()) EXPECT_EQ(printable(line), line);
        auto tables = Reader(output.text).tables();
        for (const char* table : {"ttmem_events", "ttmem_allocations"}) {
            std::vector<std::pair<std::string, std::string>> found;
            for (const Cells& cells : tables[table]) found.emplace_back(*cells.at("op"), *cells.at("tag"));
            EXPECT_EQ(found, names);
        }
    }
}

TEST(ClickHouse, MakesTheTablesAndInsertsNothingWhereThereIsNothing) {
    RecordingMaker maker;
    const std::string text = statements(maker.finish()).text;
    EXPECT_EQ(text.find("INSERT"), std::string::npos);
    EXPECT_EQ(Reader(text).tables().size(), 2u);
}

TEST(ClickHouse, WritesTheTableThatIsAskedFor) {
    const Recording recording = sample_recording();
    const std::string events = statements(recording, {.allocations = false}).text;
    const std::string allocations = statements(recording, {.events = false}).text;
    EXPECT_EQ(events.find("ttmem_allocations"), std::string::npos);
    EXPECT_EQ(allocations.find("ttmem_events"), std::string::npos);
    EXPECT_EQ(events.size() + allocations.size(), statements(recording).text.size());
}

TEST(ClickHouse, EndsWithAWholeStatementInsideOfItsBudget) {
    const Recording recording = sample_recording();
    const WrittenExport whole = statements(recording);
    for (uint64_t most = 2500; most < whole.text.size(); most += 97) {
        const WrittenExport cut = statements(recording, {}, most);
        EXPECT_LE(cut.text.size(), most);
        size_t rows = 0;
        for (const auto& [table, cells] : Reader(cut.text).tables()) rows += cells.size();
        EXPECT_EQ(rows, cut.exported.items);
        EXPECT_EQ(cut.exported.items + cut.exported.left_out, whole.exported.items);
        ASSERT_FALSE(cut.exported.notes.empty());
        EXPECT_NE(cut.exported.notes.back().find(" event"), std::string::npos) << cut.exported.notes.back();
        EXPECT_FALSE(cut.exported.complete());
    }
}

}  // namespace
}  // namespace ttmem
