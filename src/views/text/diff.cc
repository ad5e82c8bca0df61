#include "src/views/text/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

// "A", "B", ..., "Z", "R27": a run in tables and sentences.
std::string letter(size_t run) {
    return run < 26 ? std::string(1, static_cast<char>('A' + run)) : fmt::format("R{}", run + 1);
}

std::string signed_bytes(int64_t bytes, const Look& look) {
    if (bytes == 0) return "0 B";
    const uint64_t size = bytes > 0 ? static_cast<uint64_t>(bytes) : -static_cast<uint64_t>(bytes);
    return (bytes > 0 ? "+" : "-") + look.bytes(size);
}

std::string peak_of_run(const PoolOfRun& run, const Look& look) {
    if (!run.high) return ">= " + look.bytes(run.low);
    return look.bytes(std::optional(Interval{run.low, *run.high}));
}

int64_t row_growth(const DiffRow& row) {
    const uint64_t first = row.runs.front().reserved_bytes, last = row.runs.back().reserved_bytes;
    return static_cast<int64_t>(last - first);
}

// "`matmul` (+64.0 MiB)": the row that went furthest that way; "" when none did.
std::string by_whom(const std::vector<DiffRow>& rows, bool up, const Look& look) {
    const DiffRow* most = nullptr;
    for (const DiffRow& row : rows) {
        const int64_t growth = up ? row_growth(row) : -row_growth(row);
        if (growth > 0 && (most == nullptr || growth > (up ? row_growth(*most) : -row_growth(*most)))) most = &row;
    }
    if (most == nullptr) return "";
    return fmt::format("{} ({})", owner_in_words(most->owner), signed_bytes(row_growth(*most), look));
}

// Of one pool's peak; "" where it is the same.
std::string peak_sentence(const PoolDiff& pool, const Look& look) {
    const std::string first = letter(0), last = letter(pool.runs.size() - 1);
    const std::string figures = fmt::format("from {} ({}) to {} ({})", peak_of_run(*pool.runs.front(), look), first,
                                            peak_of_run(*pool.runs.back(), look), last);
    const std::optional<int64_t> low = pool.growth_low(), high = pool.growth_high();
    if (low == 0 && high == 0) return "";
    const bool grew = low && *low > 0, shrank = high && *high < 0;
    if (!grew && !shrank)
        return fmt::format("Whether the peak of {} grew cannot be told: {}.", pool_name(pool.pool), figures);
    const int64_t least = grew ? *low : *high;
    const uint64_t size = least > 0 ? static_cast<uint64_t>(least) : -static_cast<uint64_t>(least);
    const std::string owner = by_whom(pool.at_peak, grew, look);
    return fmt::format("The peak of {} {} by {}{} per chip, {}{}.", pool_name(pool.pool), grew ? "grew" : "shrank",
                       low == high ? "" : "at least ", look.bytes(size), figures,
                       owner.empty() ? "" : ", most by " + owner);
}

std::string left_sentence(const PoolDiff& pool, const Look& look) {
    const int64_t growth = pool.left_growth().value_or(0);
    if (growth == 0) return "";
    const uint64_t size = growth > 0 ? static_cast<uint64_t>(growth) : -static_cast<uint64_t>(growth);
    const std::string owner = by_whom(pool.left, growth > 0, look);
    return fmt::format("At the end {} {} of {} is left, on all chips{}.", look.bytes(size),
                       growth > 0 ? "more" : "less", pool_name(pool.pool), owner.empty() ? "" : ", most by " + owner);
}

std::string letters_of(const DiffValues& values, const std::function<bool(size_t)>& is_meant) {
    std::vector<std::string> letters;
    for (size_t run = 0; run < values.runs.size(); ++run)
        if (is_meant(run)) letters.push_back(letter(run));
    std::string text;
    for (size_t i = 0; i < letters.size(); ++i)
        text += (i == 0 ? "" : i + 1 == letters.size() ? " and " : ", ") + letters[i];
    return text;
}

