// Reads a source that may be compressed with gzip, as logs often are.
#pragma once

#include "src/importers/input/byte_reader.h"

namespace ttmem {

// Gives what `reader` gives, decompressed when it begins as gzip does. Memory stays bounded whatever the data claims.
// Damaged or cut-off data is an error that says where, in compressed bytes.
ByteReader maybe_gunzip(ByteReader reader);

}  // namespace ttmem
