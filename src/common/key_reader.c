/*-------------------------------------------------------------------------
 *
 * key_reader.c
 *	  SQL arguments of any type as canonical keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/compat.h"
#include "common/key_reader.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Types whose text form depends on settings of the session and that have no other. */
static bool
is_unstable_type(Oid type)
{
	return type == INTERVALOID || type == CASHOID;
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
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			reader->kind = KEY_INT8;
			return;
		case UUIDOID:
			reader->kind = KEY_UUID;
			return;
		case BYTEAOID:
			reader->kind = KEY_BYTEA;
			return;
	}

	reader->kind = KEY_TEXT;
	if (is_unstable_type(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument \"%s\" must not be of type %s", what, format_type_be(type)),
				 errdetail("The text form of this type depends on the session's settings."),
				 errhint("Cast it to the type that identifies it best, for example bigint or text.")));
	if (type_is_collatable(type) && OidIsValid(collation) &&
		!get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("nondeterministic collations are not supported for argument \"%s\"", what),
				 errhint("Add COLLATE \"C\" to it, or fold it yourself, for example with lower().")));
	switch (type)
	{
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

				getTypeOutputInfo(type, &function, &is_varlena);
				fmgr_info_cxt(function, &reader->output, fcinfo->flinfo->fn_mcxt);
			}
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
