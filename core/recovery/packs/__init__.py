"""Claim packs: what is sent to a payer, in one click, and how anyone can tell later that it is unchanged."""

from core.recovery.packs.build import PackFile, build_pack, get_pack, list_packs

__all__ = ["PackFile", "build_pack", "get_pack", "list_packs"]
