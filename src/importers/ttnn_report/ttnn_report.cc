#include "src/importers/ttnn_report/ttnn_report.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "src/base/input_file.h"
#include "src/base/saturating.h"
#include "src/base/text.h"
#include "src/importers/captured_graph/errors.h"
#include "src/importers/ttnn_report/columns.h"
#include "src/importers/ttnn_report/database.h"
#include "src/importers/ttnn_report/meshes.h"
#include "src/importers/ttnn_report/replay.h"

namespace ttmem {
namespace {

// Hostile reports have more, or longer ones.
constexpr size_t kMostOperations = size_t{1} << 18;
constexpr size_t kMostTableNameBytes = 256;
constexpr size_t kMostRuns = size_t{1} << 20;
constexpr size_t kMostPlaces = size_t{1} << 19;
constexpr size_t kMostRowsOfAnOperation = size_t{1} << 20;

using OperationKey = std::pair<int64_t, int64_t>;  // rank, id

// Neighbouring rows of a table that belong to one operation.
struct Run {
    int64_t first = 0, last = 0;  // rowids
};
using Runs = std::map<OperationKey, std::vector<Run>>;

// What the pages of a buffer add up to in the first operation that lists them.
struct Pages {
    OperationKey operation;
    uint64_t bytes = 0;
};
using PagesByPlace = std::map<std::tuple<Pool, uint64_t, uint32_t>, Pages>;

std::optional<Pool> pool_of(std::optional<int64_t> buffer_type) {
    if (!buffer_type || *buffer_type < 0 || *buffer_type >= static_cast<int64_t>(kPoolCount)) return std::nullopt;
    return static_cast<Pool>(*buffer_type);
}

struct ReportOperation {
    int64_t rank = 0;  // of the host, 0 in reports of one
    int64_t id = 0;
    std::string name;
};

class Importer {
public:
    Importer(const ReportDatabase& database, GraphSink* also) : database_(database), also_(also) {}

    Result<ImportedUse> import() {
        if (!database_.has("operations") || (!database_.has("buffers") && !database_.has("captured_graph"))) {
            return Error{database_.path() + " is not a ttnn report",
                         "it has no tables \"operations\" and \"buffers\" or \"captured_graph\"",
                         "name the db.sqlite of a report, or its folder"};
        }
        for (auto step :
             {&Importer::read_columns, &Importer::read_operations, &Importer::read_devices, &Importer::read_meshes,
              &Importer::read_runs, &Importer::read_pages, &Importer::read_counts, &Importer::read_errors}) {
            if (Result<void> done = (this->*step)(); !done) return done.error();
        }
        if (Result<void> done = replay(); !done) return done.error();
        finish();
        return std::move(use_);
    }

private:
    Error refuse(const std::string& why) const {
        return Error{database_.path() + " is not a ttnn report that can be read", why, ""};
    }

    Result<void> read_columns() {
        columns_ = columns_of(database_);
        if (!columns_.refusal.empty()) return refuse(columns_.refusal);
        for (const std::string& lack : columns_.lacks) use_.coverage.note("cannot be read: " + lack);
        return {};
    }

    Result<void> read_operations() {
        bool too_many = false;
        Result<void> done =
            database_.each("operations", {"operation_id", "name", "rank"}, "", [&](const ReportRow& row) {
                const std::optional<int64_t> id = row.integer(0);
                too_many |= operations_.size() >= kMostOperations;
                if (!id || too_many) return;
                operations_.push_back(
                    {row.integer(2).value_or(0), *id, valid_utf8(row.text(1).substr(0, kMostTableNameBytes))});
            });
        if (!done) return done;
        if (too_many) return refuse("it has more than " + with_commas(kMostOperations) + " operations");
        std::stable_sort(operations_.begin(), operations_.end(), [](const auto& a, const auto& b) {
            return std::pair(a.rank, a.id) < std::pair(b.rank, b.id);
        });
        return {};
    }

