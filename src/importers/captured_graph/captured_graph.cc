#include "src/importers/captured_graph/captured_graph.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "src/base/fd.h"
#include "src/importers/captured_graph/use.h"

namespace ttmem {

Result<ImportedUse> import_captured_graph(ByteReader reader, const std::string& source) {
    GraphUse use;
    const Result<GraphFile> file = read_captured_graph(std::move(reader), source, use);
    if (!file) return file.error();
    return use.finish(*file);
}

Result<ImportedUse> import_captured_graph_file(const std::string& path) {
    const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return Error{"cannot open " + path, std::strerror(errno), ""};
    return import_captured_graph(read_from_fd(fd.get()), path);
}

}  // namespace ttmem
