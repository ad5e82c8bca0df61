#include "src/importers/mlir/block_table.h"
#include "src/importers/input/json_window.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "src/base/decimal.h"
#include "src/base/saturating.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostContradictionNotes = 8;
constexpr size_t kMostNameBytes = 200;
constexpr std::array kPools = {std::pair("dram", Pool::kDram), std::pair("l1", Pool::kL1),
                               std::pair("l1_small", Pool::kL1Small), std::pair("trace", Pool::kTrace)};

// A member of `object`, under either of the names that reports of different ages use.
const Json* member(const Json& object, std::string_view name, std::string_view older = "") {
    if (!object.is_object()) return nullptr;
    auto found = object.find(name);
    if (found == object.end() && !older.empty()) found = object.find(older);
    return found == object.end() ? nullptr : &*found;
}

// Blocks state their numbers as text.
std::optional<uint64_t> number(const Json* value) {
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned()) return value->get<uint64_t>();
    if (!value->is_string()) return std::nullopt;
    const std::string& text = value->get_ref<const std::string&>();
    return decimal_in(text);
}

Error wrong(std::string_view what, std::string_view expected) {
    return Error{"\"" + std::string(what) + "\" is missing or is not " + std::string(expected), "", ""};
}

Result<Block> read_block(const Json& json) {
    Block block;
    const std::optional<uint64_t> address = number(member(json, "address"));
    const std::optional<uint64_t> size = number(member(json, "size"));
    if (!address) return wrong("address", "the number of a block");
    if (!size) return wrong("size", "the number of a block");
    const Json* allocated = member(json, "allocated");
    if (allocated != nullptr && allocated->is_boolean()) {
        block.allocated = allocated->get<bool>();
    } else if (allocated != nullptr && (*allocated == "yes" || *allocated == "no")) {
        block.allocated = *allocated == "yes";
    } else {
        return wrong("allocated", "\"yes\" or \"no\"");
    }
    block.address = DeviceAddress{*address};
    block.bytes = *size;
    return block;
}

Result<BlockTable> read_table(const Json& json, Pool pool, std::string device) {
    BlockTable table;
    table.pool = pool;
    table.device = std::move(device);
    struct Figure {
        std::string_view name, older;
        uint64_t BlockTable::*value;
    };
    constexpr std::array kFigures = {
        Figure{"num_banks", "", &BlockTable::banks},
        Figure{"total_bytes_per_bank", "bytes_allocatable_per_bank", &BlockTable::bank_bytes},
        Figure{"total_bytes_allocated_per_bank", "bytes_allocated_per_bank", &BlockTable::allocated_per_bank},
        Figure{"total_bytes_free_per_bank", "bytes_free_per_bank", &BlockTable::free_per_bank},
        Figure{"largest_contiguous_bytes_free_per_bank", "", &BlockTable::largest_free_per_bank},
    };
    for (const Figure& figure : kFigures) {
        const std::optional<uint64_t> value = number(member(json, figure.name, figure.older));
        if (!value) return wrong(figure.name, "a number");
        table.*figure.value = *value;
    }
    const Json* blocks = member(json, "block_table");
    if (blocks == nullptr || !blocks->is_array()) return wrong("block_table", "a list");
    for (const Json& entry : *blocks) {
        Result<Block> block = read_block(entry);
        if (!block) return block.error();
        table.blocks.push_back(*block);
    }
    std::ranges::stable_sort(table.blocks, {}, &Block::address);
    table.contradictions = contradictions_of(table);
    return table;
}

// One table, or one per device under "device_0", "device_1".
Result<void> read_pool(const Json& json, std::string_view key, Pool pool, std::vector<BlockTable>& tables) {
    if (!json.is_object()) return wrong(key, "an object");
    constexpr std::string_view kDevice = "device_";
    const bool by_device = !json.empty() && json.begin().key().starts_with(kDevice);
    if (!by_device) {
        Result<BlockTable> table = read_table(json, pool, "");
        if (!table) return Error{"in \"" + std::string(key) + "\": " + table.error().what, "", ""};
        tables.push_back(std::move(*table));
        return {};
    }
    for (const auto& [device, value] : json.items()) {
        Result<BlockTable> table = read_table(value, pool, device.substr(std::min(device.size(), kDevice.size())));
        if (!table) return Error{"in \"" + std::string(key) + "\", \"" + device + "\": " + table.error().what, "", ""};
        tables.push_back(std::move(*table));
    }
    return {};
}

// "ttnn.tan" of `%0 = "ttnn.tan"(%arg0) : ...`.
std::string operation_name(const Json* text) {
    if (text == nullptr || !text->is_string()) return "";
    const std::string& debug = text->get_ref<const std::string&>();
    const size_t open = debug.find('"');
    const size_t close = open == std::string::npos ? open : debug.find('"', open + 1);
    return close == std::string::npos ? "" : debug.substr(open + 1, std::min(close - open - 1, kMostNameBytes));
}

