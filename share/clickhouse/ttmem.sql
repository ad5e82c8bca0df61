-- Tables for what `ttmem export clickhouse` writes. Writing the same capture twice changes nothing: rows are told by the ledger of their
-- process and their order in it, or by the allocation; ask with FINAL. Bytes are those of one chip, times nanoseconds since 1970;
-- what is not known is NULL.
--
--   clickhouse-client --multiquery < ttmem.sql
--   ttmem export clickhouse run.ttmem               | clickhouse-client
--   ttmem export clickhouse run.ttmem --allocations | clickhouse-client
CREATE TABLE IF NOT EXISTS ttmem_events
(
    time_unix_ns Nullable(UInt64),
    order UInt64,
    event LowCardinality(String),
    process UInt32,
    pid UInt32,
    ledger String,
    thread Nullable(UInt32),
    place LowCardinality(String),
    chips Nullable(UInt16),
    pool LowCardinality(String),
    class LowCardinality(String),
    op LowCardinality(String),
    tag LowCardinality(String),
    name LowCardinality(String),
    iteration Nullable(UInt32),
    id String,
    holder String,
    address_in_bank Nullable(UInt64),
    requested_bytes_per_chip Nullable(UInt64),
    reserved_bytes_per_chip Nullable(UInt64),
    bytes_per_bank Nullable(UInt64),
    banks Nullable(UInt16),
    data_banks Nullable(UInt16),
    persistent Nullable(Bool)
)
ENGINE = ReplacingMergeTree
ORDER BY (ledger, order, id);

CREATE TABLE IF NOT EXISTS ttmem_allocations
(
    id String,
    process UInt32,
    pid UInt32,
    ledger String,
    thread Nullable(UInt32),
    place LowCardinality(String),
    chips UInt16,
    pool LowCardinality(String),
    class LowCardinality(String),
    op LowCardinality(String),
    tag LowCardinality(String),
    iteration Nullable(UInt32),
    holder String,
    address_in_bank UInt64,
    requested_bytes_per_chip UInt64,
    reserved_bytes_per_chip UInt64,
    bytes_per_bank UInt64,
    banks UInt16,
    persistent Bool,
    allocated_unix_ns Nullable(UInt64),
    ended_unix_ns Nullable(UInt64),
    lifetime_ns Nullable(UInt64),
    end LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (ledger, id);
