/*-------------------------------------------------------------------------
 *
 * text_scan.h
 *	  Reading the text form of stored values.
 *
 * Every function returns false after reporting a syntax error (softly where
 * the caller asked for that), so a parser is a chain of && over them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TEXT_SCAN_H
#define ENGAGE_TEXT_SCAN_H

#include "common/exact_sum.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

typedef struct TextScan
{
	const char *type_name;
	const char *input;
	const char *pos;
	Node	   *escontext;
} TextScan;

extern bool engage_scan_fail(TextScan *scan, const char *expected);
extern bool engage_scan_version(TextScan *scan);
extern bool engage_scan_literal(TextScan *scan, const char *literal);
extern bool engage_scan_try(TextScan *scan, const char *literal);
extern bool engage_scan_int64(TextScan *scan, int64 *result);
extern bool engage_scan_exact(TextScan *scan, ExactSum *result);
extern bool engage_scan_quoted(TextScan *scan, StringInfo result);
extern bool engage_scan_end(TextScan *scan);
extern void engage_append_quoted(StringInfo buffer, const char *data, int len);

#endif							/* ENGAGE_TEXT_SCAN_H */
