/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  The columns of the tables that postings read and write, in the order of
 *	  engage.ledger_ddl().
 *
 * A row in memory has its values in this order, from 1 on, as in the catalogs.
 * Where the columns stand in a table, to which a user may have added others, is
 * in LedgerTable.attributes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_COLUMNS_H
#define ENGAGE_LEDGER_COLUMNS_H

/* In all tables but hold, this is the member. */
#define Anum_member 1

enum AccountColumns
{
	Anum_account_member = 1,
	Anum_account_seq,
	Anum_account_available,
	Anum_account_pending,
	Anum_account_held,
	Anum_account_debt,
	Anum_account_earned,
	Anum_account_redeemed,
	Anum_account_expired,
	Anum_account_reversed,
	Anum_account_joined_at,
	Anum_account_last_recorded_at,
	Anum_account_next_due_at,
	Anum_account_next_expiry_at,
	Anum_account_next_expiry_points,
	Anum_account_inactive_at,
	Anum_account_lapsed_seq,
	Anum_account_balance_hash,
	Anum_account_tier_due_at,
	Anum_account_refusals,
	Anum_account_blocked,
	Anum_account_tier_in_grace,
	Anum_account_has_sources,
	Anum_account_earned_due_at,
	Anum_account_granted_until,
	Anum_account_tier,
	Anum_account_earned_tier,
	Anum_account_granted_tier,
	Anum_account_chain_head,
	Natts_account = Anum_account_chain_head
};

enum EntryColumns
{
	Anum_entry_member = 1,
	Anum_entry_seq,
	Anum_entry_amount,
	Anum_entry_available_after,
	Anum_entry_pending_after,
	Anum_entry_held_after,
	Anum_entry_debt_after,
	Anum_entry_recorded_at,
	Anum_entry_effective_at,
	Anum_entry_request_hash,
	Anum_entry_request_seq,
	Anum_entry_reverses_seq,
	Anum_entry_hold_id,
	Anum_entry_until,
	Anum_entry_kind,
	Anum_entry_key,
	Anum_entry_source_ref,
	Anum_entry_rule,
	Anum_entry_campaign,
	Anum_entry_batch,
	Anum_entry_basis,
	Anum_entry_rate,
	Anum_entry_reason,
	Anum_entry_actor,
	Anum_entry_session_role,
	Anum_entry_acting_role,
	Anum_entry_note_hash,
	Anum_entry_hash,
	Natts_entry = Anum_entry_hash
};

enum LotColumns
{
	Anum_lot_member = 1,
	Anum_lot_lot_no,
	Anum_lot_granted,
	Anum_lot_remaining,
	Anum_lot_held,
	Anum_lot_available_at,
	Anum_lot_expires_at,
	Anum_lot_is_open,
	Anum_lot_is_pending,
	Anum_lot_initial_available_at,
	Anum_lot_initial_expires_at,
	Anum_lot_earned_at,
	Natts_lot = Anum_lot_earned_at
};

enum LotUseColumns
{
	Anum_lot_use_member = 1,
	Anum_lot_use_seq,
	Anum_lot_use_lot_no,
	Anum_lot_use_points,
	Anum_lot_use_action,
	Anum_lot_use_ordinal,
	Natts_lot_use = Anum_lot_use_ordinal
};

enum HoldColumns
{
	Anum_hold_hold_id = 1,
	Anum_hold_member,
	Anum_hold_seq,
	Anum_hold_points,
	Anum_hold_captured,
	Anum_hold_released,
	Anum_hold_expires_at,
	Anum_hold_state,
	Anum_hold_lots,
	Anum_hold_slices,
	Natts_hold = Anum_hold_slices
};

enum RefusalColumns
{
	Anum_refusal_member = 1,
	Anum_refusal_kind,
	Anum_refusal_key,
	Anum_refusal_status,
	Anum_refusal_request_hash,
	Anum_refusal_recorded_at,
	Anum_refusal_seq,
	Anum_refusal_available,
	Anum_refusal_pending,
	Anum_refusal_held,
	Anum_refusal_debt,
	Anum_refusal_points,
	Anum_refusal_source_ref,
	Anum_refusal_rule,
	Anum_refusal_basis,
	Anum_refusal_detail,
	Anum_refusal_actor,
	Anum_refusal_session_role,
	Anum_refusal_acting_role,
	Natts_refusal = Anum_refusal_acting_role
};

enum EntryNoteColumns
{
	Anum_entry_note_member = 1,
	Anum_entry_note_seq,
	Anum_entry_note_note,
	Natts_entry_note = Anum_entry_note_note
};

#endif							/* ENGAGE_LEDGER_COLUMNS_H */