// What stands before any comparison where one side is not all there; "" where both are.
std::string incomplete_sentence(const DiffValues& values) {
    const std::string lacking = letters_of(values, [&](size_t run) { return !values.runs[run].coverage.complete; });
    if (lacking.empty()) return "";
    const std::string unknown = values.diff.pools.empty() ? "" : letters_of(values, [&](size_t run) {
        return !values.diff.pools.front().runs[run]->left_is_known;
    });
    return fmt::format("Incomplete: not everything is known of {}, and what is missing may look like a difference{}.\n",
                       lacking, unknown.empty() ? "" : "; what is left at the end of " + unknown + " is not known");
}

// A run that failed ended early, so what it took is compared with care. "" none did.
std::string failures_of_runs(const DiffValues& values, const Look& look) {
    if (std::ranges::none_of(values.runs, [](const RunFigures& run) { return run.failure.has_value(); })) return "";
    std::string text;
    for (size_t i = 0; i < values.runs.size(); ++i) {
        const RunFigures& run = values.runs[i];
        const std::string last = run.failures > 1 ? fmt::format(", the last of {}", with_commas(run.failures)) : "";
        text += fmt::format("{}: {}{}.\n", letter(i),
                            run.failure ? failed_words(run.failed_op, *run.failure, look) : "Nothing failed", last);
    }
    return text;
}

// What grew comes first: the largest spread among those, then what shrank or cannot be told.
std::string diff_verdict(const DiffValues& values, const Look& look) {
    std::string grew, others;
    for (const PoolDiff& pool : values.diff.pools) {
        const bool more = pool.growth_low().value_or(0) > 0;
        for (const auto& [text, first] : {std::pair(peak_sentence(pool, look), more),
                                          std::pair(left_sentence(pool, look), pool.left_growth().value_or(0) > 0)}) {
            std::string& list = first ? grew : others;
            if (!text.empty()) list += (list.empty() ? "" : "\n") + text;
        }
    }
    if (!grew.empty()) return grew + (others.empty() ? "" : "\n" + others);
    const bool owners_differ =
        std::any_of(values.diff.pools.begin(), values.diff.pools.end(), [](const PoolDiff& pool) {
            const auto differs = [](const DiffRow& row) { return row.change() != Change::kSame; };
            return std::any_of(pool.at_peak.begin(), pool.at_peak.end(), differs) ||
                   std::any_of(pool.left.begin(), pool.left.end(), differs);
        });
    const bool told = others.find("cannot be told") == std::string::npos;
    const bool complete = values.diff.coverage.complete;
    std::string text = !told ? "" : complete ? "Nothing grew" : "Nothing is known to have grown";
    if (told && others.empty() && complete)
        text += owners_differ ? ", but not everybody has the same" : ": all is the same";
    if (told) text += ".";
    return text + (others.empty() ? "" : (text.empty() ? "" : "\n") + others);
}

// The runs on an axis from the least to the most: their letters where they are, "*" where several meet.
std::string axis(const std::vector<uint64_t>& bytes) {
    constexpr size_t kWidth = 24;
    const auto [least, most] = std::minmax_element(bytes.begin(), bytes.end());
    const auto width = static_cast<double>(*most - *least);
    std::string line(kWidth, '.');
    for (size_t run = 0; run < bytes.size(); ++run) {
        const double part = *most == *least ? 0 : static_cast<double>(bytes[run] - *least) / width;
        char& at = line[std::min(kWidth - 1, static_cast<size_t>(part * kWidth))];
        at = at == '.' && run < 26 ? static_cast<char>('A' + run) : '*';
    }
    return line;
}

std::vector<Column> run_columns(std::vector<Column> columns, size_t runs) {
    for (size_t run = 0; run < runs; ++run) columns.push_back({letter(run), Align::kRight});
    columns.push_back({runs == 2 ? "GREW BY" : "FIRST TO LAST", Align::kRight});
    if (runs > 2) columns.push_back({"SPREAD", Align::kRight});
    return columns;
}

Tone tone_of_growth(int64_t growth) { return growth > 0 ? Tone::kBad : growth < 0 ? Tone::kGood : Tone::kPlain; }

