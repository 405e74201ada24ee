/*-------------------------------------------------------------------------
 *
 * chain_core.h
 *	  The hash chain of one member's entries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_CHAIN_CORE_H
#define ENGAGE_LEDGER_CHAIN_CORE_H

#include "lib/stringinfo.h"

#include "ledger/journal.h"

/*
 * The hash of an entry is SHA-256 over these bytes: the hash of the entry before
 * it and the entry's canonical bytes (listed in doc/ledger-reference.md).
 * "member" is the member's canonical bytes.  "lot" is the lot the entry granted,
 * or NULL; its uses are in the order in which it took them.  "buffer" is
 * overwritten.
 */
extern void engage_chain_bytes(const uint8 *previous, const char *member,
							   int member_length, const LedgerEntry *entry,
							   const LedgerLot *lot, const LotUse *uses,
							   StringInfo buffer);

/* What account.balance_hash says of a balance and the entry it comes from */
extern int64 engage_balance_hash(const LedgerAccount *account);

/* What entry.note_hash says of a note */
extern void engage_note_hash(const char *note, uint8 *hash);

/* Text in UTF-8, as it is hashed: the text itself, or palloc'd. */
extern const char *engage_text_utf8(const char *text, int *length);

/* SHA-256 of some bytes */
extern void engage_sha256(const void *data, size_t length, uint8 *hash);

/* The same with one context for many; end it before the transaction ends. */
typedef struct pg_cryptohash_ctx Sha256;

extern Sha256 *engage_sha256_begin(void);
extern void engage_sha256_next(Sha256 *context, const void *data,
							   size_t length, uint8 *hash);
extern void engage_sha256_end(Sha256 *context);

#endif							/* ENGAGE_LEDGER_CHAIN_CORE_H */
