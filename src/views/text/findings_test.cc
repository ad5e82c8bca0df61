#include "src/views/text/findings.h"

#include <gtest/gtest.h>

#include "tests/support/sample_findings.h"

namespace ttmem {
namespace {

TEST(FindingsText, EachProblemHasWhatToDo) {
    EXPECT_EQ(findings_text(kFindings, {}), R"(ok    directory  /dev/shm/ttmem-0
warn  level      off\x1b
                 -> unset TTMEM_LEVEL

1 ok, 1 warning, 0 failures
)");
}

}  // namespace
}  // namespace ttmem
