-- The seventh migration (user_version 7): what was told of a payment after it had ended for us, and no lookup has shown.

ALTER TABLE attempt ADD COLUMN suspicions TEXT NOT NULL DEFAULT '[]'; -- JSON
