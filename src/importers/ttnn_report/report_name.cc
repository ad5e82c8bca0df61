#include "src/importers/ttnn_report/report_name.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "src/base/fd.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {
namespace {

constexpr size_t kMostConfigBytes = size_t{1} << 20;
constexpr size_t kMostReportNameBytes = 256;

}  // namespace

std::string report_name_beside(const std::string& database) {
    const std::string path = database.substr(0, database.rfind('/') + 1) + "config.json";
    const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return "";
    std::string text;
    const ByteReader read = read_from_fd(fd.get());
    char block[4096];
    for (;;) {
        const Result<size_t> got = read(block, sizeof block);
        if (!got || text.size() > kMostConfigBytes) return "";
        if (*got == 0) break;
        text.append(block, *got);
    }
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("report_name") || !json["report_name"].is_string()) return "";
    return json["report_name"].get<std::string>().substr(0, kMostReportNameBytes);
}

}  // namespace ttmem
