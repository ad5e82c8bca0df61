#include "src/exports/map_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/base/text.h"
#include "src/exports/svg.h"
#include "src/exports/svg_labels.h"
#include "src/exports/svg_words.h"

namespace ttmem {
namespace {

constexpr double kColumnLeft = 480, kColumnWidth = 78, kColumnRight = kColumnLeft + kColumnWidth, kColumnHeight = 560;
constexpr double kBracketLeft = kColumnRight + 4, kNeededLeft = kColumnRight + 14, kNeededWidth = 10;
constexpr double kLabelLeft = 620, kLabelWidth = kMapWidth - kMapMargin - kLabelLeft, kLabelStep = 17;
constexpr double kCramped = 0.8 * kLabelStep;  // names that are closer in the mean are folded
constexpr size_t kMostLabels = 28, kLeastFolded = 3;
constexpr uint64_t kAlways = UINT64_MAX;

// What lies there, or several of these that have one name together.
struct Piece {
    uint64_t begin = 0, end = 0;
    std::string mark, owner;
    std::string facts;  // about it, after the owner
    const char* style = "ink";
    std::set<std::string> owners = {};  // of several
    size_t count = 1;
    uint64_t bytes = 0;
    bool is_needed = false;  // beside the column
    bool is_small = false;   // in L1_SMALL, which has a name of its own
};

// A name, and from where its line comes.
struct Label {
    double at = 0;
    std::string words;
    const char* style = "ink";
    uint64_t weight = kAlways;  // the heaviest stay where there are too many
    double from = kColumnRight + 2;
};

// Neighbors of one key, where their names would be too close to each other.
template <class Key>
std::vector<Piece> folded(std::vector<Piece> pieces, double bytes_per_step, const Key& key_of) {
    std::vector<Piece> kept;
    for (size_t i = 0; i < pieces.size();) {
        size_t end = i + 1;
        while (end < pieces.size() && key_of(pieces[end]) == key_of(pieces[i])) ++end;
        const auto span = static_cast<double>(pieces[end - 1].end - pieces[i].begin);
        if (end - i < kLeastFolded || pieces[i].style != std::string_view("ink") ||
            span >= static_cast<double>(end - i) * bytes_per_step) {
            kept.push_back(std::move(pieces[i++]));
            continue;
        }
        Piece all = pieces[i];
        all.end = all.begin, all.count = 0, all.bytes = 0;
        for (; i < end; ++i) {
            const uint64_t shared = std::min(all.end, pieces[i].end) - std::min(all.end, pieces[i].begin);
            all.bytes += pieces[i].bytes - std::min(pieces[i].bytes, shared);
            all.end = std::max(all.end, pieces[i].end);
            all.count += pieces[i].count;
            all.owners.insert(pieces[i].owner);
            all.owners.insert(pieces[i].owners.begin(), pieces[i].owners.end());
        }
        kept.push_back(std::move(all));
    }
    return kept;
}

// Where there is too little room, of the name and not of the figures.
std::string beside_name(const std::string& before, const std::string& name, const std::string& after,
                        const char* style) {
    const double room = kLabelWidth - svg_width(before, style) - svg_width(after, style);
    return before + svg_shortened(name, std::max(room, 40.0), style) + after;
}

std::string words_of(const Piece& piece) {
    if (piece.count == 1) return beside_name("", piece.owner, piece.facts, piece.style);
    const std::string bytes = human_bytes(piece.bytes);
    if (piece.mark == "cb") return counted(piece.count, "circular buffer") + ", " + bytes;
    if (piece.owners.size() > 1)
        return fmt::format("{} of {} from {}: {}", counted(piece.count, "buffer"),
                           counted(piece.owners.size(), "owner"), with_commas(piece.begin), bytes);
    return beside_name(with_commas(piece.count) + " x ", piece.owner,
                       fmt::format(" from {}: {}", with_commas(piece.begin), bytes), piece.style);
}

class Column {
public:
    Column(MapMarks& marks, const L1Map& l1, const CoreMap& core, const CoreMisfit& misfit, double top)
        : marks_(marks),
          s_(marks.s),
          l1_(l1),
          core_(core),
          upper_(top + 24),
          lower_(upper_ + kColumnHeight),
          asked_(misfit.buffer) {
        const std::optional<uint64_t> clash_end = misfit.clash_end;
        const uint64_t small = l1.small ? l1.top + l1.small->banks.bytes_per_bank : l1.top;
        end_ = std::max<uint64_t>({1, l1.core_end.value_or(0), small});
        if (clash_end && l1.overlap(*clash_end) != 0) {
            needed_ = clash_end;
            needs_own_ = core.reach == *clash_end;
        } else if (l1.overlap(core.reach) != 0) {
            needed_ = core.reach, needs_own_ = true;
        }
        end_ = std::max(end_, needed_.value_or(0));  // to its whole length, also beyond all memory of the core
    }

