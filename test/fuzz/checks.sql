-- What must hold for any input of a summary type.  fuzz.make_checks(type) writes, for one type,
-- fuzz.read_<type>(value): every accessor and rollup of a value, a complaint or NULL;
-- fuzz.text_<type>(input): whether a text is taken, and if so what is wrong with the value;
-- fuzz.binary_<type>(file, input): the same for a file of COPY BINARY.

-- Outcome of every case.
CREATE UNLOGGED TABLE fuzz.results (
  type regtype, kind text, input bytea, outcome text, complaint text
);

-- The functions of SQL that take a summary, and how to call them.
CREATE FUNCTION fuzz.calls(typ regtype) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  f record;
  args text;
  method text;
BEGIN
  FOR f IN
    SELECT p.oid, p.proname, p.proargtypes, p.pronargs - p.pronargdefaults AS needed,
           p.proargnames, 'method' = ANY (p.proargnames) AS has_method
    FROM pg_proc p
    WHERE p.pronamespace = 'engage'::regnamespace AND p.prokind = 'f' AND p.proargtypes[0] = typ::oid
      AND NOT EXISTS (SELECT 1 FROM pg_type t WHERE p.oid IN (t.typoutput, t.typsend))
      AND NOT EXISTS (SELECT 1 FROM pg_aggregate a
                      WHERE p.oid IN (a.aggtransfn, a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn))
    ORDER BY p.proname, p.oid
  LOOP
    args := 'x';
    FOR i IN 1 .. f.needed - 1 LOOP
      args := args || CASE f.proargtypes[i]
        WHEN typ::oid THEN ', x'
        WHEN 'float8'::regtype::oid THEN ', 0.9'
        WHEN 'int4'::regtype::oid THEN CASE f.proargnames[i + 1] WHEN 'step' THEN ', 1' ELSE ', 3' END
        WHEN 'int8'::regtype::oid THEN ', 7'
        WHEN 'timestamp'::regtype::oid THEN format(', %L::timestamp', timestamp '2024-01-01' + i * interval '17 days')
        WHEN 'timestamptz'::regtype::oid THEN format(', %L::timestamptz', timestamptz '2024-01-01 00:00+00' + i * interval '17 days')
        WHEN 'date'::regtype::oid THEN format(', %L::date', date '2024-01-01' + i * 17)
        WHEN 'interval'::regtype::oid THEN $q$, interval '36 hours'$q$
        WHEN 'bool'::regtype::oid THEN ', true'
        WHEN 'text[]'::regtype::oid THEN $q$, ARRAY['a', 'e1', ';', 'e2', 'Zoë']$q$
        WHEN 'text'::regtype::oid THEN format(', %L::text', CASE f.proargnames[i + 1] WHEN 'unit' THEN 'day' WHEN 'tz' THEN 'Asia/Tehran' WHEN 'mode' THEN 'default' ELSE 'a' END)
      END;
    END LOOP;
    IF args IS NULL THEN
      RAISE EXCEPTION 'the fuzzer does not know what to pass to %', f.oid::regprocedure;
    END IF;
    -- (there may be billions)
    IF f.proname = 'active_periods' THEN
      args := args || $q$, '2024-01-01', '2024-03-01'$q$;
    ELSIF f.proname = 'retention_rows' THEN
      args := args || ', periods => 3';
    END IF;
    RETURN NEXT format('engage.%I(%s)', f.proname, args);
    IF f.proname = 'repeat_customers' THEN
      RETURN NEXT 'engage.repeat_customers(x, 3)';
    END IF;
    IF f.proname = 'event_path' THEN
      RETURN NEXT $q$engage.event_path(x, 3, 'a', 'a', false, ARRAY['e', '', '^.*b', 'a'])$q$;
      RETURN NEXT $q$engage.event_path(x, ends_at => 'buy')$q$;
    END IF;
    IF f.proname IN ('funnel_level', 'funnel_times', 'time_to_convert') THEN
      FOREACH method IN ARRAY ARRAY['strict_once', 'strict_increase,consecutive', 'any_order'] LOOP
        RETURN NEXT format('engage.%I(%s, %L)', f.proname, args, method);
      END LOOP;
    END IF;
    IF f.proname = 'path_edges' THEN
      RETURN NEXT 'engage.path_edges(x, 2)';
    END IF;
    IF f.has_method THEN
      FOREACH method IN ARRAY ARRAY['wald', 'wilson'] LOOP
        RETURN NEXT format('engage.%I(%s, method => %L)', f.proname, args, method);
      END LOOP;
    END IF;
  END LOOP;
  IF typ::text = 'engage.sentiment_model' THEN
    RETURN NEXT $q$engage.sentiment('late late again, خدمة رائعة 😍 not good', x)$q$;
    RETURN NEXT $q$engage.sentiment_explain('late late again, خدمة رائعة 😍 not good', x)$q$;
  END IF;
END $$;

CREATE FUNCTION fuzz.sorted_bytes(value bytea) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(b, '' ORDER BY b) FROM (SELECT get_byte(value, i)::text AS b FROM generate_series(0, length(value) - 1) i) x $$;

