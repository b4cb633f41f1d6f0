"""Cases: incidents, their evidence and contacts, and the clocks that run in them."""
