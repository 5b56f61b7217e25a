-- The second migration (user_version 2): charges of billing keys, refunds in part, billing keys that end, renewals.

-- An order that charges a billing key, and one that renews a subscription.
ALTER TABLE merchant_order ADD COLUMN charge_key BLOB;     -- digest of the billing key; null for an order with a window
ALTER TABLE merchant_order ADD COLUMN charge_repeat TEXT;  -- `freely` or `2026-11`
ALTER TABLE merchant_order ADD COLUMN renews TEXT;         -- the order that began the subscription
CREATE INDEX order_of_charge ON merchant_order (charge_key) WHERE charge_key IS NOT NULL;
CREATE INDEX order_of_renewal ON merchant_order (renews) WHERE renews IS NOT NULL;

ALTER TABLE attempt ADD COLUMN refunds TEXT NOT NULL DEFAULT '[]';           -- JSON, every refund that was asked for
ALTER TABLE attempt ADD COLUMN seen_refunded TEXT;                           -- money: the most a lookup showed as given back
ALTER TABLE attempt ADD COLUMN refunds_unclear INTEGER NOT NULL DEFAULT 0;   -- a part went back, nobody said how much

-- The first version kept no history: of what went back wholly we know the amount, of what went back in part we do not.
UPDATE attempt SET seen_refunded = captured WHERE state = 'refunded';
UPDATE attempt SET refunds_unclear = 1 WHERE state = 'partially_refunded';

DROP INDEX one_live_attempt;
CREATE UNIQUE INDEX one_live_attempt ON attempt (order_id)
  WHERE state IN ('created', 'requested', 'authenticated', 'confirming', 'charging');

-- A billing key belongs to one customer and to the attempt it came of. Its text is erased with it; its digest stays, so that it is
-- known for good.
CREATE TABLE billing_key_2 (
  gateway       TEXT NOT NULL,
  merchant_id   TEXT NOT NULL,
  digest        BLOB NOT NULL,
  customer_id   TEXT NOT NULL,
  key           TEXT,                    -- null once deleted
  order_id      TEXT NOT NULL,
  no            INTEGER NOT NULL,
  state         TEXT NOT NULL,           -- active, deleting, deleted, in_doubt
  card          TEXT,                    -- JSON
  created_at    INTEGER NOT NULL,
  deleted_at    INTEGER,
  reason        TEXT,                    -- JSON
  next_check_at INTEGER,                 -- while its deletion is in doubt
  checks        INTEGER NOT NULL,
  sightings     INTEGER NOT NULL,
  seen_since    INTEGER,
  PRIMARY KEY (gateway, merchant_id, digest),
  FOREIGN KEY (order_id, no) REFERENCES attempt (order_id, no)
) STRICT, WITHOUT ROWID;

INSERT INTO billing_key_2
SELECT k.gateway, k.merchant_id, k.digest, k.customer_id, k.key, k.order_id,
  coalesce(
    (SELECT max(a.no) FROM attempt a
      WHERE a.order_id = k.order_id AND a.state IN ('registered', 'paid', 'refund_pending', 'partially_refunded')),
    (SELECT max(a.no) FROM attempt a WHERE a.order_id = k.order_id)
  ),
  'active', NULL, k.created_at, NULL, NULL, NULL, 0, 0, NULL
FROM billing_key k;
UPDATE billing_key_2 SET card =
  (SELECT json_extract(a.detail, '$.card') FROM attempt a WHERE a.order_id = billing_key_2.order_id AND a.no = billing_key_2.no);

DROP TABLE billing_key;
ALTER TABLE billing_key_2 RENAME TO billing_key;

CREATE INDEX billing_key_of_attempt ON billing_key (order_id, no);
CREATE INDEX billing_key_by_digest ON billing_key (digest);
CREATE INDEX billing_key_of_customer ON billing_key (customer_id);
CREATE INDEX billing_key_to_check ON billing_key (next_check_at) WHERE next_check_at IS NOT NULL;
