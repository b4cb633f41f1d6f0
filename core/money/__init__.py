"""Money of the cases: the ledger, exchange rates, and the tiers of the value policy."""
