-- Portable SQL: text, 64-bit seconds since the epoch, 0 or 1 for no or yes; the same file for both engines.

-- The keys that sign tokens; the private half is sealed by the master key.
CREATE TABLE signing_key (
    kid                TEXT    NOT NULL PRIMARY KEY,
    algorithm          TEXT    NOT NULL,
    generation         BIGINT  NOT NULL,
    sealed_private_key TEXT    NOT NULL,
    created_at         BIGINT  NOT NULL,
    UNIQUE (algorithm, generation)
);

-- People. `id` is the `sub` of tokens. External people have an identifier, federated people an upstream subject.
CREATE TABLE account (
    id               TEXT    NOT NULL PRIMARY KEY,
    identifier       TEXT,
    lookup_key       TEXT    UNIQUE,
    upstream         TEXT,
    upstream_subject TEXT,
    given_name       TEXT,
    family_name      TEXT,
    email            TEXT,
    email_verified   BIGINT  NOT NULL,
    claims           TEXT    NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    disabled_at      BIGINT,
    UNIQUE (upstream, upstream_subject)
);

-- The password of an external person: the letter's temporary one, or their own.
CREATE TABLE password (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES account (id),
    hash       TEXT    NOT NULL,
    temporary  BIGINT  NOT NULL,
    expires_at BIGINT,
    set_at     BIGINT  NOT NULL
);

-- Browser sessions; the cookie's secret is stored hashed, `sid` is the name that tokens bear.
CREATE TABLE browser_session (
    id_hash      TEXT   NOT NULL PRIMARY KEY,
    sid          TEXT   NOT NULL UNIQUE,
    account_id   TEXT   NOT NULL REFERENCES account (id),
    upstream     TEXT,
    auth_time    BIGINT NOT NULL,
    acr          TEXT   NOT NULL,
    amr          TEXT   NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX browser_session_by_account ON browser_session (account_id);

-- A grant is one row for its whole life: code issued, code redeemed, refresh token rotated, revoked.
CREATE TABLE oauth_grant (
    id              TEXT    NOT NULL PRIMARY KEY,
    client_id       TEXT    NOT NULL,
    account_id      TEXT    NOT NULL REFERENCES account (id),
    -- Emptied when the session ends: a grant that is not offline ends with it.
    sid             TEXT    REFERENCES browser_session (sid) ON DELETE SET NULL,
    scope           TEXT    NOT NULL,
    redirect_uri    TEXT    NOT NULL,
    nonce           TEXT,
    code_hash       TEXT    NOT NULL UNIQUE,
    code_challenge  TEXT,
    code_expires_at BIGINT  NOT NULL,
    auth_time       BIGINT  NOT NULL,
    acr             TEXT    NOT NULL,
    amr             TEXT    NOT NULL,
    redeemed_at     BIGINT,
    generation      BIGINT  NOT NULL,
    rotated_at      BIGINT,
    expires_at      BIGINT  NOT NULL,
    offline         BIGINT  NOT NULL,
    revoked_at      BIGINT
);
CREATE INDEX oauth_grant_by_sid ON oauth_grant (sid);
CREATE INDEX oauth_grant_by_account ON oauth_grant (account_id);

-- What a person allowed a third-party client.
CREATE TABLE consent (
    account_id TEXT   NOT NULL REFERENCES account (id),
    client_id  TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
