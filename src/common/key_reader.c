/*-------------------------------------------------------------------------
 *
 * key_reader.c
 *	  SQL arguments of any type as canonical keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "common/call_args.h"
#include "common/compat.h"
#include "common/key_reader.h"
#include "common/shortest_dec.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

/*
 * Other types whose equal values have equal texts, under all settings.
 * Containers and most other types do not promise that.
 */
static bool
has_stable_text(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case CHAROID:
		case NAMEOID:
		case OIDOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
			return true;
		default:
			return get_typtype(type) == TYPTYPE_ENUM;
	}
}

/*
 * Did the parser take an expression of another type for text, although equal
 * values of that type need not be equal texts?  citext is accepted wherever
 * text is.  Returns that type, or InvalidOid.
 */
static Oid
type_relabeled_as_text(Node *expression)
{
	Oid			type;

	while (IsA(expression, RelabelType) &&
		   ((RelabelType *) expression)->relabelformat == COERCE_IMPLICIT_CAST)
		expression = (Node *) ((RelabelType *) expression)->arg;
	type = getBaseType(exprType(expression));
	if (type == TEXTOID ||
		lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr == TextEqualOperator)
		return InvalidOid;
	return type;
}

pg_noreturn static void
reject_type(Oid type, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("argument \"%s\" must not be of type %s", what, format_type_be(type)),
			 errdetail("Equal values of this type need not have equal texts, for example in upper and lower case, or under other settings."),
			 TypeCategory(type) == TYPCATEGORY_STRING ?
			 errhint("Fold it as text, for example lower(%s::text).", what) :
			 errhint("Cast it to the type that identifies it best, such as bigint or text.")));
}

/* By the collation of keys, if they have one, equal values must be equal bytes. */
void
engage_key_check_collation(Oid collation, const char *what)
{
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("nondeterministic collations are not supported for argument \"%s\"", what),
				 errhint("Fold it and give it another collation, for example lower(%s) COLLATE \"C\".", what)));
}

/* Equal values of a text key must be equal bytes. */
static void
check_text_expression(Node *expression, Oid type, const char *what)
{
	Oid			relabeled = type == TEXTOID ? type_relabeled_as_text(expression) : InvalidOid;

	if (OidIsValid(relabeled))
		reject_type(relabeled, what);
	engage_key_check_collation(exprCollation(expression), what);
}

/*
 * Prepare to read keys of a type; "what" names them in errors.  What is looked
 * up once is kept in "context".
 */
void
engage_key_reader_init_type(KeyReader *reader, Oid type, MemoryContext context, const char *what)
{
	type = getBaseType(type);
	reader->type = type;
	reader->kind = KEY_TEXT;
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			reader->kind = KEY_INT8;
			break;
		case UUIDOID:
			reader->kind = KEY_UUID;
			break;
		case BYTEAOID:
			reader->kind = KEY_BYTEA;
			break;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			break;
		default:
			{
				Oid			function;
				bool		is_varlena;

				if (!has_stable_text(type))
					reject_type(type, what);
				getTypeOutputInfo(type, &function, &is_varlena);
				fmgr_info_cxt(function, &reader->output, context);
			}
	}
}

/*
 * Prepare to read argument "argno" as a key; "what" names it in errors.
 */
void
engage_key_reader_init(KeyReader *reader, FunctionCallInfo fcinfo,
					   int argno, const char *what)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	if (!OidIsValid(type) || type == UNKNOWNOID)
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of argument \"%s\"", what),
				 errhint("Cast it, for example $1::bigint.")));
	engage_key_reader_init_type(reader, type, fcinfo->flinfo->fn_mcxt, what);
	type = reader->type;
	if (reader->kind == KEY_TEXT && type_is_collatable(type))
	{
		ListCell   *cell;

		foreach(cell, engage_argument_expressions(fcinfo, argno))
			check_text_expression(lfirst(cell), type, what);
	}
}

static void
set_cstring(Key *key, const char *string)
{
	key->bytes = string;
	key->len = strlen(string);
}

/* The key's bytes may lie in the value, or in the current memory context. */
void
engage_key_read(KeyReader *reader, Datum value, Key *key)
{
	switch (reader->type)
	{
		case INT2OID:
			key->integer = DatumGetInt16(value);
			return;
		case INT4OID:
			key->integer = DatumGetInt32(value);
			return;
		case INT8OID:
			key->integer = DatumGetInt64(value);
			return;
		case UUIDOID:
			key->bytes = (const char *) DatumGetUUIDP(value)->data;
			key->len = UUID_LEN;
			return;
		case BYTEAOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			{
				struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

				key->bytes = VARDATA_ANY(bytes);
				key->len = VARSIZE_ANY_EXHDR(bytes);
				/* trailing blanks are insignificant in this type */
				if (reader->type == BPCHAROID)
					key->len = bpchartruelen((char *) key->bytes, key->len);
				return;
			}
		case NUMERICOID:
			/* 1.0 and 1.00 are equal */
			set_cstring(key, numeric_normalize(DatumGetNumeric(value)));
			return;
		case FLOAT4OID:
		case FLOAT8OID:
			{
				double		number = reader->type == FLOAT4OID ?
					DatumGetFloat4(value) : DatumGetFloat8(value);
				char	   *shortest = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

				/* -0 and 0 are equal */
				double_to_shortest_decimal_buf(number == 0 ? 0 : number, shortest);
				set_cstring(key, shortest);
				return;
			}
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			{
				/* ISO, in UTC, whatever the session's DateStyle and TimeZone */
				int			utc = 0;

				set_cstring(key, JsonEncodeDateTime(NULL, value, reader->type, &utc));
				return;
			}
		default:
			set_cstring(key, OutputFunctionCall(&reader->output, value));
	}
}
