-- The tables that test/bench/ledger prints.

\pset format unaligned
\pset tuples_only on

SELECT E'| operation | per second | to the first of its section | p50 ms | p95 ms | p99 ms | server CPU µs | WAL bytes |\n|---|---|---|---|---|---|---|---|'
 WHERE EXISTS (SELECT FROM bench.measured);
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s |', label, per_second,
              CASE WHEN position > 0 THEN round(bench.ratio(section, contender, first), 2)::text END, p50, p95, p99, cpu, wal)
  FROM (SELECT section, contender, position, label, min(begun) OVER (PARTITION BY section) AS begun,
               first_value(contender) OVER (PARTITION BY section ORDER BY position) AS first,
               round(per_second) AS per_second, round(p50::numeric, 2) AS p50, round(p95::numeric, 2) AS p95,
               round(p99::numeric, 2) AS p99, round(cpu) AS cpu, round(wal) AS wal
          FROM (SELECT section, contender, position, label, min(m.ctid) AS begun,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY per_second) AS per_second,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY p50_ms) AS p50,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY p95_ms) AS p95,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY p99_ms) AS p99,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_us) AS cpu,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY wal_bytes) AS wal
                  FROM bench.measured m
                 GROUP BY section, contender, position, label) medians) s
 ORDER BY begun, position;

SELECT E'\n| stored for one earn | bytes | without accounts | WAL bytes, no page images | HOT updates of accounts |\n|---|---|---|---|---|'
 WHERE EXISTS (SELECT FROM bench.stored);
SELECT format('| %s | %s | %s | %s | %s %% |', label, round(bytes), round(without_accounts), round(wal_bytes), round(100 * hot, 1))
  FROM bench.stored ORDER BY ctid;

SELECT E'\n| job | of | seconds | per second | |\n|---|---|---|---|---|'
 WHERE EXISTS (SELECT FROM bench.job);
SELECT format('| %s | %s | %s | %s | %s |', label, amount, round(seconds, 2), round(amount / seconds), remark)
  FROM bench.job ORDER BY ctid;

SELECT E'\n| goal | | measured | |\n|---|---|---|---|'
 WHERE EXISTS (SELECT FROM bench.goal);
SELECT format('| %s | %s %s | **%s** | %s |', what, CASE WHEN at_most THEN 'at most' ELSE 'at least' END, goal, round(measured, digits),
              CASE WHEN measured IS NULL THEN 'not measured'
                   WHEN CASE WHEN at_most THEN measured <= goal ELSE measured >= goal END THEN 'met'
                   ELSE 'not met' END)
  FROM bench.goal ORDER BY id;
