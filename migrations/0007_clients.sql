-- Clients that are not in the configuration: added by operators, or registered by themselves.
-- `metadata` is JSON under the names of RFC 7591; `management_hash` is of the registration access token (RFC 7592).
CREATE TABLE client (
    id              TEXT   NOT NULL PRIMARY KEY,
    origin          TEXT   NOT NULL,
    metadata        TEXT   NOT NULL,
    sealed_secret   TEXT,
    management_hash TEXT,
    -- Counts the changes, so that a node knows when what it has read is old.
    revision        BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    disabled_at     BIGINT
);
CREATE INDEX client_by_expiry ON client (expires_at);
CREATE INDEX client_by_origin ON client (origin);
CREATE INDEX oauth_grant_by_client ON oauth_grant (client_id);
CREATE INDEX consent_by_client ON consent (client_id);

-- What lets somebody register clients (RFC 7591 §3), hashed; no `uses_left` is any number of uses.
CREATE TABLE initial_access_token (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    uses_left  BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX initial_access_token_by_expiry ON initial_access_token (expires_at);

-- Assertions by which clients proved themselves (client and `jti`, hashed), until they have expired.
CREATE TABLE used_assertion (
    id_hash    TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertion_by_expiry ON used_assertion (expires_at);
