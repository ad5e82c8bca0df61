#include "src/client/tables/retired.h"

namespace ttmem::client {

constinit PrivateTable<std::atomic<uint64_t>> retired;

}  // namespace ttmem::client
