-- The fifth migration (user_version 5): breaks that reconciliation found between us and the gateways.

-- Where a gateway's books and ours differ. The same break seen again is the same row; it is never deleted.
CREATE TABLE reconciliation_break (
  id               INTEGER PRIMARY KEY,
  kind             TEXT NOT NULL,        -- missing_here, missing_there, amount_differs, state_differs, duplicate
  gateway          TEXT NOT NULL,
  merchant_id      TEXT NOT NULL,
  gateway_order_id TEXT NOT NULL,
  transaction_id   TEXT NOT NULL,        -- empty if none is known
  day              TEXT NOT NULL,        -- Korean day it stands under
  order_id         TEXT,                 -- the attempt, if it is one of ours
  no               INTEGER,
  ours             TEXT NOT NULL,        -- JSON, what we say
  theirs           TEXT NOT NULL,        -- JSON, what the gateway says
  state            TEXT NOT NULL,        -- open, resolved
  first_seen_at    INTEGER NOT NULL,
  last_seen_at     INTEGER NOT NULL,
  times_seen       INTEGER NOT NULL,
  resolved_at      INTEGER,
  resolved_by      TEXT,                 -- a person's name; null if a later run found that both sides agree
  note             TEXT,
  UNIQUE (kind, gateway, merchant_id, gateway_order_id, transaction_id)
) STRICT;

CREATE INDEX open_break ON reconciliation_break (id) WHERE state = 'open';

-- What happened on a day: it began, was paid, or was given back.
CREATE INDEX attempt_begun ON attempt (gateway, merchant_id, created_at);
CREATE INDEX attempt_paid ON attempt (gateway, merchant_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX refund_ended ON money_call (ended_at) WHERE op = 'refund' AND ended_at IS NOT NULL;