    ReportReplay& replay_of(int64_t rank) {
        const auto [replay, is_new] = replays_.try_emplace(rank);
        if (is_new && replays_.size() == 1 && also_ != nullptr) replay->second.tell_also(*also_);
        return replay->second;
    }

    Result<void> read_devices() {
        const std::vector<std::string> columns = {"device_id",
                                                  "l1_num_banks",
                                                  "l1_bank_size",
                                                  "worker_l1_size",
                                                  "address_at_first_l1_cb_buffer",
                                                  "num_x_compute_cores",
                                                  "num_y_compute_cores",
                                                  "num_dram_channels",
                                                  "dram_size_per_channel",
                                                  "arch",
                                                  "rank"};
        return database_.each("devices", columns, "", [&](const ReportRow& row) {
            GraphDevice device;
            device.device_id = row.id(0);
            device.l1_banks = row.size(1);
            device.l1_bytes_per_bank = row.size(2);
            device.l1_bytes_per_core = row.size(3);
            device.l1_base = row.size(4);
            device.grid_x = row.size(5);
            device.grid_y = row.size(6);
            device.dram_banks = row.size(7);
            device.dram_bytes_per_bank = row.size(8);
            device.arch = row.text(9).substr(0, kMostTableNameBytes);
            const int64_t rank = row.integer(10).value_or(0);
            if (replays_.contains(rank) || replays_.size() < GraphPlaces::kMostDomains) replay_of(rank).device(device);
        });
    }

    Result<void> read_meshes() {
        Result<ChipsOfMeshes> meshes = chips_of_meshes(database_);
        if (!meshes) return meshes.error();
        for (const auto& [mesh, chips] : *meshes)
            replay_of(mesh.first).mesh(mesh.second, std::vector<uint32_t>(chips.begin(), chips.end()));
        return {};
    }

    Result<void> read_runs() {
        if (columns_.buffers) {
            if (Result<void> done = find_runs("buffers", buffers_); !done) return done;
        }
        return columns_.graphs ? find_runs("captured_graph", graphs_) : Result<void>();
    }

    Result<void> find_runs(const std::string& table, Runs& runs) {
        size_t count = 0;
        std::optional<OperationKey> newest;
        Result<void> done = database_.each(table, {"rowid", "operation_id", "rank"}, "", [&](const ReportRow& row) {
            const OperationKey key = {row.integer(2).value_or(0), row.integer(1).value_or(0)};
            const int64_t rowid = row.integer(0).value_or(0);
            if (count > kMostRuns) return;
            if (newest == key && runs[key].back().last == rowid - 1) {
                runs[key].back().last = rowid;
            } else {
                ++count;
                runs[key].push_back({rowid, rowid});
            }
            newest = key;
        });
        if (done && count > kMostRuns) return refuse("the rows of " + table + " are in no order of operations");
        return done;
    }

    Result<void> read_pages() {
        const bool pages = database_.has("buffer_pages");
        const std::string size = pages ? "page_size" : "chunk_size";
        return database_.each(
            pages ? "buffer_pages" : "buffer_chunks",
            {"operation_id", "device_id", "address", "buffer_type", size, "rank", "num_pages"}, "",
            [&](const ReportRow& row) {
                pages_count_ += pages ? 1 : row.size(6).value_or(0);
                const auto pool = pool_of(row.integer(3));
                if (!pool || !row.id(1) || !row.size(2) || !row.size(4)) return;
                const OperationKey operation = {row.integer(5).value_or(0), row.integer(0).value_or(0)};
                add_pages(operation, {*pool, *row.size(2), *row.id(1)}, *row.size(4));
            });
    }

    void add_pages(const OperationKey& operation, const PagesByPlace::key_type& place, uint64_t bytes) {
        PagesByPlace& places = pages_[operation.first];
        auto found = places.find(place);
        if (found == places.end()) {
            if (places.size() >= kMostPlaces) return;
            found = places.emplace(place, Pages{operation, 0}).first;
        }
        Pages& pages = found->second;
        if (pages.operation == operation) pages.bytes = saturating_add(pages.bytes, bytes);
    }

