-- The sixth migration (user_version 6): answers kept under the merchant's idempotency keys; what an order's secrets are made of.

CREATE TABLE kept_answer (
  key BLOB PRIMARY KEY,                   -- digest
  request BLOB NOT NULL,                  -- digest of method, path and body
  since INTEGER NOT NULL,                 -- when the key was first used
  status INTEGER,                         -- of the answer; none until there is one
  body BLOB                               -- of the answer, without secrets
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answer_by_age ON kept_answer (since);

-- Random. With it and the merchant's token the order's client secret is made again; none in orders of before.
ALTER TABLE merchant_order ADD COLUMN seed BLOB;
