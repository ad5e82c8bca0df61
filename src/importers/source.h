// A source that ttmem did not write: a file, a folder or standard input, recognised by what is in it and never by its
// name. Compressed text is decompressed on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/importers/failure_message/failure_scanner.h"
#include "src/importers/input/byte_reader.h"
#include "src/importers/packed/unpack.h"
#include "src/model/imported_use.h"

namespace ttmem {

enum class SourceKind : uint8_t {
    kText,  // none of the others: may still hold messages of failed allocations
    kCapturedGraph,
    kTtnnReport,
    kShmRegion,
    kMemoryReport,
    kMemoryCsv,
    kMlirLog,
    kAllocationServerLog,
};

class ForeignSource {
public:
    // `path` "-" is standard input. Reads as much of the beginning as recognising it takes.
    static Result<ForeignSource> open(const std::string& path);

    SourceKind kind() const { return kind_; }
    const std::string& path() const { return path_; }
    const std::string& name() const { return name_; }  // for people: "standard input" for "-"
    const std::string& raw_head() const { return raw_head_; }

    // All of its bytes from the first one, decompressed. Once, and not longer than the source lives.
    ByteReader take_text() { return std::move(text_); }
    // What of packed data could not be read, when all of the text was: sentences for people.
    const std::vector<std::string>& losses() const { return losses_->sentences; }

private:
    ForeignSource() = default;
    Result<void> recognise();

    std::string path_, name_;
    ScopedFd fd_;
    std::string raw_head_;
    ByteReader text_;
    Losses losses_ = std::make_shared<UnpackLosses>();
    SourceKind kind_ = SourceKind::kText;
};

// What there is in a source.
struct SourceContent {
    std::optional<ImportedUse> use;  // absent: only messages were found
    bool searched_for_failures = false;
    FailureScan scan;
    Coverage coverage;  // of the source itself: packed data that was cut off
};

// Imports it by its kind. A source without a use and without a failure is an error that says what would be accepted.
Result<SourceContent> import_source(ForeignSource& source);

}  // namespace ttmem
