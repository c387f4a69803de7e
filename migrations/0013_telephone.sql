-- Accesses that the desk opens: counted, told, and where it is asked for, agreed to by a second manager; cases by telephone.

-- An access that a manager opened for somebody, and its first use.
CREATE TABLE access_opening (
    id           TEXT   NOT NULL PRIMARY KEY,
    authority    TEXT   NOT NULL,
    account_id   TEXT   NOT NULL REFERENCES account (id),
    manager      TEXT   NOT NULL,
    -- The second manager, where one was asked.
    agreed_by    TEXT,
    way          TEXT   NOT NULL,
    -- The keyed hash of the network from which it was opened; another one for each person.
    network      TEXT   NOT NULL,
    opened_at    BIGINT NOT NULL,
    used_at      BIGINT,
    -- Whether it was used from that same network.
    same_network BIGINT NOT NULL,
    -- When the person was shown it at a sign-in.
    told_at      BIGINT
);
CREATE INDEX access_opening_by_manager ON access_opening (manager, opened_at);
CREATE INDEX access_opening_by_account ON access_opening (account_id, opened_at);
CREATE INDEX access_opening_by_authority ON access_opening (authority, same_network, opened_at);
CREATE INDEX access_opening_by_age ON access_opening (opened_at);

-- Openings that wait for a second manager; at most one of a kind for each of those who ask. `state` is what the account
-- was when it was asked.
CREATE TABLE opening_wish (
    id         TEXT   NOT NULL PRIMARY KEY,
    authority  TEXT   NOT NULL,
    account_id TEXT   NOT NULL REFERENCES account (id),
    manager    TEXT   NOT NULL,
    way        TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    agreed_by  TEXT,
    UNIQUE (account_id, way, manager)
);
CREATE INDEX opening_wish_by_authority ON opening_wish (authority, asked_at);
CREATE INDEX opening_wish_by_expiry ON opening_wish (expires_at);

-- The name of the page at which the caller waits, known to their browser; none of requests of before.
ALTER TABLE recovery_case ADD COLUMN page TEXT;
-- Whose people's: that of the account when it asked.
ALTER TABLE recovery_case ADD COLUMN authority TEXT;
-- Whether the request brought no mail, so that only a manager can help.
ALTER TABLE recovery_case ADD COLUMN by_telephone BIGINT NOT NULL DEFAULT 0;
-- Which manager takes care of it, and when they last did something about it.
ALTER TABLE recovery_case ADD COLUMN taken_by TEXT;
ALTER TABLE recovery_case ADD COLUMN taken_at BIGINT;
-- Counts the pairs of matching codes; each spoken code has its own.
ALTER TABLE recovery_case ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1;
-- The spoken code, as a keyed hash, until when it counts, and how often another one was typed.
ALTER TABLE recovery_case ADD COLUMN code TEXT;
ALTER TABLE recovery_case ADD COLUMN code_expires_at BIGINT;
ALTER TABLE recovery_case ADD COLUMN code_failures BIGINT NOT NULL DEFAULT 0;
-- Until when the password may be chosen, once the code was typed.
ALTER TABLE recovery_case ADD COLUMN proven_until BIGINT;
-- What the account was when the code was made.
ALTER TABLE recovery_case ADD COLUMN code_state TEXT;
CREATE UNIQUE INDEX recovery_case_by_page ON recovery_case (page);
CREATE INDEX recovery_case_by_telephone ON recovery_case (authority, created_at, number) WHERE by_telephone = 1;
