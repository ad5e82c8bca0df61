#include "src/exports/ttnn_report.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "src/analysis/recording/shared_use.h"
#include "src/analysis/replay/replay.h"
#include "src/base/input_file.h"
#include "src/base/text.h"
#include "src/exports/ttnn_schema.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class Database {
public:
    bool open(const std::string& path) {
        sqlite3* database = nullptr;
        const bool opened = sqlite3_open(path.c_str(), &database) == SQLITE_OK;
        database_.reset(database);
        // Whoever sees a half of it sees another name: nothing has to be kept safe while it is written.
        return opened && run("PRAGMA journal_mode=OFF") && run("PRAGMA synchronous=OFF") && run("BEGIN") &&
               run(kTtnnSchema);
    }
    bool run(const char* sql) { return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
    std::string error() const { return database_ ? sqlite3_errmsg(database_.get()) : "there is no memory"; }
    sqlite3* get() const { return database_.get(); }
    bool close() { return run("COMMIT") && sqlite3_close(database_.release()) == SQLITE_OK; }

private:
    std::unique_ptr<sqlite3, CloseDatabase> database_;
};

// An INSERT that is run again and again.
class Insert {
public:
    Insert(Database& database, const char* sql) {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(database.get(), sql, -1, &statement, nullptr);
        statement_.reset(statement);
    }
    Insert& number(uint64_t value) {
        sqlite3_bind_int64(statement_.get(), ++column_, static_cast<sqlite3_int64>(value));
        return *this;
    }
    Insert& number(const std::optional<uint64_t>& value) { return value ? number(*value) : nothing(); }
    Insert& known(bool is_known, uint64_t value) { return is_known ? number(value) : nothing(); }
    Insert& real(double value) {
        sqlite3_bind_double(statement_.get(), ++column_, value);
        return *this;
    }
    Insert& text(const std::string& utf8) {
        sqlite3_bind_text(statement_.get(), ++column_, utf8.data(), static_cast<int>(utf8.size()), SQLITE_TRANSIENT);
        return *this;
    }
    Insert& nothing() {
        sqlite3_bind_null(statement_.get(), ++column_);
        return *this;
    }
    bool done() {
        const bool inserted = sqlite3_step(statement_.get()) == SQLITE_DONE;
        sqlite3_reset(statement_.get());
        sqlite3_clear_bindings(statement_.get());
        column_ = 0;
        return inserted;
    }

private:
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
    int column_ = 0;
};

// Numbers of chips as the runtime has them; a chip without one, or whose number another one has, gets one after those.
class DeviceNumbers {
public:
    explicit DeviceNumbers(const Recording& recording) {
        for (const Process& process : recording.end.processes) {
            for (const ChipUse& use : process.chips) {
                if (use.chip.logical_id && used_.insert(*use.chip.logical_id).second)
                    numbers_.try_emplace(use.chip.id.value, *use.chip.logical_id);
            }
        }
        for (const Place& place : recording.end.places) {
            for (const ChipId chip : place.chips) add(chip);
        }
        for (const Process& process : recording.end.processes) {
            for (const ChipUse& use : process.chips) add(use.chip.id);
        }
    }
    uint32_t of(ChipId chip) const { return numbers_.at(chip.value); }

private:
    void add(ChipId chip) {
        if (numbers_.contains(chip.value)) return;
        const uint32_t next = used_.empty() ? 0 : *used_.rbegin() + 1;
        used_.insert(next);
        numbers_.emplace(chip.value, next);
    }

    std::map<uint64_t, uint32_t> numbers_;
    std::set<uint32_t> used_;
};

// What the operations of the report are.
enum class Steps : uint8_t { kOperations, kIterations, kWhole };

class StepFinder : public ReplayObserver {
public:
    void applied(const Replay&, const Event& event) override {
        operations_ |= event.kind == EventKind::kOperationBegun;
        iterations_ |= event.kind == EventKind::kIterationBegun;
    }
    Steps steps() const { return operations_ ? Steps::kOperations : iterations_ ? Steps::kIterations : Steps::kWhole; }

private:
    bool operations_ = false, iterations_ = false;
};

class ReportWriter : public ReplayObserver {
public:
    ReportWriter(const Recording& recording, Database& database, Steps steps, uint64_t most)
        : recording_(recording),
          numbers_(recording),
          steps_(steps),
          most_(most),
          operations_(database, "INSERT INTO operations (operation_id, name, duration) VALUES (?, ?, ?)"),
          buffers_(
              database,
              "INSERT INTO buffers (operation_id, device_id, address, max_size_per_bank, buffer_type, buffer_layout) "
              "VALUES (?, ?, ?, ?, ?, ?)"),
          errors_(
              database,
              "INSERT INTO errors (operation_id, operation_name, error_type, error_message, stack_trace, timestamp) "
              "VALUES (?, ?, ?, ?, '', ?)") {}

