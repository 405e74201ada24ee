-- The catalog fingerprint of extension engage: one row (object, property, value) for everything
-- that its members are made of.  Two databases with the same fingerprint have the same extension,
-- however they came by it (fresh, updated, restored); \dx+ compares no more than names.
-- One statement, without object identifiers in its result; run it with search_path = '' so that
-- names are qualified.
WITH member AS (
    SELECT d.classid, d.objid,
           i.type || ' ' || i.identity AS object
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'engage'
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
), described AS (
    -- comments
    SELECT m.object, pg_catalog.jsonb_build_object(
        'comment', pg_catalog.obj_description(m.objid, c.relname)) AS properties
    FROM member m JOIN pg_catalog.pg_class c ON c.oid = m.classid
  UNION ALL
    -- functions and aggregates
    SELECT m.object, pg_catalog.jsonb_build_object(
        'kind', p.prokind, 'arguments', pg_catalog.pg_get_function_arguments(p.oid),
        'result', pg_catalog.pg_get_function_result(p.oid),
        'language', l.lanname, 'volatility', p.provolatile, 'parallel', p.proparallel,
        'strict', p.proisstrict, 'security definer', p.prosecdef, 'leakproof', p.proleakproof,
        'cost', p.procost, 'rows', p.prorows, 'variadic', p.provariadic::pg_catalog.regtype::text,
        'support', p.prosupport::pg_catalog.regproc::text, 'settings', p.proconfig,
        'source', p.prosrc, 'library', p.probin, 'body', pg_catalog.pg_get_function_sqlbody(p.oid),
        'grants', (SELECT pg_catalog.array_agg(a::text ORDER BY a::text COLLATE "C") FROM pg_catalog.unnest(p.proacl) a))
    FROM member m
    JOIN pg_catalog.pg_proc p ON m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = m.objid
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  UNION ALL
    SELECT m.object, pg_catalog.jsonb_build_object(
        'aggregate kind', a.aggkind, 'direct arguments', a.aggnumdirectargs,
        'transition', a.aggtransfn::pg_catalog.regprocedure::text, 'final', a.aggfinalfn::pg_catalog.regprocedure::text,
        'combine', a.aggcombinefn::pg_catalog.regprocedure::text, 'serialize', a.aggserialfn::pg_catalog.regprocedure::text,
        'deserialize', a.aggdeserialfn::pg_catalog.regprocedure::text,
        'moving transition', a.aggmtransfn::pg_catalog.regprocedure::text,
        'moving inverse', a.aggminvtransfn::pg_catalog.regprocedure::text,
        'moving final', a.aggmfinalfn::pg_catalog.regprocedure::text,
        'final extra', a.aggfinalextra, 'moving final extra', a.aggmfinalextra,
        'final modify', a.aggfinalmodify, 'moving final modify', a.aggmfinalmodify,
        'sort operator', a.aggsortop::pg_catalog.regoperator::text,
        'state type', pg_catalog.format_type(a.aggtranstype, NULL), 'state size', a.aggtransspace,
        'moving state type', pg_catalog.format_type(a.aggmtranstype, NULL), 'moving state size', a.aggmtransspace,
        'initial state', a.agginitval, 'moving initial state', a.aggminitval)
    FROM member m
    JOIN pg_catalog.pg_aggregate a
      ON m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND a.aggfnoid::pg_catalog.oid = m.objid
  UNION ALL
    -- types
    SELECT m.object, pg_catalog.jsonb_build_object(
        'type kind', t.typtype, 'length', t.typlen, 'by value', t.typbyval, 'alignment', t.typalign,
        'storage', t.typstorage, 'category', t.typcategory, 'preferred', t.typispreferred, 'defined', t.typisdefined,
        'delimiter', t.typdelim, 'element', t.typelem::pg_catalog.regtype::text, 'array', t.typarray::pg_catalog.regtype::text,
        'input', t.typinput::pg_catalog.regprocedure::text, 'output', t.typoutput::pg_catalog.regprocedure::text,
        'receive', t.typreceive::pg_catalog.regprocedure::text, 'send', t.typsend::pg_catalog.regprocedure::text,
        'modifier input', t.typmodin::pg_catalog.regprocedure::text, 'modifier output', t.typmodout::pg_catalog.regprocedure::text,
        'analyze', t.typanalyze::pg_catalog.regprocedure::text, 'subscript', t.typsubscript::pg_catalog.regprocedure::text,
        'base type', pg_catalog.format_type(t.typbasetype, t.typtypmod), 'not null', t.typnotnull,
        'collation', t.typcollation::pg_catalog.regcollation::text, 'default', t.typdefault,
        'labels', (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
        'checks', (SELECT pg_catalog.array_agg(pg_catalog.pg_get_constraintdef(c.oid) ORDER BY c.conname) FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid),
        'grants', (SELECT pg_catalog.array_agg(a::text ORDER BY a::text COLLATE "C") FROM pg_catalog.unnest(t.typacl) a))
    FROM member m
    JOIN pg_catalog.pg_type t ON m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = m.objid
  UNION ALL
    -- tables, views, composite types, sequences: columns in their order
    SELECT m.object, pg_catalog.jsonb_build_object(
        'relation kind', c.relkind, 'persistence', c.relpersistence, 'options', c.reloptions,
        'row security', c.relrowsecurity, 'forced row security', c.relforcerowsecurity,
        'view', CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
        'columns', (SELECT pg_catalog.string_agg(pg_catalog.format('%s %s%s%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                           CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
                           ' ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attnum)
                    FROM pg_catalog.pg_attribute a
                    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'indexes', (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid::pg_catalog.regclass::text COLLATE "C")
                    FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
        'constraints', (SELECT pg_catalog.array_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid) ORDER BY k.conname)
                    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid),
        'triggers', (SELECT pg_catalog.array_agg(pg_catalog.pg_get_triggerdef(g.oid) ORDER BY g.tgname)
                    FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal),
        'grants', (SELECT pg_catalog.array_agg(a::text ORDER BY a::text COLLATE "C") FROM pg_catalog.unnest(c.relacl) a))
    FROM member m
    JOIN pg_catalog.pg_class c ON m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = m.objid
  UNION ALL
    -- casts
    SELECT m.object, pg_catalog.jsonb_build_object(
        'function', c.castfunc::pg_catalog.regprocedure::text, 'context', c.castcontext, 'method', c.castmethod)
    FROM member m
    JOIN pg_catalog.pg_cast c ON m.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND c.oid = m.objid
  UNION ALL
    -- operators
    SELECT m.object, pg_catalog.jsonb_build_object(
        'function', o.oprcode::pg_catalog.regprocedure::text, 'result', o.oprresult::pg_catalog.regtype::text,
        'commutator', o.oprcom::pg_catalog.regoperator::text, 'negator', o.oprnegate::pg_catalog.regoperator::text,
        'restrict', o.oprrest::pg_catalog.regprocedure::text, 'join', o.oprjoin::pg_catalog.regprocedure::text,
        'merges', o.oprcanmerge, 'hashes', o.oprcanhash)
    FROM member m
    JOIN pg_catalog.pg_operator o ON m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = m.objid
  UNION ALL
    -- operator classes and what is in their families
    SELECT m.object, pg_catalog.jsonb_build_object(
        'method', am.amname, 'default', c.opcdefault, 'input type', c.opcintype::pg_catalog.regtype::text,
        'key type', c.opckeytype::pg_catalog.regtype::text,
        'operators', (SELECT pg_catalog.array_agg(a.amopstrategy || ' ' || a.amopopr::pg_catalog.regoperator::text
                             ORDER BY a.amopstrategy, a.amopopr::pg_catalog.regoperator::text COLLATE "C")
                      FROM pg_catalog.pg_amop a WHERE a.amopfamily = c.opcfamily),
        'functions', (SELECT pg_catalog.array_agg(a.amprocnum || ' ' || a.amproc::pg_catalog.regprocedure::text
                             ORDER BY a.amprocnum, a.amproc::pg_catalog.regprocedure::text COLLATE "C")
                      FROM pg_catalog.pg_amproc a WHERE a.amprocfamily = c.opcfamily))
    FROM member m
    JOIN pg_catalog.pg_opclass c ON m.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND c.oid = m.objid
    JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod
  UNION ALL
    -- schemas
    SELECT m.object, pg_catalog.jsonb_build_object(
        'grants', (SELECT pg_catalog.array_agg(a::text ORDER BY a::text COLLATE "C") FROM pg_catalog.unnest(n.nspacl) a))
    FROM member m
    JOIN pg_catalog.pg_namespace n ON m.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = m.objid
  UNION ALL
    -- the extension itself
    SELECT 'extension', pg_catalog.jsonb_build_object(
        'version', e.extversion, 'schema', e.extnamespace::pg_catalog.regnamespace::text, 'relocatable', e.extrelocatable,
        'dumped tables', (SELECT pg_catalog.array_agg(t::pg_catalog.regclass::text) FROM pg_catalog.unnest(e.extconfig) t),
        'dump conditions', e.extcondition)
    FROM pg_catalog.pg_extension e WHERE e.extname = 'engage'
)
SELECT object, key AS property, value
FROM described CROSS JOIN LATERAL pg_catalog.jsonb_each_text(properties)
WHERE value IS NOT NULL
ORDER BY object COLLATE "C", key COLLATE "C"
