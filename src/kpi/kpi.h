/*-------------------------------------------------------------------------
 *
 * kpi.h
 *	  The KPI room: how are we doing?
 *
 * Everything here is reached through SQL; the files of bounded metrics share
 * this, those of keyed ones kpi/order_book.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_KPI_H
#define ENGAGE_KPI_H

#include "common/interval.h"
#include "common/summary.h"

/*
 * Three SQL functions read every interval: x_interval(summary, confidence
 * [, method]), lower_bound(summary, confidence), upper_bound(summary,
 * confidence).  Given
 *
 *	static void name_interval(const Summary *, double confidence, int method,
 *							  ConfidenceInterval *)
 *
 * and the names of the methods (the first is what the bounds use), this
 * defines the three.
 */
#define KPI_INTERVAL_FUNCTIONS(name, methods) \
	PG_FUNCTION_INFO_V1(engage_##name##_interval); \
	Datum \
	engage_##name##_interval(PG_FUNCTION_ARGS) \
	{ \
		ConfidenceInterval interval = {0}; \
		int			method = PG_NARGS() > 2 ? \
			engage_method_arg(fcinfo, 2, methods) : 0; \
		name##_interval(engage_summary_arg(&name##_summary_type, PG_GETARG_DATUM(0)), \
						engage_confidence_arg(fcinfo, 1), method, &interval); \
		return engage_interval_row(fcinfo, &interval); \
	} \
	KPI_BOUND_FUNCTION(name, lower_bound, INTERVAL_LOW) \
	KPI_BOUND_FUNCTION(name, upper_bound, INTERVAL_HIGH) \
	extern int	kpi_interval_functions_##name

#define KPI_BOUND_FUNCTION(name, function, bound) \
	PG_FUNCTION_INFO_V1(engage_##name##_##function); \
	Datum \
	engage_##name##_##function(PG_FUNCTION_ARGS) \
	{ \
		ConfidenceInterval interval = {0}; \
		name##_interval(engage_summary_arg(&name##_summary_type, PG_GETARG_DATUM(0)), \
						engage_confidence_arg(fcinfo, 1), 0, &interval); \
		return engage_interval_bound(fcinfo, &interval, bound); \
	}

/* An accessor that returns double precision or NULL. */
#define KPI_FLOAT8_ACCESSOR(summary_name, function, computation) \
	PG_FUNCTION_INFO_V1(engage_##function); \
	Datum \
	engage_##function(PG_FUNCTION_ARGS) \
	{ \
		Summary    *summary = engage_summary_arg(&summary_name##_summary_type, \
												 PG_GETARG_DATUM(0)); \
		double		result = computation; \
		if (isnan(result)) \
			PG_RETURN_NULL(); \
		PG_RETURN_FLOAT8(result); \
	} \
	extern int	kpi_accessor_##function

/* An accessor that returns bigint. */
#define KPI_INT64_ACCESSOR(summary_name, function, computation) \
	PG_FUNCTION_INFO_V1(engage_##function); \
	Datum \
	engage_##function(PG_FUNCTION_ARGS) \
	{ \
		Summary    *summary = engage_summary_arg(&summary_name##_summary_type, \
												 PG_GETARG_DATUM(0)); \
		PG_RETURN_INT64(computation); \
	} \
	extern int	kpi_accessor_##function

/* An SQL function over a body that takes more than the call's own arguments. */
#define KPI_FUNCTION(function, body, ...) \
	PG_FUNCTION_INFO_V1(engage_##function); \
	Datum \
	engage_##function(PG_FUNCTION_ARGS) \
	{ \
		return body(fcinfo, __VA_ARGS__); \
	} \
	extern int	kpi_function_##function

/*
 * Transition and inverse transition over one body, which is called with the
 * change and whatever else is given.
 */
#define KPI_TRANSITIONS(name, suffix, body, ...) \
	KPI_FUNCTION(name##_accum##suffix, body, ROW_ADDED, ##__VA_ARGS__); \
	KPI_FUNCTION(name##_inverse##suffix, body, ROW_REMOVED, ##__VA_ARGS__)

/* The same for each numeric type that the second argument may have. */
#define KPI_TRANSITIONS_PER_NUMBER_TYPE(name, body) \
	KPI_TRANSITIONS(name, _int2, body, NUMBER_INT2); \
	KPI_TRANSITIONS(name, _int4, body, NUMBER_INT4); \
	KPI_TRANSITIONS(name, _int8, body, NUMBER_INT8); \
	KPI_TRANSITIONS(name, _numeric, body, NUMBER_NUMERIC); \
	KPI_TRANSITIONS(name, _float8, body, NUMBER_FLOAT8)

#endif							/* ENGAGE_KPI_H */
