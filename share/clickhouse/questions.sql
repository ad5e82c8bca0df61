-- Ten questions that people ask, over the tables that `ttmem export clickhouse` makes. Each begins with a line "-- question: ".

-- question: which operations allocate most, over all chips?
SELECT op, pool, count() AS allocations, sum(reserved_bytes_per_chip * chips) AS reserved_bytes_all_chips
FROM ttmem_allocations FINAL GROUP BY op, pool ORDER BY reserved_bytes_all_chips DESC LIMIT 20;

-- question: what was live at the end of each process, and whose is it?
SELECT pid, op, tag, class, pool, count() AS allocations, sum(reserved_bytes_per_chip * chips) AS reserved_bytes_all_chips
FROM ttmem_allocations FINAL WHERE end = 'live' GROUP BY pid, op, tag, class, pool ORDER BY reserved_bytes_all_chips DESC LIMIT 20;

-- question: the peak of each pool at each place, and the operation that made it? As far as the clock tells what came first.
SELECT ledger, place, pool, max(live) AS peak_reserved_bytes_per_chip, argMax(op, live) AS op
FROM
(
    SELECT ledger, place, pool, op,
           sum(change) OVER (PARTITION BY ledger, place, pool ORDER BY at, change ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS live
    FROM
    (
        SELECT ledger, place, pool, op, allocated_unix_ns AS at, toInt64(reserved_bytes_per_chip) AS change
        FROM ttmem_allocations FINAL
        UNION ALL
        SELECT ledger, place, pool, op, ended_unix_ns AS at, -toInt64(reserved_bytes_per_chip) AS change
        FROM ttmem_allocations FINAL WHERE end != 'live' AND ended_unix_ns IS NOT NULL
    )
)
GROUP BY ledger, place, pool ORDER BY peak_reserved_bytes_per_chip DESC;

-- question: which iterations left memory that outlived them?
SELECT pid, iteration, op, pool, count() AS allocations, sum(reserved_bytes_per_chip * chips) AS reserved_bytes_all_chips
FROM ttmem_allocations AS a FINAL
INNER JOIN
(
    SELECT ledger, toUInt32(reinterpretAsUInt64(reverse(unhex(leftPad(substring(id, 3), 16, '0'))))) AS iteration, max(time_unix_ns) AS over_at
    FROM ttmem_events FINAL WHERE event = 'iteration_ended' GROUP BY ledger, iteration
) AS i ON a.ledger = i.ledger AND a.iteration = i.iteration
WHERE NOT persistent AND class NOT IN ('program', 'trace') AND (ended_unix_ns IS NULL OR ended_unix_ns > over_at)
GROUP BY pid, iteration, op, pool ORDER BY reserved_bytes_all_chips DESC LIMIT 20;

-- question: what failed, when, and what did it ask for?
SELECT time_unix_ns, pid, op, pool, requested_bytes_per_chip FROM ttmem_events FINAL WHERE event = 'failed' ORDER BY time_unix_ns;

-- question: which operations allocate and free again at once?
SELECT op, count() AS allocations, quantile(0.5)(lifetime_ns) AS median_lifetime_ns
FROM ttmem_allocations FINAL WHERE end = 'freed' AND lifetime_ns < 1000000 GROUP BY op ORDER BY allocations DESC LIMIT 20;

-- question: who holds most for longest?
SELECT op, tag, sum(toFloat64(reserved_bytes_per_chip) * chips * lifetime_ns / 1e9) AS byte_seconds
FROM ttmem_allocations FINAL WHERE lifetime_ns IS NOT NULL GROUP BY op, tag ORDER BY byte_seconds DESC LIMIT 20;

-- question: how much is padding?
SELECT pool, op, sum((reserved_bytes_per_chip - requested_bytes_per_chip) * chips) AS padding_bytes_all_chips,
       round(100 * sum((reserved_bytes_per_chip - requested_bytes_per_chip) * chips) / sum(reserved_bytes_per_chip * chips), 1) AS percent
FROM ttmem_allocations FINAL WHERE reserved_bytes_per_chip >= requested_bytes_per_chip
GROUP BY pool, op ORDER BY padding_bytes_all_chips DESC LIMIT 20;

-- question: how often does each operation run?
SELECT name AS op, countIf(event = 'operation_begun') AS runs FROM ttmem_events FINAL
WHERE event = 'operation_begun' GROUP BY name ORDER BY runs DESC LIMIT 20;

-- question: what was never freed by the program, but by a close or by its end?
SELECT pid, end, op, count() AS allocations, sum(reserved_bytes_per_chip * chips) AS reserved_bytes_all_chips
FROM ttmem_allocations FINAL WHERE end IN ('place_closed', 'process_ended') GROUP BY pid, end, op ORDER BY reserved_bytes_all_chips DESC LIMIT 20;
