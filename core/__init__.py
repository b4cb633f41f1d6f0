"""Recoup's core: everything that is true whether or not somebody looks at it. It knows no Streamlit.

Words (the whole list with Chinese is in the README): a *shop* sells in one market; a *shipment* is one parcel of one order;
an *incident* is one thing gone wrong with one shipment; *evidence* proves it; a *contact* is one talk about it; a *rule card*
says what one payer demands; a *claim* is a demand on one payer; a *clock* is a moment something opens or is due; a *loss* is
what it cost, a *recovery* what came back; a *tier* (absorb, insure, claim) is the policy for a value band.

Rooms, each knowing only those below it:

    web/         HTTP around the screens: sign-in, sessions' gate, files, health
    commands/    python -m core …
    demo/        a believable team, for trying and for measuring
    desk/        reads that cross rooms: the worklist, the register, a case's whole story
    insight/     channels compared: rates with their doubt, what they cost, what was decided about them, their scorecards;
                 silence (parcels gone quiet), clusters (losses too close for luck), explore (any measure by any two things),
                 odds (what fighting, settling or accepting a dispute leaves)
    recovery/    rule cards and their windows, watching every payer, claims, packs and forms, payouts, the sweep; disputes,
                 settlements (compensation found in income and wallet), what scans and silence lead to, bringing files in;
                 answers to disputes with their guard, redaction of buyers' data
    cases/       incidents, evidence and the advice on it, proof and its gaps, contacts, the clocks of a case;
                 messages to buyers and remedies (what a buyer gets)
    parcels/     shops, carriers, shipments, importers of outside files, tracking (scans and what they mean), volumes
    money/       ledger, exchange rates, tiers, authority (who may promise how much), what is given in place of goods
    team/        people, passwords, sessions, working-day calendars, saved views
    models/      tables only, a file per noun
    migrations/  how the tables came to be
    foundation/  knows nothing of parcels: config, database, clock, money, errors, permissions, audit, language, files

A verb is `verb(session, subject, *, actor, …, now)`: it asks for the right, locks the row, checks, changes, writes the audit
row and returns; it never commits. A read starts from what the actor may see. Both are marked with `foundation.gate`.
"""
