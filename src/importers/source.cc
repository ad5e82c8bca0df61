#include "src/importers/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "src/base/input_file.h"
#include "src/importers/allocation_server/log_reader.h"
#include "src/importers/captured_graph/captured_graph.h"
#include "src/importers/input/plain_spaces.h"
#include "src/importers/machine/shm_region.h"
#include "src/importers/memory_csv/memory_csv.h"
#include "src/importers/mlir/block_table.h"
#include "src/importers/mlir/mlir_log.h"
#include "src/importers/packed/unpack.h"
#include "src/importers/ttnn_report/ttnn_report.h"

namespace ttmem {
namespace {

constexpr size_t kHeadBytes = size_t{1} << 20;  // logs begin with other lines before they say what they are
constexpr const char* kStandardInput = "-";

// Hands on what it reads to a scanner, too.
ByteReader also_scanned(ByteReader read, FailureScanner& scanner) {
    return [read = std::move(read), &scanner](char* to, size_t size) mutable -> Result<size_t> {
        const Result<size_t> got = read(to, size);
        if (got && *got != 0) scanner.feed(std::string_view(to, *got));
        return got;
    };
}

bool looks_like_memory_report(std::string_view head) {
    const size_t first = head.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (head[first] == '[' || head[first] == '{') &&
           head.find("\"block_table\"") != std::string_view::npos;
}

// The neutral stream that `show --as-stream` writes and ttmem-sim replays.
bool is_stream(std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\n'));
    return line.starts_with('{') && line.find("\"seq\"") != std::string_view::npos &&
           line.find("\"ev\"") != std::string_view::npos;
}

SourceKind kind_of_text(std::string_view head) {
    if (looks_like_captured_graph(head)) return SourceKind::kCapturedGraph;
    if (looks_like_memory_report(head)) return SourceKind::kMemoryReport;
    if (looks_like_memory_csv(head)) return SourceKind::kMemoryCsv;
    if (looks_like_mlir_log(head)) return SourceKind::kMlirLog;
    if (looks_like_allocation_server_log(head)) return SourceKind::kAllocationServerLog;
    return SourceKind::kText;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Error unreadable(const std::string& name, const Error& error) {
    return Error{"cannot read " + name + ": " + error.what, error.why, error.next};
}

Result<SourceContent> use_only(Result<ImportedUse> imported) {
    if (!imported) return imported.error();
    SourceContent content;
    content.use = std::move(imported).value();
    return content;
}

Result<SourceContent> import_region(const ForeignSource& source) {
    const Result<ShmRegion> region =
        source.path() == kStandardInput
            ? decode_shm_region(bytes_of(source.raw_head()), source.name(), shm_process_state, shm_clock_now())
            : read_shm_region_file(source.path());
    if (!region) return region.error();
    return use_only(shm_region_use(*region));
}

Result<SourceContent> import_database(const ForeignSource& source) {
    if (source.path() == kStandardInput) {
        return Error{"standard input is a database", "a report of ttnn can only be read as a file",
                     "ttmem show FILE, with the db.sqlite or its folder"};
    }
    return use_only(read_ttnn_report(source.path()));
}

// A log tells the state of the pools, and often ends with the message of the allocation that failed.
Result<SourceContent> import_log(ForeignSource& source) {
    SourceContent content;
    content.searched_for_failures = true;
    FailureScanner scanner;
    Result<ImportedUse> use = read_mlir_log(also_scanned(source.take_text(), scanner), source.name());
    content.scan = scanner.finish();
    if (!use && content.scan.failures.empty()) return use.error();
    if (use) content.use = std::move(use).value();
    return content;
}

Result<SourceContent> import_messages(ForeignSource& source) {
    Result<FailureScan> scan = scan_failures(source.take_text(), source.name());
    if (!scan) return scan.error();
    if (scan->failures.empty() && is_stream(source.raw_head())) {
        return Error{source.name() + " is a stream of allocations, which has no addresses and no use of its own",
                     "what it takes on a device is known when an allocator plays it",
                     "ttmem run -- ttmem-sim replay " + source.path()};
    }
    if (scan->failures.empty()) {
        return Error{
            source.name() + " holds nothing that ttmem knows",
            "its " + std::to_string(scan->bytes_read) +
                " bytes are no captured graph, report of ttnn, memory region of tt-metal, log or memory report "
                "of tt-mlir, memory report of tt-metal, and no message of a failed allocation is in them",
            "ttmem show --help lists what can be shown, and how to get it"};
    }
    SourceContent content;
    content.searched_for_failures = true;
    content.scan = std::move(scan).value();
    return content;
}

}  // namespace

Result<ForeignSource> ForeignSource::open(const std::string& path) {
    ForeignSource source;
    source.path_ = path;
    source.name_ = path == kStandardInput ? "standard input" : path;
    if (path != kStandardInput) {
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
            source.kind_ = SourceKind::kTtnnReport;  // nothing else is a folder
            return source;
        }
        Result<ScopedFd> input = open_input(path, Input::kStream);
        if (!input) return input.error();
        source.fd_ = std::move(*input);
    }
    if (const Result<void> recognised = source.recognise(); !recognised) return recognised.error();
    return source;
}

Result<void> ForeignSource::recognise() {
    const ByteReader raw = read_from_fd(fd_ ? fd_.get() : STDIN_FILENO);
    Result<std::string> head = read_head(raw, kHeadBytes);
    if (!head) return unreadable(name_, head.error());
    raw_head_ = std::move(head).value();
    Result<ByteReader> unpacked = unpack(pushed_back(raw_head_, raw), losses_);
    if (!unpacked) return unreadable(name_, unpacked.error());
    ByteReader text = std::move(unpacked).value();
    Result<std::string> text_head = read_head(text, kHeadBytes);
    if (!text_head) return unreadable(name_, text_head.error());
    // A region is smaller than the head, which then is all of it.
    if (looks_like_sqlite(raw_head_)) {
        kind_ = SourceKind::kTtnnReport;
    } else if (looks_like_shm_region(bytes_of(raw_head_), raw_head_.size())) {
        kind_ = SourceKind::kShmRegion;
    } else {
        kind_ = kind_of_text(*text_head);
        const SourceKind plain = kind_of_text(with_plain_spaces(*text_head));
        if (plain != kind_) {
            kind_ = plain;
            text = with_plain_spaces(pushed_back(std::move(*text_head), std::move(text)));
            text_head->clear();
        }
    }
    text_ = pushed_back(std::move(text_head).value(), std::move(text));
    return {};
}

namespace {

Result<SourceContent> import_kind(ForeignSource& source) {
    switch (source.kind()) {
        case SourceKind::kCapturedGraph:
            return use_only(import_captured_graph(source.take_text(), source.name()));
        case SourceKind::kMemoryReport:
            return use_only(read_memory_report(source.take_text(), source.name()));
        case SourceKind::kMemoryCsv:
            return use_only(read_memory_csv(source.take_text(), source.name()));
        case SourceKind::kTtnnReport:
            return import_database(source);
        case SourceKind::kShmRegion:
            return import_region(source);
        case SourceKind::kAllocationServerLog:
            return use_only(read_allocation_server_log(source.take_text(), source.name()));
        case SourceKind::kMlirLog:
            return import_log(source);
        case SourceKind::kText:
            break;
    }
    return import_messages(source);
}

}  // namespace

Result<SourceContent> import_source(ForeignSource& source) {
    Result<SourceContent> content = import_kind(source);
    if (!content) {
        if (source.losses().empty()) return content;
        return Error{content.error().what, source.losses().front() + " " + content.error().why, content.error().next};
    }
    for (const std::string& loss : source.losses()) {
        content->coverage.note(loss);
        if (content->use) content->use->coverage.note(loss);
    }
    return content;
}

}  // namespace ttmem
