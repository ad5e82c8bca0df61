-- The newest schema: buffer_chunks, the rank of each host, stack traces with their source files.
CREATE TABLE devices (device_id int, l1_num_banks int, l1_bank_size int, worker_l1_size int, rank int);
INSERT INTO devices VALUES (0, 64, 1300000, 1499136, 0), (0, 64, 1300000, 1499136, 1);
CREATE TABLE operations (operation_id int, name text, duration float, rank int);
INSERT INTO operations VALUES (1, 'ttnn.add', 0.5, 0), (1, 'ttnn.add', 0.5, 1);
CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int, buffer_layout int, rank int);
INSERT INTO buffers VALUES (1, 0, 1000000, 4096, 1, 0, 0), (1, 0, 1000000, 8192, 1, 0, 1);
CREATE TABLE buffer_chunks (operation_id int, device_id int, address int, bank_id int, core_x int, core_y int, chunk_address int, chunk_size int, page_size int, num_pages int, buffer_type int, rank int);
INSERT INTO buffer_chunks VALUES (1, 0, 1000000, 0, 0, 0, 1000000, 4096, 2048, 2, 1, 0), (1, 0, 1000000, 1, 1, 0, 1000000, 2048, 2048, 1, 1, 0);
INSERT INTO buffer_chunks VALUES (1, 0, 1000000, 0, 0, 0, 1000000, 8192, 2048, 4, 1, 1);
CREATE TABLE stack_traces (operation_id int, stack_trace text, source_file_id int, rank int);
INSERT INTO stack_traces VALUES (1, 'model.py:7', 1, 0);
CREATE TABLE source_files (id int, path text, contents text);
INSERT INTO source_files VALUES (1, 'model.py', 'import ttnn');
CREATE TABLE report_metadata (key text UNIQUE, value text);
INSERT INTO report_metadata VALUES ('schema_version', '3');