    void applied(const Replay& replay, const Event& event) override {
        if (event.kind == EventKind::kFailed) add_failure(event);
        const auto [begin, end] = steps_ == Steps::kOperations
                                      ? std::pair(EventKind::kOperationBegun, EventKind::kOperationEnded)
                                      : std::pair(EventKind::kIterationBegun, EventKind::kIterationEnded);
        if (steps_ == Steps::kWhole || (event.kind != begin && event.kind != end)) return;
        std::vector<Event>& open = open_[{event.process, event.thread}];
        if (event.kind == begin) return open.push_back(event);
        if (open.empty()) return;  // it began before the recording
        const Event first = open.back();
        open.pop_back();
        if (open.empty()) add_step(replay, name_of(first), static_cast<double>(event.at - first.at) / 1e9);
    }
    void ended(const Replay& replay) override {
        if (steps_ == Steps::kWhole) add_step(replay, "the whole recording", 0);
    }

    bool written() const { return written_; }
    uint64_t steps() const { return step_; }
    uint64_t left_out() const { return left_out_; }

private:
    static constexpr uint64_t kRowBytes = 40;  // of the file, on the safe side

    std::string name_of(const Event& event) const {
        const uint32_t text = event.name != 0 ? event.name : event.op;
        if (text != 0) return printable(recording_.end.texts[text]);
        return steps_ == Steps::kIterations ? "iteration " + std::to_string(event.subject) : "operation";
    }
    void add_step(const Replay& replay, const std::string& name, double seconds) {
        uint64_t rows = 1;
        for (const LiveBlock& block : replay.blocks()) {
            if (block.is_live) rows += recording_.end.places[block.place].chips.size();
        }
        if (left_out_ != 0 || bytes_ + rows * kRowBytes > most_) return void(++left_out_);
        bytes_ += rows * kRowBytes;
        written_ &= operations_.number(++step_).text(name).real(seconds).done();
        for (const LiveBlock& block : replay.blocks()) {
            if (!block.is_live) continue;
            for (const ChipId chip : recording_.end.places[block.place].chips) {
                buffers_.number(step_).number(numbers_.of(chip)).number(block.address).number(block.bytes_per_bank);
                written_ &= buffers_.number(static_cast<uint64_t>(block.pool)).nothing().done();
            }
        }
    }
    void add_failure(const Event& event) {
        const std::vector<Failure>& failures = recording_.end.processes[event.process].failures;
        std::string message = "an allocation failed";
        if (event.subject < failures.size()) {
            const Failure& failure = failures[event.subject];
            message = "an allocation in " + std::string(pool_name(failure.pool)) + " failed";
            if (failure.requested_bytes) message += ": " + bytes_text(*failure.requested_bytes) + " requested";
            if (failure.largest_free_per_bank)
                message += ", the largest free block of a bank has " + bytes_text(*failure.largest_free_per_bank);
        }
        errors_.number(step_ + 1).text(event.op != 0 ? printable(recording_.end.texts[event.op]) : "");
        written_ &= errors_.text("allocation").text(message).text(event.at != 0 ? rfc3339(event.at) : "").done();
    }

    const Recording& recording_;
    DeviceNumbers numbers_;
    Steps steps_;
    uint64_t most_, bytes_ = 64 * 1024;
    Insert operations_, buffers_, errors_;
    std::map<std::pair<uint32_t, uint32_t>, std::vector<Event>> open_;  // by process and thread
    uint64_t step_ = 0, left_out_ = 0;
    bool written_ = true;
};

