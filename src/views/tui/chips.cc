#include "src/views/tui/chips.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/chip_names.h"
#include "src/views/tui/symbols.h"

namespace ttmem::tui {
namespace {

constexpr size_t kMostLines = 16;  // more chips are a grid
constexpr size_t kLeastBar = 6, kMostBar = 40;
constexpr size_t kGridCell = 10;  // "31 # 100% "

std::optional<double> share_of_pool(const PoolUse& use) { return share_of(use.reserved_bytes, use.capacity_bytes); }

struct Fullest {
    double share = -1;
    Pool pool = Pool::kDram;
    const ChipUse* chip = nullptr;
    std::vector<ChipId> chips;  // all that are as full
};

Fullest fullest_of(const std::vector<ChipUse>& chips) {
    Fullest found;
    for (const ChipUse& use : chips) {
        for (const Pool pool : kChipPools) {
            const std::optional<double> share = share_of_pool(use.pool(pool));
            if (!share || *share < found.share) continue;
            if (*share > found.share || pool != found.pool) found = {*share, pool, &use, {}};
            found.chips.push_back(use.chip.id);
        }
    }
    return found;
}

bool is_used(const std::vector<ChipUse>& chips, Pool pool) {
    return std::any_of(chips.begin(), chips.end(), [=](const ChipUse& use) {
        return use.pool(pool).reserved_bytes.value_or(1) != 0 || use.pool(pool).capacity_bytes.value_or(0) != 0;
    });
}

// The pools that have a bar: those of most use, or the one that was asked for.
std::vector<Pool> pools_with_bars(const std::vector<ChipUse>& chips, const State& state) {
    if (state.pool) return {*state.pool};
    std::vector<Pool> pools = {Pool::kDram};
    if (is_used(chips, Pool::kL1)) pools.push_back(Pool::kL1);
    return pools;
}

// "42%", never rounded up: 100% is full.
std::string short_percent(std::optional<double> share) {
    if (!share) return "-";
    if (*share > 0 && *share < 0.01) return "<1%";
    return fmt::format("{}%", static_cast<uint64_t>(std::min(*share, 9.99) * 100));
}

class ChipLines {
public:
    ChipLines(std::vector<ChipUse> chips, const State& state, size_t columns)
        : chips_(std::move(chips)),
          names_(chips_),
          look_(look_of(state)),
          form_(state.form),
          bars_(pools_with_bars(chips_, state)) {
        for (const ChipUse& use : chips_) name_width_ = std::max(name_width_, columns_of(name_of(use)));
        bytes_width_ = state.exact_bytes ? 15 : 8;
        if (!state.pool) {
            for (const Pool pool : {Pool::kL1Small, Pool::kTrace}) {
                if (is_used(chips_, pool)) rare_.push_back(pool);
            }
        }
        // What is beside the bars goes where they would be too short.
        while (!rare_.empty() && room_for_bars(columns) < kLeastBar) rare_.pop_back();
        while (has_cbs_ && room_for_bars(columns) < kLeastBar) has_cbs_ = false;
        bar_ = std::clamp(room_for_bars(columns), size_t{3}, kMostBar);
    }

    void draw(Canvas& canvas, size_t first, size_t rows) const {
        std::string title = "chip: reserved of capacity";
        if (has_cbs_) title += "; cb: bytes on the core that has most";
        canvas.write(0, first, title, {.ink = Ink::kDim});
        for (size_t i = 0; i < chips_.size() && i + 1 < rows; ++i) draw_chip(canvas, chips_[i], first + 1 + i);
        if (chips_.size() + 1 > rows && rows > 1) {
            canvas.write(
                0, first + rows - 1,
                fmt::format("... {} more chips", chips_.size() + 2 - rows) + std::string(canvas.size().columns, ' '),
                {.ink = Ink::kDim});
        }
    }

private:
    std::string name_of(const ChipUse& use) const { return names_.list({use.chip.id}); }

    size_t room_for_bars(size_t columns) const {
        size_t fixed = name_width_ + 1;
        for (const Pool pool : bars_) fixed += pool_name(pool).size() + 1 + 7 + 1 + bytes_width_ + 2;
        for (const Pool pool : rare_) fixed += pool_name(pool).size() + 1 + bytes_width_ + 2;
        if (has_cbs_) fixed += 3 + bytes_width_;
        return columns > fixed ? (columns - fixed) / bars_.size() : 0;
    }

    void draw_chip(Canvas& canvas, const ChipUse& use, size_t row) const {
        const std::string name = name_of(use);
        canvas.write(name_width_ - columns_of(name), row, name, {.bold = true});
        size_t column = name_width_ + 1;
        for (const Pool pool : bars_) {
            const PoolUse& figures = use.pool(pool);
            const std::optional<double> share = share_of_pool(figures);
            const Ink ink = ink_of_share(share);
            column = canvas.write(column, row, std::string(pool_name(pool)) + " ");
            column = canvas.write(column, row, bar(share, bar_, form_), {.ink = ink});
            const std::string full = percent(figures.reserved_bytes, figures.capacity_bytes);
            const bool warns = ink == Ink::kBad || ink == Ink::kWarning;
            column = canvas.write(column, row, fmt::format("{:>7} ", full),
                                  {.ink = warns ? ink : Ink::kPlain, .bold = warns});
            column = canvas.write(
                column, row,
                fmt::format("{:>{}}  ", look_.at_least(figures.is_bound, look_.bytes(figures.reserved_bytes)),
                            bytes_width_));
        }
        for (const Pool pool : rare_) {
            column = canvas.write(
                column, row,
                fmt::format("{} {:<{}}  ", pool_name(pool), look_.bytes(use.pool(pool).reserved_bytes), bytes_width_));
        }
        if (has_cbs_) {
            const std::optional<uint64_t>& cb = use.cb.largest_core_bytes;
            canvas.write(column, row,
                         fmt::format("cb {:>{}}", look_.at_least(use.cb.is_bound && cb, look_.bytes(cb)), bytes_width_),
                         {.ink = cb.value_or(0) != 0 ? Ink::kBuffers : Ink::kDim});
        }
    }