CREATE FUNCTION fuzz.make_checks(typ regtype) RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
  name text := (SELECT t.typname FROM pg_type t WHERE t.oid = typ);
  send text := (SELECT t.typsend::regproc::text FROM pg_type t WHERE t.oid = typ);
  body text := '';
  -- (models are no summaries: nothing merges them)
  merging text := CASE WHEN to_regprocedure(format('engage.rollup(%s)', typ)) IS NULL THEN '' ELSE format($q$
      IF (SELECT engage.rollup(v)::text FROM (VALUES (x), (NULL)) AS t(v)) IS DISTINCT FROM x::text THEN
        RETURN 'rollup of it alone is another value';
      END IF;
      BEGIN
        SELECT engage.rollup(v) INTO twice FROM (VALUES (x), (x)) AS t(v);
      EXCEPTION WHEN numeric_value_out_of_range THEN NULL;
      END;
      IF twice::text::%1$s::text IS DISTINCT FROM twice::text THEN
        RETURN 'rollup of two is not read back';
      END IF;$q$, typ) END;
  call text;
BEGIN
  FOR call IN SELECT * FROM fuzz.calls(typ) LOOP
    -- NG005: no interval; 22003: more than a bigint holds; 22023: another metric's method;
    -- NG004: l7 of something else than days; 54000: more rows than anybody wants to see; 22008: a
    -- timeline's day or time of another zone beyond the calendar
    body := body || format($q$
      BEGIN
        SELECT string_agg(row_text, ' ') INTO r FROM (SELECT q::text FROM %s q LIMIT 100000) v(row_text);
        -- (as a column of its own: a name may have it in it)
        IF r ~* '(^|[(, ])-?(nan|inf|infinity)($|[,) ])' THEN RETURN %L || ' gives ' || r; END IF;
      EXCEPTION
        WHEN SQLSTATE 'NG005' OR numeric_value_out_of_range OR program_limit_exceeded OR datetime_field_overflow THEN NULL;
        WHEN SQLSTATE 'NG004' THEN IF SQLERRM !~ '^l(7|28) counts days' THEN RAISE; END IF;
        WHEN invalid_parameter_value THEN IF SQLERRM !~ 'unknown interval method|^step must be from 1' THEN RAISE; END IF;
      END; $q$, call, call);
  END LOOP;
  EXECUTE format($q$
    CREATE FUNCTION fuzz.read_%1$s(x %2$s) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      r text;
      twice %2$s;
    BEGIN
      %3$s
      %5$s
      RETURN NULL;
    END $$;

    CREATE FUNCTION fuzz.check_%1$s(x %2$s) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      o text := x::text;
    BEGIN
      IF o::%2$s::text IS DISTINCT FROM o THEN
        RETURN 'its text form is not a fixed point';
      END IF;
      RETURN fuzz.read_%1$s(x);
    EXCEPTION WHEN OTHERS THEN
      RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM;
    END $$;

    CREATE TABLE fuzz.accepted_%1$s (x %2$s);

    -- without a check of the encoding if the database has none
    CREATE FUNCTION fuzz.text_%1$s(input bytea) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      given text := convert_from(input, getdatabaseencoding());
      x %2$s;
    BEGIN
      BEGIN
        x := given::%2$s;
      EXCEPTION WHEN OTHERS THEN
        INSERT INTO fuzz.results VALUES (%2$L, 'text', input, SQLSTATE, SQLERRM);
        RETURN;
      END;
      INSERT INTO fuzz.accepted_%1$s VALUES (x);
      INSERT INTO fuzz.results VALUES (%2$L, 'text', input, 'accepted', fuzz.check_%1$s(x));
    END $$;

    CREATE TABLE fuzz.received_%1$s (x %2$s);

    CREATE FUNCTION fuzz.binary_%1$s(file text, input bytea) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      v %2$s;
      complaint text;
    BEGIN
      BEGIN
        EXECUTE format('COPY fuzz.received_%1$s FROM %%L (FORMAT binary)', file);
      EXCEPTION WHEN OTHERS THEN
        INSERT INTO fuzz.results VALUES (%2$L, 'binary', input, SQLSTATE, SQLERRM);
        RETURN;
      END;
      DELETE FROM fuzz.received_%1$s RETURNING x INTO v;
      complaint := fuzz.check_%1$s(v);
      -- there is one binary form of a value, so what was taken is what is sent; only the
      -- customers and orders of a keyed value (stored extended) may come in any order; and
      -- names, whose order depends on the client's encoding, with what refers to their places
      IF complaint IS NULL AND %4$s(v) IS DISTINCT FROM input AND
         ((SELECT typstorage = 'p' OR typname = 'activity' FROM pg_type WHERE oid = %2$L::regtype) OR
          %2$L::text IN ('engage.timeline', 'engage.path_summary') AND length(%4$s(v)) <> length(input) OR
          %2$L::text NOT IN ('engage.timeline', 'engage.path_summary') AND
          fuzz.sorted_bytes(%4$s(v)) IS DISTINCT FROM fuzz.sorted_bytes(input)) THEN
        complaint := 'sent as something else: ' || encode(%4$s(v), 'hex');
      END IF;
      INSERT INTO fuzz.results VALUES (%2$L, 'binary', input, 'accepted', complaint);
    END $$;
    $q$, name, typ, body, send, merging);
END $make$;
