"""Where claims are filed, as people pick it; any other may be typed."""

from __future__ import annotations

from core.foundation.language import N_

WAYS: tuple[str, ...] = (N_("Payer's portal"), N_("Shopee Seller Centre"), N_("E-mail"), N_("Phone"), N_("Forwarder"))
