#include "src/importers/allocation_server/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "src/base/text.h"
#include "src/importers/allocation_server/registration_table.h"
#include "src/importers/input/log_lines.h"

namespace ttmem {
namespace {

constexpr std::string_view kTypes[] = {"DRAM", "L1", "SYSTEM_MEMORY", "L1_SMALL", "TRACE"};
constexpr size_t kMostDeviceNames = 4096, kMostProcesses = 1 << 16;

// Reads a line from left to right; once something is not there, nothing is any more.
class RecordCursor {
public:
    explicit RecordCursor(std::string_view text) : text_(text) {}

    // Skips what stands before `word`, and it.
    RecordCursor& after(std::string_view word) {
        const size_t at = text_.find(word);
        ok_ = ok_ && at != std::string_view::npos;
        if (ok_) text_.remove_prefix(at + word.size());
        return *this;
    }
    // `word` and nothing before it.
    RecordCursor& then(std::string_view word) {
        ok_ = ok_ && text_.starts_with(word);
        if (ok_) text_.remove_prefix(word.size());
        return *this;
    }
    uint64_t number() {
        const size_t end = std::min(text_.find_first_not_of("0123456789abcdefx"), text_.size());
        const std::optional<uint64_t> value = parse_number(text_.substr(0, end));
        ok_ = ok_ && value.has_value();
        if (ok_) text_.remove_prefix(end);
        return value.value_or(0);
    }
    std::string_view word() {
        const size_t end = std::min(text_.find_first_of(" ,:()"), text_.size());
        const std::string_view word = text_.substr(0, end);
        if (ok_) text_.remove_prefix(end);
        return word;
    }
    bool ok() const { return ok_; }
    bool at_end() const { return text_.empty(); }

private:
    std::string_view text_;
    bool ok_ = true;
};

struct LoggedMessage {
    uint64_t pid = 0;
    AllocationMessage message;
};

std::optional<uint8_t> type_number(std::string_view name) {
    const auto* const found = std::find(std::begin(kTypes), std::end(kTypes), name);
    if (found == std::end(kTypes)) return {};
    return static_cast<uint8_t>(found - kTypes);
}

std::optional<LoggedMessage> parse_message(std::string_view line) {
    LoggedMessage logged;
    RecordCursor cursor(line);
    logged.pid = cursor.after("[PID ").number();
    AllocationMessage& message = logged.message;
    RecordCursor allocated = cursor, freed = cursor;
    message.bytes = allocated.then("] Allocated ").number();
    const std::optional<uint8_t> type = type_number(allocated.then(" bytes of ").word());
    if (allocated.ok() && type) {
        message.type = AllocationMessageType::kAlloc;
        message.buffer_type = *type;
        message.device = static_cast<int32_t>(std::min<uint64_t>(allocated.then(" on device ").number(), INT32_MAX));
        message.buffer = allocated.then(" (buffer_id=").number();
        if (allocated.ok()) return logged;
    }
    message = AllocationMessage();
    message.type = AllocationMessageType::kFree;
    message.buffer = freed.then("] Freed buffer ").number();
    message.device = static_cast<int32_t>(std::min<uint64_t>(freed.then(" on device ").number(), INT32_MAX));
    if (freed.then(" (").ok()) return logged;
    return {};
}

// "Device 0: Buffers: 20, DRAM: 14827520 bytes, L1: 22528 bytes": the device, and the rest for people.
struct Statement {
    uint64_t device = 0;
    std::string words;
};
std::optional<Statement> parse_statement(std::string_view line) {
    Statement statement;
    RecordCursor cursor(line);
    statement.device = cursor.after("Device ").number();
    const uint64_t buffers = cursor.then(": Buffers: ").number();
    if (!cursor.ok()) return {};
    statement.words = fmt::format("{} buffers", with_commas(buffers));
    while (!cursor.at_end()) {
        const std::string_view type = cursor.then(", ").word();
        const uint64_t bytes = cursor.then(": ").number();
        if (!cursor.then(" bytes").ok() || !type_number(type)) break;
        statement.words += fmt::format(", {} B of {}", with_commas(bytes), type);
    }
    return statement;
}

class LogReader {
public:
    void line(std::string_view text) {
        if (std::optional<LoggedMessage> logged = parse_message(text)) {
            apply(*logged);
        } else if (const std::optional<Statement> statement = parse_statement(text)) {
            if (statements_.size() < kMostDeviceNames) statements_[statement->device] = statement->words;
        }
    }

