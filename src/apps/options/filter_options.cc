#include "src/apps/options/filter_options.h"

#include <fmt/format.h>

#include "src/base/text.h"

namespace ttmem {
namespace {

// An option whose text is understood by `parse`, which returns false for what it does not understand.
void add(OptionList& options, const char* name, const char* values, const char* description,
         std::function<bool(const std::string&)> parse) {
    options.parsed(name, values, description,
                   [=](const std::string& text) { return parse(text) ? "" : not_one_of(text, values); });
}

template <class T>
bool set(std::optional<T>& target, std::optional<T> value) {
    target = value;
    return value.has_value();
}

}  // namespace

std::optional<ChipName> chip_from_text(const std::string& text) {
    const std::optional<uint64_t> number = parse_number(text);
    if (!number) return std::nullopt;
    if (text.starts_with("0x") || text.starts_with("0X")) return ChipName{.id = ChipId{*number}};
    if (*number > UINT32_MAX) return std::nullopt;
    return ChipName{.logical_id = static_cast<uint32_t>(*number)};
}

void add_pid_option(OptionList& options, std::shared_ptr<Filter> filter) {
    add(options, "--pid", "PID", "Only this process", [filter](const std::string& text) {
        const std::optional<uint64_t> pid = parse_number(text);
        if (!pid || *pid > UINT32_MAX) return false;
        filter->pid = static_cast<uint32_t>(*pid);
        return true;
    });
    options.flag("--all-incarnations", filter->all_incarnations,
                 "With --pid: every process that had this pid, not just the running or latest one");
}

void add_chip_option(OptionList& options, std::shared_ptr<Filter> filter) {
    add(options, "--chip", "NUMBER or 0xID", "Only this chip, by the runtime's device number or the chip's unique id",
        [filter](const std::string& text) { return set(filter->chip, chip_from_text(text)); });
}

void add_filter_options(OptionList& options, std::shared_ptr<Filter> filter) {
    add_pid_option(options, filter);
    add_chip_option(options, filter);
    add(options, "--pool", "dram|l1|l1_small|trace|system", "Only this pool",
        [filter](const std::string& text) { return set(filter->pool, pool_from_name(text)); });
    add(options, "--class", "tensor|program|trace|runtime|unknown", "Only this class",
        [filter](const std::string& text) { return set(filter->allocation_class, class_from_name(text)); });
    options.text("--op", filter->op, "TEXT", "Only operations whose name contains this");
    options.text("--tag", filter->tag, "TEXT", "Only tags that contain this");
    add(options, "--min-bytes", "SIZE", "Only allocations that take at least this much of a chip: 4096, 64K, 1.5MiB",
        [filter](const std::string& text) {
            const std::optional<uint64_t> bytes = parse_bytes(text);
            filter->min_bytes = bytes.value_or(0);
            return bytes.has_value();
        });
}

std::vector<std::string> filter_words(const Filter& filter) {
    std::vector<std::string> words;
    if (filter.chip && filter.chip->id) words.push_back(fmt::format("--chip {:#x}", filter.chip->id->value));
    if (filter.chip && filter.chip->logical_id) words.push_back(fmt::format("--chip {}", *filter.chip->logical_id));
    if (filter.pool) words.push_back("--pool " + std::string(pool_name(*filter.pool)));
    if (filter.allocation_class) words.push_back("--class " + std::string(class_name(*filter.allocation_class)));
    if (!filter.op.empty()) words.push_back("--op " + filter.op);
    if (!filter.tag.empty()) words.push_back("--tag " + filter.tag);
    if (filter.min_bytes != 0) words.push_back(fmt::format("--min-bytes {}", filter.min_bytes));
    return words;
}

}  // namespace ttmem
