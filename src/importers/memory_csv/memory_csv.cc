#include "src/importers/memory_csv/memory_csv.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/text.h"
#include "src/importers/input/log_lines.h"
#include "src/importers/memory_csv/detailed_csv.h"
#include "src/importers/memory_csv/summary_csv.h"
#include "src/importers/packed/unpack.h"

namespace ttmem {
namespace {

constexpr uint64_t kMostLines = uint64_t{4} << 20;
constexpr size_t kCsvHeadBytes = 512;

template <class Table>
Result<ImportedUse> read_csv_table(const ByteReader& read, std::string_view name) {
    Table table;
    std::optional<Error> wrong;
    const auto refuse = [&](uint64_t line, const std::string& why) {
        wrong = Error{std::string(name) + " is no memory report of tt-metal, at line " + std::to_string(line), why, ""};
    };
    const Result<uint64_t> done = for_each_line(read, [&](const LogLine& line) {
        if (wrong) return;
        if (line.number > kMostLines) return refuse(line.number, "it is longer than any of them");
        if (const Result<void> taken = table.line(line.text); !taken) refuse(line.number, taken.error().what);
    });
    if (!done) return Error{"cannot read " + std::string(name) + ": " + done.error().what, done.error().why, ""};
    if (wrong) return *wrong;
    Coverage coverage;
    const std::vector<MemoryMoment> moments = table.take(coverage);
    if (moments.empty())
        return Error{std::string(name) + " is a memory report of tt-metal without a row", "its headers alone are there",
                     "the device was closed, or the run ended, before it was written: take it again"};
    return use_of(moments, std::move(coverage));
}

}  // namespace

bool looks_like_memory_csv(std::string_view head) {
    return looks_like_detailed_csv(head) || looks_like_summary_csv(head);
}

Result<ImportedUse> read_memory_csv(const ByteReader& read, std::string_view name) {
    Result<std::string> head = read_head(read, kCsvHeadBytes);
    if (!head) return head.error();
    const bool summary = looks_like_summary_csv(*head);
    const ByteReader all = pushed_back(std::move(head).value(), read);
    return summary ? read_csv_table<SummaryCsv>(all, name) : read_csv_table<DetailedCsv>(all, name);
}

}  // namespace ttmem
