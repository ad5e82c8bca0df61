// What is made of one small graph of each generation, in full.
#include <gtest/gtest.h>

#include "src/importers/captured_graph.h"
#include "src/importers/imported_use_text.h"

namespace ttmem {
namespace {

std::string golden(std::string_view graph) {
    const Result<ImportedUse> use = import_captured_graph(read_from_text(graph), "golden.json");
    return use ? ImportedUseText::of(*use) : use.error().what + "\n" + use.error().why + "\n" + use.error().next + "\n";
}

TEST(CapturedGraphGolden, NodesWithNameForTheirType) {
    EXPECT_EQ(golden(R"json([
    {"connections": [1], "counter": 0, "name": "capture_start", "params": {}},
    {"connections": [2], "counter": 1, "name": "function_start", "params": {"inputs": "2", "name": "ttnn::add"}},
    {"connections": [], "counter": 2, "name": "tensor[0]", "params": {"shape": "ttnn.Shape([1, 32])"
}
},
    {"connections": [2], "counter": 3, "name": "buffer", "params": {"layout": "INTERLEAVED", "size": "2048", "type": "L1"}},
    {"connections": [], "counter": 4, "name": "buffer", "params": {"layout": "INTERLEAVED", "size": "4096", "type": "L1"}},
    {"connections": [4], "counter": 5, "name": "buffer_allocate", "params": {"address": "1953396066", "layout": "INTERLEAVED", "size": "4096", "type": "L1"}},
    {"connections": [], "counter": 6, "name": "circular_buffer_allocate", "params": {"address": "0", "core_range_set": "{[(x=0,y=0) - (x=1,y=3)]}", "size": "4096", "globally_allocated": "false"}},
    {"connections": [], "counter": 7, "name": "function_end", "params": {"name": "ttnn::add"}},
    {"connections": [4], "counter": 8, "name": "buffer_deallocate", "params": {"layout": "INTERLEAVED", "size": "0", "type": "L1"}},
    {"connections": [], "counter": 9, "name": "capture_end", "params": {}}
])json"),
              R"(ttnn-captured-graph / name
operations 1
top level 1
allocations 1
frees 1
cb plans 1
circular buffers 1
tensors 1
earlier l1 1 of 2048
[]
  cb resident 32768
  l1 requested 0
  l1 allocations 0
  l1 peak 4096 at ttnn::add
  l1 peak with cb 36864 at ttnn::add
incomplete
- 1 buffer that the operations use existed before the capture and are in no figure
- 1 L1 address beyond the L1 of any core, the first 1953396066: garbage in the source, not used
- no node says when a program's circular buffers end: taken as the next operation that brings some
)");
}

TEST(CapturedGraphGolden, NodesWhoseParametersAreText) {
    EXPECT_EQ(golden(R"json([
    {"connections": [1], "counter": 0, "node_type": "capture_start", "params": {}},
    {"connections": [], "counter": 1, "node_type": "function_start", "params": {"inputs": "1", "name": "ttnn::tilize"}},
    {"connections": [], "counter": 2, "node_type": "buffer", "params": {"layout": "INTERLEAVED", "size": "8192", "type": "L1", "device_id": "1"}},
    {"connections": [2], "counter": 3, "node_type": "buffer_allocate", "params": {"address": "1048576", "layout": "INTERLEAVED", "size": "8192", "type": "L1", "device_id": "1"}},
    {"connections": [1], "counter": 4, "node_type": "circular_buffer_deallocate_all", "params": {"device_id": "0"}},
    {"connections": [], "counter": 5, "node_type": "circular_buffer_allocate", "params": {"address": "107616", "core_range_set": "{[(x=0,y=0) - (x=0,y=0)]}", "size": "16384", "globally_allocated": "0", "device_id": "0"}},
    {"connections": [], "counter": 6, "node_type": "circular_buffer_allocate", "params": {"address": "1048576", "core_range_set": "{[(x=0,y=0) - (x=7,y=7)]}", "size": "128", "globally_allocated": "1", "device_id": "0"}},
    {"connections": [], "counter": 7, "node_type": "function_end", "params": {"name": "ttnn::tilize"}},
    {"connections": [], "counter": 8, "node_type": "capture_end", "params": {}}
])json"),
              R"(ttnn-captured-graph / text
operations 1
top level 1
allocations 1
frees 0
cb plans 1
circular buffers 2
tensors 0
[chip 0]
  cb resident 16384
  l1 requested 8192
  l1 allocations 1
  l1 peak 8192 at ttnn::tilize
  l1 peak with cb 24576 at ttnn::tilize
complete
- which chips a mesh has is not said: a chip is taken to belong to the only mesh
)");
}

