"""Many rows at once, made inside the database: what the plans and the speed of the lists are tested on.

A made-up team: five shops, eight carriers, eight people. Two thirds of the cases are closed; open ones carry claims and
running clocks around `now`; a few have no owner, a few nobody touched for long.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

_SMALL = """
insert into person (username, name, role)
  select 'agent' || n, (array['Mei','Wei','Lin','Ana','Tuan','Rina','Joao','Siti'])[n], 'agent' from generate_series(1, 8) n;
insert into shop (name, market, currency, zone)
  select name, market, currency, zone from (values
    ('Lion Store', 'SG', 'SGD', 'Asia/Singapore'), ('Manila Store', 'PH', 'PHP', 'Asia/Manila'),
    ('Sao Paulo Loja', 'BR', 'BRL', 'America/Sao_Paulo'), ('Hanoi Shop', 'VN', 'VND', 'Asia/Ho_Chi_Minh'),
    ('Bangkok Shop', 'TH', 'THB', 'Asia/Bangkok')) as made(name, market, currency, zone);
insert into carrier (code, name)
  select 'c' || n, (array['SPX','Ninja Van','J&T','Flash','LEX','GHN','Kerry','Anjun'])[n] from generate_series(1, 8) n;
insert into rule_card (code, title, payer_kind, payer_name, type, channel, clock_event, within, within_unit, zone,
    documents, cap, answer_days, answer_unit, source, confidence, checked_on, valid_from, created_at)
  values ('T-1', 'Loss', 'carrier', 'Ninja Van', 'lost', 'direct', 'accepted', 30, 'calendar_days', 'Asia/Singapore',
    '[]', '{}', 10, 'calendar_days', 'made up', 'L', '2026-01-01', '2026-01-01', cast(:now as timestamptz));
"""

_SHIPMENTS = """
insert into shipment (shop_id, carrier_id, market, order_number, tracking_number, status, shipped_at, currency, value)
  select s.id, c.id, s.market, '2611' || lpad((n::bigint * 7919 % 100000000)::text, 8, '0') || 'AB',
    'SPX' || s.market || lpad((n::bigint * 104729 % 1000000000)::text, 10, '0'), 'shipped', cast(:now as timestamptz) - interval '20 days',
    s.currency, 20 + n % 400
  from generate_series(1, :shipments) n
  join shop s on s.id = (select min(id) from shop) + n % 5
  join carrier c on c.id = (select min(id) from carrier) + n % 8
"""

_INCIDENTS = """
insert into incident (reference, shipment_id, shop_id, carrier_id, market, type, stage, noticed_by, noticed_at, state, tier,
    tier_policy_version, owner_id, currency, value_at_risk, base_currency, base_value, gross_loss, cause, result, closed_at,
    registered_at, touched_at, buyer_said, search_text)
  select 'INC-2026-' || lpad(n::text, 6, '0'), sh.id, sh.shop_id, sh.carrier_id, sh.market,
    (array['lost','damaged','missing_contents','delayed'])[1 + n % 4],
    (array['first_mile','line_haul','customs','last_mile','return_leg','unknown'])[1 + n % 6], 'buyer',
    cast(:now as timestamptz) - interval '1 hour' * (n % 4000), state, (array['absorb','insure','claim'])[1 + n % 3], 1,
    case when n % 50 = 0 then null else (select min(id) from person) + n % 8 end,
    sh.currency, sh.value, 'SGD', sh.value, sh.value,
    case state when 'closed' then 'stolen' end,
    case state when 'closed' then 'absorbed' end,
    case state when 'closed' then cast(:now as timestamptz) - interval '1 hour' * (n % 900) end,
    cast(:now as timestamptz) - interval '1 minute' * n, cast(:now as timestamptz) - interval '1 hour' * (n % 300),
    '包裹没有收到 case ' || n,
    lower('inc-2026-' || lpad(n::text, 6, '0') || ' ' || sh.order_number || ' ' || sh.tracking_number || ' buyer' || n
      || ' 包裹没有收到 desk lamp')
  from (select *, row_number() over (order by id) as n,
      (array['closed','closed','closed','closed','closed','closed','registered','proving','claiming','claiming'])
        [1 + id % 10] as state
    from shipment order by id limit :incidents) sh
"""

_CLAIMS = """
insert into claim (reference, incident_id, payer_kind, payer_name, channel, rule_card_id, zone, state, currency, demand, opens_at,
    due_at, next_due_at, case_number, submitted_at, created_at)
  select 'CL-2026-' || lpad(i.id::text, 6, '0'), i.id, 'carrier', 'Ninja Van', 'direct', (select min(id) from rule_card), 'Asia/Singapore',
    case i.state when 'closed' then 'closed' when 'claiming' then
      (array['submitted','in_review','information_asked','rejected'])[1 + i.id % 4] else 'draft' end,
    i.currency, i.value_at_risk, cast(:now as timestamptz) - interval '5 days',
    cast(:now as timestamptz) + interval '1 hour' * (i.id % 900),
    case when i.state <> 'closed' then cast(:now as timestamptz) + interval '1 hour' * (i.id % 900 - 20) end,
    'NV-' || i.id, cast(:now as timestamptz) - interval '3 days', i.registered_at
  from incident i where i.id % 7 <> 0
"""

_CLOCKS = """
insert into clock (incident_id, claim_id, owner_id, kind, title, rule, zone, opens_at, due_at, state, created_at)
  select i.id, c.id, i.owner_id,
    case c.state when 'draft' then 'claim_window' when 'information_asked' then 'information' when 'rejected' then 'appeal'
      else 'answer' end,
    c.payer_name, 'T-1', 'Asia/Singapore',
    case when c.state = 'draft' then cast(:now as timestamptz) + interval '1 hour' * (c.id % 60 - 40) end,
    cast(:now as timestamptz) + interval '1 hour' * (c.id % 900 + case when c.state = 'draft' then 48 else -20 end),
    'running', c.created_at
  from claim c join incident i on i.id = c.incident_id where i.state <> 'closed'
"""

_NEXT = """
update incident i set next_due_at = c.due_at, next_clock = c.kind
  from clock c where c.incident_id = i.id and c.state = 'running'
"""


def seed(connection: Connection, now: datetime, *, incidents: int, shipments: int | None = None) -> None:
    """Fill a migrated, empty database and gather its statistics. Commits are the caller's."""
    values = {"now": now, "incidents": incidents, "shipments": shipments or incidents}
    for statement in _SMALL.split(";"):
        if statement.strip():
            connection.execute(text(statement), values)
    for statement in (_SHIPMENTS, _INCIDENTS, _CLAIMS, _CLOCKS, _NEXT):
        connection.execute(text(statement), values)
    connection.execute(text("analyze"))