    Result<void> read_counts() {
        for (const auto& [table, to] : {std::pair{"errors", &errors_}, {"tensors", &use_.tensors}}) {
            if (!database_.has(table)) continue;
            const Result<uint64_t> count = database_.count(table);
            if (!count) return count.error();
            *to = *count;
        }
        return database_.each("report_metadata", {"key", "value"}, "", [&](const ReportRow& row) {
            if (row.text(0) == "schema_version") version_ = valid_utf8(row.text(1).substr(0, kMostTableNameBytes));
        });
    }

    Result<void> read_errors() {
        uint64_t executions = 0;
        Result<void> done =
            database_.each("operation_executions", {"execution_id"}, "", [&](const ReportRow&) { ++executions; });
        if (!done) return done;
        if (executions != 0) use_.program_runs = executions;
        FailureTally tally;
        done = database_.each(
            "errors", {"operation_id", "operation_name", "error_message"}, "", [&](const ReportRow& row) {
                const std::optional<int64_t> id = row.integer(0);
                add_failure(tally, row.text(2), valid_utf8(row.text(1).substr(0, kMostTableNameBytes)),
                            id ? "operation " + std::to_string(*id) : std::string("an error without an operation"),
                            true);
            });
        use_.failures = tally.take();
        return done;
    }

    // Programs that ran and whose circular buffers no captured graph has: never "0 B".
    void say_what_runs_lack(ImportedUse& use) const {
        const bool none = use.program_runs && use.circular_buffers.value_or(0) == 0;
        if (!none && use.runs_without_cbs == 0) return;
        if (none && use.runs_without_cbs == 0) use.runs_without_cbs = *use.program_runs;
        use.cbs_of_runs_missing = true;
        for (ImportedChip& chip : use.chips) chip.miss_circular_buffers();
    }

    Result<std::vector<ReportBuffer>> buffers_of(const OperationKey& key) {
        std::vector<ReportBuffer> buffers;
        const auto runs = buffers_.find(key);
        if (runs == buffers_.end()) return buffers;
        for (const Run& run : runs->second) {
            const std::vector<std::string> columns = {"device_id", "address", "max_size_per_bank", "buffer_type"};
            Result<void> done =
                database_.each_between("buffers", columns, run.first, run.last, [&](const ReportRow& row) {
                    const auto pool = pool_of(row.integer(3));
                    if (!pool || !row.id(0) || !row.size(1)) {
                        ++unreadable_rows_;
                    } else if (buffers.size() < kMostRowsOfAnOperation) {
                        ReportBuffer buffer{*pool, *row.size(1), *row.id(0), row.size(2), std::nullopt};
                        const PagesByPlace& places = pages_[key.first];
                        const auto pages = places.find(buffer.key());
                        if (pages != places.end() && pages->second.operation == key) buffer.bytes = pages->second.bytes;
                        buffers.push_back(buffer);
                    }
                });
            if (!done) return done.error();
        }
        return buffers;
    }

    std::vector<ReportReplay::OpenGraph> graphs_of(const OperationKey& key) const {
        std::vector<ReportReplay::OpenGraph> graphs;
        const auto runs = graphs_.find(key);
        if (runs == graphs_.end()) return graphs;
        for (const Run& run : runs->second) {
            for (int64_t row = run.first;; ++row) {
                graphs.push_back([this, row] { return database_.cell("captured_graph", "captured_graph", row); });
                if (row == run.last || graphs.size() >= kMostRuns) break;
            }
        }
        return graphs;
    }

