-- What we know. Moments are milliseconds since 1970; digests are 32 bytes; states and kinds are the crate's own words.
-- A version is one migration: this file is the first (user_version 1) and is never changed; schema_2.sql follows it, and so on.

-- What the merchant wants paid.
CREATE TABLE merchant_order (
  id            TEXT PRIMARY KEY,
  gateway       TEXT NOT NULL,
  merchant_id   TEXT NOT NULL,
  method        TEXT NOT NULL,
  work          TEXT NOT NULL,
  card_flow     TEXT,
  money         TEXT,                    -- `12.50 USD`; null when a card is only registered
  product_name  TEXT NOT NULL,
  customer_id   TEXT NOT NULL,
  customer      TEXT NOT NULL,           -- JSON [name, phone, email]
  extra         TEXT NOT NULL,           -- JSON object
  result_page   TEXT,
  client_secret BLOB NOT NULL,           -- digest
  created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One try to pay it.
CREATE TABLE attempt (
  order_id         TEXT NOT NULL REFERENCES merchant_order (id),
  no               INTEGER NOT NULL,
  state            TEXT NOT NULL,
  gateway          TEXT NOT NULL,
  merchant_id      TEXT NOT NULL,
  gateway_order_id TEXT NOT NULL,
  nonce            BLOB NOT NULL UNIQUE, -- digest
  channel          TEXT NOT NULL UNIQUE,
  ticket           TEXT NOT NULL UNIQUE,
  layout           TEXT NOT NULL,
  launch           TEXT,                 -- JSON, carries tokens
  session          TEXT,                 -- JSON, carries keys
  transaction_id   TEXT,
  captured         TEXT,                 -- money
  requested_on     TEXT NOT NULL,        -- Korean day
  created_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  next_check_at    INTEGER,
  checks           INTEGER NOT NULL,
  absences         INTEGER NOT NULL,
  absent_since     INTEGER,
  doubt            TEXT,
  refund           TEXT,                 -- JSON
  paid_at          INTEGER,
  returned_at      INTEGER,
  closed_at        INTEGER,
  reason           TEXT,                 -- JSON
  detail           TEXT NOT NULL,        -- JSON
  version          INTEGER NOT NULL,
  confirm_began_at INTEGER,              -- when our confirm was first called, if it was
  PRIMARY KEY (order_id, no),
  UNIQUE (gateway, merchant_id, gateway_order_id)
) STRICT, WITHOUT ROWID;

-- Two tabs cannot pay twice: one attempt of an order may be at the window.
CREATE UNIQUE INDEX one_live_attempt ON attempt (order_id)
  WHERE state IN ('created', 'requested', 'authenticated', 'confirming');
CREATE INDEX attempt_to_check ON attempt (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX attempt_to_expire ON attempt (expires_at)
  WHERE next_check_at IS NULL AND state IN ('created', 'requested', 'authenticated', 'awaiting_deposit');

-- Calls that move money. The row is durable before the call.
CREATE TABLE money_call (
  id       INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL,
  no       INTEGER NOT NULL,
  op       TEXT NOT NULL,
  state    TEXT NOT NULL,                -- pending, done, declined, not_sent, unknown
  began_at INTEGER NOT NULL,
  ended_at INTEGER,
  FOREIGN KEY (order_id, no) REFERENCES attempt (order_id, no)
) STRICT;

-- At most one unresolved call per attempt and operation, whatever the code above believes.
CREATE UNIQUE INDEX one_unresolved_call ON money_call (order_id, no, op) WHERE state IN ('pending', 'unknown');
CREATE INDEX money_call_of_order ON money_call (order_id);
CREATE INDEX unresolved_call ON money_call (state) WHERE state IN ('pending', 'unknown');

-- A gateway's payment belongs to one attempt.
CREATE TABLE captured (
  gateway        TEXT NOT NULL,
  merchant_id    TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  order_id       TEXT NOT NULL,
  no             INTEGER NOT NULL,
  PRIMARY KEY (gateway, merchant_id, transaction_id),
  FOREIGN KEY (order_id, no) REFERENCES attempt (order_id, no)
) STRICT, WITHOUT ROWID;

-- Keys that charge a card again. Found by digest; a key belongs to one customer.
CREATE TABLE billing_key (
  gateway     TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  digest      BLOB NOT NULL,
  customer_id TEXT NOT NULL,
  key         TEXT NOT NULL,
  order_id    TEXT NOT NULL REFERENCES merchant_order (id),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (gateway, merchant_id, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX billing_key_of_order ON billing_key (order_id);
CREATE INDEX billing_key_by_digest ON billing_key (digest);

-- Everything that happened. Only ever appended; each row holds the hash of the one before it of its attempt.
CREATE TABLE event (
  seq         INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  order_id    TEXT NOT NULL,
  no          INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  source      TEXT NOT NULL,
  from_state  TEXT,
  to_state    TEXT NOT NULL,
  body_digest BLOB,
  note        TEXT,
  prev_hash   BLOB NOT NULL,
  hash        BLOB NOT NULL
) STRICT;

CREATE INDEX event_of_attempt ON event (order_id, no, seq);

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;

-- Notifications taken in. A resend finds its key here and changes nothing.
CREATE TABLE inbox (
  gateway  TEXT NOT NULL,
  dedup    BLOB NOT NULL,                -- digest of the attempt and the body
  at       INTEGER NOT NULL,
  PRIMARY KEY (gateway, dedup)
) STRICT, WITHOUT ROWID;

-- What the merchant is told.
CREATE TABLE outbox (
  seq      INTEGER PRIMARY KEY,
  type     TEXT NOT NULL,
  order_id TEXT NOT NULL,
  no       INTEGER NOT NULL,
  state    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  data     TEXT NOT NULL                 -- JSON
) STRICT;