    CoreColumn draw() {
        marks_.canvas.text(kColumnLeft, upper_ - 14, fmt::format("Core ({},{}), bytes of the core", core_.x, core_.y),
                           "ink");
        marks_.canvas.rect(kColumnLeft, upper_, kColumnWidth, kColumnHeight, "cell");
        std::vector<Piece> pieces = cbs();
        add_buffers(pieces);
        draw_pieces(pieces);
        const bool folds = name(std::move(pieces));
        name_reserved();
        name_reach();
        name_small();
        if (needed_) {
            draw_needed();
        } else {
            draw_gap();
            draw_asked();
        }
        draw_labels();
        draw_addresses();
        return {lower_ + (left_out_ == 0 ? 0 : 20), folds};
    }

private:
    double y_of(uint64_t address) const {
        return lower_ - kColumnHeight * std::min(1.0, static_cast<double>(address) / static_cast<double>(end_));
    }
    double height(uint64_t begin, uint64_t end) const { return std::max(1.2, y_of(begin) - y_of(end)); }

    std::vector<Piece> cbs() const {
        std::vector<Piece> pieces;
        for (const CoreCb& cb : circular_buffers_on(s_, l1_, core_)) {
            const CircularBuffer& buffer = cbs_of(s_, l1_.plans[*core_.plan]).plan.buffers[cb.buffer];
            pieces.push_back({cb.begin,
                              cb.end,
                              "cb",
                              cb_name(buffer),
                              ": " + human_bytes(cb.end - cb.begin),
                              "ink",
                              {},
                              1,
                              cb.end - cb.begin,
                              needs_own_});
        }
        return pieces;
    }
    void add_block(std::vector<Piece>& pieces, const MapBlock& block, bool is_small, bool is_lowest) const {
        pieces.push_back({block.begin,
                          block.end,
                          MapMarks::mark_of(s_.allocations[block.allocation]),
                          marks_.owner_of(block),
                          marks_.address_words(block) + ": " + human_bytes(block.bytes()),
                          is_lowest ? "strong" : "ink",
                          {},
                          1,
                          block.bytes(),
                          false,
                          is_small});
    }
    // The lowest buffer always has its name: it is what circular buffers meet.
    void add_buffers(std::vector<Piece>& pieces) const {
        for (size_t i = 0; i < l1_.buffers.blocks.size(); ++i) add_block(pieces, l1_.buffers.blocks[i], false, i == 0);
        if (!l1_.small) return;
        for (const MapBlock& block : l1_.small->blocks) add_block(pieces, block, true, false);
    }

    void draw_pieces(const std::vector<Piece>& pieces) {
        marks_.canvas.rect(kColumnLeft, y_of(l1_.base), kColumnWidth, height(0, l1_.base), "runtime");
        marks_.use("runtime");
        for (const Piece& piece : pieces) {
            const double left = piece.is_needed ? kNeededLeft : kColumnLeft,
                         width = piece.is_needed ? kNeededWidth : kColumnWidth;
            marks_.canvas.rect(left, y_of(piece.end), width, height(piece.begin, piece.end), piece.mark,
                               piece.owner + piece.facts + ", " + bytes_text(piece.bytes));
            marks_.use(piece.mark);
        }
        if (l1_.small) marks_.canvas.line(kColumnLeft, y_of(l1_.top), kColumnRight, y_of(l1_.top), "limit");
    }

