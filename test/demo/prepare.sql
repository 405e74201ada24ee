-- Functions of the loader: reading numbers, dates and flags out of text.
-- Nothing here is part of the extension; it lives in schema "demo" of the demo's own database.
CREATE SCHEMA demo;

CREATE TABLE demo.has (source text, role text, header text, PRIMARY KEY (source, role));
CREATE TABLE demo.file (source text, name text, rows bigint);
CREATE TABLE demo.note (id int GENERATED ALWAYS AS IDENTITY, source text, note text);
CREATE TABLE public.excluded (
	source text, line bigint, column_name text, reason text, value text
);
COMMENT ON TABLE public.excluded IS 'rows the demo left out, with line in the file and why';

-- Is this meaning present in the file?
CREATE FUNCTION demo.has(source text, role text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM demo.has h WHERE h.source = $1 AND h.role = $2)
$$;

-- Trimmed text; what exporters write for "nothing" becomes NULL.
CREATE FUNCTION demo.val(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN lower(btrim(x, E' \t\r\n\u00a0'))
			IN ('', 'null', 'nan', 'nat', 'n/a', 'na', 'none', '\n', '-') THEN NULL
		ELSE btrim(x, E' \t\r\n\u00a0') END
$$;

-- A customer's key: 17850.0 (a spreadsheet's float) is 17850, "guest" is nobody.
CREATE FUNCTION demo.customer(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN lower(x) IN ('guest', 'anonymous', 'unknown') THEN NULL
		WHEN x ~ '^[0-9]+[.]0$' THEN left(x, -2) ELSE x END
$$;

-- Currency signs, thousands separators, decimal comma, (12.00) for -12.00; NULL when it is no number.
CREATE FUNCTION demo.num_dressed(x text, decimal_comma boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	s text := regexp_replace(x, E'[\u0020\u00a0\u202f''$£€¥₪﷼₺₽]|^(USD|EUR|GBP)|(USD|EUR|GBP)$', '', 'g');
BEGIN
	IF length(s) > 60 THEN
		RETURN NULL;
	END IF;
	IF s ~ '^\([0-9.,]+\)$' THEN
		s := '-' || substr(s, 2, length(s) - 2);
	END IF;
	IF decimal_comma THEN
		s := translate(s, ',.', '.');
	ELSIF s ~ '^[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?$' THEN
		s := replace(s, ',', '');
	END IF;
	IF s ~ '^[-+]?([0-9]{1,18}([.][0-9]{0,15})?|[.][0-9]{1,15})([eE][-+]?[0-9]{1,2})?$' THEN
		RETURN s::numeric;
	END IF;
	RETURN NULL;
END
$$;

CREATE FUNCTION demo.num(x text, decimal_comma boolean) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN x IS NULL THEN NULL
		WHEN NOT decimal_comma AND x ~ '^-?[0-9]{1,18}([.][0-9]{1,15})?$' THEN x::numeric
		ELSE demo.num_dressed(x, decimal_comma) END
$$;


-- A date or time as a timestamp without zone; NULL when it is none. date_order is 'dmy' or 'mdy'
-- and matters only for 03/04/2024. A time with an offset is taken to UTC.
CREATE FUNCTION demo.ts(x text, date_order text) RETURNS timestamp
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
	m text[];
	y int;
	t timestamp;
BEGIN
	IF x IS NULL OR length(x) > 60 THEN
		RETURN NULL;
	END IF;
	IF x ~ '^\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?)?$' THEN
		t := x::timestamp;
	ELSIF x ~ '^\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?\s*(Z|z|UTC|[-+]\d{2}(:?\d{2})?)$' THEN
		t := x::timestamptz AT TIME ZONE 'UTC';
	ELSIF x ~ '^\d{4}[/.]\d{1,2}[/.]\d{1,2}([ T].*)?$' THEN
		m := regexp_match(x, '^(\d{4})[/.](\d{1,2})[/.](\d{1,2})[ T]*(\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)?)?$');
		t := make_date(m[1]::int, m[2]::int, m[3]::int) + coalesce(m[4], '0:00')::time;
	ELSIF x ~ '^(19|20)\d{6}$' THEN
		t := make_date(substr(x, 1, 4)::int, substr(x, 5, 2)::int, substr(x, 7, 2)::int);
	ELSIF x ~ '^\d{10}$' THEN
		t := to_timestamp(x::float8) AT TIME ZONE 'UTC';
	ELSIF x ~ '^\d{13}$' THEN
		t := to_timestamp(x::float8 / 1000) AT TIME ZONE 'UTC';
	ELSIF x ~ '^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}' THEN
		m := regexp_match(x, '^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2}),?[ T]*(\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)?\s*(?:[AaPp][Mm])?)?$');
		y := m[3]::int;
		IF y < 100 THEN
			y := y + 2000;
		END IF;
		t := CASE date_order WHEN 'mdy' THEN make_date(y, m[1]::int, m[2]::int)
			ELSE make_date(y, m[2]::int, m[1]::int) END + coalesce(m[4], '0:00')::time;
	ELSIF x ~ '\d{4}' AND x ~* '^([a-z]{3,9},?\s+)?(\d{1,2}[ -][a-z]{3,9}[ ,-]+\d{4}|[a-z]{3,9}\s+\d{1,2},?\s+\d{4})(\s+[\d:]+(\s*[ap]m)?)?$' THEN
		t := x::timestamp;			-- 1 Dec 2010, December 1, 2010 8:26 am
	END IF;
	IF t < '1970-01-01' OR t >= '2100-01-01' THEN
		RETURN NULL;
	END IF;
	RETURN t;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- Opened? clicked? Yes/no words, counts, or the time it happened. NULL when it is none of them.
CREATE FUNCTION demo.flag(x text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN x IS NULL OR lower(x) IN ('f', 'false', 'n', 'no') THEN 0
		WHEN lower(x) IN ('t', 'true', 'y', 'yes', 'x') THEN 1
		WHEN x ~ '^[0-9]{1,15}$' THEN x::bigint
		WHEN x ~ '^[0-9]{1,15}[.]0+$' THEN split_part(x, '.', 1)::bigint
		WHEN x ~ '^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}' THEN 1 END
$$;

-- A loyalty member? A flag, or the name of a tier.
CREATE FUNCTION demo.member(x text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT x IS NOT NULL AND lower(x) NOT IN ('0', '0.0', 'f', 'false', 'n', 'no', 'guest',
		'non-member', 'non member', 'nonmember', 'not a member', 'non-loyalty', 'regular customer')
$$;

-- 12,345
CREATE FUNCTION demo.n(x bigint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT ltrim(to_char(x, 'FM999,999,999,999,999')) $$;

-- 03/04/2024: day first or month first? Decided once a file; leaves a note when it mattered.
CREATE FUNCTION demo.decide_date_order(source text, wish text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	slashed bigint;
	day_first bigint;
	month_first bigint;
	answer text;
BEGIN
	EXECUTE format($q$
		SELECT count(*), count(*) FILTER (WHERE m[1]::int > 12 AND m[2]::int <= 12),
			count(*) FILTER (WHERE m[2]::int > 12 AND m[1]::int <= 12)
		FROM (SELECT regexp_match(ts, '^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}') AS m FROM demo.%I) AS s
		WHERE m IS NOT NULL$q$, 'in_' || source) INTO slashed, day_first, month_first;
	answer := CASE WHEN wish IN ('dmy', 'mdy') THEN wish
		WHEN month_first > day_first THEN 'mdy' ELSE 'dmy' END;
	IF slashed > 0 THEN
		INSERT INTO demo.note (source, note) SELECT decide_date_order.source, 'dates are read as '
			|| CASE answer WHEN 'mdy' THEN 'month/day/year' ELSE 'day/month/year' END
			|| CASE WHEN wish IN ('dmy', 'mdy') THEN ' (DATE_ORDER says so)'
				WHEN day_first = 0 AND month_first = 0 THEN ': AMBIGUOUS, no day above 12 decides it; set DATE_ORDER=mdy if it is wrong'
				WHEN answer = 'mdy' THEN format(' (%s have a second number above 12%s)', demo.n(month_first),
					CASE WHEN day_first > 0 THEN format(', %s a first one', demo.n(day_first)) ELSE '' END)
				ELSE format(' (%s have a first number above 12%s)', demo.n(day_first),
					CASE WHEN month_first > 0 THEN format(', %s a second one', demo.n(month_first)) ELSE '' END) END;
	END IF;
	RETURN answer;
END
$$;
