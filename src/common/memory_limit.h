/*-------------------------------------------------------------------------
 *
 * memory_limit.h
 *	  What one aggregate may keep in memory in one process.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_MEMORY_LIMIT_H
#define ENGAGE_MEMORY_LIMIT_H

#define AGGREGATE_MEMORY_LIMIT ((Size) 1024 * 1024 * 1024)

#endif							/* ENGAGE_MEMORY_LIMIT_H */