    // Whether circular buffers are folded.
    bool name(std::vector<Piece> pieces) {
        const double bytes_per_step = kCramped * static_cast<double>(end_) / kColumnHeight;
        pieces = folded(std::move(pieces), bytes_per_step, [](const Piece& p) {
            return p.mark == "cb" ? p.mark : p.mark + (p.is_small ? "\nsmall\n" : "\n\n") + p.owner;
        });
        if (pieces.size() > kMostLabels)
            pieces = folded(std::move(pieces), bytes_per_step, [](const Piece& p) { return p.mark; });
        if (pieces.size() > kMostLabels)
            pieces = folded(std::move(pieces), bytes_per_step, [](const Piece& p) { return p.mark == "cb"; });
        bool folds_cbs = false;
        for (const Piece& piece : pieces) {
            const double from = y_of(piece.end), to = y_of(piece.begin);
            const bool is_bracket = piece.count > 1 && !piece.is_needed;
            if (is_bracket) bracket(from, to, "line");
            folds_cbs |= piece.mark == "cb" && piece.count > 1;
            labels_.push_back({(from + to) / 2, words_of(piece), piece.style,
                               piece.style == std::string_view("strong") ? kAlways : piece.bytes,
                               piece.is_needed ? kNeededLeft + kNeededWidth + 2
                               : is_bracket    ? kBracketLeft + 6
                                               : kColumnRight + 2});
        }
        return folds_cbs;
    }
    // One that ends where the next one begins is seen to end.
    void bracket(double upper, double lower, const char* style) {
        const double inset = std::min(2.5, (lower - upper) / 4);
        upper += inset, lower -= inset;
        marks_.canvas.line(kBracketLeft, upper, kBracketLeft + 4, upper, style);
        marks_.canvas.line(kBracketLeft + 4, upper, kBracketLeft + 4, lower, style);
        marks_.canvas.line(kBracketLeft, lower, kBracketLeft + 4, lower, style);
    }
    void name_reserved() {
        labels_.push_back(
            {(y_of(l1_.base) + lower_) / 2, "reserved: firmware and kernels, " + human_bytes(l1_.base), "faint"});
    }
    void name_reach() {
        if (!core_.plan || needs_own_) return;
        const std::string& name = s_.programs[l1_.plans[*core_.plan].program].name;
        const std::string still = l1_.overlap(core_.reach) != 0 ? ", and does not fit any more either"
                                  : needed_                     ? ", and fits"
                                                                : "";
        labels_.push_back(
            {y_of(core_.reach),
             fmt::format("{} reaches to {}{}", name.empty() ? "the program" : name, with_commas(core_.reach), still),
             "strong"});
    }
    void name_small() {
        if (!l1_.small) return;
        const std::string size = human_bytes(l1_.small->banks.bytes_per_bank);
        labels_.push_back(
            {y_of(l1_.top),
             l1_.small->blocks.empty() ? "L1_SMALL: " + size + " free" : "above the dashed line: L1_SMALL, " + size,
             "faint"});
    }
    void draw_gap() {
        const double from = y_of(l1_.floor()), to = y_of(core_.reach);
        if (to - from > 4) bracket(from, to, "line");
        labels_.push_back({(from + to) / 2, "gap: " + MapMarks::exact_bytes(l1_.gap(core_.reach)), "strong", kAlways,
                           kBracketLeft + 6});
    }
    // What does not fit is not there, so it is drawn beside what is, from the base to where it was to end.
    void draw_needed() {
        const double upper = y_of(*needed_), floor = y_of(l1_.floor()), right = kNeededLeft + kNeededWidth + 2;
        if (!needs_own_)
            marks_.canvas.rect(kNeededLeft, upper, kNeededWidth, std::max(1.5, y_of(l1_.base) - upper), "cb",
                               "circular buffers that did not fit");
        const std::string lacking = "lacking: " + MapMarks::exact_bytes(l1_.overlap(*needed_));
        marks_.canvas.rect(kNeededLeft, upper, kNeededWidth, std::max(1.5, floor - upper), "clash", lacking);
        marks_.canvas.line(kColumnLeft, upper, kNeededLeft, upper, "badline");
        marks_.canvas.line(kColumnLeft, floor, kNeededLeft, floor, "badline");
        marks_.use("cb");
        marks_.use("clash");
        labels_.push_back({upper, needed_words(), "bad", kAlways, right});
        labels_.push_back({(upper + floor) / 2, lacking, "bad", kAlways, right});
    }
    // A buffer that did not fit, to scale: below the lowest one, where the next would have come.
    void draw_asked() {
        if (!asked_) return;
        const double upper = y_of(l1_.floor()), lower = y_of(l1_.floor() - std::min(l1_.floor(), *asked_));
        const bool ends = *asked_ <= l1_.floor();  // in the picture, else it stays open below
        if (ends) {
            marks_.canvas.rect(kNeededLeft, upper, kNeededWidth, std::max(1.5, lower - upper), "asked");
        } else {
            marks_.canvas.path(fmt::format("M{0} {2}V{1}H{3}V{2}", svg_number(kNeededLeft), svg_number(upper),
                                           svg_number(lower), svg_number(kNeededLeft + kNeededWidth)),
                               "asked");
        }
        marks_.use("asked");
        labels_.push_back({upper,
                           "did not fit: " + human_bytes(*asked_) + " in one piece" + (ends ? "" : ", drawn in part"),
                           "bad", kAlways, kNeededLeft + kNeededWidth + 2});
    }
    std::string needed_words() const {
        const std::string to = "up to " + with_commas(*needed_);
        if (!needs_own_ || !core_.plan) return "did not fit: circular buffers " + to;
        const std::string& name = s_.programs[l1_.plans[*core_.plan].program].name;
        return beside_name("does not fit: ", name.empty() ? "the program" : name, " " + to, "bad");
    }

