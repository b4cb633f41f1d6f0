"""Recovery: rule cards, the windows they give, claims, packs and payouts."""
