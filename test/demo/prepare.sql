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

-- Digits and signs of other scripts as ASCII: 0-9 for Arabic-Indic and Persian ones, the signs of direction left out.
CREATE FUNCTION demo.latin(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN x ~ '[^\x01-\x7f]' THEN translate(x, U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\2212\00A0\200E\200F\061C\202A\202B\202C\2066\2067\2068\2069',
		'01234567890123456789- ') ELSE x END
$$;

-- Trimmed text; what exporters write for "nothing" becomes NULL.
CREATE FUNCTION demo.val(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN lower(btrim(x, E' \t\r\n\u00a0'))
			IN ('', 'null', 'nan', 'nat', 'n/a', 'na', 'none', '\n', '-', '--', '#n/a') THEN NULL
		ELSE btrim(x, E' \t\r\n\u00a0') END
$$;

-- A customer's key: 17850.0 (a spreadsheet's float) is 17850, "guest" is nobody.
CREATE FUNCTION demo.customer(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN lower(x) IN ('guest', 'anonymous', 'unknown') THEN NULL
		WHEN x ~ '^[0-9]+[.]0$' THEN left(x, -2) ELSE x END
$$;

-- Currency signs and codes, thousands separators, decimal comma, (12.00) and 12.00- for -12.00, digits of other
-- scripts; NULL when it is no number.
CREATE FUNCTION demo.num_dressed(x text, decimal_comma boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	code CONSTANT text := '(USD|EUR|GBP|CHF|ILS|NIS|JPY|CNY|INR|RUB|TRY|TL|PLN|CZK|HUF|RON|SEK|NOK|DKK|AUD|CAD|NZD|BRL|MXN|ZAR|EGP|SAR|AED|KWD|QAR|JOD|MAD|IRR|IRT|US[$]|R[$]|CA[$]|A[$]|kr[.]?|zł|Kč|Ft|Rs[.]?|lei|'
		|| U&'\0631\064A\0627\0644|\0631[.]\0633[.]?|\062F[.]\0625[.]?|\062C[.]\0645[.]?|\062F\0631\0647\0645|\062F\064A\0646\0627\0631|\062C\0646\064A\0647|'
		|| U&'\0631\06CC\0627\0644|\062A\0648\0645\0627\0646|\05E9["\05F4]?\05D7)';
	s text := demo.latin(x);
BEGIN
	IF length(s) > 60 THEN
		RETURN NULL;
	END IF;
	-- Arabic decimal and thousands separators
	s := translate(s, U&'\066B\066C', CASE WHEN decimal_comma THEN ',' ELSE '.' END);
	s := btrim(s);
	s := regexp_replace(regexp_replace(s, '^([-+(]?)\s*' || code || '\s*(?=[-+0-9.,])', '\1', 'i'), '([0-9.,])\s*' || code || '\s*([-)]?)$', '\1\3', 'i');
	s := regexp_replace(s, U&'[\0020\00A0\2009\202F\2019''$£€¥₪﷼₺₽₹₩₫฿₴₦₱₡₵₸₼₾\060B]', '', 'g');
	IF s ~ '^\([0-9.,]+\)$' THEN
		s := '-' || substr(s, 2, length(s) - 2);
	ELSIF s ~ '^[0-9.,]+-$' THEN
		s := '-' || left(s, -1);
	END IF;
	IF decimal_comma THEN
		s := translate(s, ',.', '.');
	ELSIF s ~ '^[-+]?[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}([.][0-9]*)?$' THEN
		s := replace(s, ',', '');
	END IF;
	IF s ~ '^[-+]?([0-9]{1,18}([.][0-9]{0,15})?|[.][0-9]{1,15})([eE][-+]?[0-9]{1,2})?$' THEN
		RETURN s::numeric;
	END IF;
	RETURN NULL;
END
$$;

-- Does it end like a decimal comma (+1) or point (-1)? A currency or a minus may follow.
CREATE FUNCTION demo.mark(x text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN x ~ ',[0-9]{1,2}([^0-9.,][^0-9]*)?$' THEN 1 WHEN x ~ '[.][0-9]{1,2}([^0-9.,][^0-9]*)?$' THEN -1
		WHEN x ~ '[^\x01-\x7f]' AND demo.latin(x) ~ ',[0-9]{1,2}([^0-9.,][^0-9]*)?$' THEN 1
		WHEN x ~ '[^\x01-\x7f]' AND demo.latin(x) ~ '[.][0-9]{1,2}([^0-9.,][^0-9]*)?$' THEN -1 ELSE 0 END
$$;

CREATE FUNCTION demo.num(x text, decimal_comma boolean) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN x IS NULL THEN NULL
		WHEN NOT decimal_comma AND x ~ '^-?[0-9]{1,18}([.][0-9]{1,15})?$' THEN x::numeric
		ELSE demo.num_dressed(x, decimal_comma) END
$$;

-- The answer to a question: a number, or the number that a text begins with ("10 - Extremely likely", "0 = Not at all", "8/10").
CREATE FUNCTION demo.score(x text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(demo.num(x, false), CASE
		WHEN demo.latin(x) ~ '^[0-9]{1,3}([.][0-9]{1,2})?(\s*[-=:.,;)(\u2013\u2014]+\s*|\s+)[^-0-9\s%+.,]'
				OR demo.latin(x) ~ '^[0-9]{1,3}\s*(/|out of)\s*(5|7|10)$'
			THEN substring(demo.latin(x) FROM '^[0-9]{1,3}(?:[.][0-9]{1,2})?')::numeric END)
$$;

-- A date or time as a timestamp without zone; NULL when it is none. date_order is 'dmy' or 'mdy'
-- and matters only for 03/04/2024. A time with an offset or a zone is taken to UTC.
CREATE FUNCTION demo.ts(x text, date_order text) RETURNS timestamp
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
	m text[];
	y int;
	t timestamp;
	zone text;
	at text := x;
BEGIN
	IF x IS NULL OR length(x) > 60 THEN
		RETURN NULL;
	END IF;
	IF x ~ '[^\x01-\x7f]' THEN
		at := btrim(demo.latin(x));
	END IF;
	IF at ~ '\d\s+[A-Z]{2,5}$' AND at !~* '\d\s*[AP]M$' THEN		-- EST
		m := regexp_match(at, '^(.*\d)\s+([A-Z]{2,5})$');
		at := m[1];
		zone := m[2];
	ELSIF at ~* '\d\s*[AP]M\s+[A-Z]{2,5}$' THEN
		m := regexp_match(at, '^(.*)\s+([A-Za-z]{2,5})$');
		at := m[1];
		zone := m[2];
	END IF;
	IF at ~ '^\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?(\s*[AaPp][Mm])?)?$' THEN
		t := at::timestamp;
	ELSIF at ~ '^\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?\s*(Z|z|UTC|[-+]\d{2}(:?\d{2})?)$' THEN
		t := at::timestamptz AT TIME ZONE 'UTC';
	ELSIF at ~ '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?$' THEN
		m := regexp_match(at, '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]*(\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)?)?$');
		t := make_date(m[1]::int, m[2]::int, m[3]::int) + coalesce(m[4], '0:00')::time;
	ELSIF at ~ '^(19|20)\d{6}$' THEN
		t := make_date(substr(at, 1, 4)::int, substr(at, 5, 2)::int, substr(at, 7, 2)::int);
	ELSIF at ~ '^\d{10}$' THEN
		t := to_timestamp(at::float8) AT TIME ZONE 'UTC';
	ELSIF at ~ '^\d{13}$' THEN
		t := to_timestamp(at::float8 / 1000) AT TIME ZONE 'UTC';
	ELSIF at ~ '^\d{5}([.]\d{1,12})?$' THEN		-- days as a spreadsheet counts them
		t := date_trunc('second', timestamp '1899-12-30' + at::float8 * interval '1 day' + interval '0.5 seconds');
	ELSIF at ~ '^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}' THEN
		m := regexp_match(at, '^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2}),?[ T]*(\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)?\s*(?:[AaPp][Mm])?)?$');
		y := m[3]::int;
		IF y < 100 THEN
			y := y + 2000;
		END IF;
		t := CASE date_order WHEN 'mdy' THEN make_date(y, m[1]::int, m[2]::int)
			ELSE make_date(y, m[2]::int, m[1]::int) END + coalesce(m[4], '0:00')::time;
	ELSIF at ~* '^\d{1,2}[- ][a-z]{3,9}[- ]\d{2}(\s+[\d:]+(\s*[ap]m)?)?$' THEN		-- 5-Feb-24
		m := regexp_match(at, '^(\d{1,2})[- ]([A-Za-z]{3,9})[- ](\d{2})(\s.*)?$');
		t := (m[1] || ' ' || m[2] || ' 20' || m[3] || coalesce(m[4], ''))::timestamp;
	ELSIF at ~ '\d{4}' AND at ~* '^([a-z]{3,9},?\s+)?(\d{1,2}[ -][a-z]{3,9}[ ,-]+\d{4}|[a-z]{3,9}\s+\d{1,2},?\s+\d{4}),?(\s+[\d:]+(\s*[ap]m)?)?$' THEN
		t := at::timestamp;			-- 1 Dec 2010, December 1, 2010 8:26 am
	END IF;
	IF zone IS NOT NULL THEN
		t := t AT TIME ZONE zone AT TIME ZONE 'UTC';
	END IF;
	IF t < '1970-01-01' OR t >= '2100-01-01' THEN
		RETURN NULL;
	END IF;
	RETURN t;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- Why it is no date: 1403/01/15 is one of another calendar.
CREATE FUNCTION demo.not_a_date(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN demo.latin(x) ~ '^(1[34]\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]1[34]\d\d)(\D.*)?$'
		THEN 'Jalali or Hijri year: convert it' ELSE 'not a date' END
$$;

-- Opened? clicked? Yes/no words, counts, or the time it happened. NULL when it is none of them.
CREATE FUNCTION demo.flag(x text) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN x IS NULL OR lower(x) IN ('f', 'false', 'n', 'no') THEN 0
		WHEN lower(x) IN ('t', 'true', 'y', 'yes', 'x') THEN 1
		WHEN x ~ '^[0-9]{1,15}$' THEN x::bigint
		WHEN x ~ '^[0-9]{1,15}[.]0+$' THEN split_part(x, '.', 1)::bigint
		WHEN demo.latin(x) ~ '^[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}' THEN 1
		WHEN x ~ '^[0-9]{1,3}(,[0-9]{3}){1,4}$' THEN replace(x, ',', '')::bigint
		WHEN demo.latin(x) ~ '^[0-9]{1,15}$' THEN demo.latin(x)::bigint
		WHEN x ~ '^([a-zA-Z]{3,9} [0-9]{1,2}|[0-9]{1,2}[- ][a-zA-Z]{3,9})[-, ]+[0-9]{2,4}' THEN 1 END
$$;

-- What an order's status means: out (cancelled, failed: no order), refunded (sold and taken back),
-- refund (a row that is a refund), part (partly refunded: still a sale), sale.
CREATE FUNCTION demo.status(x text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN s IS NULL OR s ~ '^(not|no|non|never|un)\M' THEN 'sale'
		WHEN s ~ '\mpart' AND s ~ '(refund|return|erstatt|rembours)' THEN 'part'
		WHEN s ~ ('\m(cancel|cancell?ed|cancell?ation|failed|failure|fail|void|voided|declined|denied|rejected|expired|abandoned|error|trash|trashed|draft|deleted'
			|| U&'|storniert|storno|fehlgeschlagen|abgebrochen|annul(e|\00e9)e?|(e|\00e9)chou(e|\00e9)e?|cancelad[oa]|fallid[oa])\\M')
			OR s ~ U&'(\0645\0644\063A|\0625\0644\063A\0627\0621|\0641\0634\0644|\0644\063A\0648|\0646\0627\0645\0648\0641\0642|\05D1\05D5\05D8\05DC|\05DE\05D1\05D5\05D8\05DC|\05E0\05DB\05E9\05DC)' THEN 'out'
		WHEN s ~ U&'\\m(refunded|returned|erstattet|rembours(e|\00e9)e?|reembolsad[oa])\\M'
			OR s ~ U&'(\0645\0633\062A\0631\062F|\0645\0633\062A\0631\062C\0639|\0628\0627\0632\067E\0631\062F\0627\062E\062A|\05D4\05D5\05D7\05D6\05E8)' THEN 'refunded'
		WHEN s ~ '\m(refund|return|chargeback|credit note|credit memo|creditmemo|erstattung|gutschrift|retoure|remboursement|avoir|reembolso)\M' THEN 'refund'
		ELSE 'sale' END
	FROM (SELECT translate(lower(x), '_-', '  ') AS s) AS text_of_it
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
		FROM (SELECT regexp_match(demo.latin(ts), '^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}') AS m FROM demo.%I) AS s
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
	EXECUTE format('SELECT count(*) FROM demo.%I WHERE ts ~ $1', 'in_' || source) INTO slashed USING '^\s*\d{5}([.]\d{1,12})?\s*$';
	IF slashed > 0 THEN
		INSERT INTO demo.note (source, note) VALUES (decide_date_order.source,
			'dates like 45327 are a spreadsheet''s day numbers: ' || demo.n(slashed));
	END IF;
	RETURN answer;
END
$$;