    void draw_labels() {
        std::stable_sort(labels_.begin(), labels_.end(),
                         [](const Label& a, const Label& b) { return a.weight > b.weight; });
        if (labels_.size() > kMostLabels) {
            left_out_ = labels_.size() - kMostLabels;
            labels_.resize(kMostLabels);
        }
        std::stable_sort(labels_.begin(), labels_.end(), [](const Label& a, const Label& b) { return a.at < b.at; });
        std::vector<double> wanted;
        for (const Label& label : labels_) wanted.push_back(label.at);
        const std::vector<double> at = svg_spread(wanted, kLabelStep, upper_ + 4, lower_);
        for (size_t i = 0; i < labels_.size(); ++i) {
            const Label& label = labels_[i];
            marks_.canvas.line(label.from, label.at, kLabelLeft - 12, at[i], "grid");
            marks_.canvas.line(kLabelLeft - 12, at[i], kLabelLeft - 5, at[i], "grid");
            marks_.canvas.text(kLabelLeft, at[i] + 4, svg_shortened(label.words, kLabelWidth, label.style),
                               label.style);
        }
        if (left_out_ != 0)
            marks_.canvas.text(kLabelLeft, lower_ + 20, counted(left_out_, "smaller one") + " without a name", "faint");
    }

    // The most telling first: others give way.
    void draw_addresses() {
        std::vector<uint64_t> addresses = {l1_.floor(), needed_.value_or(core_.reach), l1_.base, 0, l1_.top, end_};
        std::vector<double> taken;
        for (const uint64_t address : addresses) {
            const double y = y_of(address);
            if (std::ranges::any_of(taken, [&](double other) { return std::abs(other - y) < 13; })) continue;
            taken.push_back(y);
            marks_.canvas.line(kColumnLeft - 5, y, kColumnLeft, y, "line");
            marks_.canvas.text(kColumnLeft - 8, y + 4, with_commas(address), "faint", "end");
        }
    }

    MapMarks& marks_;
    const Snapshot& s_;
    const L1Map& l1_;
    const CoreMap& core_;
    const double upper_, lower_;
    uint64_t end_ = 1;
    const std::optional<uint64_t> asked_;
    std::optional<uint64_t> needed_;  // where circular buffers would end that do not fit
    bool needs_own_ = false;          // those that the core is shown with
    std::vector<Label> labels_;
    size_t left_out_ = 0;
};

}  // namespace

CoreColumn draw_core_column(MapMarks& marks, const L1Map& l1, const CoreMap& core, const CoreMisfit& misfit,
                            double top) {
    return Column(marks, l1, core, misfit, top).draw();
}

std::string cb_name(const CircularBuffer& buffer) {
    const char* kind = buffer.kind == CbKind::kDataflow     ? "DFB"
                       : buffer.kind == CbKind::kScratchpad ? "scratchpad"
                                                            : "CB";
    return fmt::format("{} {}", kind, buffer.index);
}

}  // namespace ttmem
