/*-------------------------------------------------------------------------
 *
 * model.h
 *	  Models of somebody's own as arguments of SQL functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_SENTIMENT_MODEL_H
#define ENGAGE_SENTIMENT_MODEL_H

#include "sentiment/model_core.h"

/*
 * An argument as a table, made once for as long as calls bring the same model.
 * Uses fn_extra.
 */
extern ModelTable *engage_model_arg(FunctionCallInfo fcinfo, int argno);

/* The score of a text by a model, or by the shipped weights alone (NULL) */
extern double engage_score_by(ModelTable *table, const text *value);

#endif							/* ENGAGE_SENTIMENT_MODEL_H */
