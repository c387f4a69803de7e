-- Letters printed at a desk, one by one and in batches, and the lists of people that managers read in.

-- Letters that print as one document.
CREATE TABLE letter_batch (
    id          TEXT   NOT NULL PRIMARY KEY,
    authority   TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    -- The account of whoever asked for it, and why.
    asked_by    TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    -- How many letters it has so far.
    letters     BIGINT NOT NULL,
    -- Since when it has all of them.
    complete_at BIGINT,
    -- The batch whose letters are issued anew in this one: from which place to which, and up to where that is done.
    anew_of     TEXT,
    from_place  BIGINT,
    to_place    BIGINT,
    done_place  BIGINT,
    -- Which node works at it, until when its word counts, and how often one began.
    claim       TEXT,
    lease_until BIGINT,
    attempts    BIGINT NOT NULL
);
CREATE INDEX letter_batch_by_authority ON letter_batch (authority, asked_at);
CREATE INDEX letter_batch_in_work ON letter_batch (asked_at) WHERE complete_at IS NULL;

-- The batch that a letter is printed with, and its place there, from 1 on.
ALTER TABLE letter ADD COLUMN batch TEXT;
ALTER TABLE letter ADD COLUMN place BIGINT;
CREATE INDEX letter_by_batch ON letter (batch, place);
CREATE INDEX letter_alone ON letter (authority, issued_at) WHERE batch IS NULL;

-- What is to be printed on a letter and stands nowhere else: sealed, and gone once it was shown.
CREATE TABLE unprinted_letter (
    number     TEXT   NOT NULL PRIMARY KEY REFERENCES letter (number) ON DELETE CASCADE,
    batch      TEXT,
    place      BIGINT,
    -- The account of whoever asked for it, and the state of the person upon which they did.
    asked_by   TEXT   NOT NULL,
    asked_upon TEXT,
    sealed     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX unprinted_letter_by_batch ON unprinted_letter (batch, place);
CREATE INDEX unprinted_letter_by_expiry ON unprinted_letter (expires_at);

-- Lists of people that managers brought; `state` says what is done with them.
CREATE TABLE people_list (
    id           TEXT   NOT NULL PRIMARY KEY,
    authority    TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    brought_by   TEXT   NOT NULL,
    brought_at   BIGINT NOT NULL,
    bytes        BIGINT NOT NULL,
    lines        BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    -- Up to which line of the file all is settled.
    done_line    BIGINT NOT NULL,
    -- What was chosen when the import was asked for, and by whom.
    desk         TEXT,
    batch        TEXT,
    started_by   TEXT,
    started_at   BIGINT,
    ended_at     BIGINT,
    fault        TEXT,
    claim        TEXT,
    lease_until  BIGINT,
    attempts     BIGINT NOT NULL
);
CREATE INDEX people_list_by_authority ON people_list (authority, brought_at);
CREATE INDEX people_list_in_work ON people_list (brought_at) WHERE state IN ('foreseeing', 'importing');
CREATE INDEX people_list_by_age ON people_list (brought_at);

-- The file of a list, in sealed parts, until it is read in.
CREATE TABLE people_list_part (
    list   TEXT   NOT NULL REFERENCES people_list (id) ON DELETE CASCADE,
    place  BIGINT NOT NULL,
    sealed TEXT   NOT NULL,
    PRIMARY KEY (list, place)
);

-- What would become of each row (`run` = foreseen), and what became of it (imported); names nobody but by their account.
CREATE TABLE people_list_row (
    list         TEXT   NOT NULL REFERENCES people_list (id) ON DELETE CASCADE,
    run          TEXT   NOT NULL,
    line         BIGINT NOT NULL,
    outcome      TEXT   NOT NULL,
    account_id   TEXT,
    letter       TEXT,
    address_kept BIGINT NOT NULL,
    reason       TEXT,
    PRIMARY KEY (list, run, line)
);
CREATE INDEX people_list_row_by_outcome ON people_list_row (list, run, outcome, line);
