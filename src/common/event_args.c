/*-------------------------------------------------------------------------
 *
 * event_args.c
 *	  SQL arguments of aggregates over everybody's raw rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/event_args.h"
#include "miscadmin.h"
#include "lib/ilist.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/*
 * The budgets of running queries, by plan node.  Each aggregate of a node has
 * a call site of its own, so it cannot be kept there.
 */
typedef struct NodeBudget
{
	dlist_node	node;
	void	   *plan_node;		/* AggState or WindowAggState */
	EventBudget *budget;
	MemoryContextCallback callback;
} NodeBudget;

static dlist_head node_budgets = DLIST_STATIC_INIT(node_budgets);

static void
node_released(void *arg)
{
	dlist_delete(&((NodeBudget *) arg)->node);
}

/*
 * What a hash table may take, less a quarter: HashAgg counts the stores of its
 * groups among its own memory, and should not begin to write out groups before
 * the stores write out events.
 */
Size
engage_event_memory_limit(void)
{
	double		limit = (double) work_mem * hash_mem_multiplier * 1024.0 * 0.75;

	return (Size) Min(limit, (double) (SIZE_MAX / 2));
}

static EventBudget *
node_budget(FunctionCallInfo fcinfo)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	NodeBudget *new;
	dlist_iter	iter;

	dlist_foreach(iter, &node_budgets)
	{
		NodeBudget *known = dlist_container(NodeBudget, node, iter.cur);

		if (known->plan_node == (void *) fcinfo->context)
			return known->budget;
	}

	/* the call sites of a node are made in the context of its query */
	new = MemoryContextAllocZero(context, sizeof(NodeBudget));
	new->plan_node = fcinfo->context;
	new->budget = engage_event_budget_create(context, engage_event_memory_limit());
	new->callback.func = node_released;
	new->callback.arg = new;
	dlist_push_head(&node_budgets, &new->node);
	MemoryContextRegisterResetCallback(context, &new->callback);
	return new->budget;
}

/*
 * Prepare to read arguments "customer" and "ts", which have these positions.
 */
void
engage_event_args_init(EventArgs *args, FunctionCallInfo fcinfo,
					   int customer_argno, int time_argno)
{
	Oid			type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, time_argno));

	switch (type)
	{
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
		case DATEOID:
		case INT8OID:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("argument \"%s\" must be a time, not of type %s", "ts",
							format_type_be(type)),
					 errhint("Cast it, for example %s::timestamptz.", "ts")));
	}
	args->time_type = type;
	args->customer_argno = customer_argno;
	args->time_argno = time_argno;
	engage_key_reader_init(&args->customer, fcinfo, customer_argno, "customer");
	args->budget = node_budget(fcinfo);
}

/* A store for the events of a group, which lives in the aggregate's context. */
EventStore *
engage_event_args_store(EventArgs *args, MemoryContext context, int payload_bits, bool valued)
{
	return engage_event_store_create(args->budget, context, args->customer.kind,
									 payload_bits, valued);
}
