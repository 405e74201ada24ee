\echo Use "CREATE EXTENSION engage" to load this file. \quit

-- Nothing below may depend on the installing session's search_path.
SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE SCHEMA engage;
COMMENT ON SCHEMA engage IS 'engage: customer-engagement analytics';
GRANT USAGE ON SCHEMA engage TO PUBLIC;
