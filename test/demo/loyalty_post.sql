-- Posts the earlier orders and returns to the ledger "rewards", in the order in which they happened; several sessions
-- share the members. psql variables: session and sessions (0 of 4), reward (points that members spend; 0: they spend none).
SELECT set_config('demo.session', :'session', false), set_config('demo.sessions', :'sessions', false), set_config('demo.reward', :'reward', false) \g /dev/null

-- engage.now is the ledger's clock: each event is recorded a microsecond after it happened. An event without a date happens now.
DO $$
DECLARE
	session CONSTANT int := current_setting('demo.session');
	sessions CONSTANT int := current_setting('demo.sessions');
	reward CONSTANT bigint := current_setting('demo.reward');
	e record;
	has bigint;
BEGIN
	FOR e IN SELECT * FROM demo.loyalty_event WHERE (hashtext(member) & 65535) % sessions = session ORDER BY at, rank, line, source_ref LOOP
		IF e.at IS NOT NULL THEN
			PERFORM set_config('engage.now', (e.at + interval '1 microsecond')::text, true);
		END IF;
		IF e.rank = 1 THEN
			SELECT available INTO has FROM engage.earn_for('rewards', e.member, 'purchase', e.amount, e.source_ref, at => e.at);
			IF reward > 0 AND has >= reward THEN
				PERFORM FROM engage.redeem('rewards', e.member, reward, e.key);
			END IF;
		ELSE
			PERFORM FROM engage.reverse_earn('rewards', e.member, e.source_ref, e.key, remaining_basis => e.amount);
		END IF;
	END LOOP;
END $$;
