-- The eighth migration (user_version 8): how far the gateways' books were compared, so that no day is left out.

CREATE TABLE books_compared (
  gateway     TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  upto        TEXT NOT NULL,             -- the last Korean day up to which every day was compared as a whole
  behind      INTEGER NOT NULL,          -- some day after it could not be read when it was to be
  PRIMARY KEY (gateway, merchant_id)
) STRICT, WITHOUT ROWID;