    Result<void> learn_meshes() {
        for (const ReportOperation& operation : operations_) {
            const OperationKey key = {operation.rank, operation.id};
            if (graphs_.empty() || buffers_.empty() || replay_of(operation.rank).knows_meshes()) continue;
            const Result<std::vector<ReportBuffer>> buffers = buffers_of(key);
            if (!buffers) return buffers.error();
            replay_of(operation.rank).learn(graphs_of(key), *buffers);
        }
        for (auto& [rank, replay] : replays_) replay.take_learned();
        unreadable_rows_ = 0;  // counted by the replay
        return {};
    }

    Result<void> replay() {
        if (Result<void> done = learn_meshes(); !done) return done;
        for (const ReportOperation& operation : operations_) {
            const OperationKey key = {operation.rank, operation.id};
            const Result<std::vector<ReportBuffer>> buffers = buffers_of(key);
            if (!buffers) return buffers.error();
            replay_of(operation.rank).operation(operation.name, graphs_of(key), buffers_.empty() ? nullptr : &*buffers);
        }
        return {};
    }

    void add_counts(std::optional<uint64_t>& to, const std::optional<uint64_t>& from) {
        if (from) to = to.value_or(0) + *from;
    }

    void finish() {
        ImportedUse& use = use_;
        use.format = "ttnn-report";
        use.version = version_.empty() ? "unversioned" : version_;
        use.operations = use.top_level_operations = operations_.size();
        if (database_.has("buffer_pages") || database_.has("buffer_chunks")) use.pages = pages_count_;
        std::optional<uint64_t> graph_runs;
        for (auto& [rank, replay] : replays_) {
            ImportedUse part = replay.finish();
            for (ImportedChip& chip : part.chips) {
                if (replays_.size() > 1) chip.name = "rank " + std::to_string(rank) + " " + chip.name;
                use.chips.push_back(std::move(chip));
            }
            add_counts(use.allocations, part.allocations);
            add_counts(use.frees, part.frees);
            add_counts(use.cb_plans, part.cb_plans);
            add_counts(use.circular_buffers, part.circular_buffers);
            use.coverage.merge(part.coverage);
            add_counts(graph_runs, part.program_runs);
            use.runs_without_cbs += part.runs_without_cbs;
            if (errors_.value_or(0) == 0) {
                use.failures.failures.insert(use.failures.failures.end(), part.failures.failures.begin(),
                                             part.failures.failures.end());
            }
        }
        if (!use.program_runs) use.program_runs = graph_runs;
        say_what_runs_lack(use);
        if (operations_.empty()) use.coverage.note("the report has no operations");
        if (unreadable_rows_ > 0) use.coverage.note(counted(unreadable_rows_, "row") + " of buffers cannot be read");
        for (const std::string& table : database_.refused()) {
            if (table == "operations" || table == "buffers" || table == "captured_graph" || table == "buffer_pages") {
                use.coverage.note(table + " is not an ordinary table and was left out");
            }
        }
    }

    const ReportDatabase& database_;
    GraphSink* const also_;
    ImportedUse use_;
    std::vector<ReportOperation> operations_;  // by rank and id
    std::optional<uint64_t> errors_;           // rows
    std::map<int64_t, ReportReplay> replays_;  // by rank
    std::map<int64_t, PagesByPlace> pages_;    // likewise
    Runs buffers_, graphs_;
    std::string version_;
    uint64_t pages_count_ = 0, unreadable_rows_ = 0;
    ReportColumns columns_;
};

}  // namespace

bool looks_like_sqlite(std::string_view head) { return head.starts_with(std::string_view("SQLite format 3\0", 16)); }

Result<ImportedUse> read_ttnn_report(const std::string& path, GraphSink* also) {
    struct stat status {};
    const bool folder = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    const std::string file = folder ? path + "/db.sqlite" : path;
    if (const Result<ScopedFd> input = open_input(file, Input::kFile); !input)
        return Error{input.error().what, input.error().why, "name the db.sqlite of a report, or its folder"};
    const Result<ReportDatabase> database = ReportDatabase::open(file);
    if (!database) return database.error();
    return Importer(*database, also).import();
}

}  // namespace ttmem
