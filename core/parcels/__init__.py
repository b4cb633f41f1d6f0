"""Shops, carriers, shipments, and the importers of outside files."""
