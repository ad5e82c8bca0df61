#include "src/importers/captured_graph/captured_graph.h"

#include <utility>

#include "src/importers/captured_graph/use.h"

namespace ttmem {

Result<ImportedUse> import_captured_graph(ByteReader reader, const std::string& source) {
    GraphUse use;
    const Result<GraphFile> file = read_captured_graph(std::move(reader), source, use);
    if (!file) return file.error();
    return use.finish(*file);
}

}  // namespace ttmem