Result<ReportedOperation> read_operation(const Json& json, uint64_t number) {
    ReportedOperation operation;
    operation.number = number;
    operation.name = operation_name(member(json, "debug_str"));
    if (const Json* loc = member(json, "loc"); loc != nullptr && loc->is_string()) {
        operation.location = loc->get<std::string>().substr(0, kMostNameBytes);
    }
    for (const auto& [key, pool] : kPools) {
        const Json* value = member(json, key);
        if (value == nullptr) continue;
        if (Result<void> read = read_pool(*value, key, pool, operation.tables); !read)
            operation.unread.push_back(read.error().what);
    }
    if (operation.tables.empty() && operation.unread.empty())
        return Error{"an operation has none of \"dram\", \"l1\", \"l1_small\" and \"trace\"", "", ""};
    return operation;
}

// Adds the operations up.
class Report {
public:
    explicit Report(std::string_view name) : name_(name) {
        use_.format = "tt-mlir-memory-report", use_.version = "block-table";
    }

    void add(const ReportedOperation& operation) {
        ++operations_;
        for (const BlockTable& table : operation.tables) {
            apply(table, operation);
            for (const std::string& sentence : table.contradictions)
                note(operation, std::string(pool_name(table.pool)) + ": " + sentence);
        }
        for (const std::string& why : operation.unread) note(operation, "left out, cannot be read: " + why + ".");
    }

    ImportedUse finish() {
        use_.operations = operations_;
        for (auto& [device, chip] : chips_) use_.chips.push_back(std::move(chip));
        use_.coverage.note(
            "The report tells what is in use after each operation: what an operation needs while it runs, and "
            "circular buffers, are not in it.");
        if (contradictions_ > kMostContradictionNotes) {
            use_.coverage.note(std::to_string(contradictions_ - kMostContradictionNotes) + " more like these in " +
                               name_ + ".");
        }
        return std::move(use_);
    }

private:
    void apply(const BlockTable& table, const ReportedOperation& operation) {
        ImportedChip& chip = chips_[table.device];
        if (!table.device.empty()) chip.name = "chip " + table.device;
        uint64_t allocated = 0, blocks = 0;
        for (const Block& block : table.blocks) {
            if (!block.allocated) continue;
            ++blocks;
            if (__builtin_add_overflow(allocated, block.bytes, &allocated)) return;  // a contradiction says so
        }
        PoolUse& use = chip.use.pool(table.pool);
        use.reserved_bytes = exact_product(table.banks, allocated);
        use.capacity_bytes = exact_product(table.banks, table.bank_bytes);
        use.allocations = blocks;
        ImportedPeak& peak = chip.peak(table.pool);
        if (peak.reserved_bytes && use.reserved_bytes <= peak.reserved_bytes) return;
        peak.reserved_bytes = use.reserved_bytes;
        peak.bytes_per_bank = allocated;
        peak.operation = operation.name;
    }

    void note(const ReportedOperation& operation, const std::string& sentence) {
        if (++contradictions_ > kMostContradictionNotes) return;
        use_.coverage.note(name_ + ", operation " + std::to_string(operation.number) +
                           (operation.name.empty() ? "" : " (" + operation.name + ")") + ", " + sentence);
    }

    const std::string name_;
    ImportedUse use_;
    std::map<std::string, ImportedChip> chips_;  // by device
    uint64_t operations_ = 0, contradictions_ = 0;
};

// Walks over the operations of a report with a window of one operation.
class ReportReader {
public:
    ReportReader(const ByteReader& read, std::string_view name,
                 const std::function<void(const ReportedOperation&)>& each)
        : window_(read), name_(name), each_(each), report_(name) {}

    Result<ImportedUse> run() {
        const Result<char> first = window_.peek();
        if (!first) return in_file(first.error());
        if (*first != '[' && *first != '{')
            return refused(0, "it does not begin with a list or an object of operations");
        const bool keyed = *first == '{';
        const char close = keyed ? '}' : ']';
        window_.take();
        for (uint64_t number = 0;; ++number) {
            const Result<char> next = window_.peek();
            if (!next) return in_file(next.error());
            if (*next == close) break;
            if (number > 0) {
                if (*next != ',') return refused(window_.offset(), "a comma or the end of the operations is missing");
                window_.take();
            }
            if (keyed) {
                if (Result<void> key = take_key(); !key) return key.error();
            }
            if (Result<void> operation = take_operation(number); !operation) return operation.error();
        }
        window_.take();
        const Result<char> rest = window_.peek();
        if (!rest) return in_file(rest.error());
        if (*rest != '\0') return refused(window_.offset(), "something follows the end of the report");
        if (!any_read_ && !first_unread_.empty())
            return Error{name_ + " is a memory report of tt-mlir of which no pool can be read", first_unread_, ""};
        return report_.finish();
    }

private:
    Error refused(uint64_t offset, std::string why) const {
        return Error{name_ + " is not a memory report of tt-mlir, at byte " + std::to_string(offset), std::move(why),
                     ""};
    }

