#include "src/importers/memory_csv/memory_csv.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "src/base/text.h"
#include "src/importers/input/log_lines.h"

namespace ttmem {
namespace {

constexpr size_t kMostBytes = size_t{64} << 20;

std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    while (true) {
        const size_t comma = line.find(',');
        std::string_view cell = line.substr(0, comma);
        while (!cell.empty() && (cell.front() == ' ' || cell.front() == '"')) cell.remove_prefix(1);
        while (!cell.empty() && std::string_view(" \"\r").find(cell.back()) != std::string_view::npos)
            cell.remove_suffix(1);
        cells.push_back(cell);
        if (comma == std::string_view::npos) return cells;
        line.remove_prefix(comma + 1);
    }
}

std::optional<uint64_t> number_in(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// One pool of the table.
struct Section {
    Pool pool = Pool::kDram;
    std::optional<uint64_t> total, allocated, free;                          // over all banks
    uint64_t bank = 0, allocated_in_bank = 0, largest_free = 0, blocks = 0;  // of the blocks
};

class CsvReader {
public:
    explicit CsvReader(std::string_view name) : name_(name) {}

    Result<void> line(std::string_view text) {
        ++line_;
        const std::vector<std::string_view> cells = cells_of(text);
        for (const std::string_view cell : cells) {
            if (const std::optional<Pool> pool = pool_of(cell); pool && first_of(cells) == cell) {
                sections_.push_back({});
                sections_.back().pool = *pool;
                return {};
            }
        }
        const std::string_view first = first_of(cells);
        if (sections_.empty() || first.empty()) return {};
        Section& section = sections_.back();
        if (first.starts_with("Total ")) return total(section, first, cells);
        if (cells.size() >= 4 && (cells.back() == "Y" || cells.back() == "N")) return block(section, cells);
        return {};
    }

    Result<ImportedUse> finish() {
        ImportedUse use;
        use.format = "tt-metal-memory-csv";
        ImportedChip chip;
        for (const Section& section : sections_) {
            if (Result<void> added = add(section, chip, use.coverage); !added) return added.error();
        }
        if (sections_.empty()) return refused("it names neither DRAM nor L1");
        use.chips.push_back(std::move(chip));
        use.coverage.note("The table has one moment of one device: no peaks, no operations, no circular buffers.",
                          false);
        return use;
    }

private:
    static std::optional<Pool> pool_of(std::string_view cell) {
        if (cell == "DRAM") return Pool::kDram;
        if (cell == "L1") return Pool::kL1;
        if (cell == "L1_SMALL") return Pool::kL1Small;
        if (cell == "TRACE") return Pool::kTrace;
        return std::nullopt;
    }
    static std::string_view first_of(const std::vector<std::string_view>& cells) {
        for (const std::string_view cell : cells) {
            if (!cell.empty()) return cell;
        }
        return {};
    }
    Error refused(const std::string& why) const {
        return Error{std::string(name_) + " is no detailed_memory_usage.csv, at line " + std::to_string(line_), why,
                     ""};
    }

    // "Total allocatable (B):,12884901504"; of old ones the headers said KB and the numbers were bytes.
    Result<void> total(Section& section, std::string_view word, const std::vector<std::string_view>& cells) {
        std::optional<uint64_t> value = number_in(cells.back());
        if (const size_t colon = word.find(": "); !value && colon != word.npos)
            value = number_in(word.substr(colon + 2));
        if (!value) return refused("a total is no number: `" + printable(cells.back()) + "`");
        kilobytes_ = kilobytes_ || word.find("(KB)") != word.npos;
        if (word.starts_with("Total allocatable")) {
            if (!section.total) section.total = value;
        } else if (word.starts_with("Total allocated")) {
            if (!section.allocated) section.allocated = value;
        } else if (word.starts_with("Total free")) {
            if (!section.free) section.free = value;
        }
        return {};
    }

    Result<void> block(Section& section, const std::vector<std::string_view>& cells) {
        const std::optional<uint64_t> size = number_in(cells[cells.size() - 2]);
        if (!size) return refused("the size of a block is no number: `" + printable(cells[cells.size() - 2]) + "`");
        if (__builtin_add_overflow(section.bank, *size, &section.bank))
            return refused("the blocks are larger than 64 bits hold");
        ++section.blocks;
        if (cells.back() == "Y") {
            section.allocated_in_bank += *size;
        } else {
            section.largest_free = std::max(section.largest_free, *size);
        }
        return {};
    }

    Result<void> add(const Section& section, ImportedChip& chip, Coverage& coverage) {
        PoolUse& use = chip.use.pool(section.pool);
        const std::string pool(pool_name(section.pool));
        use.capacity_bytes = section.total;
        use.reserved_bytes = section.allocated;
        if (section.total && section.allocated && section.free && *section.allocated + *section.free != *section.total)
            coverage.note("Allocated and free bytes of " + pool + " do not add up to the total.");
        if (!section.total || section.bank == 0) return {};
        if (*section.total % section.bank != 0) {
            coverage.note("The blocks of a " + pool +
                          " bank do not divide the total: how many banks there are is not known.");
            return {};
        }
        const uint64_t banks = *section.total / section.bank;
        chip.use.chip.pools[static_cast<size_t>(section.pool)] = {banks, section.bank};
        chip.peak(section.pool).bytes_per_bank = section.allocated_in_bank;
        chip.peak(section.pool).reserved_bytes = section.allocated;
        if (section.allocated && banks * section.allocated_in_bank != *section.allocated)
            coverage.note("The blocks of " + pool + " have " + bytes_text(section.allocated_in_bank) +
                          " allocated in each of " + std::to_string(banks) + " banks, which is not the total.");
        coverage.note(pool + ": " + std::to_string(banks) + " banks of " + bytes_text(section.bank) + ", " +
                          bytes_text(section.allocated_in_bank) + " of each allocated, largest free block " +
                          bytes_text(section.largest_free) + ".",
                      false);
        return {};
    }

    const std::string_view name_;
    uint64_t line_ = 0;
    bool kilobytes_ = false;
    std::vector<Section> sections_;
};

}  // namespace

bool looks_like_memory_csv(std::string_view head) {
    return head.substr(0, 4096).find("Total allocatable (") != std::string_view::npos &&
           head.substr(0, 65536).find(",Allocated (Y/N)") != std::string_view::npos;
}

Result<ImportedUse> read_memory_csv(const ByteReader& read, std::string_view name) {
    CsvReader reader(name);
    std::string rest, buffer(size_t{1} << 16, '\0');
    size_t all = 0;
    for (;;) {
        const Result<size_t> got = read(buffer.data(), buffer.size());
        if (!got) return got.error();
        all += *got;
        if (all > kMostBytes) return Error{std::string(name) + " is larger than any memory report of tt-metal", "", ""};
        rest.append(buffer, 0, *got);
        size_t begin = 0;
        for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
            if (Result<void> read_line = reader.line(std::string_view(rest).substr(begin, end - begin)); !read_line)
                return read_line.error();
            begin = end + 1;
        }
        rest.erase(0, begin);
        if (*got == 0) break;
    }
    if (Result<void> read_line = reader.line(rest); !read_line) return read_line.error();
    return reader.finish();
}

}  // namespace ttmem
