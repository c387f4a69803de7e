-- People found by what somebody types who looks for them.

-- What leads to each person of an authority: their names in every turn, their mail address, their identifier. All is
-- spelt in digits alone, which every collation sorts alike (src/accounts/search/spelling.rs says how).
CREATE TABLE search_word (
    authority  TEXT NOT NULL,
    word       TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (authority, word, account_id)
);
CREATE INDEX search_word_by_account ON search_word (account_id);

-- Whether `search_word` has what it should of an account; those of before are brought in little by little.
ALTER TABLE account ADD COLUMN indexed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX account_by_lack_of_words ON account (id) WHERE indexed = 0;

-- The people of an authority in the order of their ids, and those of them who are disabled.
CREATE INDEX account_by_authority ON account (authority, id) WHERE deleted_at IS NULL;
CREATE INDEX account_disabled_by_authority ON account (authority, id)
    WHERE deleted_at IS NULL AND disabled_at IS NOT NULL;
