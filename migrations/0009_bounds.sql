-- What clients may leave here is bounded.

-- When a browser first came with a pushed request; those that never begin go when they expire.
ALTER TABLE pushed_request ADD COLUMN begun_at BIGINT;
-- Nobody knows which of these have begun.
UPDATE pushed_request SET begun_at = expires_at;
CREATE INDEX pushed_request_by_unbegun ON pushed_request (client_id, expires_at) WHERE begun_at IS NULL;