std::string diff_pools_table(const DiffValues& values, const Look& look) {
    const size_t runs = values.runs.size();
    std::vector<Column> columns = run_columns({{"PEAK PER CHIP"}}, runs);
    if (runs > 2) columns.push_back({.title = "LEAST TO MOST", .spare = 1});
    Table table(columns);
    for (const PoolDiff& pool : values.diff.pools) {
        std::vector<Cell> row{std::string(pool_name(pool.pool))};
        std::vector<uint64_t> lows;
        for (const PoolOfRun* run : pool.runs) {
            row.push_back(peak_of_run(*run, look));
            lows.push_back(run->low);
        }
        const std::optional<int64_t> low = pool.growth_low(), high = pool.growth_high();
        row.push_back(low && low == high ? Cell(signed_bytes(*low, look), tone_of_growth(*low)) : Cell("?"));
        if (runs > 2) {
            row.push_back(look.bytes(pool.spread()));
            row.push_back(axis(lows));
        }
        table.add(std::move(row));
    }
    return "\n" + table.render(look);
}

// One row for several that are not shown, so that a table adds up.
DiffRow added_up(const std::vector<DiffRow>& rows, size_t runs) {
    DiffRow sum{{}, std::vector<Sum>(runs)};
    for (const DiffRow& row : rows) {
        for (size_t run = 0; run < runs; ++run) sum.runs[run] += row.runs[run];
    }
    return sum;
}

class OwnersTable {
public:
    OwnersTable(const std::string& title, size_t runs, const Look& look)
        : table_(run_columns({{.title = title, .may_shorten = true}, {.title = "TAG", .only_if_used = true}}, runs)),
          runs_(runs),
          look_(look) {}

    // Of these runs it is not known: there is nothing to compare with.
    void without(std::vector<bool> unknown) { unknown_ = std::move(unknown); }

    void add(const std::string& name, const std::string& tag, const DiffRow& row) {
        const Change change = row.change();
        std::vector<Cell> cells{name, tag};
        for (size_t run = 0; run < runs_; ++run) {
            const Sum& sum = row.runs[run];
            const bool is_none = sum.allocations == 0 && sum.reserved_bytes == 0;
            cells.push_back(is_unknown(run) ? "?" : is_none ? "-" : look_.bytes(sum.reserved_bytes));
        }
        const int64_t growth = row_growth(row);
        const bool is_new = change == Change::kNew && row.runs.front().reserved_bytes == 0;  // no part is unrecorded
        const bool is_gone = change == Change::kGone && row.runs.back().reserved_bytes == 0;
        const std::string word = is_new ? " new" : is_gone ? " gone" : "";
        if (is_unknown(0) || is_unknown(runs_ - 1)) {
            cells.emplace_back("?");
        } else {
            cells.emplace_back(signed_bytes(growth, look_) + word, tone_of_growth(growth));
        }
        if (runs_ > 2) cells.push_back(unknown_.empty() ? look_.bytes(row.spread()) : "?");
        table_.add(std::move(cells));
    }
    std::string render() const { return table_.render(look_); }

private:
    bool is_unknown(size_t run) const { return !unknown_.empty() && unknown_[run]; }

    Table table_;
    size_t runs_;
    Look look_;
    std::vector<bool> unknown_;
};

// What nobody recorded of the peak; absent where that is nothing.
std::optional<DiffRow> unrecorded_row(const PoolDiff& pool) {
    DiffRow row;
    bool any = false;
    for (const PoolOfRun* run : pool.runs) {
        row.runs.push_back({0, 0, run->unrecorded_at_peak()});
        any |= run->unrecorded_at_peak() != 0;
    }
    return any ? std::optional(row) : std::nullopt;
}

std::vector<bool> runs_without_end(const PoolDiff& pool) {
    std::vector<bool> unknown;
    for (const PoolOfRun* run : pool.runs) unknown.push_back(!run->left_is_known);
    return std::ranges::find(unknown, true) != unknown.end() ? unknown : std::vector<bool>();
}