    std::vector<ChipUse> chips_;
    ChipNames names_;
    Look look_;
    ChartForm form_;
    std::vector<Pool> bars_, rare_;
    bool has_cbs_ = true;
    size_t name_width_ = 1, bytes_width_ = 8, bar_ = kLeastBar;
};

// Many chips: a level and a share for each.
class ChipGrid {
public:
    ChipGrid(std::vector<ChipUse> chips, const State& state, size_t columns)
        : chips_(std::move(chips)), names_(chips_), form_(state.form), pools_(pools_with_bars(chips_, state)) {
        size_t name = 2;
        for (const ChipUse& use : chips_) name = std::max(name, columns_of(names_.list({use.chip.id})));
        name_width_ = std::min<size_t>(name, 18);
        cell_ = kGridCell + name_width_ - 2;
        // As trays are: 32, 16, 8 or 4 in a line.
        for (const size_t n : {4, 8, 16, 32}) {
            if (n * cell_ <= columns + 1) in_line_ = n;
        }
    }
    size_t lines() const { return (chips_.size() + in_line_ - 1) / in_line_; }
    size_t rows_of_all() const { return pools_.size() * (lines() + 1); }
    size_t rows_of_one() const { return lines() + 1; }

    void draw(Canvas& canvas, size_t first, size_t rows) const {
        for (const Pool pool : pools_) {
            if (rows < 2) return;
            canvas.write(0, first, fmt::format("{} of each chip, reserved of capacity", pool_name(pool)),
                         {.ink = Ink::kDim});
            const size_t shown = std::min(lines(), rows - 1);
            for (size_t i = 0; i < std::min(chips_.size(), shown * in_line_); ++i) {
                draw_cell(canvas, chips_[i], pool, (i % in_line_) * cell_, first + 1 + i / in_line_);
            }
            first += shown + 1;
            rows -= shown + 1;
        }
    }

private:
    void draw_cell(Canvas& canvas, const ChipUse& use, Pool pool, size_t column, size_t row) const {
        const PoolUse& figures = use.pool(pool);
        const std::optional<double> share = share_of_pool(figures);
        const Ink ink = ink_of_share(share);
        const std::string name = fitted(names_.list({use.chip.id}), name_width_);
        canvas.write(column + name_width_ - columns_of(name), row, name, {.ink = Ink::kDim});
        column += name_width_ + 1;
        column = canvas.write(column, row, level(share, form_), {.ink = ink, .bold = true});
        const bool warns = ink == Ink::kBad || ink == Ink::kWarning;
        canvas.write(column, row, fmt::format("{:>5}", short_percent(share)),
                     {.ink = warns ? ink : Ink::kPlain, .bold = warns});
    }

    std::vector<ChipUse> chips_;
    ChipNames names_;
    ChartForm form_;
    std::vector<Pool> pools_;
    size_t name_width_ = 2, cell_ = kGridCell, in_line_ = 4;
};

}  // namespace

std::vector<ChipUse> chosen_chips(const Snapshot& snapshot, const State& state) {
    std::vector<ChipUse> chips = in_order(snapshot.chips);
    if (state.chip == 0 || state.chip > chips.size()) return chips;
    return {chips[state.chip - 1]};
}

std::string fullest_sentence(const TopValues& values, const Look& look) {
    const std::vector<ChipUse>& chips = values.snapshot.chips;
    const Fullest found = fullest_of(chips);
    if (found.chip == nullptr) return "";
    const PoolUse& use = found.chip->pool(found.pool);
    const std::string who = found.chips.size() == 1 ? "chip " : "each of chips ";
    return fmt::format("{} of {}{} is fullest: {} ({} of {})", pool_name(found.pool), who,
                       ChipNames(chips).list(found.chips), percent(use.reserved_bytes, use.capacity_bytes),
                       look.at_least(use.is_bound, look.bytes(use.reserved_bytes)), look.bytes(use.capacity_bytes));
}

Ink fullest_ink(const TopValues& values) {
    const Fullest found = fullest_of(values.snapshot.chips);
    if (found.chip == nullptr) return Ink::kPlain;
    const Ink ink = ink_of_share(found.share);
    return ink == Ink::kTensor ? Ink::kPlain : ink;
}

Picture chips_picture(const TopValues& values, const State& state, Size size) {
    std::vector<ChipUse> chips = chosen_chips(values.snapshot, state);
    if (chips.empty()) return {};
    const size_t count = chips.size();
    if (count > kMostLines || count + 12 > std::max<size_t>(size.rows, 21)) {
        const ChipGrid grid(std::move(chips), state, size.columns);
        return {grid.rows_of_one(), grid.rows_of_all(),
                [grid](Canvas& canvas, size_t first, size_t rows) { grid.draw(canvas, first, rows); }};
    }
    const ChipLines lines(std::move(chips), state, size.columns);
    return {std::min<size_t>(count + 1, 4), count + 1,
            [lines](Canvas& canvas, size_t first, size_t rows) { lines.draw(canvas, first, rows); }};
}

}  // namespace ttmem::tui
