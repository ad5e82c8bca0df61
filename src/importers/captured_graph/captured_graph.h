// Captured graphs of ttnn (graph capture JSON): what they allocated, and how much memory that took at the most.
//
// One pass, in memory that does not grow with the file. The rules that a figure depends on:
// - An address of 0 is no address (captures without dispatch have no others); an L1 address beyond any core's L1 is
//   garbage, and said to be.
// - A circular buffer's size is per core: its bytes are size x cores. One that aliases memory (globally allocated,
//   borrowed) adds nothing; one without cores ("{}") adds nothing and is said to be unattributed.
// - "Deallocate all circular buffers" comes before every program run. It ends what the named device's current program
//   held, and nothing of other devices. The oldest graphs do not have it: there a program ends when another operation
//   brings circular buffers.
// - Reserved bytes are known only where the banks are: in a report file that describes its devices.
// - What lived before the capture is in no figure; `ImportedUse::earlier` has what the graph shows of it.
#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/importers/captured_graph/reader.h"
#include "src/model/imported_use.h"

namespace ttmem {

constexpr std::string_view kCapturedGraphFormat = "ttnn-captured-graph";

// `source` names the text in errors. ImportedUse::version is "name", "text" or "integers", the generations of nodes
// (node.h), and for a report file "report 1, integers".
Result<ImportedUse> import_captured_graph(ByteReader reader, const std::string& source);

}  // namespace ttmem
