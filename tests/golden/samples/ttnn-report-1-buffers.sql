-- The oldest schema: what is live at the end of each operation, and the captured graphs.
CREATE TABLE devices (device_id int, num_y_cores int, num_x_cores int, l1_num_banks int, l1_bank_size int, worker_l1_size int, address_at_first_l1_cb_buffer int);
INSERT INTO devices VALUES (0, 8, 8, 64, 1300000, 1499136, 101152);
CREATE TABLE operations (operation_id int UNIQUE, name text, duration float);
INSERT INTO operations VALUES (1, 'ttnn.add', 0.5), (2, 'ttnn.matmul', 1.0);
CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int);
INSERT INTO buffers VALUES (1, 0, 1400000, 2048, 1), (2, 0, 1350000, 1024, 1);
CREATE TABLE captured_graph (operation_id int, captured_graph text);
INSERT INTO captured_graph VALUES (1, '[
  {"connections": [], "node_type": "function_start", "params": {"name": "ttnn.add"}},
  {"connections": [7], "node_type": "buffer_allocate", "params": {"address": 1400000, "buffer_type": 1, "device_id": 0, "max_size_per_bank": 2048, "size": 100000, "type": "L1"}},
  {"connections": [], "node_type": "function_end", "params": {"name": "ttnn.add"}}]');
INSERT INTO captured_graph VALUES (2, '[
  {"connections": [], "node_type": "function_start", "params": {"name": "ttnn.matmul"}},
  {"connections": [3], "node_type": "buffer_allocate", "params": {"address": 1300000, "buffer_type": 1, "device_id": 0, "max_size_per_bank": 8192, "size": 500000, "type": "L1"}},
  {"connections": [], "node_type": "circular_buffer_deallocate_all", "params": {"device_id": 0}},
  {"connections": [], "node_type": "circular_buffer_allocate", "params": {"address": 101152, "core_range_set": "{[0-0 - 7-7]}", "device_id": 0, "globally_allocated": "0", "size": 1000}},
  {"connections": [3], "node_type": "buffer_deallocate", "params": {"address": 1300000, "buffer_type": 1, "device_id": 0, "max_size_per_bank": 8192, "size": 500000, "type": "L1"}},
  {"connections": [99], "node_type": "buffer_deallocate", "params": {"address": 1400000, "buffer_type": 1, "device_id": 0, "max_size_per_bank": 2048, "size": 100000, "type": "L1"}},
  {"connections": [4], "node_type": "buffer_allocate", "params": {"address": 1350000, "buffer_type": 1, "device_id": 0, "max_size_per_bank": 1024, "size": 60000, "type": "L1"}},
  {"connections": [], "node_type": "function_end", "params": {"name": "ttnn.matmul"}}]');