TEST(CapturedGraphGolden, AReportFileWithDevices) {
    EXPECT_EQ(
        golden(R"json({"capture_timestamp_ns": 1, "devices": [{"device_id": 0, "arch": "BLACKHOLE", "l1_num_banks": 110,
    "l1_bank_size": 1400000, "worker_l1_size": 1572864, "num_dram_channels": 8}],
"graph": [
    {"arguments": [], "connections": [1], "counter": 0, "node_type": "capture_start", "params": null, "stacking_level": 0},
    {"arguments": ["a \"quoted\" ] text"], "connections": [], "counter": 1, "node_type": "function_start", "params": {"inputs": "0", "name": "ttnn.matmul"}, "stacking_level": 1},
    {"connections": [], "counter": 2, "node_type": "tensor", "params": {"device_id": 1, "tensor_id": 5, "device_tensors": "[{\"address\":64,\"device_id\":0,\"mesh_device_id\":1}]"}},
    {"connections": [], "counter": 3, "node_type": "buffer", "params": {"buffer_type": 1, "device_id": 1, "size": 2097152, "type": "L1"}},
    {"connections": [3], "counter": 4, "node_type": "buffer_allocate", "params": {"address": 1552384, "buffer_type": 1, "device_id": 1, "max_size_per_bank": 20480, "num_cores": 0, "page_size": 2048, "size": 2097152, "type": "L1"}},
    {"connections": [1], "counter": 5, "node_type": "circular_buffer_deallocate_all", "params": {"device_id": 1}},
    {"connections": [], "counter": 6, "node_type": "circular_buffer_allocate", "params": {"address": 111616, "core_range_set": "{[0-0 - 1-1]}", "device_id": 0, "globally_allocated": "0", "size": 131072}},
    {"connections": [], "counter": 7, "node_type": "function_end", "duration_ns": 5, "params": {"name": "ttnn.matmul"}},
    {"connections": [3], "counter": 8, "node_type": "buffer_deallocate", "params": {"address": 1552384, "buffer_type": 1, "device_id": 1, "max_size_per_bank": 20480, "size": 2097152, "type": "L1"}},
    {"connections": [], "counter": 9, "node_type": "capture_end", "params": null}
], "metadata": {}, "total_duration_ns": 9, "version": 1})json"),
        R"(ttnn-captured-graph / report 1, integers
operations 1
top level 1
allocations 1
frees 1
cb plans 1
circular buffers 1
tensors 1
[chip 0] BLACKHOLE
  cb resident 524288
  l1 requested 0
  l1 reserved 0
  l1 allocations 0
  l1 capacity 154000000
  l1 peak 2097152 at ttnn.matmul
  l1 peak reserved 2252800
  l1 peak with cb 2621440 at ttnn.matmul
  l1 peak reserved with cb 2777088
complete
)");
}

TEST(CapturedGraphGolden, AMalformedGraph) {
    EXPECT_EQ(golden(R"json([{"node_type": "capture_start"}, "license"])json"),
              "golden.json is not a captured graph that can be read\n"
              "at byte 33 (node 1 of the file): a node (an object) must begin here\n"
              "capture the graph again, or repair the text at that byte\n");
}

}  // namespace
}  // namespace ttmem
