#include "src/exports/map_bank.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/base/saturating.h"
#include "src/base/text.h"
#include "src/exports/svg.h"
#include "src/exports/svg_labels.h"
#include "src/exports/svg_words.h"

namespace ttmem {
namespace {

constexpr double kBarLeft = kMapMargin, kBarWidth = kMapWidth - 2 * kMapMargin, kBarHeight = 34, kBarRow = 16;
constexpr size_t kMostMarks = 1500, kMostNames = 8, kNameRows = 6;
constexpr double kLeastApart = 24;  // of names of two places

// Neighbors of one owner; of several where they are too close for a name each.
struct OwnerRun {
    uint64_t begin = 0, end = 0, bytes = 0;
    size_t count = 0;
    std::string mark;  // "" several
    std::set<std::string> owners;
    std::string largest = {};  // whose the largest block is, of so many bytes
    uint64_t largest_bytes = 0;
    bool has_line = false;  // owners are named with their lines
};

class BankBar {
public:
    BankBar(MapMarks& marks, const BankMap& bank, std::optional<uint64_t> asked, double top)
        : marks_(marks), bank_(bank), asked_(asked), upper_(top + 42) {
        begin_ = bank.begin ? bank.begin->low : bank.blocks.empty() ? 0 : bank.blocks.front().begin;
        // Where it is not known to the byte where the bank begins, the bar has all addresses that may be its own.
        whole_ = std::max<uint64_t>(
            1, saturating_add(bank.banks.bytes_per_bank, bank.begin ? bank.begin->high - begin_ : 0));
        // Where it makes a difference that anybody can see.
        is_split_ = bank.splitter && bank.largest_free &&
                    human_bytes(bank.splitter->would_be) != human_bytes(bank.largest_free->low);
    }

    double draw() {
        marks_.canvas.text(kBarLeft, upper_ - 28, heading(), "ink");
        draw_addresses();
        marks_.canvas.rect(kBarLeft, upper_, kBarWidth, kBarHeight, "cell");
        const size_t step = bank_.blocks.size() / kMostMarks + 1;  // more would be no picture
        for (size_t i = 0; i < bank_.blocks.size(); i += step) draw_block(bank_.blocks[i]);
        double end = draw_names(upper_ + kBarHeight);
        if (step > 1) {
            marks_.canvas.text(kBarLeft, end + 12,
                               fmt::format("One in {} of {} is drawn.", step, counted(bank_.blocks.size(), "block")),
                               "faint");
            end += kBarRow;
        }
        return end;
    }

private:
    double x_of(uint64_t address) const {
        const auto share = static_cast<double>(address - std::min(address, begin_)) / static_cast<double>(whole_);
        return kBarLeft + kBarWidth * std::min(1.0, share);
    }

    std::string heading() const {
        std::string words =
            fmt::format("{}, each of {}: {} of {} free", pool_name(bank_.pool), counted(bank_.banks.banks, "bank"),
                        human_bytes(bank_.free_bytes()), human_bytes(bank_.banks.bytes_per_bank));
        if (bank_.largest_free) {
            words += bank_.largest_free->exact() ? ", " : ", at least ";
            words += human_bytes(bank_.largest_free->low) + " in one piece";
        }
        if (is_split_) words += ", " + human_bytes(bank_.splitter->would_be) + " without the block that splits it";
        return words;
    }
    void draw_addresses() {
        // In the unit of the sizes, and round; where a block begins to the byte is beside its name.
        for (const uint64_t address : svg_byte_ticks(begin_, saturating_add(begin_, whole_), 8)) {
            const double x = x_of(address);
            const std::string words = human_bytes(address);
            const double room = svg_width(words, "faint") / 2;
            marks_.canvas.line(x, upper_ - 5, x, upper_, "line");
            marks_.canvas.text(x, upper_ - 9, words, "faint",
                               x - room < kBarLeft               ? "start"
                               : x + room > kBarLeft + kBarWidth ? "end"
                                                                 : "middle");
        }
    }
    void draw_block(const MapBlock& block) {
        const std::string mark = MapMarks::mark_of(marks_.s.allocations[block.allocation]);
        marks_.canvas.rect(x_of(block.begin), upper_, std::max(0.8, x_of(block.end) - x_of(block.begin)), kBarHeight,
                           mark, marks_.title_of(block));
        marks_.use(mark);
    }

