#include <archive.h>
#include <archive_entry.h>

#include <cerrno>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/importers/packed/unpack.h"

namespace ttmem {
namespace {

// The files of a zip archive, each unpacked in turn, one after the other. Only stored and deflated ones: others may
// want any amount of memory.
class ZipReader {
public:
    ZipReader(ByteReader reader, Losses losses, size_t nesting)
        : reader_(std::move(reader)),
          losses_(std::move(losses)),
          nesting_(nesting),
          input_(kInputBytes, '\0'),
          archive_(archive_read_new()) {}

    Result<size_t> read(char* to, size_t size) {
        if (Result<void> begun = begin(); !begun) return begun.error();
        if (size == 0) return size_t{0};
        for (;;) {
            if (ended_) return size_t{0};
            if (!file_) {
                if (Result<void> next = next_file(); !next) return next.error();
                continue;
            }
            const Result<size_t> got = (*file_)(to, size);
            if (!got) return got.error();
            if (*got != 0) return got;
            file_.reset();
            *to = '\n';  // so that two files are never one line
            return size_t{1};
        }
    }

private:
    Result<void> begin() {
        if (begun_) return {};
        begun_ = true;
        if (!archive_) return Error{"the zip archive cannot be read", "libarchive has no memory", ""};
        archive_read_support_format_zip_streamable(archive_.get());
        if (archive_read_open(archive_.get(), this, nullptr, &ZipReader::more, nullptr) != ARCHIVE_OK) return failed();
        return {};
    }

    static la_ssize_t more(archive* of, void* self, const void** bytes) {
        auto* reader = static_cast<ZipReader*>(self);
        const Result<size_t> got = reader->reader_(reader->input_.data(), reader->input_.size());
        if (!got) {
            archive_set_error(of, EIO, "%s", got.error().what.c_str());
            return -1;
        }
        *bytes = reader->input_.data();
        return static_cast<la_ssize_t>(*got);
    }

    Result<void> next_file() {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(archive_.get(), &entry);
        if (result == ARCHIVE_EOF) {
            ended_ = true;
            return {};
        }
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return failed();
        if (archive_entry_filetype(entry) != AE_IFREG) return {};
        const char* name = archive_entry_pathname(entry);
        name_ = name == nullptr ? "" : name;
        if (archive_entry_is_encrypted(entry) == 1) return refuse("is encrypted");
        const std::string_view format = archive_format_name(archive_.get());
        if (format.find("(deflation)") == format.npos && format.find("(uncompressed)") == format.npos)
            return refuse("is compressed in a way that ttmem does not unpack: " + std::string(format));
        Result<ByteReader> file = unpack(
            [this](char* to, size_t size) -> Result<size_t> {
                const la_ssize_t got = archive_read_data(archive_.get(), to, size);
                if (got < 0) return failed();
                return static_cast<size_t>(got);
            },
            losses_, nesting_);
        if (!file)
            return Error{"`" + name_ + "` in the zip archive: " + file.error().what, file.error().why,
                         file.error().next};
        file_ = std::move(file).value();
        return {};
    }

    Error refuse(const std::string& why) const {
        return Error{"`" + name_ + "` in the zip archive " + why, "", "unzip it first"};
    }
    Error failed() const {
        const char* reason = archive_error_string(archive_.get());
        return Error{"the zip archive is damaged" + (name_.empty() ? std::string() : " in `" + name_ + "`"),
                     reason == nullptr ? "its bytes are not valid" : reason, "copy the file again"};
    }

    struct Free {
        void operator()(archive* of) const { archive_read_free(of); }
    };
    ByteReader reader_;
    const Losses losses_;
    const size_t nesting_;
    std::string input_;
    std::unique_ptr<archive, Free> archive_;
    std::optional<ByteReader> file_;
    std::string name_;
    bool begun_ = false, ended_ = false;
};

}  // namespace

ByteReader read_zip(ByteReader packed, const Losses& losses, size_t nesting) {
    auto reader = std::make_shared<ZipReader>(std::move(packed), losses, nesting);
    return [reader](char* to, size_t size) { return reader->read(to, size); };
}

}  // namespace ttmem
