#include "src/importers/mlir/memory_view.h"

#include <array>
#include <charconv>
#include <string>

namespace ttmem {
namespace {

constexpr std::string_view kShortMark = " View - Banks:";
constexpr std::string_view kLongMark = "MemoryView{";
constexpr std::string_view kLongPool = " memory state:";
constexpr size_t kMostDigits = 9;  // behind the point

// How the two forms call the figures.
struct Names {
    std::string_view banks, bank, allocated, free, largest;
};
constexpr Names kShortNames = {
    "Banks:", "Size:", "TotalBytesAllocatedPerBank:", "FreePerBank:", "ContiguousFreePerBank:"};
constexpr Names kLongNames = {"numBanks:", "totalBytesPerBank:", "totalBytesAllocatedPerBank:",
                              "totalBytesFreePerBank:", "largestContiguousBytesFreePerBank:"};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// The pool named at the end of `text`: "... KCM DRAM", "... Device L1 SMALL".
std::optional<Pool> pool_at_end(std::string_view text) {
    struct Name {
        std::string_view text;
        Pool pool;
    };
    constexpr std::array kNames = {Name{"L1_SMALL", Pool::kL1Small}, Name{"L1 SMALL", Pool::kL1Small},
                                   Name{"DRAM", Pool::kDram}, Name{"L1", Pool::kL1}, Name{"TRACE", Pool::kTrace}};
    text = trimmed(text);
    for (const Name& name : kNames) {
        if (!text.ends_with(name.text)) continue;
        const std::string_view before = text.substr(0, text.size() - name.text.size());
        if (before.empty() || before.back() == ' ') return name.pool;
    }
    return std::nullopt;
}

// What follows `name`, without white space; the name must not be the end of a longer one.
std::optional<std::string_view> behind(std::string_view text, std::string_view name) {
    for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        if (at == 0 || text[at - 1] == ' ' || text[at - 1] == ',' || text[at - 1] == '{') {
            return trimmed(text.substr(at + name.size()));
        }
    }
    return std::nullopt;
}

std::optional<uint64_t> unit_at(std::string_view text) {
    if (text.starts_with("KB")) return uint64_t{1} << 10;
    if (text.starts_with("MB")) return uint64_t{1} << 20;
    if (text.starts_with("GB")) return uint64_t{1} << 30;
    if (text.empty() || text.starts_with("B") || text[0] == ',' || text[0] == '}') return uint64_t{1};
    return std::nullopt;
}

// "1024.000 MB", "61 MB", "512". Nullopt for anything else, and for what does not fit 64 bits.
std::optional<StatedBytes> bytes_at(std::string_view text) {
    uint64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    uint64_t fraction = 0, scale = 1;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        for (size_t digits = 0; !text.empty() && text[0] >= '0' && text[0] <= '9'; ++digits) {
            if (digits < kMostDigits) {
                fraction = fraction * 10 + static_cast<uint64_t>(text[0] - '0');
                scale *= 10;
            }
            text.remove_prefix(1);
        }
    }
    const std::optional<uint64_t> unit = unit_at(trimmed(text));
    StatedBytes stated;
    if (!unit || __builtin_mul_overflow(whole, *unit, &stated.bytes)) return std::nullopt;
    const auto part = static_cast<unsigned __int128>(fraction) * *unit / scale;
    if (__builtin_add_overflow(stated.bytes, static_cast<uint64_t>(part), &stated.bytes)) return std::nullopt;
    stated.step = *unit / scale + (*unit % scale != 0);
    return stated;
}

std::optional<uint64_t> banks_at(std::string_view text) {
    uint64_t banks = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), banks);
    if (error != std::errc()) return std::nullopt;
    return banks;
}

// Leaves out what cannot be true. Each figure may be off by less than its step.
void check(MemoryView& view) {
    const uint64_t bank = view.bank_bytes.bytes, step = view.bank_bytes.step;
    if (view.free_per_bank) {
        const auto sum = static_cast<unsigned __int128>(view.allocated_per_bank.bytes) + view.free_per_bank->bytes;
        const auto slack = static_cast<unsigned __int128>(step) * 2;
        const bool fits = step == 1 ? sum == bank : sum < bank + slack && sum + slack > bank;
        if (!fits) view.free_per_bank.reset(), view.contradicts_itself = true;
    }
    if (view.largest_free_per_bank && view.largest_free_per_bank->bytes > bank) {
        view.largest_free_per_bank.reset(), view.contradicts_itself = true;
    }
}

Error not_readable(std::string reason) { return Error{"a memory state cannot be read", std::move(reason), ""}; }

Result<MemoryView> read_figures(std::string_view text, const Names& names, Pool pool) {
    MemoryView view;
    view.pool = pool;
    const auto figure = [&](std::string_view name) -> std::optional<StatedBytes> {
        const std::optional<std::string_view> value = behind(text, name);
        return value ? bytes_at(*value) : std::nullopt;
    };
    const std::optional<std::string_view> banks_text = behind(text, names.banks);
    const std::optional<uint64_t> banks = banks_text ? banks_at(*banks_text) : std::nullopt;
    const std::optional<StatedBytes> bank = figure(names.bank), allocated = figure(names.allocated);
    for (const auto& [there, name] :
         {std::pair(banks.has_value(), names.banks), std::pair(bank.has_value(), names.bank),
          std::pair(allocated.has_value(), names.allocated)}) {
        if (!there) return not_readable("\"" + std::string(name) + "\" is missing or not followed by a number");
    }
    view.banks = *banks, view.bank_bytes = *bank, view.allocated_per_bank = *allocated;
    view.free_per_bank = figure(names.free);
    view.largest_free_per_bank = figure(names.largest);
    if (allocated->bytes > bank->bytes) return not_readable("more is allocated than a bank has");
    check(view);
    return view;
}

}  // namespace

bool looks_like_memory_view(std::string_view line) {
    return line.find(kShortMark) != std::string_view::npos || line.find(kLongMark) != std::string_view::npos;
}

Result<MemoryView> read_memory_view(std::string_view line) {
    size_t at = line.find(kShortMark);
    if (at != std::string_view::npos) {
        const std::optional<Pool> pool = pool_at_end(line.substr(0, at));
        if (!pool) return not_readable("it does not say of which pool it is");
        return read_figures(line.substr(at), kShortNames, *pool);
    }
    at = line.find(kLongMark);
    if (at == std::string_view::npos) return not_readable("the line has none");
    const size_t state = line.substr(0, at).rfind(kLongPool);
    const std::optional<Pool> pool =
        state == std::string_view::npos ? std::nullopt : pool_at_end(line.substr(0, state));
    if (!pool) return not_readable("it does not say of which pool it is");
    return read_figures(line.substr(at + kLongMark.size()), kLongNames, *pool);
}

}  // namespace ttmem
