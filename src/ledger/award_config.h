/*-------------------------------------------------------------------------
 *
 * award_config.h
 *	  The rules, campaigns and tiers of a ledger, kept with it in memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ENGAGE_LEDGER_AWARD_CONFIG_H
#define ENGAGE_LEDGER_AWARD_CONFIG_H

#include "ledger/award_core.h"
#include "ledger/store.h"

/* A row of table campaign: when it runs, and for which rules. */
typedef struct CampaignRow
{
	AwardCampaign campaign;
	TimestampTz starts_at;
	TimestampTz ends_at;
	const char *const *rules;	/* NULL: all */
	int			nrules;
	bool		active;
} CampaignRow;

typedef struct AwardConfig
{
	AwardSettings settings;
	AwardRule  *rules;
	int			nrules;
	CampaignRow *campaigns;
	int			ncampaigns;
	TierRules	tiers;
} AwardConfig;

/*
 * Read when it is needed first, and again after engage.ledger_changed(), which
 * drops the ledger from the backend's memory.  Runs inside SPI_connect().
 */
extern const AwardConfig *engage_award_config(Store *store);

/* NULL if there is none (any more) */
extern const AwardRule *engage_find_rule(const AwardConfig *config, const char *rule);

#endif							/* ENGAGE_LEDGER_AWARD_CONFIG_H */
