-- What happened: chained, counted and searched; managers named by a code.

-- An event's place in its authority's chain, and what seals it to the one before: both empty until the chore was there.
-- A `seal` that is empty without a place was counted before its chain was begun anew.
ALTER TABLE audit_event ADD COLUMN seq BIGINT;
ALTER TABLE audit_event ADD COLUMN seal TEXT;
CREATE INDEX audit_event_by_seq ON audit_event ((COALESCE(authority, '')), seq);
CREATE INDEX audit_event_unsealed ON audit_event ((COALESCE(authority, '')), at, id) WHERE seq IS NULL;

-- How supervisors read it: all of an authority, one kind, one actor; one person's is there already.
CREATE INDEX audit_event_by_authority ON audit_event (authority, at, id);
CREATE INDEX audit_event_by_kind ON audit_event (authority, kind, at, id);
CREATE INDEX audit_event_by_actor ON audit_event (authority, actor_id, at, id) WHERE actor_id IS NOT NULL;

-- The chain of each authority ('' for what happens under none): its last event, and the last that retention removed.
-- `mac` authenticates the row.
CREATE TABLE audit_chain (
    authority   TEXT   NOT NULL PRIMARY KEY,
    seq         BIGINT NOT NULL,
    seal        TEXT   NOT NULL,
    anchor_seq  BIGINT NOT NULL,
    anchor_seal TEXT   NOT NULL,
    mac         TEXT   NOT NULL
);

-- How often what happened on which day, where the installation is (year-month-day); nobody is named.
CREATE TABLE daily_count (
    authority TEXT   NOT NULL,
    day       TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    detail    TEXT   NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (authority, day, kind, detail)
);

-- The code that somebody reads to a supervisor who is to name them, as a keyed hash; one for an account.
CREATE TABLE naming_code (
    account_id TEXT   NOT NULL PRIMARY KEY REFERENCES account (id),
    mac        TEXT   NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);
