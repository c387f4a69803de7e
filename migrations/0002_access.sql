-- The life of an external person's access: identifiers, letters, links, cases, mails, throttling, what happened.

ALTER TABLE account ADD COLUMN authority TEXT;
-- The person's own key in the list that they come from.
ALTER TABLE account ADD COLUMN source_key TEXT;
-- A mail address that was given and not yet confirmed.
ALTER TABLE account ADD COLUMN pending_email TEXT;
-- Counts what ends every access of the person: sessions and grants of an older epoch are dead.
ALTER TABLE account ADD COLUMN access_epoch BIGINT NOT NULL DEFAULT 0;
-- The last sign-in, or the last list that named the person.
ALTER TABLE account ADD COLUMN last_seen_at BIGINT;
-- When an unused account will be anonymised, once that was announced.
ALTER TABLE account ADD COLUMN anonymise_at BIGINT;
ALTER TABLE account ADD COLUMN deleted_at BIGINT;
UPDATE account SET last_seen_at = updated_at;
CREATE UNIQUE INDEX account_by_source_key ON account (authority, source_key);
CREATE INDEX account_by_last_seen ON account (last_seen_at);
CREATE INDEX account_by_anonymisation ON account (anonymise_at);
CREATE INDEX account_by_deletion ON account (deleted_at);

ALTER TABLE browser_session ADD COLUMN access_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_session ADD COLUMN began_at BIGINT;
ALTER TABLE browser_session ADD COLUMN user_agent TEXT;
CREATE INDEX browser_session_by_expiry ON browser_session (expires_at);
CREATE INDEX browser_session_by_use ON browser_session (last_used_at);
ALTER TABLE oauth_grant ADD COLUMN access_epoch BIGINT NOT NULL DEFAULT 0;
CREATE INDEX oauth_grant_by_expiry ON oauth_grant (expires_at);
CREATE INDEX oauth_grant_by_revocation ON oauth_grant (revoked_at);

-- Every identifier ever allotted: none is given twice, even when its account is gone.
CREATE TABLE allotted_identifier (
    lookup_key TEXT NOT NULL PRIMARY KEY
);
INSERT INTO allotted_identifier (lookup_key) SELECT lookup_key FROM account WHERE lookup_key IS NOT NULL;
-- How many homonyms each base (initial and surname) has had.
CREATE TABLE identifier_series (
    base  TEXT   NOT NULL PRIMARY KEY,
    taken BIGINT NOT NULL
);

-- The letter whose temporary password this is.
ALTER TABLE password ADD COLUMN letter TEXT;
-- Personal passwords that were replaced, so that they do not come back.
CREATE TABLE former_password (
    account_id  TEXT   NOT NULL REFERENCES account (id),
    hash        TEXT   NOT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, hash)
);

-- The credential part of a convocation.
CREATE TABLE letter (
    number        TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES account (id),
    authority     TEXT   NOT NULL,
    desk          TEXT   NOT NULL,
    with_password BIGINT NOT NULL,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT,
    printed_at    BIGINT,
    used_at       BIGINT,
    voided_at     BIGINT
);
CREATE INDEX letter_by_account ON letter (account_id, issued_at);
CREATE INDEX letter_by_issue ON letter (issued_at);

-- Links sent by mail, hashed; one of each purpose for a person. `state` is what the account was when it was made.
CREATE TABLE mailed_link (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES account (id),
    purpose    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    mail_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, purpose)
);
CREATE INDEX mailed_link_by_age ON mailed_link (created_at);

-- Requests of people who forgot their password; at most one for an identifier (a keyed hash), existing or not.
CREATE TABLE recovery_case (
    number      TEXT   NOT NULL PRIMARY KEY,
    subject     TEXT   NOT NULL UNIQUE,
    account_id  TEXT   REFERENCES account (id),
    locale      TEXT   NOT NULL,
    mail_wanted BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX recovery_case_by_mail ON recovery_case (mail_wanted, created_at);
CREATE INDEX recovery_case_by_account ON recovery_case (account_id);
CREATE INDEX recovery_case_by_expiry ON recovery_case (expires_at);

-- Guesses, counted in a bounded number of buckets (truncated keyed hashes).
CREATE TABLE throttle (
    bucket   TEXT   NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    today    BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    free_at  BIGINT NOT NULL
);
CREATE INDEX throttle_by_age ON throttle (last_at);

-- Mails on their way; the content is sealed, and wiped once it is of no more use.
-- `next_attempt_at`: when a waiting mail is due, or when the claim of one that is being sent counts as lost.
-- `left_at`: the latest moment at which the recipient can have received it, by an attempt that is over.
CREATE TABLE outbox_mail (
    id              TEXT   NOT NULL PRIMARY KEY,
    account_id      TEXT,
    kind            TEXT   NOT NULL,
    recipient       TEXT   NOT NULL,
    content         TEXT,
    state           TEXT   NOT NULL,
    attempts        BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    waits_since     BIGINT NOT NULL,
    next_attempt_at BIGINT,
    claim           TEXT,
    attempted_at    BIGINT,
    left_at         BIGINT,
    last_error      TEXT
);
CREATE INDEX outbox_mail_by_turn ON outbox_mail (state, next_attempt_at);
CREATE INDEX outbox_mail_by_account ON outbox_mail (account_id, created_at);
CREATE INDEX outbox_mail_by_age ON outbox_mail (state, attempted_at);

-- What happened to an account, and by whom.
CREATE TABLE audit_event (
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    account_id TEXT,
    actor      TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    detail     TEXT   NOT NULL
);
CREATE INDEX audit_event_by_account ON audit_event (account_id, at);
CREATE INDEX audit_event_by_age ON audit_event (at);
