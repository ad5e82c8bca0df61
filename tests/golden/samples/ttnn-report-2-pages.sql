-- With buffer_layout and buffer_pages, and without captured graphs.
CREATE TABLE devices (device_id int, l1_num_banks int, l1_bank_size int, worker_l1_size int);
INSERT INTO devices VALUES (0, 64, 1300000, 1499136);
CREATE TABLE operations (operation_id int UNIQUE, name text, duration float);
INSERT INTO operations VALUES (1, 'ttnn.add', 0.5), (2, 'ttnn.deallocate', 0.1);
CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int, buffer_layout int);
INSERT INTO buffers VALUES (1, 0, 1000000, 4096, 1, 0), (1, 0, 900000, 2048, 3, 0), (2, 0, 1000000, 4096, 1, 0);
CREATE TABLE buffer_pages (operation_id int, device_id int, address int, core_y int, core_x int, bank_id int, page_index int, page_address int, page_size int, buffer_type int);
INSERT INTO buffer_pages VALUES (1, 0, 1000000, 0, 0, 0, 0, 1000000, 2048, 1), (1, 0, 1000000, 0, 1, 1, 1, 1000000, 2048, 1), (1, 0, 1000000, 0, 0, 0, 2, 1002048, 2048, 1);
INSERT INTO buffer_pages VALUES (1, 0, 900000, 0, 0, 0, 0, 900000, 2048, 3);
INSERT INTO buffer_pages VALUES (2, 0, 1000000, 0, 0, 0, 0, 1000000, 2048, 1), (2, 0, 1000000, 0, 1, 1, 1, 1000000, 2048, 1), (2, 0, 1000000, 0, 0, 0, 2, 1002048, 2048, 1);
