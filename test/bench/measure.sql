-- Run every case: query and baseline in turn, so that a change in the
-- machine's speed meets both, and the median of the rounds' ratios.

CREATE TABLE bench_result (
  case_id int, workers int, work_mem text, rounds int, rows bigint,
  query_ms numeric, baseline_ms numeric, ratio numeric, launched int,
  query_mb numeric, baseline_mb numeric
);

CREATE FUNCTION time_of(statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  started timestamptz := clock_timestamp();
BEGIN
  EXECUTE statement;
  RETURN 1000 * extract(epoch FROM clock_timestamp() - started);
END $$;

-- Workers that really ran.
CREATE FUNCTION workers_of(statement text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  line text;
  launched int := 0;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING off, COSTS off) ' || statement LOOP
    IF line ~ 'Workers Launched' THEN
      launched := launched + substring(line from '\d+')::int;
    END IF;
  END LOOP;
  RETURN launched;
END $$;


CREATE PROCEDURE measure(rounds int) LANGUAGE plpgsql AS $$
DECLARE
  c bench_case;
  w int;
  m text;
  q numeric[];
  b numeric[];
  total bigint;
BEGIN
  FOR c IN SELECT * FROM bench_case ORDER BY id LOOP
    EXECUTE format('SELECT count(*) FROM %s', substring(c.query from 'FROM (bench_\w+)')) INTO total;
    IF total IS NULL THEN
      SELECT count(*) FROM bench_amounts INTO total;
    END IF;
    FOREACH w IN ARRAY c.workers LOOP
      FOREACH m IN ARRAY c.work_mem LOOP
        PERFORM set_config('max_parallel_workers_per_gather', w::text, false),
                set_config('work_mem', m, false);
        q := '{}';
        b := '{}';
        PERFORM time_of(c.query), time_of(c.baseline);
        FOR i IN 1 .. rounds LOOP
          -- take turns in going first, too
          IF i % 2 = 0 THEN
            q := q || time_of(c.query);
            b := b || time_of(c.baseline);
          ELSE
            b := b || time_of(c.baseline);
            q := q || time_of(c.query);
          END IF;
        END LOOP;
        INSERT INTO bench_result
        SELECT c.id, w, m, rounds, total,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY t.q),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY t.b),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY t.q / t.b),
               workers_of(c.query)
          FROM unnest(q, b) t (q, b);
        COMMIT;
        RAISE NOTICE '%', (SELECT format('%s (%s workers): %s', c.query, w, round(ratio, 2))
                             FROM bench_result WHERE case_id = c.id AND workers = w AND work_mem = m);
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
