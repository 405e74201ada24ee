-- Ledger room: are the books sound?

CREATE FUNCTION engage.ledger_verify(ledger text, checks text[] DEFAULT NULL,
    OUT check_name text, OUT invariant text, OUT member text, OUT seq bigint, OUT lot_no bigint,
    OUT place text, OUT expected text, OUT found text) RETURNS SETOF record
  LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10 AS 'MODULE_PATHNAME', 'engage_ledger_verify';
COMMENT ON FUNCTION engage.ledger_verify(text, text[]) IS
$comment$Looks through all books of a ledger for damage and tampering. One row for each violated invariant, with its place; no rows: the ledger is sound.
Columns: check_name and invariant as below; member (as text; NULL: the whole ledger), seq (entry) and lot_no where there is one; place (column or thing that is wrong), expected and found there. Times are shown in UTC.
checks: names of the checks to make, or numbers of their invariants (I1); NULL: all of them. They are:
house (I1): each entry is of a kind that has a house account, and on its side; all entries together are what all members have.
spendable (I2): available, pending and held of each account are those of its lots.
counters (I3): each account's balances are those after its last entry, and the sum of its entries.
sequence (I4): entries are numbered 1, 2, 3 ... up to account.seq.
time_order (I5): entries are recorded one after the other, and nothing is effective later than recorded.
lot_uses (I6): remaining and held of each lot follow from its uses.
entry_uses (I7): the uses of each entry are of its kind and come to its amount.
lot_bounds (I8): 0 <= held <= remaining <= granted; is_open where something remains.
balance_signs (I9): no negative balance, now or after any entry; nothing available beside debt.
holds (I10): open holds, their slices and the lots hold the same points as the account.
hold_resolution (I11): each hold is resolved once, in time, for no more than it held, as its entries say.
reversals (I12): no more is taken back than was granted or spent, lot by lot.
keys (I13): a key, a source and a rule's award of a source come once; entries of one request are together; account.refusals counts the refusals there are.
budgets (I14): campaigns issue no more than their budget, and what they say they issued was granted.
closed_period (I15): nothing was posted into a period after it was closed.
chain (I16): the SHA-256 chain of each member's entries leads to account.chain_head, that of the point values to ledger_meta.value_head; notes are those that were hashed.
identity (I17): earned - redeemed - expired - reversed + adjusted + written off is what is outstanding, and each is the sum of its entries.
tiers (I18): tallies are the sum of their entries; each change of tier happened when an entry was recorded or the change before it was to be reviewed; the tier history leads to the present tier, its review, grant or grace.
replay (I19): the journal played into empty books gives the accounts and lots there are, to the last column: joined_at and inactive_at, too, and next_due_at is no later than anything that is due. (A member's last activity from before expires_inactive or time_zone was changed is only known to give no later inactive_at than the latest one there was then.)
as_of (I20): after each entry the member had the sum of the entries until then.
orphans: no entry, lot, use, hold, note, refusal, tally or tier change without what it belongs to.
All tables are read once, under one snapshot, beside live traffic and without blocking it; time grows with entries times their logarithm (about 3 s a million entries), memory is that of the largest member and maintenance_work_mem for each of up to five sorts, which write temporary files about as large as the tables. A NOTICE tells of progress every 5 million entries. It can be cancelled at any time.
The caller needs SELECT on all tables of the ledger but entry_note, of which it shows hashes only; it runs as their owner. Each run is recorded in table job_run, unless the transaction is read-only.
Errors: NG404 no such ledger, NG426 tables of another format, NG451 row-level security would hide rows, 42501 no right to read, 22023 no such check, 22004 ledger is NULL.$comment$;