    bool any() const { return messages_ != 0 || !statements_.empty(); }

    ImportedUse use() {
        ImportedUse use;
        use.format = "tt-metal-allocation-server-log";
        use.version = "text";
        use.allocations = allocations_;
        use.frees = messages_ - allocations_;
        for (const auto& [device, peaks] : peaks_) use.chips.push_back(chip(device, peaks));
        add_notes(use.coverage);
        return use;
    }

private:
    using Peaks = std::array<std::optional<uint64_t>, kPoolCount>;  // of pools that the log names

    void apply(const LoggedMessage& logged) {
        ++messages_;
        allocations_ += logged.message.type == AllocationMessageType::kAlloc;
        auto process = processes_.find(logged.pid);
        if (process == processes_.end()) {
            if (processes_.size() >= kMostProcesses) return;
            process =
                processes_.emplace(logged.pid, table_.add_process(static_cast<uint32_t>(logged.pid), 0, "", 0)).first;
        }
        const int32_t device = logged.message.device;
        if (peaks_.count(device) == 0 && peaks_.size() >= kMostDeviceNames) return;
        const RegistrationEffect effect = table_.apply(process->second, 1, logged.message, 0);
        unknown_frees_ += effect.kind == RegistrationEffect::Kind::kUnknownFree;
        DeviceFigures now = table_.use_of(device);
        Peaks& peaks = peaks_[device];
        if (logged.message.type != AllocationMessageType::kAlloc) return;
        const std::optional<Pool> pool = pool_of_buffer_type(logged.message.buffer_type);
        if (!pool) return;
        std::optional<uint64_t>& peak = peaks[static_cast<size_t>(*pool)];
        peak = std::max(peak.value_or(0), bytes_of_pool(now, *pool));
    }

    ImportedChip chip(int32_t device, const Peaks& peaks) const {
        ImportedChip chip;
        chip.name = fmt::format("device {}", device);
        chip.use.chip.logical_id = static_cast<uint32_t>(device);
        DeviceFigures now = table_.use_of(device);
        for (const Pool pool : kChipPools) {
            chip.peak(pool).requested_bytes = peaks[static_cast<size_t>(pool)];
            if (peaks[static_cast<size_t>(pool)]) chip.use.pool(pool).requested_bytes = bytes_of_pool(now, pool);
        }
        return chip;
    }

    void add_notes(Coverage& coverage) const {
        coverage.note(
            "The allocation server knows a buffer by device and address alone: a mesh's number looks like a chip's, "
            "and "
            "the end of a process is not in its log");
        if (unknown_frees_ != 0)
            coverage.note(fmt::format("{} of what was allocated before the log begins",
                                      unknown_frees_ == 1 ? "1 free is" : fmt::format("{} frees are", unknown_frees_)));
        for (const auto& [device, words] : statements_)
            coverage.note(
                fmt::format("The log states last, a buffer for each registration: device {}: {}", device, words));
    }

    RegistrationTable table_;
    std::map<uint64_t, uint32_t> processes_;  // numbers in the table, by pid
    std::map<int32_t, Peaks> peaks_;          // by device
    std::map<uint64_t, std::string> statements_;
    uint64_t messages_ = 0, allocations_ = 0, unknown_frees_ = 0;
};

}  // namespace

Result<ImportedUse> read_allocation_server_log(const ByteReader& read, std::string_view name) {
    LogReader reader;
    const Result<uint64_t> bytes = for_each_line(read, [&](const LogLine& line) { reader.line(line.text); });
    if (!bytes) return bytes.error();
    if (!reader.any()) {
        return Error{std::string(name) + " is no log of the allocation server",
                     fmt::format("none of its {} bytes is a line that such a server prints", *bytes), ""};
    }
    return reader.use();
}

bool looks_like_allocation_server_log(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        if (line.find("[PID ") != std::string_view::npos && parse_message(line)) return true;
        if (line.starts_with("Device ") && parse_statement(line)) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace ttmem
