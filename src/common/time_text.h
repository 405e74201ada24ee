/*-------------------------------------------------------------------------
 *
 * time_text.h
 *	  Times in the text form of stored values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_TIME_TEXT_H
#define ENGAGE_TIME_TEXT_H

#include "common/text_scan.h"

extern void engage_append_time(StringInfo buffer, int64 time);
extern bool engage_scan_time(TextScan *scan, int64 *result);

#endif							/* ENGAGE_TIME_TEXT_H */
