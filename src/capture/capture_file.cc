#include "src/capture/capture_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "src/base/input_file.h"

namespace ttmem::capture {

Result<std::shared_ptr<const CaptureFile>> CaptureFile::open(const std::string& path) {
    const auto refuse = [&](const std::string& why, const std::string& next) {
        return Error{"the capture " + path + " cannot be read", why, next};
    };
    auto file = std::make_shared<CaptureFile>();
    file->path_ = path;
    Result<ScopedFd> input = open_input(path, Input::kFile);
    if (!input) return refuse(input.error().why, "is it the right name? `ttmem run -o FILE` makes a capture");
    file->file_ = std::move(*input);
    struct stat status {};
    if (::fstat(file->file_.get(), &status) != 0) return refuse(std::strerror(errno), "");
    file->bytes_ = static_cast<uint64_t>(status.st_size);
    FileHead head{};
    if (!file->read(0, &head, sizeof head)) return refuse("it is shorter than a capture's head", "record it again");
    if (std::memcmp(head.magic, kFileMagic, sizeof head.magic) != 0) {
        return refuse("it is not a capture of ttmem",
                      "`ttmem run -o FILE` makes one; what other programs wrote is for `ttmem show`");
    }
    if (head.check != check_of(head)) return refuse("its head is damaged", "record it again");
    if (head.major != kMajor) {
        return refuse("it is of format " + std::to_string(head.major) + ", this ttmem knows " + std::to_string(kMajor),
                      "use a newer ttmem");
    }
    file->began_at_ = head.began_at, file->minor_ = head.minor;
    return std::shared_ptr<const CaptureFile>(std::move(file));
}

bool CaptureFile::read(uint64_t offset, void* into, size_t size) const {
    auto* at = static_cast<char*>(into);
    while (size > 0) {
        const ssize_t got = ::pread(file_.get(), at, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        offset += static_cast<uint64_t>(got);
        size -= static_cast<size_t>(got);
    }
    return true;
}

std::string CaptureFile::read_head(uint64_t offset, BlockHead& head) const {
    constexpr const char* kCut = "it ends in the middle of a block";
    if (bytes_ - offset < sizeof head || !read(offset, &head, sizeof head)) return kCut;
    if (!is_plausible(head)) return "a block is damaged";
    return bytes_ - offset - sizeof head < head.stored_bytes ? kCut : "";
}

bool CaptureFile::read_payload(uint64_t offset, const BlockHead& head, Bytes& payload) const {
    payload.resize(head.stored_bytes);
    return read(offset + sizeof head, payload.data(), payload.size()) && head.check == check_of(head, payload.data());
}

}  // namespace ttmem::capture
