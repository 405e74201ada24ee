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
#include "common/compat.h"
#include "common/key_reader.h"
#include "common/shortest_dec.h"
#include "nodes/nodeFuncs.h"
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
 * The type that the query's expression had before the parser took it for the
 * declared type of the argument: citext is accepted where text is, but equal
 * citext values need not be equal texts.
 */
static Oid
type_before_relabeling(FunctionCallInfo fcinfo, int argno, Oid type)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	Node	   *argument;

	/* in a window function there is none to look at */
	if (aggref == NULL || argno > list_length(aggref->args))
		return type;
	argument = (Node *) list_nth_node(TargetEntry, aggref->args, argno - 1)->expr;
	while (IsA(argument, RelabelType) &&
		   ((RelabelType *) argument)->relabelformat == COERCE_IMPLICIT_CAST)
		argument = (Node *) ((RelabelType *) argument)->arg;
	return getBaseType(exprType(argument));
}

static void
reject_type(Oid type, const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("argument \"%s\" must not be of type %s", what, format_type_be(type)),
			 errdetail("%s", detail),
			 errhint("Cast it to the type that identifies it best, such as bigint or text.")));
}

/*
 * Prepare to read argument "argno" as a key; "what" names it in errors.
 */
void
engage_key_reader_init(KeyReader *reader, FunctionCallInfo fcinfo,
					   int argno, const char *what)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	Oid			collation = PG_GET_COLLATION();

	if (!OidIsValid(type) || type == UNKNOWNOID)
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of argument \"%s\"", what),
				 errhint("Cast it, for example $1::bigint.")));
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
			{
				Oid			given = type_before_relabeling(fcinfo, argno, type);

				if (given != type &&
					lookup_type_cache(given, TYPECACHE_EQ_OPR)->eq_opr != TextEqualOperator)
					reject_type(given, what,
								"Its equal values may be different texts, for example in upper and lower case.");
				break;
			}
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
					reject_type(type, what,
								"Equal values of this type need not have equal texts, or the text depends on the session's settings.");
				getTypeOutputInfo(type, &function, &is_varlena);
				fmgr_info_cxt(function, &reader->output, fcinfo->flinfo->fn_mcxt);
			}
	}

	if (reader->kind == KEY_TEXT && type_is_collatable(type) &&
		OidIsValid(collation) && !get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("nondeterministic collations are not supported for argument \"%s\"", what),
				 errhint("Add COLLATE \"C\" to it, or fold it yourself, for example with lower().")));
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
