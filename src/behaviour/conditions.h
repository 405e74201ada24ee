/*-------------------------------------------------------------------------
 *
 * conditions.h
 *	  Which steps of a funnel a row meets, from the arguments of a call.
 *
 * The arguments (VARIADIC "any") are up to 64 booleans, one array of booleans,
 * or one integer: the number of the step.  A NULL condition is false.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_CONDITIONS_H
#define ENGAGE_CONDITIONS_H

#include "behaviour/funnel_core.h"
#include "fmgr.h"

typedef enum ConditionKind
{
	CONDITION_BOOLEANS,
	CONDITION_ARRAY,
	CONDITION_INT2,
	CONDITION_INT4,
	CONDITION_INT8
} ConditionKind;

/* How to read them; found once per call site. */
typedef struct ConditionReader
{
	ConditionKind kind;
	int			first;			/* argument */
	int			count;			/* of conditions; of an array, those of the last
								 * row, or 0 if it was NULL */
} ConditionReader;

extern void engage_condition_reader_init(ConditionReader *reader,
										 FunctionCallInfo fcinfo, int first,
										 bool may_be_step);
extern uint64 engage_conditions_of_array(ConditionReader *reader, Datum array);
pg_noreturn extern void engage_step_out_of_range(int64 step);

/* Step i (from 1) that the row meets as bit i - 1. */
static inline uint64
conditions_read(ConditionReader *reader, FunctionCallInfo fcinfo)
{
	const NullableDatum *args = &fcinfo->args[reader->first];
	int64		step;
	uint64		steps = 0;

	switch (reader->kind)
	{
		case CONDITION_BOOLEANS:
			for (int i = 0; i < reader->count; i++)
			{
				if (!args[i].isnull && DatumGetBool(args[i].value))
					steps |= funnel_step_bit(i);
			}
			return steps;
		case CONDITION_ARRAY:
			if (!args->isnull)
				return engage_conditions_of_array(reader, args->value);
			reader->count = 0;
			return 0;
		case CONDITION_INT2:
			step = args->isnull ? 0 : DatumGetInt16(args->value);
			break;
		case CONDITION_INT4:
			step = args->isnull ? 0 : DatumGetInt32(args->value);
			break;
		default:
			step = args->isnull ? 0 : DatumGetInt64(args->value);
			break;
	}
	if (step == 0)
		return 0;
	if (unlikely(step < 0 || step > FUNNEL_MAX_STEPS))
		engage_step_out_of_range(step);
	return funnel_step_bit(step - 1);
}

#endif							/* ENGAGE_CONDITIONS_H */