    // What the window says, which knows no name.
    Error in_file(const Error& error) const { return Error{name_ + ": " + error.what, error.why, error.next}; }

    Result<void> take_key() {
        const Result<char> quote = window_.peek();
        if (!quote) return in_file(quote.error());
        const uint64_t offset = window_.offset();
        if (*quote != '"') return refused(offset, "the number of an operation is missing");
        const Result<std::string_view> key = window_.take_value();
        if (!key) return in_file(key.error());
        if (!keys_.insert(std::string(key->substr(0, kMostNameBytes))).second) {
            return refused(offset, "two operations have the same number");
        }
        const Result<char> colon = window_.peek();
        if (!colon) return in_file(colon.error());
        if (*colon != ':') return refused(window_.offset(), "a colon is missing");
        window_.take();
        return {};
    }

    Result<void> take_operation(uint64_t number) {
        if (const Result<char> begin = window_.peek(); !begin) {
            return in_file(begin.error());
        } else if (*begin != '{') {
            return refused(window_.offset(), "an operation is not an object");
        }
        const uint64_t offset = window_.offset();
        const Result<std::string_view> text = window_.take_value();
        if (!text) return in_file(text.error());
        Json json;
        try {  // the one place where this library throws
            json = Json::parse(text->begin(), text->end());
        } catch (const Json::parse_error& error) {
            return refused(offset + (error.byte == 0 ? 0 : error.byte - 1), "its JSON is not valid there");
        }
        const Result<ReportedOperation> operation = read_operation(json, number);
        if (!operation) {
            return refused(offset, "operation " + std::to_string(number) + ": " + operation.error().what);
        }
        any_read_ |= !operation->tables.empty();
        if (!operation->unread.empty() && first_unread_.empty())
            first_unread_ = "operation " + std::to_string(number) + ": " + operation->unread[0];
        report_.add(*operation);
        if (each_) each_(*operation);
        return {};
    }

    JsonWindow window_;
    const std::string name_;
    const std::function<void(const ReportedOperation&)>& each_;
    Report report_;
    std::set<std::string> keys_;
    std::string first_unread_;  // which pool cannot be read, and why
    bool any_read_ = false;
};

}  // namespace

std::vector<std::string> contradictions_of(const BlockTable& table) {
    std::vector<std::string> found;
    unsigned __int128 allocated = 0, free = 0;
    uint64_t largest = 0, end = 0;
    bool gaps = false;
    for (const Block& block : table.blocks) {
        (block.allocated ? allocated : free) += block.bytes;
        if (!block.allocated) largest = std::max(largest, block.bytes);
        gaps = gaps || block.address.value != end || __builtin_add_overflow(block.address.value, block.bytes, &end);
    }
    const auto differs = [&](std::string_view what, unsigned __int128 sum, uint64_t stated) {
        if (sum == stated) return;
        const bool more = stated > sum;
        const auto difference = static_cast<uint64_t>(more ? stated - sum : sum - stated);
        found.push_back(std::string(what) + " is stated as " + bytes_text(stated) + ", " + bytes_text(difference) +
                        (more ? " more" : " less") + " than its blocks have.");
    };
    if (gaps) found.emplace_back("The blocks do not follow each other without a gap.");
    differs("The size of a bank", allocated + free, table.bank_bytes);
    differs("What is allocated", allocated, table.allocated_per_bank);
    differs("What is free", free, table.free_per_bank);
    differs("The largest free block", largest, table.largest_free_per_bank);
    const auto sum = static_cast<unsigned __int128>(table.allocated_per_bank) + table.free_per_bank;
    if (sum > table.bank_bytes) {
        found.push_back("Allocated and free bytes as stated exceed the bank by " +
                        bytes_text(static_cast<uint64_t>(sum - table.bank_bytes)) + ".");
    } else if (sum < table.bank_bytes) {
        found.push_back("Allocated and free bytes as stated are " +
                        bytes_text(table.bank_bytes - static_cast<uint64_t>(sum)) + " less than the bank.");
    }
    return found;
}

Result<ImportedUse> read_memory_report(const ByteReader& read, std::string_view name,
                                       const std::function<void(const ReportedOperation&)>& each) {
    return ReportReader(read, name, each).run();
}

}  // namespace ttmem
