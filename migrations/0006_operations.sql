-- Resource indicators, revoked access tokens, devices that wait for somebody to say yes.

-- The resources that the authorization request named, space-separated; none of older grants.
ALTER TABLE oauth_grant ADD COLUMN resources TEXT;

-- Access tokens taken back one by one, each until it would have ended.
CREATE TABLE revoked_access_token (
    jti        TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_access_token_by_expiry ON revoked_access_token (expires_at);

-- A device that asked for access, from then until it has its tokens. Both its codes are stored as hashes.
CREATE TABLE device_request (
    id              TEXT   NOT NULL PRIMARY KEY,
    device_hash     TEXT   NOT NULL UNIQUE,
    user_code_hash  TEXT   NOT NULL UNIQUE,
    client_id       TEXT   NOT NULL,
    scope           TEXT   NOT NULL,
    resources       TEXT   NOT NULL,
    expires_at      BIGINT NOT NULL,
    poll_interval   BIGINT NOT NULL,
    polled_at       BIGINT,
    -- Whether the last poll came before its time.
    polled_early    BIGINT NOT NULL,
    -- Empty until somebody decides.
    decision        TEXT   NOT NULL,
    account_id      TEXT   REFERENCES account (id),
    sid             TEXT   REFERENCES browser_session (sid) ON DELETE SET NULL,
    session_ends_at BIGINT,
    auth_time       BIGINT,
    acr             TEXT,
    amr             TEXT,
    access_epoch    BIGINT
);
CREATE INDEX device_request_by_client ON device_request (client_id, expires_at);
CREATE INDEX device_request_by_expiry ON device_request (expires_at);
CREATE INDEX device_request_by_sid ON device_request (sid);