bool add_devices(const Recording& recording, Database& database) {
    const DeviceNumbers numbers(recording);
    Insert insert(
        database,
        "INSERT INTO devices (device_id, num_y_cores, num_x_cores, num_y_compute_cores, num_x_compute_cores, "
        "worker_l1_size, l1_num_banks, l1_bank_size, address_at_first_l1_bank, address_at_first_l1_cb_buffer, "
        "num_compute_cores, total_l1_for_tensors, cb_limit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bool written = true;
    std::map<uint32_t, ChipDescription> chips;
    for (const Process& process : recording.end.processes) {
        for (const ChipUse& use : process.chips) chips.try_emplace(numbers.of(use.chip.id), use.chip);
    }
    for (const auto& [number, chip] : chips) {
        const auto& l1 = chip.pools[static_cast<size_t>(Pool::kL1)];
        const bool has_grid = chip.grid_x && chip.grid_y;
        const uint64_t banks = l1 ? l1->banks : 0, bytes = l1 ? l1->bytes_per_bank : 0;
        const uint64_t x = has_grid ? *chip.grid_x : 0, y = has_grid ? *chip.grid_y : 0;
        insert.number(number).known(has_grid, y).known(has_grid, x).known(has_grid, y).known(has_grid, x);
        insert.number(chip.l1_bytes_per_core).known(l1.has_value(), banks).known(l1.has_value(), bytes);
        insert.number(chip.l1_base).number(chip.l1_base).known(has_grid, x * y);
        insert.known(l1.has_value(), banks * bytes).known(l1.has_value(), bytes);
        written &= insert.done();
    }
    return written;
}

bool add_metadata(const Exported& exported, Database& database) {
    Insert insert(database, "INSERT INTO report_metadata (key, value) VALUES (?, ?)");
    std::string notes;
    for (const std::string& words : words_of(exported)) notes += (notes.empty() ? "" : "\n") + printable(words);
    return insert.text("schema_version").text(kTtnnSchemaVersion).done() &&
           insert.text("ttmem_notes").text(notes).done();
}

Exported write_rows(const Recording& recording, Database& database, uint64_t most, bool& written) {
    Replay replay(recording);
    StepFinder finder;
    replay.run(finder);
    ReportWriter writer(recording, database, finder.steps(), most);
    replay.run(writer);
    Exported exported;
    exported.unit = "operation";
    exported.items = writer.steps();
    exported.left_out = writer.left_out();
    exported.coverage = coverage_of(recording);
    replay.note_damage(exported.coverage);
    note_order(recording, exported.coverage);
    if (finder.steps() != Steps::kOperations) {
        exported.notes.push_back(finder.steps() == Steps::kIterations
                                     ? "No operation is known: iterations are shown as operations."
                                     : "No operation is known: the whole recording is shown as one.");
    }
    if (writer.left_out() != 0)
        exported.notes.push_back("The last " + counted(writer.left_out(), "operation") + " did not fit in " +
                                 bytes_text(most) + "; --from and --to take a part of the time, --max-bytes more.");
    written = writer.written() && add_devices(recording, database) && add_metadata(exported, database);
    return exported;
}

constexpr std::string_view kConfig = "{\"report_name\": \"ttmem\"}";

// Whether something has that name, be it a link that leads nowhere.
bool is_there(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool is_our_config(const std::string& path) {
    const Result<std::string> config = read_input(path, 4096);
    return config && config->substr(0, config->find('\n')) == kConfig;
}

// Opened so that nothing is made or changed beside it, whatever its last writer has left there.
bool is_our_database(const std::string& path) {
    if (!open_input(path, Input::kFile)) return false;
    std::string uri = "file:";
    for (const char c : path) uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
    sqlite3* database = nullptr;
    const int opened = sqlite3_open_v2((uri + "?mode=ro&immutable=1").c_str(), &database,
                                       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
    const std::unique_ptr<sqlite3, CloseDatabase> closed(database);
    sqlite3_stmt* statement = nullptr;
    if (opened != SQLITE_OK || sqlite3_prepare_v2(database, "SELECT 1 FROM report_metadata WHERE key = 'ttmem_notes'",
                                                  -1, &statement, nullptr) != SQLITE_OK)
        return false;
    const std::unique_ptr<sqlite3_stmt, FinalizeStatement> finalized(statement);
    return sqlite3_step(statement) == SQLITE_ROW;
}

// What is there and was not written by ttmem, or may not be replaced: then nothing is touched.
std::optional<Error> in_the_way(const std::string& folder, bool force) {
    const std::string database = folder + "/db.sqlite", config = folder + "/config.json";
    std::vector<std::string> foreign;
    if (is_there(database) && !is_our_database(database)) foreign.push_back(database);
    if (is_there(config) && !is_our_config(config)) foreign.push_back(config);
    for (const char* journal : {"-wal", "-journal"})  // it would be taken for one of the new database
        if (is_there(database + journal)) foreign.push_back(database + journal);
    if (!foreign.empty()) {
        return Error{"the report `" + folder + "` was not written: ttmem did not make " + foreign.front(),
                     "what is in it would be lost", "give another folder with -o, or move that file away"};
    }
    if (force || !is_there(database)) return std::nullopt;
    return Error{"the report `" + folder + "` cannot be written",
                 "there is one already, and it is replaced only if that is asked for", "give another -o, or --force"};
}

}  // namespace

Result<Exported> write_ttnn_report(const Recording& recording, const std::string& folder, bool force,
                                   uint64_t most_bytes, uint64_t& bytes) {
    const std::string path = folder + "/db.sqlite", fresh = path + ".ttmem-new";
    const auto failed = [&](const std::string& why) {
        return Error{"the report `" + folder + "` could not be written", why, "-o names a folder; is the disk full?"};
    };
    if (const std::optional<Error> error = in_the_way(folder, force)) return *error;
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return failed(std::strerror(errno));
    ::unlink(fresh.c_str());
    Database database;
    if (!database.open(fresh)) return failed(database.error());
    bool written = true;
    Exported exported = write_rows(recording, database, most_bytes != 0 ? most_bytes : kMostReportBytes, written);
    if (!written || !database.close()) {
        const Error error = failed(database.error());
        ::unlink(fresh.c_str());
        return error;
    }
    std::ofstream config(folder + "/config.json", std::ios::trunc);
    config << kConfig << "\n";
    config.close();
    if (!config || ::rename(fresh.c_str(), path.c_str()) != 0) return failed(std::strerror(errno));
    std::error_code error;
    bytes = fs::file_size(path, error);
    return exported;
}

}  // namespace ttmem