// Those that differ, then the rest as one row, then the total.
std::string owners_text(OwnersTable table, std::vector<DiffRow> rows, const std::optional<DiffRow>& unrecorded,
                        const DiffValues& values) {
    std::vector<DiffRow> differ, same, more;
    for (const DiffRow& row : rows) (row.change() == Change::kSame ? same : differ).push_back(row);
    if (differ.empty() && !unrecorded) return "";
    const size_t runs = values.runs.size();
    for (const DiffRow& row : differ) {
        const bool shown = values.limit == 0 || &row < differ.data() + values.limit;
        if (!shown) {
            more.push_back(row);
            continue;
        }
        const std::string& name = values.by == DiffBy::kLine ? row.owner.line : row.owner.op;
        const char* none = values.by == DiffBy::kLine ? "(line not known)" : "(no operation)";
        table.add(name.empty() ? none : name_cell(name), name_cell(row.owner.tag), row);
    }
    if (!more.empty())
        table.add(fmt::format("{} more (--limit 0)", with_commas(more.size())), "", added_up(more, runs));
    if (!same.empty()) table.add(fmt::format("{}, the same", counted(same.size(), "other")), "", added_up(same, runs));
    if (unrecorded) {
        table.add("(not recorded)", "", *unrecorded);
        rows.push_back(*unrecorded);
    }
    table.add("total", "", added_up(rows, runs));
    return "\n" + table.render();
}

// Whether it leaked nobody can tell, so what is left at the end does not tell it, either.
std::string not_judged_text(const DiffValues& values, const Look& look) {
    std::string text;
    for (size_t i = 0; i < values.runs.size(); ++i) {
        const Judgement& judgement = values.runs[i].leaks.judgement;
        if (judgement.sum.allocations == 0) continue;
        const std::string& why = judgement.not_judged.front();
        text += fmt::format("{}{}, {}, of {} ({})", text.empty() ? "Not judged for leaks: " : "; ",
                            counted(judgement.sum.allocations, "allocation"), look.bytes(judgement.sum.requested_bytes),
                            letter(i), printable(why.substr(0, why.find(": "))));
    }
    return text.empty() ? "" : wrapped(text + ".\n", look);
}

std::string runs_text(const DiffValues& values, const Look& look) {
    std::string text;
    for (size_t i = 0; i < values.runs.size(); ++i) {
        const RunFigures& run = values.runs[i];
        const std::string lasted =
            run.began_at == 0 ? "" : human_duration(std::max<WallTime>(0, run.ended_at - run.began_at)) + ", ";
        text += fmt::format("{}: {}: {}{} of {} on {}.\n", letter(i), printable(run.name), lasted,
                            counted(run.events, "event"), counted(run.processes, "process", "processes"),
                            counted(run.chips, "chip"));
    }
    return "\n" + wrapped(text, look);
}

}  // namespace

std::string diff_text(const DiffValues& values, const Look& look) {
    const Coverage& coverage = values.diff.coverage;
    if (values.diff.pools.empty()) {
        const std::string none =
            coverage.complete ? "No run used any memory" : "Of what was seen no run used any memory";
        return wrapped(failures_of_runs(values, look) + incomplete_sentence(values) + none +
                           ": there is nothing to compare.\n",
                       look) +
               runs_text(values, look) + coverage_lines(coverage, look);
    }
    const std::string verdict =
        failures_of_runs(values, look) + incomplete_sentence(values) + diff_verdict(values, look);
    std::string text = wrapped(look.paint(Tone::kBold, verdict) + "\n", look) + not_judged_text(values, look) +
                       diff_pools_table(values, look);
    const size_t runs = values.runs.size();
    for (const PoolDiff& pool : values.diff.pools) {
        const std::string name(pool_name(pool.pool));
        text += owners_text(OwnersTable("AT THE PEAK OF " + name + ", PER CHIP", runs, look), pool.at_peak,
                            unrecorded_row(pool), values);
        OwnersTable left("LEFT AT THE END IN " + name + ", ALL CHIPS", runs, look);
        left.without(runs_without_end(pool));
        text += owners_text(std::move(left), pool.left, std::nullopt, values);
    }
    return text + runs_text(values, look) + coverage_lines(coverage, look);
}

}  // namespace ttmem
