-- The end of a session told: to the clients that took part in it, and to the provider that it came from.

-- The session in which a grant was made, kept when `sid` is emptied by its end; `end_told` is 1 once somebody saw to it.
ALTER TABLE oauth_grant ADD COLUMN session_sid TEXT;
ALTER TABLE oauth_grant ADD COLUMN end_told BIGINT NOT NULL DEFAULT 0;
UPDATE oauth_grant SET session_sid = sid;
-- Only grants that have a session are looked up by it: the others must not look like one long list.
DROP INDEX oauth_grant_by_sid;
CREATE INDEX oauth_grant_by_sid ON oauth_grant (sid) WHERE sid IS NOT NULL;
CREATE INDEX oauth_grant_by_untold_end ON oauth_grant (session_sid, client_id)
    WHERE sid IS NULL AND end_told = 0 AND session_sid IS NOT NULL;

-- What clients are to be told from server to server; a row goes when its client has heard.
-- `next_attempt_at`: when it is due, or when the claim of one that is being told counts as lost.
CREATE TABLE logout_notice (
    id              TEXT   NOT NULL PRIMARY KEY,
    client_id       TEXT   NOT NULL,
    account_id      TEXT   NOT NULL REFERENCES account (id),
    sid             TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    attempts        BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    next_attempt_at BIGINT,
    claim           TEXT,
    last_error      TEXT,
    UNIQUE (sid, client_id)
);
CREATE INDEX logout_notice_by_turn ON logout_notice (state, next_attempt_at);
CREATE INDEX logout_notice_by_client ON logout_notice (client_id, state);

-- Sessions of people whose accesses ended are found by the account's last change.
CREATE INDEX account_by_change ON account (updated_at);

-- The session at the upstream provider; its ID token, sealed, where people are signed out there too; where it wants
-- people sent after signing out.
ALTER TABLE browser_session ADD COLUMN upstream_sid TEXT;
ALTER TABLE browser_session ADD COLUMN upstream_hint TEXT;
ALTER TABLE browser_session ADD COLUMN upstream_return TEXT;
CREATE INDEX browser_session_by_upstream ON browser_session (upstream, upstream_sid);

-- Logout tokens that were heard, until they could not be believed any more: each counts once.
CREATE TABLE heard_logout_token (
    upstream   TEXT   NOT NULL,
    jti        TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (upstream, jti)
);
CREATE INDEX heard_logout_token_by_expiry ON heard_logout_token (expires_at);
