-- Applications that manage the people of their authority.

-- People in the order of their ids, page by page; the last two columns, always empty, let SQLite count and skip in the
-- index alone.
DROP INDEX account_by_authority;
CREATE INDEX account_by_authority ON account (authority, id, upstream, deleted_at) WHERE deleted_at IS NULL;
-- People by their mail address, whose case does not count.
CREATE INDEX account_by_address ON account (authority, LOWER(email));

-- Orders for letters that applications gave a name, hashed, so that one sent again brings no second letter.
CREATE TABLE letter_order (
    application TEXT   NOT NULL,
    key_hash    TEXT   NOT NULL,
    order_hash  TEXT   NOT NULL,
    letter      TEXT   NOT NULL UNIQUE,
    ordered_at  BIGINT NOT NULL,
    PRIMARY KEY (application, key_hash)
);
CREATE INDEX letter_order_by_age ON letter_order (ordered_at);