    double middle_of(const OwnerRun& run) const { return (x_of(run.begin) + x_of(run.end)) / 2; }
    static void take(OwnerRun& into, OwnerRun run) {
        into.begin = std::min(into.begin, run.begin), into.end = std::max(into.end, run.end);
        into.bytes += run.bytes, into.count += run.count;
        if (into.mark != run.mark) into.mark.clear();
        into.owners.merge(run.owners);
        if (run.largest_bytes >= into.largest_bytes)
            into.largest = std::move(run.largest), into.largest_bytes = run.largest_bytes;
    }
    // Largest first.
    std::vector<OwnerRun> runs() const {
        std::vector<OwnerRun> runs;
        for (size_t i = 0; i < bank_.blocks.size(); ++i) {
            const MapBlock& block = bank_.blocks[i];
            if (is_split_ && i == bank_.splitter->block) continue;
            const std::string owner = marks_.owner_of(block);
            OwnerRun run{block.begin,
                         block.end,
                         block.bytes(),
                         1,
                         MapMarks::mark_of(marks_.s.allocations[block.allocation]),
                         {owner},
                         owner,
                         block.bytes(),
                         marks_.address_words(block).starts_with(",")};
            if (!runs.empty() && runs.back().mark == run.mark && runs.back().owners == run.owners) {
                take(runs.back(), std::move(run));
            } else {
                runs.push_back(std::move(run));
            }
        }
        std::vector<OwnerRun> apart;
        for (OwnerRun& run : runs) {
            while (!apart.empty() && middle_of(run) - middle_of(apart.back()) < kLeastApart) {
                take(run, std::move(apart.back()));
                apart.pop_back();
            }
            apart.push_back(std::move(run));
        }
        std::stable_sort(apart.begin(), apart.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
        return apart;
    }
    static std::string words_of(const OwnerRun& run) {
        const std::string where = with_commas(run.begin) + ": " + human_bytes(run.bytes);
        if (run.count == 1) return run.largest + (run.has_line ? ", at " : " at ") + where;
        if (run.owners.size() == 1) return fmt::format("{} x {} from {}", run.count, run.largest, where);
        return fmt::format("{} {}blocks from {}, {} and {}: {}", run.count, run.mark.empty() ? "" : run.mark + " ",
                           with_commas(run.begin), run.largest, counted(run.owners.size() - 1, "more owner"),
                           human_bytes(run.bytes));
    }
    // What did not fit, to scale, below the largest free range. Returns its middle.
    double draw_asked(double y) {
        const double width =
            std::min(kBarWidth, kBarWidth * static_cast<double>(*asked_) / static_cast<double>(whole_));
        const auto largest =
            std::ranges::max_element(bank_.holes, {}, [](const MapHole& hole) { return hole.bytes(); });
        const double from = largest == bank_.holes.end() ? kBarLeft : x_of(largest->begin);
        const double left = std::min(from, kBarLeft + kBarWidth - width);
        if (is_larger_than_bank()) {  // it stays open at the end
            marks_.canvas.path(fmt::format("M{0} {2}H{1}V{3}H{0}", svg_number(left + width), svg_number(left),
                                           svg_number(y + 4), svg_number(y + 10)),
                               "asked");
        } else {
            marks_.canvas.rect(left, y + 4, width, 6, "asked");
        }
        marks_.use("asked");
        return left + width / 2;
    }
    bool is_larger_than_bank() const { return *asked_ > bank_.banks.bytes_per_bank; }
    double draw_names(double y) {
        std::vector<BarLabel> labels;
        if (is_split_) {
            const MapBlock& block = bank_.blocks[bank_.splitter->block];
            const double x = (x_of(block.begin) + x_of(block.end)) / 2;
            marks_.canvas.line(x, upper_ - 4, x, y, "badline");
            labels.push_back({x,
                              fmt::format("splits it: {}{}: {}", marks_.owner_of(block), marks_.address_words(block),
                                          human_bytes(block.bytes())),
                              "strong"});
        }
        if (asked_) {
            labels.push_back({draw_asked(y),
                              "did not fit: " + human_bytes(*asked_) + " in one piece" +
                                  (is_larger_than_bank() ? ", more than a bank has" : ""),
                              "bad"});
            y += 10;
        }
        const std::vector<OwnerRun> all = runs();
        for (size_t i = 0; i < std::min(all.size(), kMostNames); ++i) {
            labels.push_back({middle_of(all[i]), words_of(all[i])});
        }
        const std::vector<PlacedLabel> placed = svg_below_bar(labels, kBarLeft, kBarLeft + kBarWidth, kNameRows);
        size_t rows = 0;
        for (const PlacedLabel& label : placed) {
            const double row = y + 18 + kBarRow * static_cast<double>(label.row);
            marks_.canvas.line(label.at, y, label.at, row - 10, "line");
            marks_.canvas.text(label.left, row, label.words, labels[label.label].style);
            rows = std::max(rows, label.row + 1);
        }
        y += 6 + kBarRow * static_cast<double>(rows);
        const size_t unnamed = all.size() + (is_split_ ? 1 : 0) + (asked_ ? 1 : 0) - placed.size();
        if (unnamed == 0) return y;
        marks_.canvas.text(kBarLeft, y + 12, counted(unnamed, "smaller group") + " of blocks without a name", "faint");
        return y + kBarRow;
    }

    MapMarks& marks_;
    const BankMap& bank_;
    const std::optional<uint64_t> asked_;
    const double upper_;
    uint64_t begin_ = 0, whole_ = 1;
    bool is_split_ = false;
};

}  // namespace

double draw_bank_bar(MapMarks& marks, const BankMap& bank, std::optional<uint64_t> asked, double top) {
    return BankBar(marks, bank, asked, top).draw();
}

}  // namespace ttmem
