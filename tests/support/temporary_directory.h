// A directory of one test, gone with it.
//
// kOnDisk is beside other temporary files, by its canonical path. kInMemory is in /dev/shm, where ledgers may be; its
// name does not begin as a directory of ledgers does, so no other test's reader finds it. The constructor throws where
// it cannot be made.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace ttmem {

class TemporaryDirectory {
public:
    enum Where { kOnDisk, kInMemory };

    explicit TemporaryDirectory(Where where = kOnDisk) {
        const std::filesystem::path parent =
            where == kInMemory ? "/dev/shm" : std::filesystem::canonical(std::filesystem::temp_directory_path());
        std::string name = (parent / "test-of-ttmem-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no directory can be made in " + parent.string());
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace ttmem
