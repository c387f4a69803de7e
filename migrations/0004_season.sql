-- Identifiers stay taken without being kept: their tables hold keyed hashes, which the database alone cannot turn back.

-- Every identifier ever allotted, as a keyed hash.
CREATE TABLE taken_identifier (
    mark TEXT NOT NULL PRIMARY KEY
);
-- How many homonyms each base (initial and surname, as a keyed hash) has had.
CREATE TABLE homonym_series (
    mark  TEXT   NOT NULL PRIMARY KEY,
    taken BIGINT NOT NULL
);
-- `allotted_identifier` and `identifier_series` hold in clear what was allotted before, until the janitor has moved
-- it over; nothing is added to them.

-- `outbox_mail.left_at` is the first moment at which the recipient can have received a mail, by an attempt that is
-- over: one that is sent again since its outcome was unknown does not move it on.

-- Which costs the stored hashes have, found without reading them all (see `passwords/store.rs`: `heads`).
CREATE INDEX password_by_cost ON password (
    (CASE WHEN length(hash) > 67 THEN substr(hash, 1, length(hash) - 67) ELSE '' END)
);
