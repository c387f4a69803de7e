-- What applications ask for before anybody has signed in.

-- The names of the claims that were asked for one by one and may be told, as JSON.
ALTER TABLE oauth_grant ADD COLUMN claims TEXT;

-- Requests that applications left here; gone once a code was given for them.
CREATE TABLE pushed_request (
    reference_hash TEXT   NOT NULL PRIMARY KEY,
    client_id      TEXT   NOT NULL,
    parameters     TEXT   NOT NULL,
    signed         BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX pushed_request_by_expiry ON pushed_request (expires_at);
