-- The fourth migration (user_version 4): what was delivered to the merchant, and how often it was tried.

-- Whom events are delivered to, and up to which one they were taken over into `delivery`.
CREATE TABLE delivery_target (
  name TEXT PRIMARY KEY,                 -- webhook, hook
  upto INTEGER NOT NULL                  -- seq of the outbox
) STRICT, WITHOUT ROWID;

-- One event for one target.
CREATE TABLE delivery (
  target      TEXT NOT NULL,
  seq         INTEGER NOT NULL REFERENCES outbox (seq),
  order_id    TEXT NOT NULL,             -- the event's: of one order they go one after the other
  state       TEXT NOT NULL,             -- pending, delivered, dead
  tries       INTEGER NOT NULL,          -- since it was taken over, or last asked for again
  next_try_at INTEGER,                   -- none: it waits for an earlier one of its order, or has ended
  ended_at    INTEGER,
  status      INTEGER,                   -- of the last try: HTTP
  error       TEXT,                      -- of the last try: our code, never what the other side said
  body        TEXT NOT NULL,             -- JSON, the same bytes in every try
  PRIMARY KEY (target, seq)
) STRICT, WITHOUT ROWID;

-- Of an order only the earliest open delivery is tried, whatever the code above believes.
CREATE UNIQUE INDEX one_delivery_at_a_time ON delivery (target, order_id) WHERE next_try_at IS NOT NULL;
CREATE INDEX delivery_to_try ON delivery (target, next_try_at, seq) WHERE next_try_at IS NOT NULL;
CREATE INDEX delivery_pending ON delivery (target, order_id, seq) WHERE state = 'pending';
CREATE INDEX delivery_of_order ON delivery (order_id, seq);
CREATE INDEX delivery_by_state ON delivery (state, seq);

-- Every try.
CREATE TABLE delivery_attempt (
  target      TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  no          INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  status      INTEGER,
  duration_ms INTEGER,
  error       TEXT,
  PRIMARY KEY (target, seq, no),
  FOREIGN KEY (target, seq) REFERENCES delivery (target, seq)
) STRICT, WITHOUT ROWID;
